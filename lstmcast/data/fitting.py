"""Times to a time axis: on the frequency that is given, or on the one that explains the times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.frequency import INTEGER_STEPS, TimeAxis
from lstmcast.data.gaps import Gaps, find_gaps, row_keys
from lstmcast.data.grid import Grid, alias_of, find_origin, parse_frequency, steps_on
from lstmcast.data.problems import CellsError
from lstmcast.data.spacing import find_grid, usual_spacing
from lstmcast.data.stamps import EXCEL_REMEDY, looks_like_excel
from lstmcast.data.zones import to_days
from lstmcast.errors import DataError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.data.stamps import Times

DAYS_OF_A_MONTH = 365.2425 / 12
SLACK = 2.6  # days by which months differ from so many times the mean


def infer_frequency(stamps: NDArray[np.datetime64], codes: NDArray[np.int32] | None = None) -> str:
    """Return the alias of the coarsest regular spacing that explains the stamps, gaps or not.

    `stamps` [N] in any order; `codes` [N] says which series each belongs to (default: one).

    Raises:
        DataError: no series has two stamps, or they are not evenly spaced.
    """
    distinct, ranks = np.unique(stamps.astype("datetime64[us]"), return_inverse=True)
    codes = np.zeros(len(stamps), dtype=np.int32) if codes is None else codes
    gaps = find_gaps(np.unique(row_keys(codes, ranks, len(distinct))), len(distinct))
    return alias_of(find_grid(distinct, gaps), distinct[0])


def fit_axis(times: Times, gaps: Gaps, frequency: str | None) -> tuple[TimeAxis, NDArray[np.int64]]:
    """Return the axis of ascending distinct times [U], and the step of each on it: [U].

    Raises:
        UsageError: `frequency` is no alias of a regular grid.
        CellsError: the times are not evenly spaced, or stand off the frequency that was given.
        DataError: there is no spacing to infer a frequency from.
    """
    if times.style:
        return _fit_dates(times, gaps, frequency)
    return _fit_integers(times, gaps, frequency)


def _fit_dates(
    times: Times, gaps: Gaps, frequency: str | None
) -> tuple[TimeAxis, NDArray[np.int64]]:
    """Fit the axis of dates to the frequency given, or to the one that explains them."""
    if frequency == INTEGER_STEPS:
        raise DataError("frequency '1' stands for integer steps, but the times are dates.")
    grid, stamps = _grid_of(times, gaps, frequency)
    origin = find_origin(grid, stamps)
    steps, on_grid = steps_on(grid, origin, stamps)
    on_grid &= ~_is_again(stamps)
    off = np.flatnonzero(~on_grid)
    named = frequency if frequency and "-" in frequency else alias_of(grid, origin)
    if off.size:
        raise CellsError(
            f"off the frequency '{frequency or named}': correct these rows, or give a --frequency "
            "that every row fits.",
            off,
        )
    if not frequency:
        _require_frequency(named)
    return TimeAxis(named, origin, times.style, timezone=times.timezone), steps


def _require_frequency(found: str) -> None:
    """Raise if what was found, such as 1000001us, is no frequency that could be given."""
    try:
        parse_frequency(found)
    except UsageError as error:
        raise DataError(
            f"the times are {found} apart, which is no frequency: correct them, or give a "
            "--frequency that every row fits."
        ) from error


def _grid_of(
    times: Times, gaps: Gaps, frequency: str | None
) -> tuple[Grid, NDArray[np.datetime64]]:
    """Return the grid of dates, and the stamps [U] that are on it: instants, or local days."""
    stamps = times.values.astype("datetime64[us]")
    grid = parse_frequency(frequency) if frequency else None
    if times.timezone:
        days = to_days(times.timezone, stamps)
        shown = days[~_is_again(days)]
        clock = shown - shown.astype("datetime64[D]")
        daily = 2 * np.unique(clock, return_counts=True)[1].max() > len(clock)
        if grid.unit != "us" if grid else daily:
            stamps = days
    return grid or find_grid(stamps, gaps), stamps


def _is_again(stamps: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Say which stamps [N] clocks had shown before, as they do once set back; instants never."""
    return np.concatenate([[False], stamps[1:] <= stamps[:-1]])


def _fit_integers(
    times: Times, gaps: Gaps, frequency: str | None
) -> tuple[TimeAxis, NDArray[np.int64]]:
    """Fit the axis of integers; a frequency given says what one step means, or that gaps do."""
    if frequency and frequency != INTEGER_STEPS:
        parse_frequency(frequency)
    values = times.values.astype(np.int64)
    if not frequency:
        _refuse_excel_months(values, gaps)
    spacing = int(np.gcd.reduce(np.diff(values))) if len(values) > 1 else 1
    if not frequency and len(gaps.counts):
        usual = usual_spacing(values, gaps, spacing)
        if usual != spacing:
            _, phases = np.unique(values % usual, return_inverse=True)
            raise CellsError(
                f"off the spacing of most rows ({usual}): correct them, or give --frequency 1 if "
                "the steps between are missing.",
                np.flatnonzero(phases != np.bincount(phases).argmax()),
            )
    axis = TimeAxis(frequency or INTEGER_STEPS, int(values[0]), "", spacing)
    return axis, (values - values[0]) // spacing


def _refuse_excel_months(values: NDArray[np.int64], gaps: Gaps) -> None:
    """Raise if whole numbers look like days of Excel that are months, quarters or years apart.

    Taken for steps, they would be uneven, or a month would become 31 steps.
    """
    jumps = values[gaps.after] - values[gaps.before]
    if len(jumps) and looks_like_excel(values):
        months = np.round(jumps / DAYS_OF_A_MONTH)
        if (months >= 1).all() and (np.abs(jumps - months * DAYS_OF_A_MONTH) <= SLACK).all():
            raise CellsError(EXCEL_REMEDY, np.arange(len(values)))
