"""The judge: the same figures whichever way windows are grouped, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, Windows
from lstmcast.evaluation.judgement import Course, judge
from lstmcast.evaluation.metrics import Told, Truth, owa, score_windows, seasonal_errors

LEVELS = (0.1, 0.5, 0.9)
seeds = st.integers(0, 2**32 - 1)


def course_of(rng: np.random.Generator, n_series: int = 4, n_rounds: int = 3) -> Course:
    """Series of 30 to 40 steps, of which some values are missing, and their last rounds of 5."""
    lengths = rng.integers(30, 40, n_series)
    values = rng.normal(20, 4, size=lengths.sum())
    values[rng.random(len(values)) < 0.1] = np.nan
    panel = Panel(
        values=values,
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        first_steps=rng.integers(0, 9, n_series),
        series_ids=np.array([f"s{k}" for k in range(n_series)], dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("step", ("value",), ("series",)),
    )
    series = np.tile(np.arange(n_series), n_rounds)
    number = np.repeat(np.arange(n_rounds), n_series)
    cutoffs = lengths[series] - 1 - 5 * (n_rounds - number)
    return Course(panel, Windows(series, cutoffs), number, horizon=5, season_length=4)


def told(rng: np.random.Generator, course: Course) -> Told:
    shape = (len(course.number), course.horizon)
    quantiles = np.sort(rng.normal(20, 4, size=(*shape, len(LEVELS))), axis=-1)
    return Told(quantiles[..., 1], quantiles, LEVELS)


def truth_of(course: Course) -> Truth:
    scales = seasonal_errors(course.panel, course.windows, course.season_length)
    return Truth(course.actual, scales)


def part(truth: Truth, forecast: Told, rows: np.ndarray) -> dict[str, float]:
    """Every metric of some windows alone."""
    scales = type(truth.scales)(*(scale[rows] for scale in truth.scales))
    of_rows = Told(forecast.point[rows], forecast.quantiles[rows], forecast.levels)
    scores = score_windows(Truth(truth.actual[rows], scales), of_rows)
    return {name: np.nan if s.value is None else s.value for name, s in scores.items()}


def test_actuals_are_what_follows_each_cutoff() -> None:
    course = course_of(np.random.default_rng(0))
    for row, (series, cutoff) in enumerate(zip(*course.windows, strict=True)):
        start = course.panel.offsets[series] + cutoff + 1
        np.testing.assert_array_equal(course.actual[row], course.panel.values[start : start + 5])
        first = course.panel.first_steps[series] + cutoff + 1
        assert course.times[row].tolist() == list(range(first, first + 5))


def test_what_lies_beyond_the_end_of_a_series_was_not_observed() -> None:
    course = course_of(np.random.default_rng(0))
    last = course.panel.lengths[:2] - 3
    beyond = course._replace(windows=Windows(np.array([0, 1]), last), number=np.zeros(2, int))
    assert np.isnan(beyond.actual[:, 2:]).all()


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_groups_have_the_scores_that_they_have_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    course = course_of(rng)
    truth, forecast = truth_of(course), told(rng, course)
    tables = judge(course, {"mine": forecast}, "mine").tables["mine"]
    groups = [
        (course.windows.series, tables.by_series),
        (course.number, tables.by_round),
        (np.zeros(len(course.number), dtype=np.int64), None),
    ]
    for codes, found in groups:
        for group in np.unique(codes):
            expected = part(truth, forecast, np.flatnonzero(codes == group))
            for name, value in expected.items():
                mine = found[name][group] if found else tables.overall[name].value
                assert mine == pytest.approx(value, rel=1e-12, nan_ok=True), name


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_a_step_has_the_scores_of_forecasts_of_that_step_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    course = course_of(rng)
    truth, forecast = truth_of(course), told(rng, course)
    by_step = judge(course, {"mine": forecast}, "mine").tables["mine"].by_step
    for step in range(course.horizon):
        one = slice(step, step + 1)
        alone = Told(forecast.point[:, one], forecast.quantiles[:, one], LEVELS)
        for name, score in score_windows(Truth(truth.actual[:, one], truth.scales), alone).items():
            assert by_step[name][step] == pytest.approx(score.value, rel=1e-12), name


def test_owa_is_told_wherever_naive2_was_judged() -> None:
    rng = np.random.default_rng(0)
    course = course_of(rng)
    mine, yardstick = told(rng, course), told(rng, course)
    tables = judge(course, {"mine": mine, "naive2": yardstick}, "mine").tables
    assert tables["mine"].overall["owa"] == owa(tables["mine"].overall, tables["naive2"].overall)
    assert tables["naive2"].overall["owa"].value == 1
    for found in (tables["naive2"].by_step, tables["naive2"].by_round, tables["naive2"].by_series):
        np.testing.assert_array_equal(found["owa"], 1)
    assert "owa" not in judge(course, {"mine": mine}, "mine").tables["mine"].overall


def test_the_subject_is_compared_with_all_others() -> None:
    rng = np.random.default_rng(0)
    course = course_of(rng, n_series=12)
    close = Told(np.nan_to_num(course.actual) + 0.1, told(rng, course).quantiles, LEVELS)
    methods = {"far": told(rng, course), "close": close, "other": told(rng, course)}
    comparisons = judge(course, methods, "close").comparisons
    assert list(comparisons) == ["far", "other"]
    for comparison in comparisons.values():
        found = comparison.skill["mae"]
        assert found.low is not None
        assert found.high is not None
        assert found.value is not None
        assert 0.9 < found.low < found.value < found.high < 1
        assert comparison.test.statistic is not None
        assert comparison.test.statistic < -5


def test_against_a_perfect_baseline_there_is_no_skill() -> None:
    rng = np.random.default_rng(0)
    course = course_of(rng, n_series=12)
    exact = np.nan_to_num(course.actual)
    perfect = Told(exact, np.repeat(exact[..., None], 3, axis=-1), LEVELS)
    skill = judge(course, {"mine": told(rng, course), "best": perfect}, "mine").comparisons["best"]
    assert set(skill.skill["mae"]) == {None}
