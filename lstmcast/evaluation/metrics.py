"""Accuracy of forecasts: what each metric says of points, and how it is averaged.

Shapes: W windows, H horizon, Q quantile levels. `actual` [W, H] is NaN where nothing was observed.
Errors of points pool all of them. MASE, RMSSE, sMAPE and MSIS are taken per window first and then
averaged, as in the M4 competition (Makridakis, Spiliotis and Assimakopoulos 2020), so that each
window weighs the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.evaluation.aggregation import Score, Statistic, score_of
from lstmcast.evaluation.in_sample import differences, sum_past
from lstmcast.levels import DIGITS, MEDIAN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel, Windows

FIRST_DIFFERENCE = 1
# Lower is better, and a forecast without error has 0: there is a skill in these.
ERRORS = ("mae", "rmse", "mase", "rmsse", "smape", "mape", "wql", "msis")
PER_WINDOW = ("mase", "rmsse", "smape", "msis")


class Scales(NamedTuple):
    """Mean in-sample errors of the seasonal naive method, NaN where they cannot scale anything."""

    absolute: NDArray[np.float64]  # [W]
    squared: NDArray[np.float64]  # [W]


class Truth(NamedTuple):
    """What came in the windows that are judged, and what errors are relative to."""

    actual: NDArray[np.float64]  # [W, H], NaN where not observed
    scales: Scales


class Told(NamedTuple):
    """What a method said of these windows; NaN where it said nothing."""

    point: NDArray[np.float64]  # [W, H]
    quantiles: NDArray[np.float64]  # [W, H, Q]
    levels: tuple[float, ...]  # Q, ascending


class Interval(NamedTuple):
    """A central interval: as much lies below the lower level as above the upper one."""

    lower: float
    upper: float

    @property
    def promise(self) -> float:
        """The share of what comes that it is to hold."""
        return round(self.upper - self.lower, DIGITS)

    @property
    def percent(self) -> str:
        """That share in per cent, as it stands in the names of metrics."""
        return f"{100 * self.promise:.10g}"


def score_windows(truth: Truth, told: Told) -> dict[str, Score]:
    """Score what a method told of all windows together, by every metric."""
    return {name: score_of(each) for name, each in statistics_of(truth, told)}


def statistics_of(truth: Truth, told: Told) -> Iterator[tuple[str, Statistic]]:
    """Give every metric by its name, one after the other: each takes memory of its own.

    Widths and coverages are those of all central intervals among the levels; MSIS is that of the
    widest. Without an interval there are none of these, and without levels no WQL.
    """
    actual, point = truth.actual, told.point
    yield "mae", mae(actual, point)
    yield "rmse", rmse(actual, point)
    yield "mase", mase(actual, point, truth.scales.absolute)
    yield "rmsse", rmsse(actual, point, truth.scales.squared)
    yield "smape", smape(actual, point)
    yield "mape", mape(actual, point)
    yield "bias", bias(actual, point)
    if told.levels:
        yield "wql", weighted_quantile_loss(actual, told.quantiles, told.levels)
    for number, interval in enumerate(central_intervals(told.levels)):
        lower, upper = (told.quantiles[..., told.levels.index(level)] for level in interval)
        if number == 0:
            promised = interval.promise
            yield "msis", msis(actual, (lower, upper), promised, truth.scales.absolute)
        yield f"coverage_{interval.percent}", coverage(actual, lower, upper)
        yield f"width_{interval.percent}", width(actual, lower, upper)


def aggregation_of(name: str) -> str:
    """Say in words how a metric is averaged."""
    match name:
        case "rmse":
            return "root of the mean over all observed steps"
        case "rmsse":
            return "root of the mean over the steps of each window, then mean over windows"
        case "wql":
            return "sum over all observed steps, over the sum of their absolute actuals"
        case "owa":
            return "mean of sMAPE and MASE, each over that of Naive2 on the same windows"
    if name in PER_WINDOW:
        return "mean over the steps of each window, then mean over windows"
    return "mean over all observed steps"


def central_intervals(levels: Sequence[float]) -> tuple[Interval, ...]:
    """Pair levels with as much below the one as above the other, the widest first."""
    above = {round(1 - level, DIGITS): level for level in levels if level > MEDIAN}
    return tuple(Interval(level, above[level]) for level in sorted(levels) if level in above)


def skill(scores: Mapping[str, Score], baseline: Mapping[str, Score]) -> dict[str, float | None]:
    """Return 1 - error / error of the baseline by metric: 0 is no better, 1 is perfect.

    None where either is undefined or the baseline makes no error.
    """
    return {
        name: _relative(scores[name].value, baseline[name].value)
        for name in ERRORS
        if name in scores and name in baseline
    }


def _relative(value: float | None, baseline: float | None) -> float | None:
    """Return how much smaller an error is than that of the baseline, as a share."""
    return None if value is None or not baseline else 1 - value / baseline


def owa(scores: Mapping[str, Score], naive2: Mapping[str, Score]) -> Score:
    """Overall weighted average of M4: the mean of sMAPE and MASE, each over that of Naive2.

    Makridakis, Spiliotis and Assimakopoulos 2020. None where one of them is undefined, or Naive2
    makes no error.
    """
    parts = [_ratio(scores[name].value, naive2[name].value) for name in ("smape", "mase")]
    known = [part for part in parts if part is not None]
    mase = scores["mase"]
    if len(known) < len(parts):
        return Score(None, 0, mase.n + mase.undefined)
    return Score(sum(known) / len(known), mase.n, mase.undefined)


def _ratio(value: float | None, baseline: float | None) -> float | None:
    return None if value is None or not baseline else value / baseline


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


def mae(actual: NDArray[np.float64], point: NDArray[np.float64]) -> Statistic:
    """Mean absolute error: mean |y - f| over points."""
    return Statistic(np.abs(actual - point), _observed(actual))


def rmse(actual: NDArray[np.float64], point: NDArray[np.float64]) -> Statistic:
    """Root mean squared error: the root of mean (y - f)^2 over points."""
    return Statistic((actual - point) ** 2, _observed(actual), root=True)


def bias(actual: NDArray[np.float64], point: NDArray[np.float64]) -> Statistic:
    """Mean error: mean (f - y) over points, above 0 where forecasts are too high."""
    return Statistic(point - actual, _observed(actual))


def mape(actual: NDArray[np.float64], point: NDArray[np.float64]) -> Statistic:
    """Mean absolute percentage error: mean 100 |y - f| / |y| over points, undefined at y = 0."""
    errors = 100 * np.abs(actual - point)
    unknown = np.full(actual.shape, np.nan)
    percentages = np.divide(errors, np.abs(actual), out=unknown, where=actual != 0)
    return Statistic(percentages, _observed(actual))


def smape(actual: NDArray[np.float64], point: NDArray[np.float64]) -> Statistic:
    """Symmetric MAPE of M4: mean 200 |y - f| / (|y| + |f|), 0 at y = f = 0, then over windows."""
    size = np.abs(actual) + np.abs(point)
    errors = 200 * np.abs(actual - point)
    percentages = np.divide(errors, size, out=np.zeros(actual.shape), where=size != 0)
    return Statistic(percentages, _observed(actual), per_window=True)


def mase(
    actual: NDArray[np.float64], point: NDArray[np.float64], scale: NDArray[np.float64]
) -> Statistic:
    """Mean absolute scaled error: mean |y - f| / scale [W] per window, then over windows.

    The scale is the mean absolute in-sample error of the seasonal naive method: Hyndman and
    Koehler, "Another look at measures of forecast accuracy", 2006, with the season of M4.
    """
    errors = np.abs(actual - point) / scale[:, None]
    return Statistic(errors, _observed(actual), per_window=True)


def rmsse(
    actual: NDArray[np.float64], point: NDArray[np.float64], scale: NDArray[np.float64]
) -> Statistic:
    """Root mean squared scaled error: the root of mean (y - f)^2 / scale [W], then over windows.

    The scale is the mean squared in-sample error of the seasonal naive method; M5 (Makridakis,
    Spiliotis and Assimakopoulos 2022) used first differences.
    """
    errors = (actual - point) ** 2 / scale[:, None]
    return Statistic(errors, _observed(actual), per_window=True, root=True)


def weighted_quantile_loss(
    actual: NDArray[np.float64], quantiles: NDArray[np.float64], levels: Sequence[float]
) -> Statistic:
    """Mean over levels of 2 sum pinball / sum |y| over points: about the CRPS in units of mean |y|.

    The pinball loss at level a is max(a (y - q), (a - 1)(y - q)). Points that lack a quantile are
    undefined; all are if every y is 0. As in GluonTS (Alexandrov et al. 2020).
    """
    losses = np.zeros(actual.shape)
    for k, level in enumerate(levels):
        errors = actual - quantiles[..., k]
        losses += np.maximum(level * errors, (level - 1) * errors)
    return Statistic(2 * losses / len(levels), _observed(actual), sizes=np.abs(actual))


def msis(
    actual: NDArray[np.float64],
    bounds: tuple[NDArray[np.float64], NDArray[np.float64]],
    promise: float,
    scale: NDArray[np.float64],
) -> Statistic:
    """Mean scaled interval score: width, and 2 / (1 - promise) times what it misses by, scaled.

    Gneiting and Raftery 2007, scaled as MASE is, as in M4 (there with a promise of 0.95).
    """
    lower, upper = bounds
    missed = np.maximum(lower - actual, 0) + np.maximum(actual - upper, 0)
    score = (upper - lower + 2 / (1 - promise) * missed) / scale[:, None]
    return Statistic(score, _observed(actual), per_window=True)


def coverage(
    actual: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64]
) -> Statistic:
    """Share of the points with lower <= y <= upper."""
    inside = ((lower <= actual) & (actual <= upper)).astype(np.float64)
    inside[np.isnan(lower) | np.isnan(upper)] = np.nan
    return Statistic(inside, _observed(actual))


def width(
    actual: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64]
) -> Statistic:
    """Mean upper - lower over points that were observed."""
    return Statistic(upper - lower, _observed(actual))


def _observed(actual: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which actuals are there: same shape."""
    return ~np.isnan(actual)
