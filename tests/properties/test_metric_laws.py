"""Laws of the metrics: known values, agreement with utilsforecast, and NaN always accounted for."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import (
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_pinball_loss,
    root_mean_squared_error,
)
from utilsforecast import losses

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, Windows
from lstmcast.evaluation import metrics
from lstmcast.evaluation.aggregation import Score, Statistic, score_of
from lstmcast.evaluation.metrics import (
    ERRORS,
    Scales,
    Told,
    Truth,
    score_windows,
    seasonal_errors,
    skill,
)

Array = NDArray[np.float64]

LEVELS = (0.1, 0.2, 0.5, 0.8, 0.9)
POOLED = ("mae", "rmse", "mape", "bias", "wql", "coverage_80", "width_60")
PER_WINDOW = ("mase", "rmsse", "smape", "msis")
IN_UNITS = ("mae", "rmse", "bias", "width_80", "width_60")
Scores = dict[str, Score]

lawful = settings(max_examples=50, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def ragged_panel(rng: np.random.Generator, missing: float = 0.3, shortest: int = 1) -> Panel:
    lengths = rng.integers(shortest, 30, size=rng.integers(1, 5))
    values = rng.normal(5, 3, size=lengths.sum())
    values[rng.random(len(values)) < missing] = np.nan
    return Panel(
        values=values,
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        first_steps=np.zeros(len(lengths), dtype=np.int64),
        series_ids=np.array([f"s{k}" for k in range(len(lengths))], dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("step", ("value",), ("series",)),
    )


def whole_past(panel: Panel) -> Windows:
    return Windows(np.arange(panel.n_series), panel.lengths - 1)


class Forecasts(NamedTuple):
    actual: Array  # [W, H], NaN where not observed
    point: Array  # [W, H]
    quantiles: Array  # [W, H, Q]

    def scores(self, scales: Scales) -> Scores:
        told = Told(self.point, self.quantiles, LEVELS)
        return score_windows(Truth(self.actual, scales), told)


def random_forecasts(
    rng: np.random.Generator, n_windows: int, horizon: int, missing: float = 0.3
) -> Forecasts:
    actual = rng.normal(5, 3, size=(n_windows, horizon))
    quantiles = np.sort(rng.normal(5, 3, size=(n_windows, horizon, len(LEVELS))), axis=-1)
    forecast = quantiles[..., LEVELS.index(0.5)].copy()
    actual[rng.random(actual.shape) < missing] = np.nan
    return Forecasts(actual, forecast, quantiles)


def random_scales(rng: np.random.Generator, n_windows: int) -> Scales:
    return Scales(rng.uniform(0.1, 9, n_windows), rng.uniform(0.1, 9, n_windows))


@lawful
@given(seed=seeds, season_length=st.integers(1, 8))
def test_the_in_sample_seasonal_naive_scores_one(seed: int, season_length: int) -> None:
    rng = np.random.default_rng(seed)
    panel = ragged_panel(rng, shortest=season_length + 1)
    scales = seasonal_errors(panel, whole_past(panel), season_length)
    for s, (start, end) in enumerate(zip(panel.offsets, panel.offsets[1:], strict=False)):
        series = panel.values[start:end]
        actual, forecast = series[None, season_length:], series[None, :-season_length]
        actual = np.where(np.isnan(forecast), np.nan, actual)
        if not np.isnan(actual).all():
            scale, square = scales.absolute[[s]], scales.squared[[s]]
            assert value_of(metrics.mase(actual, forecast, scale)) == pytest.approx(1)
            assert value_of(metrics.rmsse(actual, forecast, square)) == pytest.approx(1)


@lawful
@given(seed=seeds)
def test_twice_the_pinball_loss_of_the_median_is_the_absolute_error(seed: int) -> None:
    actual, forecast, _ = random_forecasts(np.random.default_rng(seed), 4, 5, missing=0)
    loss = metrics.weighted_quantile_loss(actual, forecast[..., None], (0.5,))
    expected = np.abs(actual - forecast).sum() / np.abs(actual).sum()
    assert value_of(loss) == pytest.approx(expected, rel=1e-12)


@lawful
@given(seed=seeds, season_length=st.integers(1, 8))
def test_scales_equal_slicing_by_hand(seed: int, season_length: int) -> None:
    rng = np.random.default_rng(seed)
    panel = ragged_panel(rng)
    series = rng.integers(0, panel.n_series, size=6)
    windows = Windows(series, rng.integers(0, panel.lengths[series]))
    scales = seasonal_errors(panel, windows, season_length)
    for w, (s, cutoff) in enumerate(zip(*windows, strict=True)):
        past = panel.values[panel.offsets[s] :][: cutoff + 1]
        changes = past[season_length:] - past[:-season_length]
        if np.isnan(changes).all():
            changes = past[1:] - past[:-1]
        changes = changes[~np.isnan(changes)]
        assert scales.absolute[w] == pytest.approx(
            np.abs(changes).mean() if len(changes) else np.nan, rel=1e-12, nan_ok=True
        )
        assert scales.squared[w] == pytest.approx(
            (changes**2).mean() if len(changes) else np.nan, rel=1e-12, nan_ok=True
        )


@lawful
@given(seed=seeds, season_length=st.integers(1, 8))
def test_scales_know_nothing_after_the_cutoff(seed: int, season_length: int) -> None:
    rng = np.random.default_rng(seed)
    panel = ragged_panel(rng)
    windows = Windows(np.arange(panel.n_series), rng.integers(0, panel.lengths))
    entries = np.concatenate([np.arange(length) for length in panel.lengths])
    after = entries > np.repeat(windows.cutoffs, panel.lengths)
    changed = replace(panel, values=np.where(after, 1e9 * rng.random(len(after)), panel.values))
    np.testing.assert_array_equal(
        seasonal_errors(changed, windows, season_length),
        seasonal_errors(panel, windows, season_length),
    )


@settings(max_examples=20, deadline=None)
@given(seed=seeds, season_length=st.integers(1, 8))
def test_they_agree_with_utilsforecast(seed: int, season_length: int) -> None:
    """Theirs are per series, and percentages are shares (of a half, under sMAPE)."""
    rng = np.random.default_rng(seed)
    panel = ragged_panel(rng, missing=0, shortest=season_length + 1)
    n, horizon = panel.n_series, 6
    actual, forecast, quantiles = random_forecasts(rng, n, horizon, missing=0)
    scales = seasonal_errors(panel, whole_past(panel), season_length)
    ours = Forecasts(actual, forecast, quantiles).scores(scales)
    future = pd.DataFrame(
        {"unique_id": np.repeat(panel.series_ids, horizon), "y": actual.ravel()}
        | {"ds": np.tile(np.arange(horizon), n), "f": forecast.ravel()}
        | {f"q{k}": quantiles[..., k].ravel() for k in range(len(LEVELS))}
        | {"f-lo-80": quantiles[..., 0].ravel(), "f-hi-80": quantiles[..., -1].ravel()}
    )
    past = pd.DataFrame(
        {"unique_id": np.repeat(panel.series_ids, panel.lengths), "y": panel.values}
        | {"ds": np.concatenate([np.arange(length) for length in panel.lengths])}
    )
    pinball = [
        losses.quantile_loss(future, {"f": f"q{k}"}, q=level)["f"].mean()
        for k, level in enumerate(LEVELS)
    ]
    theirs = {
        "mae": losses.mae(future, ["f"])["f"].mean(),
        "rmse": np.sqrt((losses.rmse(future, ["f"])["f"] ** 2).mean()),
        "mase": losses.mase(future, ["f"], season_length, past)["f"].mean(),
        "rmsse": losses.rmsse(future, ["f"], season_length, past)["f"].mean(),
        "smape": 200 * losses.smape(future, ["f"])["f"].mean(),
        "mape": 100 * losses.mape(future, ["f"])["f"].mean(),
        "wql": 2 * np.mean(pinball) / np.abs(actual).mean(),
        "bias": losses.bias(future, ["f"])["f"].mean(),
        "coverage_80": losses.coverage(future, ["f"], level=80)["f"].mean(),
        "msis": (losses.winkler_score(future, ["f"], level=80)["f"] / scales.absolute).mean(),
    }
    for name, value in theirs.items():
        assert ours[name].value == pytest.approx(value, rel=1e-9), name


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_they_agree_with_scikit_learn(seed: int) -> None:
    """Theirs are of points, and of one quantile at a time."""
    rng = np.random.default_rng(seed)
    actual, forecast, quantiles = random_forecasts(rng, 5, 4, missing=0)
    ours = Forecasts(actual, forecast, quantiles).scores(random_scales(rng, 5))
    y, f, q = actual.ravel(), forecast.ravel(), quantiles.reshape(-1, len(LEVELS))
    pinball = [mean_pinball_loss(y, q[:, k], alpha=level) for k, level in enumerate(LEVELS)]
    theirs = {
        "mae": mean_absolute_error(y, f),
        "rmse": root_mean_squared_error(y, f),
        "mape": 100 * mean_absolute_percentage_error(y, f),
        "wql": 2 * np.mean(pinball) / np.abs(y).mean(),
    }
    for name, value in theirs.items():
        assert ours[name].value == pytest.approx(value, rel=1e-9), name


@lawful
@given(seed=seeds)
def test_no_nan_is_counted_in_silence(seed: int) -> None:
    rng = np.random.default_rng(seed)
    actual, forecast, quantiles = random_forecasts(rng, 5, 4)
    scales = random_scales(rng, 5)
    scales.absolute[rng.random(5) < 0.3] = np.nan
    lost = rng.random(actual.shape) < 0.2
    forecast[lost] = quantiles[lost] = np.nan
    scores = Forecasts(actual, forecast, quantiles).scores(scales)
    observed = ~np.isnan(actual)
    units = dict.fromkeys(POOLED, observed) | dict.fromkeys(PER_WINDOW, observed.any(axis=1))
    for name, counted in units.items():
        score = scores[name]
        assert score.n + score.undefined == counted.sum(), name
        assert (score.value is None) == (score.n == 0), name
    # What is said to be left out has no weight at all.
    known = Forecasts(np.where(lost, np.nan, actual), forecast, quantiles).scores(scales)
    for name in POOLED:
        assert known[name].value == scores[name].value, name


@lawful
@given(seed=seeds)
def test_unobserved_points_and_windows_change_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    forecasts = random_forecasts(rng, 4, 5)
    scales = random_scales(rng, 4)
    more = Forecasts(*(np.concatenate([part, part]) for part in forecasts))
    more.actual[4:] = np.nan
    assert more.scores(Scales(*(np.tile(scale, 2) for scale in scales))) == forecasts.scores(scales)


@lawful
@given(seed=seeds)
def test_the_order_of_windows_is_free(seed: int) -> None:
    rng = np.random.default_rng(seed)
    forecasts = random_forecasts(rng, 6, 3)
    scales = random_scales(rng, 6)
    order = rng.permutation(6)
    shuffled = Forecasts(*(part[order] for part in forecasts))
    assert_same(
        shuffled.scores(Scales(*(scale[order] for scale in scales))), forecasts.scores(scales)
    )


@lawful
@given(seed=seeds, factor=st.floats(1e-3, 1e3))
def test_all_but_errors_in_units_are_free_of_them(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    forecasts = random_forecasts(rng, 4, 5)
    scales = random_scales(rng, 4)
    before = forecasts.scores(scales)
    scaled = Forecasts(*(factor * part for part in forecasts))
    after = scaled.scores(Scales(factor * scales.absolute, factor**2 * scales.squared))
    # A bound may round to the other side of an actual.
    covered = {name: score for name, score in after.items() if name.startswith("coverage")}
    assert_same(after, before | {name: times(factor, before[name]) for name in IN_UNITS} | covered)


@lawful
@given(seed=seeds)
def test_skill_is_none_against_oneself_and_all_for_a_perfect_forecast(seed: int) -> None:
    rng = np.random.default_rng(seed)
    actual, forecast, quantiles = random_forecasts(rng, 4, 5, missing=0)
    scales = random_scales(rng, 4)
    scores = Forecasts(actual, forecast, quantiles).scores(scales)
    exact = np.repeat(actual[..., None], len(LEVELS), axis=-1)
    perfect = Forecasts(actual, actual, exact).scores(scales)
    assert skill(scores, scores) == dict.fromkeys(ERRORS, 0.0)
    assert skill(perfect, scores) == dict.fromkeys(ERRORS, 1.0)
    assert skill(scores, perfect) == dict.fromkeys(ERRORS, None)


def times(factor: float, score: Score) -> Score:
    return score if score.value is None else replace(score, value=factor * score.value)


def value_of(statistic: Statistic) -> float | None:
    return score_of(statistic).value


def assert_same(scores: Scores, expected: Scores) -> None:
    assert scores.keys() == expected.keys()
    for name, one in scores.items():
        other = expected[name]
        assert (one.n, one.undefined) == (other.n, other.undefined), name
        assert one.value == pytest.approx(other.value, rel=1e-9), name
