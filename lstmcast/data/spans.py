"""Spans: from which step to which each series of a table goes, and which rows lie within."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.data.panel import SeriesTable


@dataclass(frozen=True)
class Spans:
    """First and last step [S] of each series, and the rows [N] that lie between them."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    inside: NDArray[np.bool_] | slice  # a slice where it is all of them


def keep_heard(table: SeriesTable) -> SeriesTable:
    """Leave series out that have no value at all, where others have one."""
    heard = np.zeros(len(table.series_ids), dtype=bool)
    heard[table.codes[np.isfinite(table.values)]] = True
    if heard.all() or not heard.any():
        return table
    kept = heard[table.codes]
    places = np.cumsum(heard, dtype=np.int32) - 1
    return replace(
        table,
        codes=places[table.codes[kept]],
        steps=table.steps[kept],
        values=table.values[kept],
        series_ids=table.series_ids[heard],
        id_parts=None if table.id_parts is None else table.id_parts[heard],
        covariates=table.covariates and table.covariates.keep(kept, heard),
    )


def find_spans(table: SeriesTable) -> Spans:
    """Return the span of each series: from its first row to its last.

    Where a row holds values of several series, empty cells before and after those of a series are
    no part of it. Where there are known covariates, rows after the last value are future ones.
    """
    n_series = len(table.series_ids)
    melted = table.columns.melted
    observed = np.isfinite(table.values)
    if not (melted or table.columns.known) or not observed.any():
        first, last = _ends(table.codes, table.steps, n_series)
        return Spans(first, last, slice(None))
    first, last = _ends(table.codes[observed], table.steps[observed], n_series)
    if not melted:
        first, _ = _ends(table.codes, table.steps, n_series)
    inside = (table.steps >= first[table.codes]) & (table.steps <= last[table.codes])
    return Spans(first, last, inside)


def _ends(
    codes: NDArray[np.int32], steps: NDArray[np.int64], n_series: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and the last step of each series: [S] each."""
    first = np.full(n_series, np.iinfo(np.int64).max)
    last = np.full(n_series, np.iinfo(np.int64).min)
    np.minimum.at(first, codes, steps)
    np.maximum.at(last, codes, steps)
    return first, last
