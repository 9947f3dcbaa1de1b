"""What forecasts leave over, and whether their quantiles keep what they promise.

Shapes: W windows, H horizon, Q quantile levels, N points that were observed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.evaluation.metrics import seasonal_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.evaluation.judgement import Course
    from lstmcast.evaluation.metrics import Told


class Calibration(NamedTuple):
    """Quantile levels, and the share of what came that lay at or below each quantile."""

    levels: tuple[float, ...]  # Q, ascending
    observed: NDArray[np.float64]  # [Q], NaN where nothing came


class Residuals(NamedTuple):
    """Actual less forecast, in units of the error that MASE is scaled by.

    Series by series, in the order of time. A point that several windows forecast is there once, as
    forecast from the latest cutoff.
    """

    series: NDArray[np.int64]  # [N], places in the panel
    steps: NDArray[np.int64]  # [N], on the axis of the panel
    scaled: NDArray[np.float64]  # [N]


def calibration_of(course: Course, told: Told) -> Calibration:
    """Count how much of what came lay at or below each quantile of a method.

    Calibrated forecasts have a share of each level below it (Gneiting, Balabdaoui and Raftery
    2007). Points that lack a quantile are left out.
    """
    actual = course.actual[..., None]
    known = ~np.isnan(actual) & ~np.isnan(told.quantiles)
    below = ((actual <= told.quantiles) & known).sum(axis=(0, 1))
    counts = known.sum(axis=(0, 1))
    observed = np.full(len(told.levels), np.nan)
    np.divide(below, counts, out=observed, where=counts > 0)
    return Calibration(told.levels, observed)


def residuals_of(course: Course, told: Told) -> Residuals:
    """Find what the point forecasts of a method missed by.

    Windows whose series never moved before them have no scale, and are left out.
    """
    scales = seasonal_errors(course.panel, course.windows, course.season_length)
    missed = (course.actual - told.point) / scales.absolute[:, None]
    known = ~np.isnan(missed)
    window, ahead = np.nonzero(known)
    series, steps = course.windows.series[window], course.times[known]
    order = np.lexsort((ahead, steps, series))
    series, steps = series[order], steps[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (np.diff(series) != 0) | (np.diff(steps) != 0)
    return Residuals(series[first], steps[first], missed[known][order][first])


def autocorrelation(residuals: Residuals, lags: int) -> NDArray[np.float64]:
    """Return how residuals go with those of the same series 1, 2, .. `lags` steps later: [lags].

    The sum of products of pairs, less the mean of all, over the sum of squares (Box and Jenkins,
    "Time Series Analysis", equation 2.1.11), with the pairs of all series added up. NaN where
    residuals are all the same. Of N that are independent, 95 % lie within 1.96 / sqrt(N) of 0.
    """
    values = residuals.scaled - residuals.scaled.mean() if len(residuals.scaled) else np.zeros(0)
    squares = (values**2).sum()
    if squares == 0:
        return np.full(lags, np.nan)
    first = residuals.steps.min()
    places = residuals.series * (residuals.steps.max() - first + lags + 1)
    places += residuals.steps - first
    products = [_products(values, places, lag) for lag in range(1, lags + 1)]
    return np.array(products) / float(squares)


def _products(values: NDArray[np.float64], places: NDArray[np.int64], lag: int) -> float:
    """Add the products of values [N] and those `lag` places behind; places [N] are ascending."""
    later = np.searchsorted(places, places + lag).clip(max=len(places) - 1)
    there = places[later] == places + lag
    return float((values[there] * values[later[there]]).sum())
