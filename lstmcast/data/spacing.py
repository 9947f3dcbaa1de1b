"""The spacing of stamps: the grid that most rows stand on, across gaps and despite stray rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmcast.data.grid import Grid, alias_of, aligned, offsets_in, ordinals
from lstmcast.data.problems import CellsError
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from lstmcast.data.gaps import Gaps
    from lstmcast.data.grid import Ordinals, Stamps, Unit

MIN_SHARE_OF_SINGLE_STEPS = 0.25  # Mondays, Wednesdays and Fridays are one third
FEW = 0.1  # share of rows off a grid that may be stray
FEW_ON_WEEKENDS = 0.02  # some shops open on a Saturday: that is no stray row
TWO_WEEKS = 10  # business days that must be seen before weekends count as missing on purpose
DAY = np.timedelta64(1, "D")


class OffSpacingError(CellsError):
    """Rows stand off the grid of most; `usual` is its alias, `finest` that of a grid for all."""

    def __init__(self, usual: str, finest: str, which: NDArray[np.int64]) -> None:
        super().__init__(
            f"off the spacing of most rows ({usual}): correct them, or give --frequency {finest} "
            "if the steps between are missing.",
            which,
        )
        self.usual, self.finest = usual, finest


@dataclass(frozen=True)
class _Seen:
    """Ascending distinct stamps [U], the neighbours among them, and how many times each is one."""

    stamps: Stamps
    gaps: Gaps
    rows: NDArray[np.float64]


@dataclass(frozen=True)
class _Candidate:
    """A grid, and the stamps [U] on the phase of it that most rows share."""

    grid: Grid
    on: NDArray[np.bool_]

    def share(self, rows: NDArray[np.float64]) -> float:
        return float(rows[self.on].sum() / rows.sum())


def find_grid(stamps: Stamps, gaps: Gaps) -> Grid:
    """Return the coarsest grid that holds most of ascending distinct stamps [U].

    Months (on any day of theirs) are tried before days and business days, days before hours and
    shorter. A grid counts only if rows really stand so far apart.

    Raises:
        OffSpacingError: the grid does not hold all of them.
        DataError: no series has two rows, or no grid holds half of the rows.
    """
    if not len(gaps.counts):
        raise DataError(
            "no series has two rows, so there is no spacing to infer the frequency from: give "
            "--frequency, or name the column that tells the series apart with --id."
        )
    ends = np.concatenate([gaps.before, gaps.after])
    rows = np.bincount(ends, np.tile(gaps.counts, 2), len(stamps)).astype(np.float64)
    seen = _Seen(stamps, gaps, rows)
    best = _best([found for unit in _units(seen) if (found := _spaced(unit, seen))], rows)
    if best is None:
        raise DataError(
            "the times are not evenly spaced: no spacing holds half of the rows. Give "
            "--frequency, and --resample to gather the rows of each period."
        )
    if not best.on.all():
        usual = alias_of(best.grid, stamps[best.on][0])
        finest = alias_of(_finest(seen), stamps[0])
        raise OffSpacingError(usual, finest, np.flatnonzero(~best.on))
    return best.grid


def usual_spacing(units: Ordinals, gaps: Gaps, spacing: int) -> int:
    """Return `spacing` if rows really stand that far apart, else the most common difference.

    Any stamps share some fine spacing: one Tuesday makes a series of Mondays daily. So a spacing
    counts only if it is the most common difference, or at least a quarter of them.
    """
    jumps, inverse = np.unique(units[gaps.after] - units[gaps.before], return_inverse=True)
    counts = np.bincount(inverse, weights=gaps.counts)
    share = counts[jumps == spacing].sum() / counts.sum()
    return spacing if share >= MIN_SHARE_OF_SINGLE_STEPS else int(jumps[counts.argmax()])


def majority(phases: NDArray[Any], rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which phases [U] are the one that most rows have."""
    _, inverse = np.unique(phases, return_inverse=True)
    return np.asarray(inverse == np.bincount(inverse, rows).argmax())


def _best(candidates: list[_Candidate], rows: NDArray[np.float64]) -> _Candidate | None:
    """Return the first candidate that few rows are off, else the one that holds most; or None.

    Of grids of months the one that holds most is the candidate: business quarters often end with
    the calendar's.
    """
    leaders: dict[Unit, _Candidate] = {}
    for candidate in candidates:
        leader = leaders.setdefault(candidate.grid.unit, candidate)
        if candidate.share(rows) > leader.share(rows):
            leaders[candidate.grid.unit] = candidate
    best = max(leaders.values(), key=lambda leader: leader.share(rows), default=None)
    near = (leader for leader in leaders.values() if leader.share(rows) >= 1 - FEW)
    return next(near, best if best and best.share(rows) > 1 / 2 else None)


def _units(seen: _Seen) -> Iterator[_Candidate]:
    """Yield grids of single units, the coarsest first, and the stamps that stand right in them."""
    months = Grid("month", 1)
    within = offsets_in(months, seen.stamps)
    for edge in ("E", "BS", "BE"):
        first = within < DAY
        if edge == "E":
            yield _Candidate(months, first & majority(np.where(first, within, -DAY), seen.rows))
        grid = Grid("month", 1, edge)
        on = aligned(grid, seen.stamps)
        time = offsets_in(Grid("day", 1), seen.stamps)
        yield _Candidate(grid, on & majority(np.where(on, time, -DAY), seen.rows))
    yield _Candidate(months, majority(within, seen.rows) & aligned(months, seen.stamps))
    days = Grid("day", 1)
    daily = majority(offsets_in(days, seen.stamps), seen.rows)
    business = daily & np.is_busday(seen.stamps.astype("datetime64[D]"))
    if business.sum() >= TWO_WEEKS and (
        seen.rows[business].sum() >= (1 - FEW_ON_WEEKENDS) * seen.rows[daily].sum()
    ):
        weekly = _spaced(_Candidate(days, business), seen)
        if weekly is None or weekly.grid.count % 7:
            yield _Candidate(Grid("business day", 1), business)
    yield _Candidate(days, daily)
    yield _Candidate(Grid("us", 1), np.ones(len(seen.stamps), dtype=bool))


def _spaced(unit: _Candidate, seen: _Seen) -> _Candidate | None:
    """Return how many units apart most stamps are that stand right in them; None if none are."""
    gaps = seen.gaps.among(unit.on)
    if not len(gaps.counts):
        return None
    units = ordinals(unit.grid.unit, seen.stamps)
    spacing = int(np.gcd.reduce(np.diff(units[unit.on])))
    usual = usual_spacing(units, gaps, spacing)
    on = unit.on
    if usual != spacing:
        on = on & majority(np.where(on, units % usual, -1), np.where(on, seen.rows, 0))
    return _Candidate(replace(unit.grid, count=usual), on)


def _finest(seen: _Seen) -> Grid:
    """Return the coarsest grid that holds every stamp, however far apart its rows are."""
    unit = next(unit.grid for unit in _units(seen) if unit.on.all())
    units = ordinals(unit.unit, seen.stamps)
    return replace(unit, count=int(np.gcd.reduce(np.diff(units))))
