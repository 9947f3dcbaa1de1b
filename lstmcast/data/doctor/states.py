"""States of whole series: constant, empty, short, ended, sparse, with stray negative values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lstmcast.data.doctor.findings import Marks, no_marks
from lstmcast.data.doctor.rows import changes, row_medians

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.data.doctor.rows import Matrix
    from lstmcast.data.panel import Panel

SHARE_MISSING = 0.2  # of the steps not observed: more is worth a word
INTERVAL = 1.32  # steps from one demand to the next
STRAY = 0.02  # share of values below zero that is no habit of the series
LEAP = 1.5  # large changes of the other values
COMMON_END = 0.5  # share of the series that must end together before an early end is told


def constant(values: Matrix) -> Marks:
    """Series of two values or more that are all the same; sizes are the values."""
    with_gaps = np.isfinite(values)
    high = np.where(with_gaps, values, -np.inf).max(axis=1)
    low = np.where(with_gaps, values, np.inf).min(axis=1)
    rows = np.flatnonzero((high == low) & (with_gaps.sum(axis=1) > 1))
    return Marks(rows, np.zeros_like(rows), high[rows])


def empty(values: Matrix) -> Marks:
    """Series without a single observation."""
    rows = np.flatnonzero(np.isnan(values).all(axis=1))
    return Marks(rows, np.zeros_like(rows), np.zeros(len(rows)))


def short(values: Matrix, least: int) -> Marks:
    """Series with fewer observations than `least`, but some; sizes are the observations."""
    observed = np.isfinite(values).sum(axis=1)
    rows = np.flatnonzero((observed < least) & (observed > 0))
    return Marks(rows, np.zeros_like(rows), observed[rows].astype(float))


def sparse(values: Matrix, lengths: NDArray[np.int64]) -> Marks:
    """Series with a fifth of their steps or more not observed; sizes are the shares."""
    share = 1 - np.isfinite(values).sum(axis=1) / lengths
    rows = np.flatnonzero((share >= SHARE_MISSING) & (share < 1))
    return Marks(rows, np.zeros_like(rows), share[rows])


def intermittent(values: Matrix) -> Marks:
    """Series with 1.32 steps or more from one demand to the next; sizes are the shares of zeros.

    The boundary is that of Syntetos, Boylan and Croston (2005) for never negative series.
    """
    observed = np.isfinite(values).sum(axis=1)
    zeros = (values == 0).sum(axis=1)
    moves = (zeros > 0) & (zeros < observed) & ~(values < 0).any(axis=1)
    rows = np.flatnonzero(moves & (observed > INTERVAL * (observed - zeros)))
    return Marks(rows, np.zeros_like(rows), zeros[rows] / observed[rows])


def negative(values: Matrix) -> Marks:
    """Few values below zero where all others are not; sizes are the values.

    A series that swings around a level near zero may well wander below it. So they count only as
    far from zero as the others usually are (-999 for missing, a wrong sign, a return of goods), in
    series that get there at a leap.
    """
    share = (values < 0).sum(axis=1) / np.maximum(np.isfinite(values).sum(axis=1), 1)
    some = np.flatnonzero((share > 0) & (share <= STRAY))
    few = values[some]
    below = few < 0
    others = np.where(below, np.nan, few)
    far = below & (-few >= row_medians(others)[:, None])
    falls = few[:, :-1] - few[:, 1:] > LEAP * changes(others).large[:, None]
    leaps = np.asarray((falls & far[:, 1:]).any(axis=1))
    rows, entries = np.nonzero(far & leaps[:, None])
    return Marks(some[rows], entries, few[rows, entries])


def alike(panel: Panel) -> Marks:
    """Series whose ids differ from another one's in spaces or capitals only; sizes are 0."""
    ids = pa.array(panel.series_ids, pa.string())
    plain = pc.utf8_lower(pc.replace_substring_regex(ids, r"\s+", ""))
    codes = plain.dictionary_encode().indices.to_numpy()
    rows = np.flatnonzero(np.bincount(codes)[codes] > 1)
    return Marks(rows, np.zeros_like(rows), np.zeros(len(rows)))


def ended_early(panel: Panel, season: int) -> Marks:
    """Series that ended a season and a tenth of their length before the end that most share.

    Sizes are the steps from their last entry to that end.
    """
    ends = panel.first_steps + panel.lengths
    distinct, counts = np.unique(ends, return_counts=True)
    common = distinct[counts.argmax()]
    if panel.n_series < 2 or counts.max() < COMMON_END * panel.n_series:  # noqa: PLR2004 - others
        return no_marks()
    late = common - ends
    rows = np.flatnonzero(late > np.maximum(season, panel.lengths // 10))
    return Marks(rows, panel.lengths[rows] - 1, late[rows].astype(float))
