"""Series of one table that do not share a frequency: found in bulk, named with what each has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.fitting import fit_axis
from lstmcast.data.gaps import find_gaps
from lstmcast.data.problems import SHOWN, quoted
from lstmcast.data.spacing import OffSpacingError
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.data.frequency import TimeAxis
    from lstmcast.data.gaps import Gaps
    from lstmcast.data.stamps import Times

NEAR = 1.12  # months are 28 to 31 days long
ENOUGH = 6  # such steps that make a series regular
MOST = 0.6  # share of them; others are gaps
ASTRAY = 0.4  # half-hours are off the hour half of the time
REPEATED = 3  # rows off that are no accident


@dataclass(frozen=True)
class Members:
    """Rows [N] by the number of their series in `ids` [S] and the rank of their time in `times`."""

    codes: NDArray[np.int32]
    ranks: NDArray[np.int64]
    ids: NDArray[np.object_]
    times: Times


def fit_together(
    members: Members, keys: NDArray[np.int64], gaps: Gaps, frequency: str | None
) -> tuple[TimeAxis, NDArray[np.int64]]:
    """Do as `fit_axis` for the times of many series, whose ascending `row_keys` are `keys` [N].

    Raises:
        UsageError, CellsError, DataError: as `fit_axis`.
        DataError: the frequency that was found is not that of some series.
    """
    try:
        axis, steps = fit_axis(members.times, gaps, frequency)
    except OffSpacingError as error:
        if not (series := _series_off(members, error.which)).size:
            raise
        raise _disagreement(members, series, error.usual, error.finest) from error
    if frequency is None and members.times.style and len(members.ids) > 1:
        numbers, ranks = np.divmod(keys, len(members.times.values))
        if (series := _coarser_series(numbers, steps[ranks])).size:
            raise _disagreement(members, series, axis.frequency, axis.frequency)
    return axis, steps


def _series_off(members: Members, off: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the series that the times `off` are a habit of, if they have most such rows."""
    is_off = np.zeros(len(members.times.values), dtype=bool)
    is_off[off] = True
    astray = members.codes[is_off[members.ranks]]
    n_off = np.bincount(astray, minlength=len(members.ids))
    n_rows = np.bincount(members.codes, minlength=len(members.ids))
    series = np.flatnonzero((n_off >= ASTRAY * n_rows) & ((n_off == n_rows) | (n_off >= REPEATED)))
    others = len(series) < len(members.ids)
    return np.asarray(series if others and 2 * n_off[series].sum() > len(astray) else series[:0])


def _coarser_series(series: NDArray[np.int64], steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the series whose rows are regularly more than one step apart, as months among days.

    `series` [N] ascend, and `steps` [N] within each; some series has two rows. Series with rows
    here and there are no such.
    """
    same = np.diff(series) == 0
    jumps: NDArray[np.int64] = np.diff(steps)[same]
    owner: NDArray[np.int64] = series[1:][same]
    starts = np.flatnonzero(np.r_[True, np.diff(owner) != 0])
    counts = np.diff(np.r_[starts, len(jumps)])
    shortest = np.minimum.reduceat(jumps, starts)
    near = np.add.reduceat(jumps <= np.repeat(NEAR * shortest, counts), starts, dtype=np.int64)
    return np.asarray(owner[starts[(shortest > 1) & (near >= ENOUGH) & (near >= MOST * counts)]])


def _disagreement(
    members: Members, series: NDArray[np.int64], usual: str, finest: str
) -> DataError:
    """Return the error that names the first of some series, their frequencies, and that of most."""
    named = [f"{quoted(members.ids[one])}{_frequency_of(members, one)}" for one in series[:SHOWN]]
    more = f" and {len(series) - SHOWN:,} more" if len(series) > SHOWN else ""
    return DataError(
        f"series do not share a frequency: most rows are {usual}, but not those of "
        f"{', '.join(named)}{more}. Split the table, or give --frequency {finest} if the steps "
        "between are missing, or a longer one with --resample to bring all to it."
    )


def _frequency_of(members: Members, series: np.int64) -> str:
    """Return the frequency of one series, in brackets; nothing if it has none of its own."""
    ranks = np.unique(members.ranks[members.codes == series])
    times = replace(members.times, values=members.times.values[ranks])
    try:
        axis, _ = fit_axis(times, find_gaps(np.arange(len(ranks)), len(ranks)), None)
    except DataError:
        return ""
    return f" ({axis.frequency})"
