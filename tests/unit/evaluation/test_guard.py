"""The guard keeps what held-out windows speak for, and nothing that only luck speaks for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lstmcast.bounds import Bounds
from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, Windows
from lstmcast.evaluation.baselines import BASELINES, baseline_forecasts
from lstmcast.evaluation.guard import (
    CANDIDATES,
    NETWORKS,
    choose,
    count_sources,
    keep,
    source_names,
)
from lstmcast.evaluation.judgement import Course
from lstmcast.evaluation.metrics import Told

LEVELS = (0.1, 0.5, 0.9)
HORIZON = 4
NAIVE = 1 + BASELINES.index("naive")
NAIVE2 = 1 + BASELINES.index("naive2")
seeds = st.integers(0, 2**32 - 1)
lawful = settings(max_examples=20, deadline=None)

Array = NDArray[np.float64]


def course_of(values: Array, n_ends: int = 3) -> Course:
    """The last ends of series [S, T], one before the other."""
    n_series, length = values.shape
    panel = Panel(
        values=values.ravel(),
        offsets=np.arange(n_series + 1) * length,
        first_steps=np.zeros(n_series, dtype=np.int64),
        series_ids=np.array([f"s{k}" for k in range(n_series)], dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("step", ("value",), ("series",)),
    )
    series = np.repeat(np.arange(n_series), n_ends)
    ends = np.tile(np.arange(n_ends), n_series)
    cutoffs = length - HORIZON * (1 + ends) - 1
    return Course(panel, Windows(series, cutoffs), ends, HORIZON, season_length=4)


def walks(seed: int, n_series: int, length: int = 40) -> Array:
    return 100 + np.random.default_rng(seed).normal(size=(n_series, length)).cumsum(axis=1)


def unbounded(course: Course) -> Bounds:
    n = len(course.number)
    return Bounds(np.full(n, -np.inf), np.full(n, np.inf))


@lawful
@given(seed=seeds, n_series=st.integers(1, 12))
def test_networks_that_know_what_comes_are_kept(seed: int, n_series: int) -> None:
    course = course_of(walks(seed, n_series))
    guard = choose(course, course.actual, unbounded(course))
    assert guard.usual == NETWORKS
    assert (guard.choices == NETWORKS).all()


@lawful
@given(seed=seeds, n_series=st.integers(1, 12))
def test_networks_that_are_far_off_are_never_kept(seed: int, n_series: int) -> None:
    course = course_of(walks(seed, n_series))
    guard = choose(course, course.actual + 1_000, unbounded(course))
    assert guard.usual in range(1, 1 + len(BASELINES))
    assert ((guard.choices >= 1) & (guard.choices <= len(BASELINES))).all()


def test_what_differs_by_chance_alone_is_not_chosen_by_series() -> None:
    """Of 200 walks, each has its lucky method on three windows; next to none of them gets it."""
    course = course_of(walks(1, 200))
    rng = np.random.default_rng(2)
    networks = course.actual + rng.normal(0, 1.5, course.actual.shape)
    guard = choose(course, networks, unbounded(course))
    assert (guard.choices == guard.usual).mean() > 0.95


def test_series_that_differ_clearly_get_each_its_own() -> None:
    """Networks know the first half of the series, and nothing of the second."""
    course = course_of(walks(3, 60))
    first = course.windows.series < 30
    networks = course.actual + np.where(first, 0.01, 50.0)[:, None]
    guard = choose(course, networks, unbounded(course))
    assert (guard.choices[:30] == NETWORKS).all()
    assert ((guard.choices[30:] >= 1) & (guard.choices[30:] <= len(BASELINES))).all()


@lawful
@given(seed=seeds)
def test_the_order_of_windows_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    course = course_of(walks(seed, 8))
    networks = course.actual + rng.normal(size=course.actual.shape)
    order = rng.permutation(len(networks))
    windows = Windows(*(part[order] for part in course.windows))
    shuffled = course._replace(windows=windows, number=course.number[order])
    found = choose(shuffled, networks[order], unbounded(course))
    expected = choose(course, networks, unbounded(course))
    assert found.usual == expected.usual
    assert found.choices.tolist() == expected.choices.tolist()


def test_bounds_hold_for_what_is_compared() -> None:
    """Networks that are right but for what a bound cuts off are right."""
    course = course_of(np.abs(walks(4, 3)))
    n = len(course.number)
    bounds = Bounds(np.zeros(n), course.actual.max(axis=1))
    low = course.actual.min(axis=1) == course.actual.max(axis=1)
    assert not low.any()
    networks = np.where(course.actual == bounds.upper[:, None], 1e9, course.actual)
    assert choose(course, networks, bounds).usual == NETWORKS


@pytest.mark.parametrize("values", [np.full((2, 40), np.nan), walks(0, 2)[:, :0]])
def test_without_held_out_windows_networks_are_kept(values: Array) -> None:
    course = course_of(values, n_ends=3 if values.size else 0)
    guard = choose(course, np.zeros((len(course.number), HORIZON)), unbounded(course))
    assert guard.usual == NETWORKS
    assert guard.choices.tolist() == [NETWORKS, NETWORKS]


def told_of(course: Course, seed: int) -> Told:
    rng = np.random.default_rng(seed)
    quantiles = np.sort(rng.normal(100, 5, (*course.actual.shape, len(LEVELS))), axis=-1)
    return Told(quantiles[..., 1], quantiles, LEVELS)


@lawful
@given(seed=seeds)
def test_what_is_kept_is_bit_for_bit_what_was_chosen(seed: int) -> None:
    course = course_of(walks(seed, 5))
    networks = told_of(course, seed)
    choices = np.random.default_rng(seed).integers(0, CANDIDATES, len(course.number), np.uint8)
    told, kept = keep(course, networks, choices)
    naive = baseline_forecasts(course.panel, course.windows, HORIZON, 4, LEVELS)
    assert kept.tolist() == choices.tolist()
    for row, choice in enumerate(choices):
        sources = source_names("lstm")[choice].split(" + ")
        parts = [networks if name == "lstm" else naive[name] for name in sources]
        assert told.point[row] == pytest.approx(np.mean([part.point[row] for part in parts], 0))
        if len(parts) == 1:
            assert told.quantiles[row].tolist() == parts[0].quantiles[row].tolist()
    assert (np.diff(told.quantiles, axis=-1) >= 0).all()


def test_a_method_without_an_interval_leaves_the_networks() -> None:
    course = course_of(walks(0, 1, length=5), n_ends=1)  # one step lies before the horizon
    networks = told_of(course, 0)
    told, kept = keep(course, networks, np.array([NAIVE], dtype=np.uint8))
    assert kept.tolist() == [NETWORKS]
    assert told.quantiles.tolist() == networks.quantiles.tolist()


def test_sources_are_counted_by_name() -> None:
    choices = np.array([0, NAIVE, NAIVE, NAIVE2 + len(BASELINES)], dtype=np.uint8)
    assert count_sources(choices, "gru") == {"gru": 1, "naive": 2, "gru + naive2": 1}
