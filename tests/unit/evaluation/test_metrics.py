from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, Windows
from lstmcast.evaluation import metrics
from lstmcast.evaluation.aggregation import Score, Statistic, score_of
from lstmcast.evaluation.metrics import (
    Scales,
    Told,
    Truth,
    central_intervals,
    owa,
    score_windows,
    seasonal_errors,
    skill,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NAN = np.nan
# Two windows of two steps; the second step of the second one was not observed.
ACTUAL = np.array([[2.0, 4.0], [10.0, NAN]])
FORECAST = np.array([[3.0, 2.0], [5.0, 7.0]])  # errors 1, 2 and 5


def about(value: float, n: int, undefined: int = 0) -> Score:
    """A score up to rounding, which dataclasses compare by the value's own equality."""
    return Score(cast("float", pytest.approx(value)), n, undefined)


def scored(metric: Callable[..., Statistic]) -> Callable[..., Score]:
    """The score of all windows together by a metric."""
    return lambda *arguments: score_of(metric(*arguments))


mae, rmse, bias = scored(metrics.mae), scored(metrics.rmse), scored(metrics.bias)
mape, smape = scored(metrics.mape), scored(metrics.smape)
mase, rmsse, msis = scored(metrics.mase), scored(metrics.rmsse), scored(metrics.msis)
coverage, width = scored(metrics.coverage), scored(metrics.width)
weighted_quantile_loss = scored(metrics.weighted_quantile_loss)


def panel_of(*series: list[float]) -> Panel:
    lengths = [len(values) for values in series]
    return Panel(
        values=np.concatenate([np.array(values, dtype=float) for values in series]),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        first_steps=np.zeros(len(series), dtype=np.int64),
        series_ids=np.array([str(k) for k in range(len(series))], dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("step", ("value",), ("series",)),
    )


def scales_of(panel: Panel, cutoffs: list[int], season_length: int) -> Scales:
    windows = Windows(np.arange(panel.n_series), np.array(cutoffs))
    return seasonal_errors(panel, windows, season_length)


def test_absolute_and_squared_errors_pool_points() -> None:
    assert mae(ACTUAL, FORECAST) == Score(8 / 3, n=3, undefined=0)
    assert rmse(ACTUAL, FORECAST) == about(np.sqrt(10), n=3)


def test_percentage_errors_pool_points() -> None:
    assert mape(ACTUAL, FORECAST) == about(50, n=3)


def test_percentage_errors_are_undefined_at_zero() -> None:
    actual = np.array([[0.0, -2.0, NAN]])
    assert mape(actual, np.array([[1.0, 1.0, 1.0]])) == Score(150.0, n=1, undefined=1)
    assert mape(np.zeros((1, 3)), np.ones((1, 3))) == Score(None, n=0, undefined=3)


def test_symmetric_percentage_errors_are_averaged_per_window() -> None:
    first = (200 * 1 / 5 + 200 * 2 / 6) / 2
    second = 200 * 5 / 15
    assert smape(ACTUAL, FORECAST) == about((first + second) / 2, n=2)


def test_symmetric_percentage_error_of_zero_forecast_as_zero_is_zero() -> None:
    actual = np.array([[0.0, 0.0]])
    assert smape(actual, np.array([[0.0, 1.0]])) == Score(100.0, n=1, undefined=0)


def test_scaled_errors_are_averaged_per_window() -> None:
    scale = np.array([0.5, 10.0])
    assert mase(ACTUAL, FORECAST, scale) == about((3 + 0.5) / 2, n=2)
    expected = (np.sqrt(2.5 / 0.5) + np.sqrt(25 / 10)) / 2
    assert rmsse(ACTUAL, FORECAST, scale) == about(expected, n=2)


def test_windows_without_a_scale_are_undefined() -> None:
    scale = np.array([NAN, 10.0])
    assert mase(ACTUAL, FORECAST, scale) == Score(0.5, n=1, undefined=1)
    assert rmsse(ACTUAL, FORECAST, np.array([NAN, NAN])) == Score(None, n=0, undefined=2)


def test_windows_without_an_actual_are_left_out() -> None:
    actual = np.array([[NAN, NAN], [10.0, NAN]])
    assert mase(actual, FORECAST, np.array([1.0, 1.0])) == Score(5.0, n=1, undefined=0)
    assert mae(np.full((2, 2), NAN), FORECAST) == Score(None, n=0, undefined=0)
    assert rmse(np.full((2, 2), NAN), FORECAST) == Score(None, n=0, undefined=0)


def test_a_forecast_that_is_nan_is_undefined() -> None:
    forecast = np.array([[NAN, 2.0], [5.0, NAN]])
    assert mae(ACTUAL, forecast) == Score(3.5, n=2, undefined=1)
    assert smape(ACTUAL, forecast) == about(200 * 5 / 15, n=1, undefined=1)
    assert mase(ACTUAL, forecast, np.ones(2)) == Score(5.0, n=1, undefined=1)


def test_quantile_loss_by_hand() -> None:
    quantiles = np.stack([FORECAST - 2, FORECAST + 2], axis=-1)
    below = 0.1 * 1 + 0.1 * 4 + 0.1 * 7  # of 1, 0 and 3 at level 0.1
    above = 0.1 * 3 + 0.9 * 0 + 0.9 * 3  # of 5, 4 and 7 at level 0.9
    expected = 2 * (below + above) / 2 / 16
    loss = weighted_quantile_loss(ACTUAL, quantiles, (0.1, 0.9))
    assert loss == about(expected, n=3)


def test_quantile_loss_of_nothing_but_zeros_is_undefined() -> None:
    loss = weighted_quantile_loss(np.zeros((1, 2)), np.ones((1, 2, 1)), (0.5,))
    assert loss == Score(None, n=0, undefined=2)


def test_quantile_loss_leaves_points_without_all_quantiles_out() -> None:
    quantiles = np.array([[[1.0, 2.0], [NAN, 4.0]], [[10.0, 10.0], [1.0, 1.0]]])
    loss = weighted_quantile_loss(ACTUAL, quantiles, (0.1, 0.9))
    assert loss == about(2 * 0.1 / 2 / 12, n=2, undefined=1)


def test_coverage_includes_both_bounds() -> None:
    low, high = np.array([[2.0, 5.0], [NAN, 1.0]]), np.array([[3.0, 6.0], [20.0, 2.0]])
    assert coverage(ACTUAL, low, high) == Score(0.5, n=2, undefined=1)
    assert coverage(np.array([[3.0]]), np.array([[2.0]]), np.array([[3.0]])).value == 1


def test_scales_are_means_over_the_past_of_each_window() -> None:
    panel = panel_of([1, 2, 4, 8, 16], [5, 5, 6, 9])
    scales = scales_of(panel, [3, 3], season_length=2)
    np.testing.assert_array_equal(scales.absolute, [(3 + 6) / 2, (1 + 4) / 2])
    np.testing.assert_array_equal(scales.squared, [(9 + 36) / 2, (1 + 16) / 2])


def test_scales_count_observed_pairs_only() -> None:
    scales = scales_of(panel_of([1, NAN, 4, 8, NAN, 20]), [5], season_length=2)
    np.testing.assert_array_equal(scales.absolute, [(3 + 12) / 2])


def test_scales_of_a_past_within_a_season_are_first_differences() -> None:
    panel = panel_of([1, 2, 4, 8, 16], [1, 2, 4, 8, 16])
    scales = scales_of(panel, [2, 4], season_length=3)
    np.testing.assert_array_equal(scales.absolute, [1.5, (7 + 14) / 2])
    np.testing.assert_array_equal(scales.squared, [2.5, (49 + 196) / 2])


@pytest.mark.parametrize("past", [[3, 3, 3, 3], [7], [1, NAN, NAN], [NAN, NAN]])
def test_a_flat_or_single_or_absent_past_has_no_scale(past: list[float]) -> None:
    scales = scales_of(panel_of(past), [len(past) - 1], season_length=2)
    assert np.isnan(scales.absolute).all()
    assert np.isnan(scales.squared).all()


def test_bias_is_above_zero_where_forecasts_are_too_high() -> None:
    assert bias(ACTUAL, FORECAST) == about((1 - 2 - 5) / 3, n=3)


def test_width_is_that_of_observed_points() -> None:
    low, high = np.array([[2.0, 5.0], [NAN, 1.0]]), np.array([[3.0, 6.5], [20.0, 200.0]])
    assert width(ACTUAL, low, high) == about((1 + 1.5) / 2, n=2, undefined=1)


def test_interval_score_by_hand() -> None:
    low, high = np.array([[1.0, 5.0], [1.0, 0.0]]), np.array([[3.0, 6.0], [8.0, 0.0]])
    # Widths 2, 1 and 7; 4 lies below its interval by 1, 10 above its own by 2.
    first = ((2 + 0) + (1 + 2 / 0.2 * 1)) / 2 / 4
    second = (7 + 2 / 0.2 * 2) / 10
    assert msis(ACTUAL, (low, high), 0.8, np.array([4.0, 10.0])) == about((first + second) / 2, n=2)


def test_no_windows_have_no_scores() -> None:
    windows = Windows(np.array([], dtype=np.int64), np.array([], dtype=np.int64))
    scales = seasonal_errors(panel_of([1, 2, 3]), windows, season_length=1)
    empty = np.empty((0, 2, 2))
    told = Told(empty[..., 0], empty, (0.1, 0.9))
    scores = score_windows(Truth(empty[..., 0], scales), told)
    assert set(scores.values()) == {Score(None, 0, 0)}


@pytest.mark.parametrize(
    ("levels", "covered"),
    [
        ((0.05, 0.1, 0.9, 0.95), {"coverage_90": 1.0, "coverage_80": 0.0}),
        ((0.05, 0.1, 0.9, 0.93), {"coverage_80": 0.0}),
        ((0.1, 0.5, 0.7, 0.95), {}),  # no two levels with as much below as above
        ((0.00005, 0.1, 0.2, 0.99995), {"coverage_99.99": 1.0}),
    ],
)
def test_intervals_are_all_central_ones(
    levels: tuple[float, ...], covered: dict[str, float]
) -> None:
    quantiles = np.array([[[0.0, 1.0, 2.0, 3.0]]])
    actual = np.array([[2.5]])
    truth = Truth(actual, Scales(np.ones(1), np.ones(1)))
    scores = score_windows(truth, Told(actual, quantiles, levels))
    found = {name: score.value for name, score in scores.items() if name.startswith("coverage")}
    assert found == covered
    assert ("msis" in scores) == bool(covered)


def test_without_levels_there_is_no_quantile_loss() -> None:
    truth = Truth(ACTUAL, Scales(np.ones(2), np.ones(2)))
    assert "wql" not in score_windows(truth, Told(FORECAST, np.empty((2, 2, 0)), ()))


def test_a_central_interval_is_found_whatever_the_rounding_of_its_levels() -> None:
    assert central_intervals([0.1, 0.2, 0.5, 1 - 0.2, 0.9]) == ((0.1, 0.9), (0.2, 0.8))
    assert central_intervals([0.025, 0.5, 0.975]) == ((0.025, 0.975),)
    assert central_intervals([0.5]) == ()


def test_skill_is_the_share_of_the_error_that_is_saved() -> None:
    truth = Truth(ACTUAL, Scales(np.ones(2), np.full(2, NAN)))
    quantiles = np.repeat(FORECAST[..., None], 2, axis=-1)
    worse = score_windows(truth, Told(FORECAST, quantiles, (0.1, 0.9)))
    better = score_windows(truth, Told((ACTUAL + FORECAST) / 2, quantiles, (0.1, 0.9)))
    gained = skill(better, worse)
    assert gained["mae"] == pytest.approx(0.5)
    assert gained["wql"] == 0
    assert gained["rmsse"] is None
    assert "coverage_80" not in gained
    assert "bias" not in gained


def test_owa_is_the_mean_of_two_ratios() -> None:
    mine = {"smape": Score(6.0, 3, 0), "mase": Score(2.0, 2, 1)}
    naive2 = {"smape": Score(12.0, 3, 0), "mase": Score(1.0, 2, 1)}
    assert owa(mine, naive2) == Score((0.5 + 2) / 2, 2, 1)
    assert owa(naive2, naive2) == Score(1.0, 2, 1)
    assert owa(mine, naive2 | {"mase": Score(0.0, 3, 0)}) == Score(None, 0, 3)
    assert owa(mine | {"mase": Score(None, 0, 3)}, naive2) == Score(None, 0, 3)
