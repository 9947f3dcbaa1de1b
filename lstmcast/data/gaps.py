"""Neighbouring rows within series: they tell the spacing, the gaps and the duplicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Gaps:
    """Distinct pairs [G] of neighbouring ranks within a series, and how often each occurs.

    A rank is the place of a time among the distinct times of the whole table, in ascending order.
    """

    before: NDArray[np.int64]
    after: NDArray[np.int64]
    counts: NDArray[np.int64]

    def among(self, wanted: NDArray[np.bool_]) -> Gaps:
        """Return the pairs both of whose ranks are wanted, of the distinct times [U]."""
        kept = wanted[self.before] & wanted[self.after]
        return Gaps(self.before[kept], self.after[kept], self.counts[kept])


def row_keys(codes: NDArray[np.int32], ranks: NDArray[np.int64], n_ranks: int) -> NDArray[np.int64]:
    """Return one number for each row [N] that orders rows by series, then by rank."""
    keys = codes.astype(np.int64)
    keys *= n_ranks  # in place: fresh memory costs more than arithmetic
    keys += ranks
    return keys


def ascending(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return keys in order; most files are, and to see that is a hundredth of sorting them."""
    return keys if (keys[1:] >= keys[:-1]).all() else np.sort(keys)


def find_gaps(keys: NDArray[np.int64], n_ranks: int) -> Gaps:
    """Count the pairs of neighbouring rows that ascending `row_keys` [N] tell of."""
    series, ranks = np.divmod(keys, n_ranks)
    same = series[1:] == series[:-1]
    del series
    neighbours = ranks[:-1] * n_ranks
    neighbours += ranks[1:]
    pairs, distinct = pd.factorize(neighbours[same])
    before, after = np.divmod(np.asarray(distinct, dtype=np.int64), n_ranks)
    return Gaps(before, after, np.bincount(pairs, minlength=len(distinct)))
