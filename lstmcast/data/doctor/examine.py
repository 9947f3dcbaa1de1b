"""Examine a panel: every detector over every block of series, and what is said of each hit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.data.doctor import runs, shifts, states
from lstmcast.data.doctor.blocks import blocks
from lstmcast.data.doctor.findings import Finding, Kind, Marks, finding, joined
from lstmcast.data.doctor.leaks import steps_unknown_ahead
from lstmcast.data.doctor.logs import in_logs_too
from lstmcast.data.doctor.outliers import outliers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lstmcast.data.doctor.blocks import Block
    from lstmcast.data.panel import Panel

SEASONS = 2  # that a series must have room for before its season is looked at


class _Told(NamedTuple):
    """A kind, and how the size of a place is written."""

    kind: Kind
    form: str = ""


KINDS = {
    "unit jump": _Told(
        Kind(
            "unit jump",
            "warning",
            "the values before and after are on different scales: the network learns the jump",
            "bring all rows to one unit",
        ),
        "values from here on are about {:g} times as large",
    ),
    "level shift": _Told(
        Kind(
            "level shift",
            "warning",
            "history before it misleads: forecasts may drift back to the old level",
            "check the source; if the new level is to stay, leave out what came before it",
        ),
        "by {:+.6g}",
    ),
    "outlier": _Told(
        Kind(
            "outlier",
            "warning",
            "forecasts that start near it are pulled towards it, and intervals widen",
            "correct it if it is an error, or leave the cell empty",
        ),
        "{value:.6g}, {:.6g} beyond its neighbours",
    ),
    "flat run": _Told(
        Kind(
            "flat run",
            "warning",
            "a sensor that stands still or values filled in are learned as if they had happened",
            "leave the cells empty if nothing was observed",
        ),
        "{:,.0f} times {value:.6g} in a row",
    ),
    "long gap": _Told(
        Kind(
            "long gap",
            "warning",
            "forecasts that start behind it have little to look back on",
            "fill in the rows if they exist, or begin the series behind the gap",
        ),
        "{:,.0f} steps not observed",
    ),
    "sparse": _Told(
        Kind(
            "many steps not observed",
            "warning",
            "steps that are missing are masked, so there is less to learn from",
            "fill in what is known, or give a longer frequency",
        ),
        "{:.0%} of the steps",
    ),
    "negative": _Told(
        Kind(
            "negative value",
            "warning",
            "a series that is never below zero otherwise may get negative forecasts",
            "correct the sign, or leave the cell empty if it stands for a missing value",
        ),
        "{:.6g}",
    ),
    "constant": _Told(
        Kind("constant series", "warning", "there is nothing to learn from it", "leave it out"),
        "always {:.6g}",
    ),
    "empty": _Told(
        Kind(
            "series without a value",
            "warning",
            "it can be neither learned from nor forecast",
            "leave it out, or fill in its values",
        ),
    ),
    "short": _Told(
        Kind(
            "short series",
            "warning",
            "it is too short to show a season and what follows it",
            "add history; other series must teach the network",
        ),
        "{:,.0f} observed",
    ),
    "alike": _Told(
        Kind(
            "ids alike",
            "warning",
            "one series may have come apart into several that each know half of it",
            "write the id of a series in one way",
        ),
        "its id differs from another in spaces or capitals only",
    ),
    "ended": _Told(
        Kind(
            "series that ended early",
            "warning",
            "its forecast begins where it ended, long before the others",
            "add its last rows, or leave it out when you predict",
        ),
        "{:,.0f} steps before most others",
    ),
    "known": _Told(
        Kind(
            "known covariates that end early",
            "warning",
            "the horizon cannot be forecast with them",
            "add rows that hold them up to the horizon (one for each step and series)",
        ),
        "{:,.0f} steps of the horizon lack them",
    ),
    "intermittent": _Told(
        Kind(
            "intermittent series",
            "note",
            "many zeros: a median forecast is often zero, so look at the upper quantiles",
            "nothing to mend",
        ),
        "{:.0%} zeros",
    ),
}


def examine(panel: Panel, seasons: Sequence[int] = (), horizon: int = 1) -> list[Finding]:
    """Look for all that hurts a forecast of `horizon` steps; the most serious first.

    `seasons` are the season lengths of the panel, those that its series may repeat after.
    """
    found: dict[str, list[Marks]] = {name: [] for name in KINDS if name != "known"}
    least = horizon + min((season for season in seasons if season > 1), default=1)
    with np.errstate(over="ignore", invalid="ignore"):  # values near the end of the floats
        for block in blocks(panel):
            for name, marks in _examine_block(block, _season(seasons, block), least).items():
                found[name].append(replace(marks, rows=block.series[marks.rows]))
    found["alike"].append(states.alike(panel))
    found["ended"].append(states.ended_early(panel, max(seasons, default=1)))
    told = (
        finding(panel, KINDS[name].kind, joined(parts), KINDS[name].form)
        for name, parts in found.items()
    )
    return [each for each in told if each is not None]


def short_known(panel: Panel, known_ends: NDArray[np.int64], horizon: int) -> Finding | None:
    """Tell of known covariates that end, behind step `known_ends` [S], before the horizon does."""
    ends = panel.first_steps + panel.lengths
    lacking = steps_unknown_ahead(ends, known_ends, horizon)
    rows = np.flatnonzero(lacking)
    marks = Marks(rows, panel.lengths[rows] - 1, lacking[rows].astype(float))
    return finding(panel, KINDS["known"].kind, marks, KINDS["known"].form)


def _season(seasons: Sequence[int], block: Block) -> int:
    """Return the longest season that fits into the series of a block a few times."""
    longest = block.values.shape[1]
    return max((season for season in seasons if SEASONS * season <= longest), default=1)


def _examine_block(block: Block, season: int, least: int) -> dict[str, Marks]:
    """Return the places of each kind in one block."""
    values = block.values
    jumps = shifts.unit_jumps(values, season)
    moves = in_logs_too(shifts.level_shifts, values, season)
    return {
        "unit jump": jumps,
        "level shift": _elsewhere(moves, jumps),
        "outlier": in_logs_too(outliers, values, season),
        "flat run": runs.flat_runs(values),
        "long gap": runs.long_gaps(values, block.lengths, season),
        "sparse": states.sparse(values, block.lengths),
        "negative": states.negative(values),
        "constant": states.constant(values),
        "empty": states.empty(values),
        "short": states.short(values, least),
        "intermittent": states.intermittent(values),
    }


def _elsewhere(marks: Marks, told: Marks) -> Marks:
    """Leave out the rows in which another kind has told of the same trouble."""
    other = ~np.isin(marks.rows, told.rows)
    return Marks(marks.rows[other], marks.entries[other], marks.sizes[other])
