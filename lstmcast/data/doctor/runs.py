"""Runs: stretches where a series stands still, or is not observed at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.doctor.findings import Marks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.data.doctor.rows import Matrix

SHORTEST = 6  # equal values in a row that are looked at
CHANCE = 1e-6  # below which a run is no chance
TIMES_OTHERS = 2  # a run must be this much longer than those that the series has several of
SEVERAL = 3
LONGEST_GAP = 10  # steps not observed in a row that are no trouble
SHARE_OF_GAP = 0.05  # of the series


def flat_runs(values: Matrix) -> Marks:
    """Runs of one value that are too long for the series, and that it has few of.

    If two neighbours are equal with probability p, as often as outside of the run, a run of L among
    n values has an expected number of n p^(L-1) (the longest run of heads, Erdos and Renyi 1970).
    Sizes are the lengths of the runs.
    """
    same = values[:, 1:] == values[:, :-1]
    runs = _runs(same, SHORTEST - 1)
    ties, pairs = same.sum(axis=1), np.isfinite(values).sum(axis=1) - 1
    within = runs.sizes  # ties in the run: one less than its values
    others = pairs[runs.rows] - within
    chance = (ties[runs.rows] - within + 1) / np.maximum(others + 2, 1)
    expected = np.log(np.maximum(pairs[runs.rows], 1)) + within * np.log(np.minimum(chance, 1.0))
    rare = within + 1 >= TIMES_OTHERS * (_several(runs, len(values)) + 1)[runs.rows]
    moves = others > 0
    hit = (expected < np.log(CHANCE)) & rare & moves
    return _unexpected(values, Marks(runs.rows[hit], runs.entries[hit], within[hit] + 1))


def _unexpected(values: Matrix, runs: Marks) -> Marks:
    """Leave out runs of a value that the series often has, as sales that are often zero."""
    rows, lengths = values[runs.rows], runs.sizes
    others = np.isfinite(rows).sum(axis=1) - lengths
    value = values[runs.rows, runs.entries]
    share = ((rows == value[:, None]).sum(axis=1) - lengths + 1) / (others + 2)
    hit = np.log(lengths + others) + (lengths - 1) * np.log(share) < np.log(CHANCE)
    return Marks(runs.rows[hit], runs.entries[hit], lengths[hit])


def long_gaps(values: Matrix, lengths: NDArray[np.int64], season: int) -> Marks:
    """Stretches without an observation, longer than a season, 10 steps and 5 % of the series.

    Sizes are the steps of each gap.
    """
    missing = np.isnan(values) & (np.arange(values.shape[1]) < lengths[:, None])
    missing &= ~missing.all(axis=1, keepdims=True)
    gaps = _runs(missing, max(season, LONGEST_GAP) + 1)
    hit = gaps.sizes > SHARE_OF_GAP * lengths[gaps.rows]
    return Marks(gaps.rows[hit], gaps.entries[hit], gaps.sizes[hit])


def _runs(flags: NDArray[np.bool_], shortest: int) -> Marks:
    """Runs of set flags, at least `shortest` of them; sizes are their lengths."""
    closed = np.pad(flags.astype(np.int8), ((0, 0), (1, 1)))
    turns = np.diff(closed, axis=1)
    rows, starts = np.nonzero(turns == 1)
    _, ends = np.nonzero(turns == -1)
    long = ends - starts >= shortest
    return Marks(rows[long], starts[long], (ends - starts)[long].astype(float))


def _several(runs: Marks, n_rows: int) -> NDArray[np.float64]:
    """Length of the fourth longest run of each row, 0 where there are fewer: [S]."""
    order = np.lexsort((-runs.sizes, runs.rows))
    rows = runs.rows[order]
    first = np.searchsorted(rows, rows)
    fourth = order[np.arange(len(rows)) - first == SEVERAL]
    lengths = np.zeros(n_rows)
    lengths[runs.rows[fourth]] = runs.sizes[fourth]
    return lengths
