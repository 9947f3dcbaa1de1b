"""The guard: of each series the forecast is kept that held-out windows speak for.

It may be that of the networks, that of a naive method, or the mean of the two.

Shapes: S series, W windows, H horizon, Q quantile levels, C candidates.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.data.panel import Windows
from lstmcast.evaluation.baselines import BASELINES, baseline_forecasts
from lstmcast.evaluation.metrics import Told

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.bounds import Bounds
    from lstmcast.evaluation.judgement import Course

NETWORKS = 0  # the candidate that is the networks alone
SAFE = 1 + BASELINES.index("naive2")  # the candidate that others must be better than
NAIVE = range(1, 1 + len(BASELINES))  # those that are a naive method alone
CANDIDATES = 1 + 2 * len(BASELINES)
# Standard deviations by which a candidate must do better on a series than the one of all others.
CLEARLY = 2.0


class Guard(NamedTuple):
    """Which candidate is kept of each series that was trained on, and which of all others."""

    choices: NDArray[np.uint8]  # [S]
    usual: int


class Kept(NamedTuple):
    """What is told of windows in the end, and which candidates it comes from."""

    told: Told
    choices: NDArray[np.uint8]  # [W]


def source_names(networks: str) -> tuple[str, ...]:
    """Name the candidates: the networks, the naive methods, and the means of both."""
    return (networks, *BASELINES, *(f"{networks} + {name}" for name in BASELINES))


def count_sources(choices: NDArray[np.uint8], networks: str) -> dict[str, int]:
    """Say how often each source was chosen, of those that were."""
    counts = np.bincount(choices, minlength=CANDIDATES).tolist()
    named = zip(source_names(networks), counts, strict=True)
    return {name: count for name, count in named if count}


def choose(course: Course, networks: NDArray[np.float64], bounds: Bounds) -> Guard:
    """Choose by what networks [W, H] and naive methods would have forecast of held-out windows.

    Of all series, that candidate is kept that errs least on all windows, each counting alike: a
    naive method if it is better than Naive2 by one standard error (as in Breiman et al. 1984,
    3.4.3), networks if they are so than that method. Of a few windows, some candidate is always the
    best. Of a series on whose own windows another one does clearly better, that one is kept. How
    much of what they show is chance is told by how windows differ within the series (empirical
    Bayes, Efron and Morris 1975).
    """
    errors = _errors(course, networks, bounds)
    known = np.isfinite(errors).all(axis=1)
    n_series = course.panel.n_series
    if not known.any():
        return Guard(np.full(n_series, NETWORKS, dtype=np.uint8), NETWORKS)
    errors, series = errors[known], course.windows.series[known]
    counts = np.bincount(series, minlength=n_series).astype(np.float64)
    usual = _best_of_all(errors, series, counts)
    worst = _highest_likely(_relative(errors, usual), series, counts)
    worst[:, usual] = 0.0
    choices = np.full(n_series, usual, dtype=np.uint8)
    choices[counts > 0] = worst.argmin(axis=1)
    return Guard(choices, usual)


def _errors(course: Course, networks: NDArray[np.float64], bounds: Bounds) -> NDArray[np.float64]:
    """Return the mean absolute error of each candidate on each window: [W, C]."""
    naive = baseline_forecasts(
        course.panel, course.windows, course.horizon, course.season_length, ()
    )
    points = [naive[name].point for name in BASELINES]
    candidates = [networks, *points, *((networks + point) / 2 for point in points)]
    actual = course.actual
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Mean of empty slice")  # nothing was observed
        means = [np.nanmean(np.abs(actual - bounds.clip(each)), axis=1) for each in candidates]
    return np.stack(means, axis=1)


def _best_of_all(
    errors: NDArray[np.float64], series: NDArray[np.int64], counts: NDArray[np.float64]
) -> int:
    """Return the candidate that is kept of all series, as far as nothing else is known of them."""
    means = _means(_relative(errors, NETWORKS), series, counts).mean(axis=0)

    def surer(one: int, other: int) -> int:
        """Return the first if it is better than the second by a standard error."""
        beside = _relative(errors, other)[:, [one]]
        told = _means(beside, series, counts) if (counts > 0).sum() > 1 else beside
        spread = told.std(ddof=1) if len(told) > 1 else np.inf
        return one if told.mean() + spread / np.sqrt(len(told)) < 0 else other

    naive = surer(NAIVE[0] + int(means[NAIVE].argmin()), SAFE)
    return surer(int(means.argmin()), naive)


def _relative(errors: NDArray[np.float64], reference: int) -> NDArray[np.float64]:
    """Return errors [W, C] beside those of one candidate, from -1 (none) to 1: 0 is as large."""
    theirs = errors[:, [reference]]
    total = errors + theirs
    return np.divide(errors - theirs, total, out=np.zeros(errors.shape), where=total > 0)


def _means(
    values: NDArray[np.float64], series: NDArray[np.int64], counts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Average values [W, C] over the windows of each series that has any: [S', C]."""
    sums = np.stack([np.bincount(series, each, len(counts)) for each in values.T], axis=1)
    return np.asarray(sums[counts > 0] / counts[counts > 0, None])


def _highest_likely(
    values: NDArray[np.float64], series: NDArray[np.int64], counts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how bad the candidates may well be on each series that has windows: [S', C].

    That is the mean of what they are worth there, given all windows, and two standard deviations.
    """
    means, n = _means(values, series, counts), counts[counts > 0, None]
    places = np.cumsum(counts > 0) - 1
    spare = len(series) - len(means)  # windows beyond the first of each series
    if spare == 0 or len(means) == 1:
        return np.broadcast_to(means.mean(axis=0), means.shape).copy()
    noise = ((values - means[places[series]]) ** 2).sum(axis=0) / spare / n
    between = np.maximum(means.var(axis=0, ddof=1) - noise.mean(axis=0), 0.0)
    trust = np.divide(between, between + noise, out=np.zeros(noise.shape), where=between > 0)
    middle = means.mean(axis=0)
    return np.asarray(middle + trust * (means - middle) + CLEARLY * np.sqrt((1 - trust) * between))


def keep(course: Course, networks: Told, choices: NDArray[np.uint8]) -> Kept:
    """Put what was chosen for each window [W] in the place of what networks told of it.

    Where a naive method has no forecast or no interval, for want of history, the networks' stays.
    """
    moved = np.flatnonzero(choices != NETWORKS)
    if not moved.size:
        return Kept(networks, choices)
    kept, point, quantiles = choices.copy(), networks.point.copy(), networks.quantiles.copy()
    windows = Windows(course.windows.series[moved], course.windows.cutoffs[moved])
    naive = baseline_forecasts(
        course.panel, windows, course.horizon, course.season_length, networks.levels
    )
    for place, name in enumerate(BASELINES, 1):
        told = naive[name]
        whole = np.isfinite(told.point).all(axis=1) & np.isfinite(told.quantiles).all(axis=(1, 2))
        for choice, share in ((place, 1.0), (place + len(BASELINES), 0.5)):
            mine = choices[moved] == choice
            kept[moved[mine & ~whole]] = NETWORKS
            rows, theirs = moved[mine & whole], mine & whole
            point[rows] = share * told.point[theirs] + (1 - share) * point[rows]
            quantiles[rows] = share * told.quantiles[theirs] + (1 - share) * quantiles[rows]
    return Kept(Told(point, quantiles, networks.levels), kept)
