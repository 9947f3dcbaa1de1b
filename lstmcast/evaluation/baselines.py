"""Baselines that cost nothing, with normal intervals: the last value, the last season, and others.

Formulas: Hyndman and Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition, sections
5.2 and 5.5; for Naive2 see `lstmcast.evaluation.naive2`. They are stated there for series without
gaps. Here a forecast starts from the last *observed* value at or before the cutoff and its steps
ahead are counted from there, which is the same where nothing is missing. Shapes: W windows, H
horizon, Q quantile levels, N panel entries.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.evaluation.in_sample import (
    differences,
    entry_numbers,
    in_parts,
    lay_out_pasts,
    sum_past,
)
from lstmcast.evaluation.metrics import Told
from lstmcast.evaluation.naive2 import naive2

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel, Windows
    from lstmcast.evaluation.in_sample import Sums
    from lstmcast.evaluation.judgement import Course

BASELINES = ("naive", "seasonal_naive", "drift", "seasonal_average", "naive2")
NOWHERE = -1  # address of a value that was never observed


class _Past(NamedTuple):
    """What the formulas ask about each window; addresses are into the panel's values."""

    start: NDArray[np.int64]  # [W], address of the first entry of the series
    cutoff: NDArray[np.int64]  # [W], address of the cutoff
    last: NDArray[np.int64]  # [W], address of the last observed value, or NOWHERE
    ahead: NDArray[np.int64]  # [W, H], steps from the last observed value
    changes: Sums  # [W], first differences
    squares: Sums  # [W], squared first differences


class _Normal(NamedTuple):
    """A normal distribution for every step ahead."""

    mean: NDArray[np.float64]  # [W, H]
    deviation: NDArray[np.float64]  # [W, H]


def baselines_of(course: Course, levels: Sequence[float]) -> dict[str, Told]:
    """Forecast the windows of a course by each of the naive methods."""
    season = course.season_length
    return baseline_forecasts(course.panel, course.windows, course.horizon, season, levels)


def baseline_forecasts(
    panel: Panel, windows: Windows, horizon: int, season_length: int, levels: Sequence[float]
) -> dict[str, Told]:
    """Forecast windows by each of the naive methods, from nothing but their past.

    Points are also the medians; all are NaN where too little was seen. A point takes one observed
    value. An interval takes two that are comparable (neighbours, or a season apart), that of the
    drift method two pairs of neighbours, that of an average a value beside those it is made of.
    """
    past = _look_back(panel, windows, horizon)
    by_season = _in_season(panel, windows, season_length, past.squares)
    forecasts = {
        "naive": _naive(panel, past),
        "seasonal_naive": _seasonal_naive(panel, past, season_length, by_season),
        "drift": _drift(panel, past),
        "seasonal_average": _joined(
            _seasonal_average(panel, part, horizon, season_length) for part in in_parts(windows)
        ),
        "naive2": _joined(
            _Normal(*naive2(panel, part, horizon, season_length)) for part in in_parts(windows)
        ),
    }
    return {method: _with_quantiles(normal, levels) for method, normal in forecasts.items()}


def _joined(parts: Iterable[_Normal]) -> _Normal:
    """Put forecasts of parts of the windows together again."""
    return _Normal(*map(np.concatenate, zip(*parts, strict=True)))


def _look_back(panel: Panel, windows: Windows, horizon: int) -> _Past:
    """Look up the last observed value of each window and sum its first differences."""
    start = panel.offsets[windows.series]
    cutoff = start + windows.cutoffs
    last = last_observed(panel.values)[cutoff]
    last = np.where(last >= start, last, NOWHERE)
    changes = differences(panel, 1)
    return _Past(
        start=start,
        cutoff=cutoff,
        last=last,
        ahead=(cutoff - last)[:, None] + np.arange(1, horizon + 1),
        changes=sum_past(panel, windows, changes),
        squares=sum_past(panel, windows, changes**2),
    )


def last_observed(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the address of the last number at or before each address: [N]."""
    addresses = np.where(np.isnan(values), NOWHERE, np.arange(len(values)))
    return np.asarray(np.maximum.accumulate(addresses))


def _look_up(panel: Panel, addresses: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the values at addresses of any shape, NaN for NOWHERE."""
    return np.where(addresses == NOWHERE, np.nan, panel.values[addresses])


def _naive(panel: Panel, past: _Past) -> _Normal:
    """Repeat the last value; the variance grows by that of the first differences at every step."""
    variance = past.squares.means()[:, None] * past.ahead
    mean = np.broadcast_to(_look_up(panel, past.last)[:, None], variance.shape)
    return _Normal(mean, np.sqrt(variance))


def _drift(panel: Panel, past: _Past) -> _Normal:
    """Extend the line through the first and the last value.

    The residuals are first differences less the slope, which takes one degree of freedom. The
    variance is theirs times h (1 + h / (T - 1)), where T - 1 steps lie under the line.
    """
    first = _first_observed(panel.values)[past.start]
    steps = np.where(past.last == NOWHERE, 0, past.last - first)
    rise = _look_up(panel, past.last) - _look_up(panel, np.where(steps > 0, first, past.last))
    slope = rise / np.maximum(steps, 1)
    mean = _look_up(panel, past.last)[:, None] + slope[:, None] * past.ahead
    variance = _residual_variance(past, slope)[:, None]
    growth = past.ahead * (1 + past.ahead / np.maximum(steps, 1)[:, None])
    return _Normal(mean, np.sqrt(variance * growth))


def _first_observed(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the address of the first number at or after each address, or N: [N]."""
    addresses = np.where(np.isnan(values), len(values), np.arange(len(values)))
    return np.asarray(np.minimum.accumulate(addresses[::-1])[::-1])


def _residual_variance(past: _Past, slope: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variance of the first differences around the slope, NaN under two of them: [W]."""
    count = past.changes.count
    squares = past.squares.total - slope * (2 * past.changes.total - slope * count)
    variance = np.full(len(slope), np.nan)
    # Rounding can leave the squares of a straight line a little below zero.
    np.divide(np.maximum(squares, 0.0), count - 1, out=variance, where=count > 1)
    return variance


def _seasonal_naive(
    panel: Panel, past: _Past, season_length: int, variance: NDArray[np.float64]
) -> _Normal:
    """Repeat the last value of the same season; one `variance` [W] for each season in between.

    A season whose value was never observed takes the last value of all.
    """
    horizon = past.ahead.shape[1]
    target = past.cutoff[:, None] + np.arange(1, horizon + 1)
    seasons = -(-np.arange(1, horizon + 1) // season_length)
    source = target - season_length * seasons
    inside = source >= past.start[:, None]
    same = last_observed_of_season(panel, season_length)[np.where(inside, source, 0)]
    source = np.where(inside & (same != NOWHERE), same, past.last[:, None])
    passed = -(-(target - source) // season_length)
    return _Normal(_look_up(panel, source), np.sqrt(variance[:, None] * passed))


def _in_season(
    panel: Panel, windows: Windows, season_length: int, neighbours: Sums
) -> NDArray[np.float64]:
    """Return the variance of the changes over a season: [W].

    Where no value was seen a season after another, that of neighbours has to do.
    """
    squares = sum_past(panel, windows, differences(panel, season_length) ** 2)
    return np.where(squares.count > 0, squares.means(), neighbours.means())


def _seasonal_average(panel: Panel, windows: Windows, horizon: int, season_length: int) -> _Normal:
    """Average all values of the same step of the season.

    The variance of n values around their averages is that of a mean method with n / season degrees
    of freedom less. A step of the season that was never observed has the average of all.
    """
    starts = panel.offsets[windows.series]
    pasts = lay_out_pasts(starts, windows.cutoffs + 1)
    values = panel.values[pasts.addresses]
    observed = ~np.isnan(values)
    n = pasts.sums(observed.astype(np.float64))[:, None]
    with np.errstate(invalid="ignore"):
        means = pasts.sums(np.nan_to_num(values))[:, None] / n
    moved = values - means[pasts.codes, 0]  # so that squares do not lose their digits
    cells = (pasts.codes * season_length + pasts.places % season_length)[observed]
    sums, squares, counts = (
        np.bincount(cells, weights, len(starts) * season_length).reshape(-1, season_length)
        for weights in (moved[observed], moved[observed] ** 2, None)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        average = np.where(counts > 0, sums / counts, 0.0)
        left = np.maximum(squares - counts * average**2, 0.0).sum(axis=1, keepdims=True)
        freedom = n - (counts > 0).sum(axis=1, keepdims=True)
        variance = np.where(freedom > 0, left / freedom, np.nan)
        deviation = np.sqrt(variance * (1 + 1 / np.where(counts > 0, counts, n)))
    phases = (windows.cutoffs[:, None] + np.arange(1, horizon + 1)) % season_length
    rows = np.arange(len(phases))[:, None]
    return _Normal((means + average)[rows, phases], deviation[rows, phases])


def last_observed_of_season(panel: Panel, season_length: int) -> NDArray[np.int64]:
    """Return the address of the last number among an entry and those whole seasons before it: [N].

    NOWHERE if there is none in the series.
    """
    series = np.repeat(np.arange(panel.n_series), panel.lengths)
    group = series * season_length + entry_numbers(panel) % season_length
    order = np.argsort(group, kind="stable")  # the entries of each season of each series in a row
    group = group[order]
    last = last_observed(panel.values[order])
    found = (last != NOWHERE) & (group[last] == group)
    addresses = np.empty(len(order), dtype=np.int64)
    addresses[order] = np.where(found, order[last], NOWHERE)
    return addresses


def _with_quantiles(normal: _Normal, levels: Sequence[float]) -> Told:
    """Spread a point forecast out to quantiles."""
    scores = np.array([NormalDist().inv_cdf(level) for level in levels])
    quantiles = normal.mean[..., None] + normal.deviation[..., None] * scores
    return Told(np.asarray(normal.mean), quantiles, tuple(levels))
