"""Whether a difference in accuracy is more than chance: a paired bootstrap, and a test.

Shapes: W windows, H horizon, U units that are drawn, K metrics, D draws.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import stdtr

from lstmcast.evaluation.aggregation import pool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from lstmcast.data.panel import Windows
    from lstmcast.evaluation.aggregation import Terms

DRAWS = 1_000
INTERVAL = (0.025, 0.975)  # of the skills that are drawn
SEED = 0
AT_ONCE = 4_000_000  # numbers of units drawn at a time: 32 MB
ROUNDING = 1e-12  # of a difference that is always the same
FEWEST_UNITS = 5  # of fewer, a bootstrap says little
FEWEST_STEPS = 8  # that differences are tested at
MOST_UNITS = 5_000
FEWEST_SERIES = 10  # that are drawn whole; of fewer series, windows are


class Range(NamedTuple):
    """An interval of skills."""

    low: float
    high: float


@dataclass(frozen=True)
class EqualAccuracy:
    """The test of Diebold and Mariano (1995) of whether two methods err alike.

    The statistic is below 0 where the model errs less, and `p_value` (two-sided) is the chance of
    one as far from 0 if both erred alike. `n` time steps stand behind it. None where they are too
    few, or the difference never changes.
    """

    statistic: float | None
    p_value: float | None
    n: int


def units_of(windows: Windows) -> NDArray[np.int64]:
    """Say which windows are drawn together: [W].

    Those of a series are alike, so series are drawn; windows only where series are few. Where they
    are many they are drawn in groups, put together by lot: their sums vary as much.
    """
    _, series = np.unique(windows.series, return_inverse=True)
    n_series = series.max(initial=-1) + 1
    if n_series < FEWEST_SERIES:
        return np.arange(len(series))
    if n_series <= MOST_UNITS:
        return series
    return (np.random.default_rng(SEED).permutation(n_series) % MOST_UNITS)[series]


def bootstrap_skill(
    ours: Mapping[str, Terms], theirs: Mapping[str, Terms], units: NDArray[np.int64]
) -> dict[str, Range | None]:
    """Return the 95 % interval of the skill in each metric, from 1,000 draws of units.

    The same units are drawn of both methods (Efron and Tibshirani 1993, percentile interval). None
    where units are few, or where the baseline makes no error in some draw.
    """
    n_units = int(units.max(initial=-1)) + 1
    if n_units < FEWEST_UNITS or not ours:
        return dict.fromkeys(ours)
    names = list(ours)
    columns = []
    for terms in (side[name] for side in (ours, theirs) for name in names):
        of_units = pool(terms, units, n_units)
        columns += [of_units.sums, of_units.weights]
    drawn = _draw(np.stack(columns, axis=1))
    sums, weights = drawn[:, 0::2], drawn[:, 1::2]
    with np.errstate(divide="ignore", invalid="ignore"):
        values = sums / weights
        roots = np.array([ours[name].root for name in names] * 2)
        values[:, roots] = np.sqrt(values[:, roots])
        skills = 1 - values[:, : len(names)] / values[:, len(names) :]
    return {name: _range_of(skills[:, k]) for k, name in enumerate(names)}


def _draw(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up the rows [U, C] that are drawn, with replacement, as often as there are rows: [D, C].

    The same rows are drawn whenever there are as many of them.
    """
    n_units = len(columns)
    generator = np.random.default_rng(SEED)
    at_once = max(1, min(DRAWS, AT_ONCE // n_units))
    sums = []
    for first in range(0, DRAWS, at_once):
        draws = min(at_once, DRAWS - first)
        drawn = generator.integers(n_units, size=(draws, n_units), dtype=np.int32)
        places = (drawn + n_units * np.arange(draws)[:, None]).ravel()
        counts = np.bincount(places, minlength=draws * n_units).astype(np.float64)
        sums.append(counts.reshape(draws, n_units) @ columns)
    return np.concatenate(sums)


def _range_of(skills: NDArray[np.float64]) -> Range | None:
    if not np.isfinite(skills).all():
        return None
    return Range(*np.quantile(skills, INTERVAL).tolist())


def equal_accuracy(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], times: NDArray[np.int64]
) -> EqualAccuracy:
    """Test whether losses [W, H] of two methods at `times` [W, H] are the same on average.

    Differences are averaged over all that is forecast of a time step, so that what moves all series
    alike counts once (Timmermann and Zhu 2019). Those of neighbouring steps go together; with their
    variance from the lowest frequencies, and the distribution that follows, the test keeps its size
    where steps are few (Coroneo and Iacone 2020): the cube root of their number, but waves no
    shorter than two horizons, within which errors are alike. Losses that are NaN are left out.
    """
    differences = ours - theirs
    known = ~np.isnan(differences)
    steps, places = np.unique(times[known], return_inverse=True)
    n = len(steps)
    if n < FEWEST_STEPS:
        return EqualAccuracy(None, None, n)
    of_step = np.bincount(places, differences[known], n) / np.bincount(places, minlength=n)
    frequencies = max(1, min(int(n ** (1 / 3)), n // (2 * ours.shape[1])))
    waves = np.abs(np.fft.rfft(of_step - of_step.mean())[1 : frequencies + 1]) ** 2
    deviation = math.sqrt(waves.mean() / n)
    if deviation <= ROUNDING * abs(of_step.mean()):
        return EqualAccuracy(None, None, n)
    statistic = math.sqrt(n) * of_step.mean() / deviation
    p_value = 2 * stdtr(2 * frequencies, -abs(statistic))
    return EqualAccuracy(float(statistic), float(p_value), n)
