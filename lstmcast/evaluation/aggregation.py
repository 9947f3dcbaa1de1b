"""How what a metric says of points comes together: over windows, series, steps, or all of them.

Shapes: W windows, H horizon, G groups. Points that were not observed are left out of everything.
Where a metric is not defined at an observed point (an actual of zero under MAPE, a flat history
under MASE, a forecast that is NaN), the point or its window is left out of the mean and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Score:
    """The value of a metric, and how much of the data stands behind it.

    `n` points (or windows, where those are averaged) were counted; `undefined` more were observed,
    but the metric has no value there. `value` is None if it has one nowhere.
    """

    value: float | None
    n: int
    undefined: int


class Statistic(NamedTuple):
    """What a metric says of each point, and how that is averaged.

    All points count the same; with `per_window` means are taken over each window first, and then
    all windows count the same. With `root` the square root is taken of the mean, of each window if
    they are apart. With `sizes` the sum is divided by theirs, and not by the number of points.
    """

    values: NDArray[np.float64]  # [W, H], NaN where it is undefined
    observed: NDArray[np.bool_]  # [W, H]
    per_window: bool = False
    root: bool = False
    sizes: NDArray[np.float64] | None = None  # [W, H]


class Terms(NamedTuple):
    """Sums that scores are made of: those of W windows, or of G groups of them."""

    sums: NDArray[np.float64]
    weights: NDArray[np.float64]  # what sums are divided by
    n: NDArray[np.float64]
    undefined: NDArray[np.float64]
    root: bool  # of what the division gives

    def values(self) -> NDArray[np.float64]:
        """Return the metric, NaN where it has no value: as the sums."""
        means = np.full(len(self.sums), np.nan)
        np.divide(self.sums, self.weights, out=means, where=self.weights > 0)
        return np.sqrt(means) if self.root else means

    def scores(self) -> list[Score]:
        """Return the metric of each group, and what stands behind it."""
        return [
            # Sums without a weight, such as those of nothing but zeros, have no value.
            Score(value, int(n), int(undefined))
            if value == value  # noqa: PLR0124  # not NaN
            else Score(None, 0, int(n + undefined))
            for value, n, undefined in zip(
                self.values().tolist(), self.n, self.undefined, strict=True
            )
        ]


def terms_of(statistic: Statistic) -> Terms:
    """Add a statistic up over the points of each window: W terms."""
    values, observed = statistic.values, statistic.observed
    defined = observed & ~np.isnan(values)
    if statistic.per_window:
        return _terms_of_means(statistic, defined)
    counts = defined.sum(axis=1, dtype=np.float64)
    weights = counts
    if statistic.sizes is not None:
        weights = np.where(defined, statistic.sizes, 0.0).sum(axis=1)
    sums = np.where(defined, values, 0.0).sum(axis=1)
    return Terms(sums, weights, counts, observed.sum(axis=1) - counts, statistic.root)


def _terms_of_means(statistic: Statistic, defined: NDArray[np.bool_]) -> Terms:
    """Average each window; one with an observed point that is undefined is so as a whole."""
    counts = statistic.observed.sum(axis=1)
    whole = (counts > 0) & (defined.sum(axis=1) == counts)
    means = np.where(defined, statistic.values, 0.0).sum(axis=1) / np.maximum(counts, 1)
    means = np.where(whole, np.sqrt(means) if statistic.root else means, 0.0)
    n = whole.astype(np.float64)
    return Terms(means, n, n, (counts > 0) - n, root=False)


def pool(terms: Terms, groups: NDArray[np.int64], n_groups: int) -> Terms:
    """Add the terms of windows up by the groups that they are in: G terms."""
    sums, weights, n, undefined = (
        np.bincount(groups, part, n_groups).astype(np.float64)
        for part in (terms.sums, terms.weights, terms.n, terms.undefined)
    )
    return Terms(sums, weights, n, undefined, terms.root)


def pool_steps(statistic: Statistic) -> Terms:
    """Add a statistic up over windows, each step ahead for itself: H terms."""
    values, observed, sizes = statistic.values, statistic.observed, statistic.sizes
    defined = observed & ~np.isnan(values)
    n = defined.sum(axis=0, dtype=np.float64)
    if statistic.per_window and statistic.root:  # of a window of one step
        values = np.sqrt(values)
    sums = np.where(defined, values, 0.0).sum(axis=0)
    weights = n if sizes is None else np.where(defined, sizes, 0.0).sum(axis=0)
    root = statistic.root and not statistic.per_window
    return Terms(sums, weights, n, observed.sum(axis=0) - n, root)


def overall(terms: Terms) -> Score:
    """Score all windows together."""
    (score,) = pool(terms, np.zeros(len(terms.sums), dtype=np.int64), 1).scores()
    return score


def score_of(statistic: Statistic) -> Score:
    """Score all windows together by one metric."""
    return overall(terms_of(statistic))
