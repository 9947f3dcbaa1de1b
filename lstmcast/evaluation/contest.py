"""Forecasts of any tool, and of several, judged on the windows that all of them forecast."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.data.any_forecast import with_room
from lstmcast.errors import DataError
from lstmcast.evaluation.aggregation import score_of
from lstmcast.evaluation.backtest import evaluate_methods
from lstmcast.evaluation.baselines import baselines_of
from lstmcast.evaluation.judgement import Course
from lstmcast.evaluation.metrics import Told, mase, seasonal_errors
from lstmcast.evaluation.statistical import statistical_forecasts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from lstmcast.data.any_forecast import GivenForecast
    from lstmcast.data.panel import Panel
    from lstmcast.evaluation.backtest import Evaluation


class Common(NamedTuple):
    """The windows that several forecasts have in common, and what they say of these."""

    course: Course
    told: dict[str, Told]  # by the name of the forecast, at the levels that all of them have


def judge_given(
    panel: Panel,
    given: Mapping[str, GivenForecast],
    season_length: int,
    models: Sequence[str] = (),
) -> Evaluation:
    """Judge forecasts beside naive methods and `models`, on the windows that all of them are of.

    The best of them by MASE is held against all others; in the report they stand in that order.

    Raises:
        DataError: there is no such window, or nothing has come of any.
    """
    course, told = common_windows(panel, given, season_length)
    best_first = dict(sorted(told.items(), key=lambda item: _mase(course, item[1])))
    levels = next(iter(told.values())).levels
    beside = baselines_of(course, levels) | statistical_forecasts(course, models, levels)
    return evaluate_methods(course, None, best_first | beside)


def _mase(course: Course, told: Told) -> float:
    scales = seasonal_errors(course.panel, course.windows, course.season_length)
    value = score_of(mase(course.actual, told.point, scales.absolute)).value
    return math.inf if value is None else value


def common_windows(panel: Panel, given: Mapping[str, GivenForecast], season_length: int) -> Common:
    """Find the windows of a panel that all forecasts are of: up to the shortest horizon.

    Raises:
        DataError: there is none, or nothing has come of any.
    """
    low = min(int(each.cutoffs.min()) for each in given.values())
    span = max(int(each.cutoffs.max()) for each in given.values()) - low + 1
    addresses = {name: each.series * span + each.cutoffs - low for name, each in given.items()}
    shared = functools.reduce(np.intersect1d, addresses.values())
    if not shared.size:
        raise DataError(
            f"{' and '.join(given)} forecast no window in common: each series must be forecast "
            "from the same time on."
        )
    series, cutoffs = shared // span, shared % span + low
    horizon = min(each.point.shape[1] for each in given.values())
    levels = sorted(set.intersection(*(set(each.levels) for each in given.values())))
    longer, windows = with_room(panel, series, cutoffs)
    course = Course(longer, windows, _rounds(series), horizon, season_length)
    if np.isnan(course.actual).all():
        raise DataError("nothing of what is forecast has come yet: there is no value to compare.")
    told = {}
    for name, each in given.items():
        order = np.argsort(addresses[name])
        rows = order[np.searchsorted(addresses[name], shared, sorter=order)]
        told[name] = _taken(each, rows, horizon, levels)
    return Common(course, told)


def _rounds(series: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the windows of each series, in ascending order, so that the last are of one round."""
    counts = np.bincount(series)
    places = np.arange(len(series)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.asarray(counts.max() - counts[series] + places)


def _taken(
    given: GivenForecast, rows: NDArray[np.int64], horizon: int, levels: Sequence[float]
) -> Told:
    """Take what a forecast says of some windows [R], and at some levels."""
    columns = [given.levels.index(level) for level in levels]
    quantiles = given.quantiles[rows, :horizon][..., columns]
    return Told(given.point[rows, :horizon], quantiles, tuple(levels))
