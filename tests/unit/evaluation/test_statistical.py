"""Models of statsforecast beside the naive methods: what they are given, and what becomes of it."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from statsforecast.models import AutoETS, AutoTheta

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, Windows
from lstmcast.errors import UsageError
from lstmcast.evaluation.judgement import Course
from lstmcast.evaluation.statistical import (
    FEWEST_FOR_PROCESSES,
    MODELS,
    _filled,
    parse_models,
    statistical_forecasts,
)

NAN = np.nan
LEVELS = (0.05, 0.1, 0.5, 0.9)


def course_of(values: list[list[float]], cutoffs: list[tuple[int, int]], horizon: int) -> Course:
    """Windows after (series, cutoff), with a season of four."""
    lengths = [len(each) for each in values]
    panel = Panel(
        values=np.concatenate([np.array(each, dtype=np.float64) for each in values]),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        first_steps=np.zeros(len(values), dtype=np.int64),
        series_ids=np.array([f"s{k}" for k in range(len(values))], dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("step", ("value",), ("series",)),
    )
    series, ends = np.array(cutoffs).T
    return Course(panel, Windows(series, ends), np.zeros(len(ends), dtype=int), horizon, 4)


def sales(length: int, seed: int = 0) -> list[float]:
    steps = np.arange(length)
    noise = np.random.default_rng(seed).normal(0, 2, length)
    return list(100 + steps + 10 * (steps % 4 == 0) + noise)


def test_a_window_is_forecast_from_its_past_alone() -> None:
    past, later = sales(30), [1e9] * 5
    course = course_of([past + later], [(0, 29)], 3)
    found = statistical_forecasts(course, ["ets", "theta"], LEVELS)
    for name, kind in (("ets", AutoETS), ("theta", AutoTheta)):
        expected = kind(season_length=4).forecast(y=np.array(past), h=3, level=[80.0, 90.0])
        told = found[name]
        assert told.levels == LEVELS
        assert told.point[0].tolist() == expected["mean"].tolist()
        wanted = [expected[column] for column in ("lo-90.0", "lo-80.0", "mean", "hi-80.0")]
        assert told.quantiles[0].tolist() == np.stack(wanted, axis=1).tolist()


def test_gaps_have_the_last_value_of_the_season_or_else_the_last_one() -> None:
    course = course_of([[NAN, 1, NAN, 3, NAN, NAN, NAN, NAN], [NAN, 8, NAN, NAN]], [(0, 7)], 1)
    expected = [NAN, 1, 1, 3, 3, 1, 3, 3, NAN, 8, 8, 8]
    np.testing.assert_array_equal(_filled(course.panel, 4), expected)


def test_a_past_that_no_model_fits_has_no_forecast() -> None:
    course = course_of([[NAN, NAN, NAN, 4.0], sales(12)], [(0, 1), (1, 9)], 2)
    (told,) = statistical_forecasts(course, ["ets"], (0.1, 0.9)).values()
    assert np.isnan(told.point[0]).all()
    assert np.isnan(told.quantiles[0]).all()
    assert np.isfinite(told.point[1]).all()


def test_croston_forecasts_counts_without_intervals() -> None:
    demand = [0.0, 0, 3, 0, 0, 0, 2, 0, 0, 4, 0, 0, 0, 1, 0, 0]
    course = course_of([demand], [(0, 15)], 3)
    (told,) = statistical_forecasts(course, ["croston"], (0.1, 0.5, 0.9)).values()
    assert 0 < told.point[0, 0] < 4
    assert (told.point[0] == told.point[0, 0]).all()
    assert told.quantiles[0, :, 1].tolist() == told.point[0].tolist()
    assert np.isnan(told.quantiles[0, :, [0, 2]]).all()


def test_many_windows_are_fitted_on_all_cores_alike() -> None:
    n_series = FEWEST_FOR_PROCESSES
    values = [sales(20, seed) for seed in range(n_series)]
    several = course_of(values, [(k, 15) for k in range(n_series)], 2)
    (together,) = statistical_forecasts(several, ["theta"], (0.1,)).values()
    for k in (0, 7, n_series - 1):
        alone = course_of([values[k]], [(0, 15)], 2)
        (told,) = statistical_forecasts(alone, ["theta"], (0.1,)).values()
        assert together.point[k].tolist() == told.point[0].tolist()
        assert together.quantiles[k].tolist() == told.quantiles[0].tolist()


def test_names_are_read_in_the_order_given() -> None:
    assert parse_models("theta, ets") == ("theta", "ets")
    assert parse_models(",".join(MODELS)) == tuple(MODELS)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ests", "--baselines ests: no model is called 'ests': did you mean 'ets'?"),
        ("prophet", "there are ets, arima, theta, ces, croston."),
        ("", "no model is called ''"),
        ("ets,ets", "--baselines ets,ets: a model is named twice."),
    ],
)
def test_names_that_are_none_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_models(text)
    assert sentence in str(caught.value)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "statsforecast", None)
    with pytest.raises(UsageError, match=r"pip install 'lstmcast\[baselines\]'"):
        parse_models("ets")
