"""Covariates that cannot be what they seem: the target in disguise, or known for too short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel

SAME = 1 - 1e-6  # squared correlation of an affine copy; smooth series stay below at one step
FEWEST = 8  # pairs that a correlation needs
SHARE = 0.9  # of the series that must agree
EQUAL = 1e-9  # relative difference of equal values


@dataclass(frozen=True)
class Leak:
    """A covariate that tells the target `lead` steps ahead, as it is or after a linear change."""

    lead: int
    equal: bool


def find_leak(
    panel: Panel, covariate: NDArray[np.float64], leads: Iterable[int] = (0, 1)
) -> Leak | None:
    """Say at which of some leads a covariate [N] is a copy of the target, None if at none.

    The covariate at step t is held against the target at t + lead, series by series (Pearson's
    correlation), so each series may have a scale of its own. Series that can be told by their own
    last step as well, such as straight lines, prove nothing.
    """
    target = _centred(panel, panel.values)
    other = _centred(panel, covariate)
    telling = ~(_squared_correlation(panel, target, target, 1) > SAME)
    for lead in leads:
        squared = _squared_correlation(panel, other, target, lead)
        judged = telling & np.isfinite(squared)
        if judged.any() and (squared[judged] > SAME).mean() >= SHARE:
            return Leak(lead, equal=_equal(panel, covariate, lead))
    return None


def steps_unknown_ahead(
    target_ends: NDArray[np.int64], known_ends: NDArray[np.int64], horizon: int
) -> NDArray[np.int64]:
    """Return how many of the `horizon` steps after each target no known covariate reaches: [S].

    Ends are the steps behind the last one of each series.
    """
    return np.asarray(np.clip(target_ends + horizon - known_ends, 0, horizon))


def _centred(panel: Panel, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take the mean of its series off each value and bring the largest to 1: [N]."""
    starts, lengths = panel.offsets[:-1], panel.lengths
    known = np.isfinite(values)
    count = np.maximum(np.add.reduceat(known, starts, dtype=np.int64), 1)
    mean = np.add.reduceat(np.where(known, values, 0), starts) / count
    centred = values - np.repeat(mean, lengths)
    size = np.maximum.reduceat(np.abs(np.where(known, centred, 0)), starts)
    rounding = np.maximum.reduceat(np.abs(np.where(known, values, 0)), starts) * np.sqrt(
        np.finfo(float).eps
    )
    # What moves by less than its own rounding does not move.
    moves = np.where(size > rounding, size, np.inf)
    return np.asarray(centred / np.repeat(moves, lengths))


def _squared_correlation(
    panel: Panel, x: NDArray[np.float64], y: NDArray[np.float64], lead: int
) -> NDArray[np.float64]:
    """Squared correlation of x at t with y at t + lead, NaN where it cannot be told: [S]."""
    ahead = _ahead(panel, y, lead)
    pairs = np.isfinite(x) & np.isfinite(ahead)
    x, ahead = np.where(pairs, x, 0), np.where(pairs, ahead, 0)
    sums = [np.add.reduceat(each, panel.offsets[:-1]) for each in (x, ahead)]
    squares = [np.add.reduceat(each * each, panel.offsets[:-1]) for each in (x, ahead)]
    product = np.add.reduceat(x * ahead, panel.offsets[:-1])
    count = np.add.reduceat(pairs, panel.offsets[:-1], dtype=np.int64)
    n = np.maximum(count, 1)
    spread = [square - total * total / n for square, total in zip(squares, sums, strict=True)]
    covariance = product - sums[0] * sums[1] / n
    usable = (count >= FEWEST) & (spread[0] > EQUAL) & (spread[1] > EQUAL)
    unknown = np.full(panel.n_series, np.nan)
    return np.asarray(np.divide(covariance**2, spread[0] * spread[1], out=unknown, where=usable))


def _ahead(panel: Panel, values: NDArray[np.float64], lead: int) -> NDArray[np.float64]:
    """Return what each series holds `lead` steps later, NaN behind its end: [N]."""
    entry = np.arange(len(values))
    ends = np.repeat(panel.offsets[1:], panel.lengths)
    return np.where(entry + lead < ends, values[np.minimum(entry + lead, len(values) - 1)], np.nan)


def _equal(panel: Panel, covariate: NDArray[np.float64], lead: int) -> bool:
    """Say whether the covariate is the target itself, not only a linear change of it."""
    ahead = _ahead(panel, panel.values, lead)
    pairs = np.isfinite(covariate) & np.isfinite(ahead)
    return bool(np.allclose(covariate[pairs], ahead[pairs], rtol=EQUAL, atol=0))
