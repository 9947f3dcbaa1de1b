"""Blocks: series of like length side by side in a matrix, so that whole columns can be computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel

CELLS = 1 << 20  # of a matrix: 8 MB, so that a dozen of its like stay small beside any panel
LIKE = 0.8  # a series at least this long for the longest of its block: little is padding


@dataclass(frozen=True)
class Block:
    """Some series of a panel as a matrix [S, T], begun at their first entry, NaN behind the last.

    Row r holds series `series[r]`, which has `lengths[r]` entries.
    """

    values: NDArray[np.float64]
    series: NDArray[np.int64]
    lengths: NDArray[np.int64]


def blocks(panel: Panel, values: NDArray[np.float64] | None = None) -> Iterator[Block]:
    """Yield all series of a panel in blocks, from the shortest to the longest.

    `values` [N] stands for the panel's own, entry by entry.
    """
    values = panel.values if values is None else values
    order = np.argsort(panel.lengths, kind="stable")
    lengths = panel.lengths[order]
    end = len(order)
    parts = []
    while end:
        longest = int(lengths[end - 1])
        most = max(1, CELLS // longest)
        start = max(end - most, int(np.searchsorted(lengths, LIKE * longest)))
        parts.append(order[start:end])
        end = start
    for series in reversed(parts):
        yield _block(panel, values, series)


def _block(panel: Panel, values: NDArray[np.float64], series: NDArray[np.int64]) -> Block:
    lengths = panel.lengths[series]
    entries = np.arange(lengths.max())
    inside = entries < lengths[:, None]
    addresses = np.minimum(panel.offsets[series, None] + entries, len(values) - 1)
    return Block(np.where(inside, values[addresses], np.nan), series, lengths)
