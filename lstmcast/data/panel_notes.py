"""What is said of the series of a panel: what was left out, is missing, or may forecast badly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.frequency import season_length
from lstmcast.data.problems import SHOWN, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel, SeriesTable
    from lstmcast.data.spans import Spans

FEWEST_STEPS = 2  # of a series to train on: one to see, one to forecast
SENTINELS = (-99, -999, -9999, -99999, -999999)  # of loggers and surveys, for what is missing
SEASONS_AGO, STEPS_AGO = 2, 10  # a series that ended more than either ago has ended


def notes_on_rows(table: SeriesTable, heard: SeriesTable, spans: Spans) -> Iterator[str]:
    """Say what the rows of a table leave open; `heard` is what is left of it."""
    if len(heard.series_ids) < len(table.series_ids):
        silent = np.ones(len(table.series_ids), dtype=bool)
        silent[table.codes[np.isfinite(table.values)]] = False
        yield f"left out, without any value: {name_some(table.series_ids[silent])}"
    values = heard.values[spans.inside]
    n_outside = len(heard.values) - len(values)
    if n_outside and heard.columns.melted:
        yield (
            "each series begins with its first value and ends with its last: "
            f"{n_outside:,} empty cells before and after are no part of it"
        )
    elif n_outside:
        yield f"rows after the last value of a series, on its future: {n_outside:,}"
    yield from _note_on_sentinel(values)
    n_steps = int((spans.last - spans.first + 1).sum()) - len(values)
    n_values = int(np.isnan(values).sum())
    if n_steps or n_values:
        yield (
            f"not observed: steps without a row ({n_steps:,}), rows without a value ({n_values:,})"
        )


def _note_on_sentinel(values: NDArray[np.float64]) -> Iterator[str]:
    """Tell of a number that often stands for a missing value, where no other is below zero."""
    lowest = np.fmin.reduce(values, initial=0)
    if lowest in SENTINELS and not ((values < 0) & (values > lowest)).any():
        yield (
            f"{lowest:g} is the only value below zero, in {int((values == lowest).sum()):,} rows: "
            "if it stands for a missing value, leave the cell empty"
        )


def name_some(names: NDArray[np.object_]) -> str:
    """Count series, and name the first few."""
    more = ", ..." if len(names) > SHOWN else ""
    return f"{len(names):,} series ({', '.join(map(quoted, names[:SHOWN]))}{more})"


def notes_on_series(panel: Panel) -> Iterator[str]:
    """Say which series are too short to train on, constant, or ended long before the others."""
    observed = np.isfinite(panel.values)
    starts = panel.offsets[:-1]
    counts = np.add.reduceat(observed, starts, dtype=np.int64)
    if (short := panel.lengths < FEWEST_STEPS).any():
        yield f"too short to train on, forecast all the same: {name_some(panel.series_ids[short])}"
    lowest, highest = (reduce.reduceat(panel.values, starts) for reduce in (np.fmin, np.fmax))
    if (constant := (lowest == highest) & (counts > 1)).any():
        yield f"constant, kept: {name_some(panel.series_ids[constant])}"
    entries = np.where(observed, np.arange(len(panel.values)), -1)
    last = panel.first_steps + np.maximum.reduceat(entries, starts) - starts
    ends = panel.first_steps + panel.lengths - 1
    if (open_ended := (last < ends) & (counts > 0)).any():
        yield (
            "no value in the last rows, after which the forecast begins: "
            f"{name_some(panel.series_ids[open_ended])}"
        )
    late = max(SEASONS_AGO * season_length(panel.axis.frequency), STEPS_AGO)
    if (ended := last < last.max() - late).any():
        yield (
            f"ended more than {late} steps before the last, kept: "
            f"{name_some(panel.series_ids[ended])}"
        )
