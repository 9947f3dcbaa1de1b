from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pytest

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, Windows
from lstmcast.evaluation.baselines import baseline_forecasts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.evaluation.metrics import Told

NAN = np.nan
METHODS = ["naive", "seasonal_naive", "drift", "seasonal_average", "naive2"]
UPPER = NormalDist().inv_cdf(0.9)


def forecasts_of(
    series: list[float], horizon: int, season_length: int, cutoff: int | None = None
) -> dict[str, Told]:
    panel = Panel(
        values=np.array(series, dtype=float),
        offsets=np.array([0, len(series)]),
        first_steps=np.zeros(1, dtype=np.int64),
        series_ids=np.array(["value"], dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("step", ("value",)),
    )
    windows = Windows(np.array([0]), np.array([len(series) - 1 if cutoff is None else cutoff]))
    return baseline_forecasts(panel, windows, horizon, season_length, (0.1, 0.5, 0.9))


def deviations(forecast: Told) -> NDArray[np.float64]:
    """What the upper quantile says the standard deviation is: [H]."""
    return np.asarray((forecast.quantiles[0, :, 2] - forecast.point[0]) / UPPER)


def test_naive_repeats_the_last_value_and_widens_with_the_root_of_steps() -> None:
    naive = forecasts_of([1, 3, 2, 5], horizon=3, season_length=2)["naive"]
    sigma = math.sqrt((4 + 1 + 9) / 3)
    np.testing.assert_array_equal(naive.point, [[5, 5, 5]])
    np.testing.assert_allclose(deviations(naive), sigma * np.sqrt([1, 2, 3]))
    np.testing.assert_allclose(naive.quantiles.sum(axis=-1), 3 * naive.point)


def test_seasonal_naive_repeats_the_last_season_and_widens_with_the_root_of_seasons() -> None:
    seasonal = forecasts_of([1, 3, 2, 5], horizon=5, season_length=2)["seasonal_naive"]
    sigma = math.sqrt((1 + 4) / 2)
    np.testing.assert_array_equal(seasonal.point, [[2, 5, 2, 5, 2]])
    np.testing.assert_allclose(deviations(seasonal), sigma * np.sqrt([1, 1, 2, 2, 3]))


def test_drift_extends_the_line_through_the_ends() -> None:
    drift = forecasts_of([1, 3, 2, 7], horizon=2, season_length=2)["drift"]
    # Steps 2, -1 and 5 about a slope of 2, which costs one of three degrees of freedom.
    sigma = math.sqrt((0 + 9 + 9) / 2)
    np.testing.assert_allclose(drift.point, [[9, 11]])
    np.testing.assert_allclose(
        deviations(drift), sigma * np.sqrt([1 * (1 + 1 / 3), 2 * (1 + 2 / 3)])
    )


def test_a_straight_line_drifts_on_without_doubt() -> None:
    drift = forecasts_of([0.1 * k for k in range(9)], horizon=2, season_length=1)["drift"]
    np.testing.assert_allclose(drift.point, [[0.9, 1.0]])
    np.testing.assert_allclose(deviations(drift), 0, atol=1e-7)


def test_forecasts_start_from_the_last_observed_value() -> None:
    forecasts = forecasts_of([1, 3, 4, NAN, NAN], horizon=2, season_length=2)
    np.testing.assert_array_equal(forecasts["naive"].point, [[4, 4]])
    sigma = math.sqrt((4 + 1) / 2)
    np.testing.assert_allclose(deviations(forecasts["naive"]), sigma * np.sqrt([3, 4]))
    np.testing.assert_allclose(forecasts["drift"].point, [[4 + 3 * 1.5, 4 + 4 * 1.5]])
    # The value of the same season stands two seasons back at the first step, and one more later.
    np.testing.assert_array_equal(forecasts["seasonal_naive"].point, [[3, 4]])
    np.testing.assert_allclose(deviations(forecasts["seasonal_naive"]), 3 * np.sqrt([2, 2]))


def test_a_season_that_was_never_seen_takes_the_last_value() -> None:
    seasonal = forecasts_of([1, 2], horizon=4, season_length=3)["seasonal_naive"]
    np.testing.assert_array_equal(seasonal.point, [[2, 1, 2, 2]])
    np.testing.assert_allclose(deviations(seasonal), np.sqrt([1, 1, 1, 2]))


def test_seasons_of_other_series_are_not_taken() -> None:
    panel = Panel(
        values=np.array([1.0, 2.0, 3.0, 4.0, 5.0]),
        offsets=np.array([0, 3, 5]),
        first_steps=np.zeros(2, dtype=np.int64),
        series_ids=np.array(["a", "b"], dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("step", ("value",), ("series",)),
    )
    windows = Windows(np.array([1, 0]), np.array([1, 2]))
    seasonal = baseline_forecasts(panel, windows, 3, 3, (0.5,))["seasonal_naive"]
    np.testing.assert_array_equal(seasonal.point, [[5, 4, 5], [1, 2, 3]])


def test_one_observation_gives_points_but_no_intervals() -> None:
    for forecast in forecasts_of([NAN, 3, NAN], horizon=2, season_length=2).values():
        np.testing.assert_array_equal(forecast.point, [[3, 3]])
        assert np.isnan(forecast.quantiles).all()


def test_two_observations_give_no_interval_to_the_drift() -> None:
    forecasts = forecasts_of([1, 3], horizon=1, season_length=1)
    np.testing.assert_array_equal(forecasts["drift"].point, [[5]])
    assert np.isnan(forecasts["drift"].quantiles).all()
    np.testing.assert_allclose(deviations(forecasts["naive"]), 2)


@pytest.mark.parametrize("method", METHODS)
def test_nothing_observed_before_the_cutoff_gives_nothing(method: str) -> None:
    forecast = forecasts_of([NAN, NAN, 7], horizon=2, season_length=2, cutoff=1)[method]
    assert np.isnan(forecast.point).all()
    assert np.isnan(forecast.quantiles).all()


def test_a_season_of_one_step_is_the_naive_method() -> None:
    forecasts = forecasts_of([1, 3, NAN, 5], horizon=3, season_length=1)
    np.testing.assert_array_equal(
        forecasts["seasonal_naive"].quantiles, forecasts["naive"].quantiles
    )


def test_seasonal_average_is_that_of_each_step_of_the_season() -> None:
    average = forecasts_of([1, 10, 3, 14, 8], horizon=3, season_length=2)["seasonal_average"]
    np.testing.assert_allclose(average.point, [[12, 4, 12]])
    # 1, 3 and 8 about 4, and 10 and 14 about 12: five values less two averages.
    sigma = math.sqrt((9 + 1 + 16 + 4 + 4) / 3)
    growth = np.sqrt([1 + 1 / 2, 1 + 1 / 3, 1 + 1 / 2])
    np.testing.assert_allclose(deviations(average), sigma * growth)


def test_a_step_of_the_season_that_was_never_seen_has_the_average_of_all() -> None:
    average = forecasts_of([1, NAN, 3, NAN, 8], horizon=2, season_length=2)["seasonal_average"]
    np.testing.assert_allclose(average.point, [[4, 4]])
    sigma = math.sqrt((9 + 1 + 16) / 2)
    np.testing.assert_allclose(deviations(average), sigma * np.sqrt(1 + 1 / 3))


def test_seasonal_average_keeps_its_digits_far_from_zero() -> None:
    near, far = ([shift + value for value in (1, 10, 3, 14, 8)] for shift in (0, 1e9))
    spread = deviations(forecasts_of(far, horizon=3, season_length=2)["seasonal_average"])
    expected = deviations(forecasts_of(near, horizon=3, season_length=2)["seasonal_average"])
    np.testing.assert_allclose(spread, expected, rtol=1e-6)


def test_naive2_of_a_series_without_a_season_is_naive() -> None:
    walk = np.cumsum(np.random.default_rng(0).normal(size=60)) + 50
    forecasts = forecasts_of(walk.tolist(), horizon=3, season_length=6)
    np.testing.assert_allclose(forecasts["naive2"].point, forecasts["naive"].point)
    np.testing.assert_allclose(deviations(forecasts["naive2"]), deviations(forecasts["naive"]))


@pytest.mark.parametrize("season", [3, 4])
def test_naive2_repeats_a_pure_season_and_its_level(season: int) -> None:
    figures = np.array([0.5, 1.0, 1.5, 1.0][:season])
    figures /= figures.mean()
    series = [100 * figures[k % season] for k in range(8 * season + 1)]
    forecast = forecasts_of([NAN, NAN, *series], horizon=5, season_length=season)["naive2"]
    expected = [100 * figures[k % season] for k in range(8 * season + 1, 8 * season + 6)]
    np.testing.assert_allclose(forecast.point, [expected])
    np.testing.assert_allclose(deviations(forecast), 0, atol=1e-6)


def test_naive2_multiplies_no_season_of_values_that_are_not_above_zero() -> None:
    series = [100.0 * (k % 2) for k in range(20)]
    np.testing.assert_array_equal(forecasts_of(series, 2, 2)["naive2"].point, [[100, 100]])


def test_many_windows_are_laid_out_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    panel = Panel(
        values=rng.normal(20, 3, size=60),
        offsets=np.array([0, 35, 60]),
        first_steps=np.zeros(2, dtype=np.int64),
        series_ids=np.array(["a", "b"], dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("step", ("value",), ("series",)),
    )
    windows = Windows(np.array([0, 1, 0, 1, 0]), np.array([5, 20, 30, 3, 33]))
    whole = baseline_forecasts(panel, windows, 4, 4, (0.1, 0.9))
    monkeypatch.setattr("lstmcast.evaluation.in_sample.MOST_ENTRIES", 10)
    parts = baseline_forecasts(panel, windows, 4, 4, (0.1, 0.9))
    for method, told in whole.items():
        np.testing.assert_array_equal(told.quantiles, parts[method].quantiles, err_msg=method)
