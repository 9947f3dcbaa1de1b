"""What forecasts leave over: laws on random courses, and figures by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, Windows
from lstmcast.evaluation.diagnostics import (
    Residuals,
    autocorrelation,
    calibration_of,
    residuals_of,
)
from lstmcast.evaluation.judgement import Course
from lstmcast.evaluation.metrics import Told

SEED = st.integers(0, 2**32 - 1)
lawful = settings(max_examples=25, deadline=None)


def course_of(values: list[list[float]], cutoffs: list[tuple[int, int]], horizon: int) -> Course:
    """Windows after (series, cutoff) of series that begin at step 100."""
    lengths = [len(each) for each in values]
    panel = Panel(
        values=np.concatenate([np.array(each, dtype=np.float64) for each in values]),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        first_steps=np.full(len(values), 100),
        series_ids=np.array([f"s{k}" for k in range(len(values))], dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("step", ("value",), ("series",)),
    )
    series, ends = np.array(cutoffs).T
    return Course(panel, Windows(series, ends), np.zeros(len(ends), dtype=int), horizon, 1)


def flat(course: Course, value: float, levels: tuple[float, ...] = (0.5,)) -> Told:
    """The same forecast everywhere, at all levels."""
    shape = (len(course.number), course.horizon)
    return Told(np.full(shape, value), np.full((*shape, len(levels)), value), levels)


def test_a_quantile_holds_what_lies_at_or_below_it() -> None:
    course = course_of([[0, 1, 2, 3, np.nan, 5]], [(0, 1)], 4)
    found = calibration_of(course, flat(course, 3.0, (0.1, 0.9)))
    assert found.levels == (0.1, 0.9)
    assert found.observed.tolist() == [2 / 3, 2 / 3]


def test_without_what_came_nothing_is_known_of_calibration() -> None:
    course = course_of([[0, 1, np.nan]], [(0, 1)], 1)
    assert np.isnan(calibration_of(course, flat(course, 3.0)).observed).all()


@lawful
@given(seed=SEED)
def test_quantiles_of_the_truth_are_calibrated(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.uniform(0, 1, 2_002)
    course = course_of([values.tolist()], [(0, 1)], 2_000)
    levels = (0.1, 0.5, 0.9)
    told = Told(np.full((1, 2_000), 0.5), np.tile(levels, (1, 2_000, 1)), levels)
    assert calibration_of(course, told).observed == pytest.approx(levels, abs=0.06)


def test_residuals_are_scaled_and_those_of_the_latest_cutoff() -> None:
    # Differences before the cutoffs are 2 and 2, then 2, 2 and 4.
    course = course_of([[0, 2, 4, 8, 9, 20]], [(0, 2), (0, 3)], 2)
    told = Told(np.array([[6.0, 7.0], [8.0, 8.0]]), np.zeros((2, 2, 0)), ())
    found = residuals_of(course, told)
    assert found.series.tolist() == [0, 0, 0]
    assert found.steps.tolist() == [103, 104, 105]
    scale = 8 / 3
    assert found.scaled == pytest.approx([(8 - 6) / 2, (9 - 8) / scale, (20 - 8) / scale])


def test_a_series_that_never_moved_has_no_residuals() -> None:
    course = course_of([[1, 1, 1, 5], [1, 2, 3, 5]], [(0, 2), (1, 2)], 1)
    assert residuals_of(course, flat(course, 4.0)).series.tolist() == [1]


def test_autocorrelation_is_that_of_the_textbook_for_one_series() -> None:
    values = np.array([1.0, 3.0, 2.0, 5.0, 4.0, 9.0])
    away = values - values.mean()
    residuals = Residuals(np.zeros(6, dtype=int), np.arange(6), values)
    wanted = [(away[lag:] * away[:-lag]).sum() / (away**2).sum() for lag in (1, 2, 3)]
    assert autocorrelation(residuals, 3) == pytest.approx(wanted)


def test_pairs_of_different_series_and_across_gaps_are_none() -> None:
    series, steps = np.array([0, 0, 1, 1]), np.array([0, 2, 3, 9])
    found = autocorrelation(Residuals(series, steps, np.array([1.0, -1.0, 1.0, -1.0])), 6)
    assert found.tolist() == [0, -0.25, 0, 0, 0, -0.25]


@lawful
@given(seed=SEED, n_series=st.integers(1, 5))
def test_autocorrelation_adds_series_up(seed: int, n_series: int) -> None:
    """Copies of a series have its autocorrelation, wherever each of them lies in time."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=12)
    starts = rng.integers(-50, 50, n_series)
    copies = Residuals(
        np.repeat(np.arange(n_series), 12),
        (starts[:, None] + np.arange(12)).ravel(),
        np.tile(values, n_series),
    )
    alone = Residuals(np.zeros(12, dtype=int), np.arange(12), values)
    assert autocorrelation(copies, 5) == pytest.approx(autocorrelation(alone, 5))


@pytest.mark.parametrize("values", [[], [2.0, 2.0]])
def test_without_variation_there_is_no_autocorrelation(values: list[float]) -> None:
    n = len(values)
    residuals = Residuals(np.zeros(n, dtype=int), np.arange(n), np.array(values))
    assert np.isnan(autocorrelation(residuals, 2)).all()
