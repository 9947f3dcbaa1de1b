"""Diagnose a table: read it, set aside what cannot be used, look at the rest, tell everything."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lstmcast.data.content import readable
from lstmcast.data.doctor.examine import KINDS, examine, short_known
from lstmcast.data.doctor.extra_columns import find_leaks
from lstmcast.data.doctor.findings import SHOWN, Finding, Place
from lstmcast.data.doctor.patches import repair
from lstmcast.data.doctor.rounds import read_after_all
from lstmcast.data.doctor.seasons import Season, find_seasons
from lstmcast.data.frequency import describe
from lstmcast.data.panel import build_panel
from lstmcast.data.problems import quoted
from lstmcast.data.sources import open_source

if TYPE_CHECKING:
    from pathlib import Path

    from lstmcast.config import DataConfig
    from lstmcast.data.doctor.patches import Repair
    from lstmcast.data.panel import Panel, SeriesTable
    from lstmcast.data.problems import Kind, Problem
    from lstmcast.data.raw import Source

COMMON = 0.1  # share of the series with a season from which on the detectors go by it
REFUSED = "the table is refused"
CONSEQUENCES: dict[Kind, str] = {
    "bad time": f"{REFUSED}: the row has no place in time",
    "missing time": f"{REFUSED}: the row has no place in time",
    "repeated header": f"{REFUSED}: its cells are neither a time nor a number",
    "missing id": f"{REFUSED}: the row could belong to any series",
    "no number": f"{REFUSED}: the cell may hide a value",
    "ambiguous number": f"{REFUSED}: the cell could be one of two numbers",
    "damaged cell": f"{REFUSED}: what the cell was is not known",
    "repeated row": f"{REFUSED}: the value would count twice",
    "conflicting row": f"{REFUSED}: one time of a series has several values",
    "off the frequency": f"{REFUSED}: the row stands between two steps",
}


class Extent(NamedTuple):
    """The smallest, the middle and the largest of some numbers."""

    least: float
    median: float
    most: float


@dataclass(frozen=True)
class Facts:
    """What a table holds: `steps` of its series, `values` observed, seasons with their strength."""

    columns: dict[str, Any]
    frequency: str
    first_time: str | int
    last_time: str | int
    n_series: int
    n_observed: int
    n_missing: int
    steps: Extent
    values: Extent
    seasons: tuple[Season, ...]


@dataclass(frozen=True)
class Diagnosis:
    """What is to be said of a table: `facts` of what can be used of it, None if nothing can.

    `is_complete` is False where a problem kept the doctor from looking at the rest.
    """

    name: str
    facts: Facts | None
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    is_complete: bool

    @property
    def problems(self) -> list[Finding]:
        """The findings that keep lstmcast from reading the table."""
        return [each for each in self.findings if each.severity == "problem"]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as one document for JSON."""
        facts = None if self.facts is None else asdict(self.facts)
        if facts is not None and self.facts is not None:
            facts |= {"steps": self.facts.steps._asdict(), "values": self.facts.values._asdict()}
        return {
            "data": self.name,
            "healthy": not self.problems,
            "complete": self.is_complete,
            "facts": facts,
            "notes": list(self.notes),
            "findings": [asdict(each) for each in self.findings],
        }


class Look(NamedTuple):
    """What a panel shows to one who looks at nothing else."""

    facts: Facts
    findings: list[Finding]


class CheckUp(NamedTuple):
    """A diagnosis, and the repaired table where one was asked for and can be made."""

    diagnosis: Diagnosis
    repair: Repair | None


def diagnose(
    source: str | Path, said: DataConfig, horizon: int | None = None, *, mend: bool = False
) -> CheckUp:
    """Read a table at a path, or "-" for stdin, and tell all that is wrong with it at once.

    With `mend`, what is safe to repair is repaired as well.

    Raises:
        DataError: it cannot be opened as a table at all.
        UsageError: an option cannot be used.
    """
    with readable(source):
        opened = open_source(source, said)
        diagnosis = diagnose_source(opened, said, horizon)
        return CheckUp(diagnosis, repair(opened, said) if mend else None)


def diagnose_source(source: Source, said: DataConfig, horizon: int | None = None) -> Diagnosis:
    """Tell all that is wrong with a table at once; raises as `diagnose` does."""
    reading = read_after_all(source, said)
    findings = [_problem(source, each) for each in reading.problems]
    if reading.refusal:
        findings.append(Finding("cannot be read", "problem", 1, (), REFUSED, reading.refusal))
    table = reading.table
    if table is None or len(reading.mended.dropped) > len(table.codes):
        return Diagnosis(source.name, None, (), tuple(findings), is_complete=False)
    panel = build_panel(table)
    facts, found = look_at(panel, horizon)
    findings += found
    findings += find_leaks(reading.mended, table, panel, horizon or 1)
    findings += _without_values(table)
    return Diagnosis(source.name, facts, table.notes, tuple(findings), is_complete=True)


def look_at(panel: Panel, horizon: int | None = None) -> Look:
    """Tell what a panel holds, and what in it would hurt a forecast of `horizon` steps."""
    seasons = find_seasons(panel)
    # A season that the series are too short to tell of is believed in.
    common = [s.length for s in seasons if s.strength is None or s.share_strong >= COMMON]
    findings = [*examine(panel, common, horizon or 1), *_short_known(panel, horizon)]
    return Look(_facts(panel, seasons), findings)


def _short_known(panel: Panel, horizon: int | None) -> list[Finding]:
    """Tell of known covariates that end before a horizon that was asked for."""
    if horizon is None or not panel.columns.known:
        return []
    found = short_known(panel, panel.first_steps + np.diff(panel.known_offsets), horizon)
    return [] if found is None else [found]


def _problem(source: Source, problem: Problem) -> Finding:
    """Tell a problem of the reader as a finding."""
    cells = source.cells([int(row) for row in problem.rows[:SHOWN]], problem.column)
    return Finding(
        problem.kind,
        "problem",
        len(problem.rows),
        tuple(Place(where, detail=quoted(text)) for where, text in cells),
        CONSEQUENCES[problem.kind],
        problem.message,
        column=problem.column,
    )


def _without_values(table: SeriesTable) -> list[Finding]:
    """Tell of the series that hold no value, which a panel leaves out: one finding, or none."""
    silent = np.ones(len(table.series_ids), dtype=bool)
    silent[table.codes[np.isfinite(table.values)]] = False
    if not silent.any():
        return []
    kind, count = KINDS["empty"].kind, int(silent.sum())
    places = tuple(Place(str(name)) for name in table.series_ids[silent][:SHOWN])
    told = (kind.name, kind.severity, count, places, kind.consequence, kind.remedy)
    return [Finding(*told, n_series=count)]


def _facts(panel: Panel, seasons: tuple[Season, ...]) -> Facts:
    """Count and measure what is there."""
    observed = panel.values[np.isfinite(panel.values)]
    ends = np.array([panel.first_steps.min(), (panel.first_steps + panel.lengths).max() - 1])
    first, last = panel.axis.render(panel.axis.stamps(ends)).tolist()
    return Facts(
        columns={role: name for role, name in panel.columns.settings().items() if name},
        frequency=describe(panel.axis.frequency),
        first_time=first,
        last_time=last,
        n_series=panel.n_series,
        n_observed=len(observed),
        n_missing=len(panel.values) - len(observed),
        steps=_extent(panel.lengths),
        values=_extent(observed),
        seasons=seasons,
    )


def _extent(numbers: np.ndarray[Any, Any]) -> Extent:
    return Extent(*(float(each) for each in (numbers.min(), np.median(numbers), numbers.max())))
