"""Accuracy of forecasts: each metric is a statistic of the errors and a way to aggregate it.

Shapes: W windows, H horizon, Q quantile levels. `actual` [W, H] is NaN where nothing was observed;
such points are left out of everything. MAE, RMSE, MAPE, WQL and coverage pool all observed points.
MASE, RMSSE and sMAPE are taken per window first and then averaged, as in the M4 competition
(Makridakis, Spiliotis and Assimakopoulos 2020), so that each window weighs the same; windows
without an observed point are left out.

Where a metric is not defined (an actual of zero under MAPE, a flat history under MASE, a forecast
that is NaN), the point or window is left out of the mean and counted in `Score.undefined`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.evaluation.in_sample import differences, sum_past
from lstmcast.levels import DIGITS, MEDIAN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel, Windows

FIRST_DIFFERENCE = 1


@dataclass(frozen=True)
class Score:
    """The value of a metric, and how much of the data stands behind it.

    `n` points (or windows, where those are averaged) were counted; `undefined` more were observed,
    but the metric has no value there. `value` is None if it has one nowhere.
    """

    value: float | None
    n: int
    undefined: int


@dataclass(frozen=True)
class Scores:
    """All metrics of one method on the same windows. Lower is better, except for the coverage."""

    mae: Score
    rmse: Score
    mase: Score
    rmsse: Score
    smape: Score  # %
    mape: Score  # %
    wql: Score
    coverage: Score  # share of points in the widest central interval, best at what it promises


class Scales(NamedTuple):
    """Mean in-sample errors of the seasonal naive method, NaN where they cannot scale anything."""

    absolute: NDArray[np.float64]  # [W]
    squared: NDArray[np.float64]  # [W]


def score_windows(
    actual: NDArray[np.float64],
    forecast: NDArray[np.float64],
    quantiles: NDArray[np.float64],
    levels: Sequence[float],
    scales: Scales,
) -> Scores:
    """Judge point forecasts [W, H] and quantiles [W, H, Q] at any levels.

    Without a central interval among the levels, there is no coverage.
    """
    interval = central_interval(levels)
    places = [list(levels).index(level) for level in interval or ()]
    return Scores(
        mae=mae(actual, forecast),
        rmse=rmse(actual, forecast),
        mase=mase(actual, forecast, scales.absolute),
        rmsse=rmsse(actual, forecast, scales.squared),
        smape=smape(actual, forecast),
        mape=mape(actual, forecast),
        wql=weighted_quantile_loss(actual, quantiles, levels),
        coverage=(
            coverage(actual, *(quantiles[..., place] for place in places))
            if interval
            else Score(None, 0, 0)
        ),
    )


def central_interval(levels: Sequence[float]) -> tuple[float, float] | None:
    """Return the outermost two levels with as much below the one as above the other."""
    above = {round(1 - level, DIGITS): level for level in levels if level > MEDIAN}
    return min(((level, above[level]) for level in levels if level in above), default=None)


def skill(scores: Scores, baseline: Scores) -> dict[str, float | None]:
    """Return 1 - metric / metric of the baseline by name: 0 is no better, 1 is perfect.

    None where either is undefined or the baseline makes no error. Coverage is no error, so it has
    no skill.
    """
    return {
        field.name: _relative(getattr(scores, field.name), getattr(baseline, field.name))
        for field in fields(Scores)
        if field.name != "coverage"
    }


def _relative(score: Score, baseline: Score) -> float | None:
    """Return how much smaller a score is than that of the baseline, as a share."""
    if score.value is None or not baseline.value:
        return None
    return 1 - score.value / baseline.value


def seasonal_errors(panel: Panel, windows: Windows, season_length: int) -> Scales:
    """Return the in-sample scales of MASE and RMSSE: means of |y[t] - y[t - m]| and its square.

    They are taken over all entries up to and with each cutoff, where both values were observed
    (Hyndman and Koehler 2006; M4 and M5 rules). Where no value stands a season after another, as
    in a series that is not longer than a season, first differences take their place. NaN where
    there are none either, or where all are zero.
    """
    absolute, squared = _mean_errors(panel, windows, season_length)
    if np.isnan(absolute).any():
        first = _mean_errors(panel, windows, FIRST_DIFFERENCE)
        squared = np.where(np.isnan(absolute), first.squared, squared)
        absolute = np.where(np.isnan(absolute), first.absolute, absolute)
    return Scales(
        np.where(absolute > 0, absolute, np.nan),
        np.where(squared > 0, squared, np.nan),
    )


def _mean_errors(panel: Panel, windows: Windows, lag: int) -> Scales:
    """Return mean absolute and mean squared differences at a lag, NaN where there are none."""
    changes = differences(panel, lag)
    return Scales(
        sum_past(panel, windows, np.abs(changes)).means(),
        sum_past(panel, windows, changes**2).means(),
    )


def mae(actual: NDArray[np.float64], forecast: NDArray[np.float64]) -> Score:
    """Mean absolute error: mean |y - f| over points."""
    return _mean(np.abs(actual - forecast), _observed(actual))


def rmse(actual: NDArray[np.float64], forecast: NDArray[np.float64]) -> Score:
    """Root mean squared error: the root of mean (y - f)^2 over points."""
    score = _mean((actual - forecast) ** 2, _observed(actual))
    return score if score.value is None else replace(score, value=math.sqrt(score.value))


def mape(actual: NDArray[np.float64], forecast: NDArray[np.float64]) -> Score:
    """Mean absolute percentage error: mean 100 |y - f| / |y| over points, undefined at y = 0."""
    errors = 100 * np.abs(actual - forecast)
    unknown = np.full(actual.shape, np.nan)
    percentages = np.divide(errors, np.abs(actual), out=unknown, where=actual != 0)
    return _mean(percentages, _observed(actual))


def smape(actual: NDArray[np.float64], forecast: NDArray[np.float64]) -> Score:
    """Symmetric MAPE of M4: mean 200 |y - f| / (|y| + |f|), 0 at y = f = 0, then over windows."""
    size = np.abs(actual) + np.abs(forecast)
    errors = 200 * np.abs(actual - forecast)
    percentages = np.divide(errors, size, out=np.zeros(actual.shape), where=size != 0)
    return _mean(_window_means(percentages, actual), _has_observed(actual))


def mase(
    actual: NDArray[np.float64], forecast: NDArray[np.float64], scale: NDArray[np.float64]
) -> Score:
    """Mean absolute scaled error: mean |y - f| / scale [W] per window, then over windows.

    The scale is the mean absolute in-sample error of the seasonal naive method: Hyndman and
    Koehler, "Another look at measures of forecast accuracy", 2006, with the season of M4.
    """
    errors = _window_means(np.abs(actual - forecast), actual)
    return _mean(errors / scale, _has_observed(actual))


def rmsse(
    actual: NDArray[np.float64], forecast: NDArray[np.float64], scale: NDArray[np.float64]
) -> Score:
    """Root mean squared scaled error: the root of mean (y - f)^2 / scale [W], then over windows.

    The scale is the mean squared in-sample error of the seasonal naive method; M5 (Makridakis,
    Spiliotis and Assimakopoulos 2022) used first differences.
    """
    errors = _window_means((actual - forecast) ** 2, actual)
    return _mean(np.sqrt(errors / scale), _has_observed(actual))


def weighted_quantile_loss(
    actual: NDArray[np.float64], quantiles: NDArray[np.float64], levels: Sequence[float]
) -> Score:
    """Mean over levels of 2 sum pinball / sum |y| over points: about the CRPS in units of mean |y|.

    The pinball loss at level a is max(a (y - q), (a - 1)(y - q)). Points that lack a quantile are
    undefined; all are if every y is 0. As in GluonTS (Alexandrov et al. 2020).
    """
    observed = _observed(actual)
    defined = observed & ~np.isnan(quantiles).any(axis=-1)
    n, undefined = int(defined.sum()), int((observed & ~defined).sum())
    targets = actual[defined]
    size = np.abs(targets).sum()
    if size == 0:
        return Score(None, 0, n + undefined)
    losses = [
        _pinball(targets, quantiles[..., k][defined], level) for k, level in enumerate(levels)
    ]
    return Score(float(2 * np.mean(losses) / size), n, undefined)


def _pinball(targets: NDArray[np.float64], quantiles: NDArray[np.float64], level: float) -> float:
    """Return the sum of the pinball losses of quantiles [n] at one level."""
    errors = targets - quantiles
    return float(np.maximum(level * errors, (level - 1) * errors).sum())


def coverage(
    actual: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> Score:
    """Share of the points with low <= y <= high."""
    inside = ((low <= actual) & (actual <= high)).astype(np.float64)
    inside[np.isnan(low) | np.isnan(high)] = np.nan
    return _mean(inside, _observed(actual))


def _observed(actual: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which actuals are there: same shape."""
    return ~np.isnan(actual)


def _has_observed(actual: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which windows have an observed point: [W]."""
    return np.asarray(_observed(actual).any(axis=1))


def _window_means(
    statistic: NDArray[np.float64], actual: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Average a statistic [W, H] over the observed points of each window: [W].

    NaN where nothing was observed, or where the statistic is NaN at an observed point.
    """
    observed = _observed(actual)
    counts = observed.sum(axis=1)
    means = np.full(len(actual), np.nan)
    np.divide(np.where(observed, statistic, 0.0).sum(axis=1), counts, out=means, where=counts > 0)
    return means


def _mean(statistic: NDArray[np.float64], counted: NDArray[np.bool_]) -> Score:
    """Average a statistic where it counts; NaN there is undefined."""
    defined = counted & ~np.isnan(statistic)
    n = int(defined.sum())
    value = float(statistic[defined].mean()) if n else None
    return Score(value, n, int(counted.sum()) - n)
