"""A diagnosis as a page: what the table holds, then each finding, where it is and what helps."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lstmcast.data.doctor.diagnosis import Diagnosis, Facts
    from lstmcast.data.doctor.findings import Finding, Place, Severity

SHOWN = 10  # columns of a role
WIDE = 10_000  # columns: a line is never folded, not even in a pipe
STYLES: dict[Severity, str] = {"problem": "bold red", "warning": "bold yellow", "note": "bold"}


def check_report(diagnosis: Diagnosis, *, colour: bool) -> str:
    """Lay a diagnosis out for a person; `colour` where a terminal shows it."""
    page = io.StringIO()
    console = Console(file=page, width=WIDE, force_terminal=colour, highlight=False)
    console.print(Text(f"{_visible(diagnosis.name)}: {_verdict(diagnosis)}"))
    if diagnosis.facts is not None:
        console.print()
        console.print(_facts(diagnosis.facts))
    for finding in diagnosis.findings:
        console.print()
        for line in _lines(finding):
            console.print(line)
    if not diagnosis.is_complete:
        console.print()
        console.print(Text("The rest can be looked at once this is settled."))
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def _verdict(diagnosis: Diagnosis) -> str:
    """Count the findings in words."""
    kinds = [each.severity for each in diagnosis.findings]
    counts = {word: kinds.count(word) for word in STYLES}
    told = [f"{count} {word}{'s' * (count > 1)}" for word, count in counts.items() if count]
    return ", ".join(told) if told else "healthy"


def _facts(facts: Facts) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, text in _rows(facts):
        table.add_row(f"  {name}", Text(_visible(text)))
    return table


def _rows(facts: Facts) -> Iterator[tuple[str, str]]:
    for role, name in facts.columns.items():
        yield (role, name) if isinstance(name, str) else _role(role, name)
    yield "frequency", facts.frequency
    yield "times", f"{facts.first_time} to {facts.last_time}"
    least, median, most = facts.steps
    steps = f"{least:,.0f} steps" if least == most else f"{least:,.0f} to {most:,.0f} steps"
    typical = "" if least == most else f", {median:,.0f} in the middle"
    yield "series", f"{facts.n_series:,} of {steps}{typical}"
    least, median, most = facts.values
    missing = f", {facts.n_missing:,} not observed" if facts.n_missing else ""
    yield (
        "values",
        (
            f"{least:.6g} to {most:.6g}, {median:.6g} in the middle; "
            f"{facts.n_observed:,} observed{missing}"
        ),
    )
    yield "seasons", _seasons(facts) or "none"


def _role(role: str, names: Sequence[str] | bool) -> tuple[str, str]:  # noqa: FBT001
    """Name a role that several columns may share, or that the table as a whole has."""
    if isinstance(names, bool):
        return role, "yes"
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return role.removesuffix("s") if len(names) == 1 else role, ", ".join(names[:SHOWN]) + more


def _seasons(facts: Facts) -> str:
    """Write each season with its strength, from 0 to 1: "12 steps (strength 0.91)"."""
    told = []
    for season in facts.seasons:
        if season.strength is None:
            words = "too short to tell"
        else:
            words = f"strength {season.strength:.2f}"
            if season.n_series > 1:
                words += f" in the middle, clear in {season.share_strong:.0%} of the series"
        told.append(f"{season.length:,} steps ({words})")
    return ", ".join(told)


def _lines(finding: Finding) -> Iterator[Text]:
    head = Text(f"{finding.severity}: {finding.kind}", style=STYLES[finding.severity])
    yield head.append(_extent(finding), style="not bold default")
    for place in finding.places:
        yield Text(f"  {_place(place)}")
    more = finding.count - len(finding.places)
    if more and finding.places:
        yield Text(f"  and {more:,} more")
    yield Text(f"  why it matters: {finding.consequence}")
    yield Text(f"  what to do:     {_visible(finding.remedy)}")


def _extent(finding: Finding) -> str:
    """Say how much there is of it, in rows of a column or in series."""
    if not finding.places:
        return ""
    count = f"{finding.count:,}"
    if finding.n_series is None:
        rows = f" row{'s' * (finding.count > 1)}" if finding.severity == "problem" else ""
        return f" ({count}{rows}, column '{_visible(finding.column or '')}')"
    return f" ({count}, in {finding.n_series:,} series)" if finding.n_series > 1 else f" ({count})"


def _place(place: Place) -> str:
    when = "" if place.time is None else f", {place.time}"
    return _visible(f"{place.where}{when}: {place.detail}" if place.detail else place.where + when)


def _visible(text: str) -> str:
    """Spell out control characters: a cell of a hostile file must not steer the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
