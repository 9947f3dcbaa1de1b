"""A second opinion in logarithms: what is large in a series that grows need not be unusual."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.doctor.findings import Marks

if TYPE_CHECKING:
    from collections.abc import Callable

    from lstmcast.data.doctor.rows import Matrix


def in_logs_too(detect: Callable[[Matrix, int], Marks], values: Matrix, season: int) -> Marks:
    """Return the places that a detector finds, in never negative series in logarithms as well.

    Prices and sales that swing in per cent show leaps in their own units whenever they are high.
    Where there are zeros, the smallest other value is added to all: 1 in counts.
    """
    found = detect(values, season)
    rows = np.unique(found.rows)
    positive = rows[~(values[rows] < 0).any(axis=1)]
    sizes = values[positive]
    least = np.where(sizes > 0, sizes, np.inf).min(axis=1, keepdims=True)
    zeros = (sizes == 0).any(axis=1, keepdims=True)
    again = detect(np.log(sizes + np.where(zeros, least, 0)), season)
    width = values.shape[1]
    seconded = np.isin(
        found.rows * width + found.entries, positive[again.rows] * width + again.entries
    )
    kept = seconded | ~np.isin(found.rows, positive)
    return Marks(found.rows[kept], found.entries[kept], found.sizes[kept])
