"""Resampling: the rows of each period of a frequency are gathered into one.

A period is told by its stamp on the grid of the frequency. It begins there, and lasts until the
next one begins: a week of W-MON goes from Monday to Sunday (a plain W is W-MON), a month of MS is
told by its first day. Only where the frequency says that months are told by their ends (ME, QE, YE)
the period ends with that day. Business days take in the weekend after them. All this is counted in
local time where there is a time zone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.frequency import INTEGER_STEPS
from lstmcast.data.grid import WEEKDAYS, Grid, ordinals, parse_frequency, stamps_of
from lstmcast.data.styles import write_stamps
from lstmcast.data.zones import to_instants, to_wall
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.config import DataConfig, Resample
    from lstmcast.data.grid import Ordinals, Stamps
    from lstmcast.data.rows import Rows
    from lstmcast.data.stamps import Times

MONDAY = WEEKDAYS.index("MON")
ENOUGH = 3  # periods, so that there is something to compare the last one with
LATE = 0.1  # of a period: what the last one may lack more than any other


@dataclass(frozen=True)
class Periods:
    """Rows [N] in the order of group and time, cut into the M periods of a group with any.

    `rows` [M] stand for the periods, at their stamps.
    """

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    rows: Rows
    notes: tuple[str, ...]

    @property
    def last_rows(self) -> NDArray[np.int64]:
        """The last row of each period, by its number before they were cut: [M]."""
        return _last_rows(self.order, self.starts)

    def gather(self, values: NDArray[np.float64], how: Resample | None) -> NDArray[np.float64]:
        """Return one value for each period from those of its rows [N]; NaN where none has any."""
        ordered = values[self.order]
        observed = ~np.isnan(ordered)
        if how == "last":
            places = np.where(observed, np.arange(len(ordered)), -1)
            last = np.maximum.reduceat(places, self.starts)
            return np.where(last >= 0, ordered[last], np.nan)
        counts = np.add.reduceat(observed, self.starts, dtype=np.int64)
        if how == "max":
            found = np.maximum.reduceat(np.where(observed, ordered, -np.inf), self.starts)
        else:
            found = np.add.reduceat(np.where(observed, ordered, 0.0), self.starts)
            if how == "mean":
                found = found / np.maximum(counts, 1)
        return np.where(counts > 0, found, np.nan)


def cut_into_periods(rows: Rows, told: DataConfig) -> Periods:
    """Cut rows [N], by their group and time, into periods of the frequency.

    Raises:
        UsageError: there is no frequency, or it is no alias of a regular grid.
    """
    if told.frequency is None:
        raise UsageError(
            f"--resample {told.resample} needs to know how long a period is: give a --frequency, "
            "such as D or MS."
        )
    stamps, labels = label_periods(rows.times, told.frequency)
    keys = rows.keys
    in_order = bool((keys[1:] >= keys[:-1]).all())
    order = np.arange(len(keys)) if in_order else np.argsort(keys, kind="stable")
    groups, periods = rows.codes[order], labels[rows.ranks[order]]
    starts = np.flatnonzero(np.r_[True, (np.diff(groups) != 0) | (np.diff(periods) != 0)])
    notes = (
        f"{len(keys):,} rows gathered into {len(starts):,} periods by {told.resample}",
        *_note_on_last(rows.times, labels, stamps),
    )
    gathered = replace(rows.take(_last_rows(order, starts)), times=stamps, ranks=periods[starts])
    return Periods(order, starts, gathered, notes)


def _last_rows(order: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(order[np.append(starts[1:], len(order)) - 1])


def label_periods(times: Times, frequency: str) -> tuple[Times, NDArray[np.int64]]:
    """Return the periods [P] that ascending distinct times [U] fall into, and which each does: [U].

    Periods are told by their stamps, in ascending order; whole numbers are their own.

    Raises:
        UsageError: `frequency` is no alias of a regular grid.
    """
    if not times.style or frequency == INTEGER_STEPS:
        return times, np.arange(len(times.values))
    return replace(times, values=_labels(times, frequency)).in_order()


def _labels(times: Times, frequency: str) -> Stamps:
    """Return the stamp of the period that each of the distinct times [U] falls into: [U]."""
    grid, zone = parse_frequency(frequency), times.timezone
    instants = times.values.astype("datetime64[us]")
    wall = to_wall(zone, instants) if zone else instants
    if grid.unit != "us":
        stamps = stamps_of(grid, _periods(grid, wall))
        return to_instants(zone, stamps) if zone else stamps
    midnight = wall.min().astype("datetime64[D]").astype("datetime64[us]")
    origin = to_instants(zone, np.array([midnight]))[0] if zone else midnight
    length = np.timedelta64(grid.count, "us")
    return np.asarray(origin + (instants - origin) // length * length)


def _note_on_last(times: Times, labels: NDArray[np.int64], periods: Times) -> list[str]:
    """Say that the last period may not be over: rows end earlier in it than in any other.

    `labels` [U] tell which of the `periods` [P] ascending distinct `times` [U] fall into.
    """
    stamps = periods.values.astype("datetime64[us]")
    if not times.style or len(stamps) < ENOUGH:
        return []
    ends = np.flatnonzero(np.r_[np.diff(labels) != 0, True])
    seen = (times.values[ends].astype("datetime64[us]") - stamps).astype(np.int64)
    length = float(np.median(np.diff(stamps).astype(np.int64)))
    if seen[-1] >= seen[:-1].min() - LATE * length:
        return []
    stamp = to_wall(times.timezone, stamps[-1:]) if times.timezone else stamps[-1:]
    shown = write_stamps("%Y-%m-%d %H:%M", stamp)[0]
    return [f"the last period, {shown}, may not be over: its rows end earlier than in any other"]


def _periods(grid: Grid, wall: Stamps) -> Ordinals:
    """Return the unit of a day or longer that tells the period of wall-clock times: same shape."""
    units = ordinals(grid.unit, wall)
    if grid.unit == "business day":
        units = units - ~np.is_busday(wall.astype("datetime64[D]"))
    cycle, remainder = _anchor(grid)
    first = units.min()
    first -= (first - remainder) % cycle
    if grid.edge.endswith("E") and grid.unit == "month":
        return np.asarray(first - (first - units) // grid.count * grid.count)
    return np.asarray(first + (units - first) // grid.count * grid.count)


def _anchor(grid: Grid) -> tuple[int, int]:
    """Return the anchor of periods: the one that is said, else Mondays, January and December."""
    if grid.anchor != (1, 0):
        return grid.anchor
    if grid.unit == "day" and grid.count % 7 == 0:
        return 7, MONDAY
    if grid.unit != "month":
        return 1, 0
    cycle = int(np.gcd(grid.count, 12))
    return cycle, cycle - 1 if grid.edge.endswith("E") else 0
