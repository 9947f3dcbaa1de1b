"""Features of the calendar: what a person would look up about each step of a time axis.

Cycles are told as pairs of sine and cosine, the harmonics of a Fourier series (Hyndman and
Athanasopoulos, "Forecasting: principles and practice", 7.4); the number of days and of working days
in a month or quarter is told as such, since totals depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.frequency import INTEGER_STEPS
from lstmcast.data.grid import parse_frequency
from lstmcast.data.holidays import holidays_between

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.data.frequency import TimeAxis
    from lstmcast.data.grid import Grid
    from lstmcast.data.panel import Panel

    Dates = NDArray[np.datetime64]  # days

DAY_HARMONICS = 2
WEEK_HARMONICS = 3  # tell all seven days apart
MONTH_HARMONICS = 1
YEAR_HARMONICS = 2
DAYS_IN_YEAR = 365.2425
MEAN_DAYS, MEAN_WORKING_DAYS = 30.44, 21.74  # of a month
WEEK = 7
MONTHS_IN_YEAR = 12


@dataclass(frozen=True)
class Calendar:
    """Features of the steps that any series of a panel has, each stretch of time once."""

    features: NDArray[np.float32]  # [U, F]
    offsets: NDArray[np.int64]  # [S], the row of the first step of each series


def calendar_of(panel: Panel, horizon: int, country: str) -> Calendar:
    """Describe all steps of a panel and a horizon more.

    Raises:
        UsageError: as for `calendar_features`.
    """
    first, last = panel.first_steps, panel.first_steps + panel.lengths + horizon
    order = np.argsort(first)
    reached = np.maximum.accumulate(last[order])
    begins = np.concatenate(
        [[True], first[order][1:] > reached[:-1]]
    )  # after a time without series
    starts = first[order][begins]
    ends = reached[np.concatenate([np.flatnonzero(begins)[1:] - 1, [len(reached) - 1]])]
    rows = np.concatenate([[0], np.cumsum(ends - starts)])
    steps = np.arange(rows[-1]) + np.repeat(starts - rows[:-1], ends - starts)
    stretch = np.searchsorted(starts, first, side="right") - 1
    offsets = first - starts[stretch] + rows[stretch]
    return Calendar(calendar_features(panel.axis, steps, country), offsets)


def calendar_features(
    axis: TimeAxis, steps: NDArray[np.int64], country: str
) -> NDArray[np.float32]:
    """Describe each of the ascending `steps` [T] of an axis: [T, F]; F is 0 on plain integers.

    `country` names a country, or one of its regions, whose public holidays are told: "DE", "US-CA";
    nothing if it is empty.

    Raises:
        UsageError: the country is unknown, or the package that knows holidays is not installed.
    """
    if axis.frequency == INTEGER_STEPS or not isinstance(axis.origin, np.datetime64):
        return np.empty((len(steps), 0), dtype=np.float32)
    grid, stamps = parse_frequency(axis.frequency), axis.local(steps)
    columns = _months(grid, stamps) if grid.unit == "month" else _cycles(grid, stamps)
    if country:
        columns += _holidays(grid, stamps, country)
    if not columns:
        return np.empty((len(steps), 0), dtype=np.float32)
    return np.stack(columns, axis=1).astype(np.float32)


def _cycles(grid: Grid, stamps: NDArray[np.datetime64]) -> list[NDArray[np.float64]]:
    """Tell where in day, week, month and year each stamp of a grid shorter than months stands."""
    dates = stamps.astype("datetime64[D]")
    time = (stamps - dates) / np.timedelta64(1, "D")
    weekly = grid.unit == "day" and grid.count % WEEK == 0
    columns = [] if grid.unit != "us" else _harmonics(time, DAY_HARMONICS)
    if not weekly:
        columns += _harmonics((dates.astype(np.int64) + time) / WEEK, WEEK_HARMONICS)
        columns += _harmonics(_share_of_month(dates), MONTH_HARMONICS)
    return columns + _harmonics((dates.astype(np.int64) + time) / DAYS_IN_YEAR, YEAR_HARMONICS)


def _months(grid: Grid, stamps: NDArray[np.datetime64]) -> list[NDArray[np.float64]]:
    """Tell the days and the working days of each period of months, and when in the year it is."""
    first, end = _periods(grid, stamps)
    days = (end - first).astype(np.int64) / grid.count - MEAN_DAYS
    working_days = np.busday_count(first, end) / grid.count - MEAN_WORKING_DAYS
    if grid.count % MONTHS_IN_YEAR == 0:
        return [days, working_days]
    turns = stamps.astype("datetime64[M]").astype(np.int64) / MONTHS_IN_YEAR
    return [days, working_days, *_harmonics(turns, 1)]


def _periods(grid: Grid, stamps: NDArray[np.datetime64]) -> tuple[Dates, Dates]:
    """Return the first day of the months that each stamp stands for, and the day after the last."""
    months = stamps.astype("datetime64[M]")
    first = months if grid.edge[-1] == "S" else months - (grid.count - 1)
    return first.astype("datetime64[D]"), (first + grid.count).astype("datetime64[D]")


def _holidays(
    grid: Grid, stamps: NDArray[np.datetime64], country: str
) -> list[NDArray[np.float64]]:
    """Tell holidays: on the day, before and after it; or how many fall into a longer period."""
    dates = stamps.astype("datetime64[D]")
    if grid.unit == "month":
        spans = [_periods(grid, stamps)]
    elif grid.unit == "day" and grid.count % WEEK == 0:
        # A week may be named after its first or its last day.
        spans = [(dates - (grid.count - 1), dates + 1), (dates, dates + grid.count)]
    else:
        spans = [(dates + shift, dates + shift + 1) for shift in (-1, 0, 1)]
    days = holidays_between(country, spans[0][0].min(), spans[-1][1].max())
    return [_count_between(days, first, end) for first, end in spans]


def _count_between(days: Dates, first: Dates, end: Dates) -> NDArray[np.float64]:
    """Count the ascending `days` from each `first` on, before each `end`: [T]."""
    return (np.searchsorted(days, end) - np.searchsorted(days, first)).astype(np.float64)


def _share_of_month(dates: Dates) -> NDArray[np.float64]:
    months = dates.astype("datetime64[M]")
    first, following = months.astype("datetime64[D]"), (months + 1).astype("datetime64[D]")
    return np.asarray((dates - first) / (following - first))


def _harmonics(turns: NDArray[np.float64], count: int) -> list[NDArray[np.float64]]:
    """Return sine and cosine of a phase in turns, once, twice, ... as fast."""
    angles = [2 * np.pi * k * turns for k in range(1, count + 1)]
    return [wave(angle) for angle in angles for wave in (np.sin, np.cos)]
