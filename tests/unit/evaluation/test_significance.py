"""Whether a difference is more than chance: known samples, and how often the answers are right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from scipy.stats import t as student_t

from lstmcast.data.panel import Windows
from lstmcast.evaluation.aggregation import Terms
from lstmcast.evaluation.significance import (
    EqualAccuracy,
    Range,
    bootstrap_skill,
    equal_accuracy,
    units_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NAN = np.nan


def terms(sums: list[float], *, root: bool = False) -> Terms:
    ones = np.ones(len(sums))
    return Terms(np.array(sums), ones, ones, 0 * ones, root)


def windows(*series: int) -> Windows:
    return Windows(np.array(series), np.arange(len(series)))


def test_windows_of_few_series_are_drawn_each_for_itself() -> None:
    assert units_of(windows(4, 7, 4, 7)).tolist() == [0, 1, 2, 3]


def test_many_series_are_drawn_with_all_their_windows() -> None:
    series = [*range(0, 20, 2), *range(0, 20, 2)]
    assert units_of(windows(*series)).tolist() == [*range(10), *range(10)]


def test_very_many_series_are_drawn_in_groups() -> None:
    units = units_of(Windows(np.repeat(np.arange(12_000), 2), np.zeros(24_000, dtype=np.int64)))
    np.testing.assert_array_equal(units[::2], units[1::2])
    assert set(np.bincount(units[::2])) == {2, 3}
    assert len(np.unique(units)) == 5_000


def test_a_skill_that_every_unit_has_is_certain() -> None:
    theirs = {"mae": terms([1.0, 5.0, 2.0, 4.0, 3.0])}
    ours = {"mae": terms([0.75, 3.75, 1.5, 3.0, 2.25])}
    assert bootstrap_skill(ours, theirs, np.arange(5)) == {
        "mae": Range(pytest.approx(0.25), pytest.approx(0.25))  # type: ignore[arg-type]
    }


def test_the_root_is_taken_of_what_was_drawn() -> None:
    theirs = {"rmse": terms([4.0] * 6, root=True)}
    ours = {"rmse": terms([1.0] * 6, root=True)}
    found = bootstrap_skill(ours, theirs, np.arange(6))["rmse"]
    assert found is not None
    assert list(found) == pytest.approx([0.5, 0.5])


def test_few_units_and_baselines_without_error_have_no_interval() -> None:
    one = {"mae": terms([1.0] * 4)}
    assert bootstrap_skill(one, one, np.arange(4)) == {"mae": None}
    perfect = {"mae": terms([0.0] * 9)}
    assert bootstrap_skill({"mae": terms([1.0] * 9)}, perfect, np.arange(9)) == {"mae": None}
    assert bootstrap_skill({}, {}, np.arange(9)) == {}


def test_many_units_are_drawn_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    ours, theirs = ({"mae": terms(rng.uniform(1, 2, 50).tolist())} for _ in range(2))
    whole = bootstrap_skill(ours, theirs, np.arange(50))
    monkeypatch.setattr("lstmcast.evaluation.significance.AT_ONCE", 1)
    parts = bootstrap_skill(ours, theirs, np.arange(50))
    assert parts["mae"] == pytest.approx(whole["mae"], abs=0.02)  # other draws


def test_intervals_of_95_percent_hold_the_true_skill_about_so_often() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        errors = rng.gamma(4, 1, size=60)
        ours = {"mae": terms((errors * rng.uniform(0.4, 1.2, 60)).tolist())}  # skill 0.2
        found = bootstrap_skill(ours, {"mae": terms(errors.tolist())}, np.arange(60))["mae"]
        assert found is not None
        held += found.low <= 0.2 <= found.high
    assert 0.88 <= held / 200 <= 0.99


class Losses(NamedTuple):
    """Of windows [W, H] that follow each other."""

    ours: NDArray[np.float64]
    theirs: NDArray[np.float64]
    times: NDArray[np.int64]


def losses_of(differences: Sequence[float], horizon: int = 1) -> Losses:
    """Losses whose differences at each step are given."""
    shaped = np.array(differences).reshape(-1, horizon)
    theirs = np.full(shaped.shape, 5.0)
    return Losses(theirs + shaped, theirs, np.arange(shaped.size).reshape(shaped.shape))


def test_the_statistic_by_hand() -> None:
    differences = [-1.0, 2.0, -3.0, 0.5, -2.0, 1.0, -4.0, 0.0]  # eight steps: two frequencies
    found = equal_accuracy(*losses_of(differences))
    d = np.array(differences) - np.mean(differences)
    waves = [
        abs(sum(value * np.exp(-2j * math.pi * k * t / 8) for t, value in enumerate(d))) ** 2
        for k in (1, 2)
    ]
    deviation = math.sqrt(np.mean(waves) / 8)
    statistic = math.sqrt(8) * np.mean(differences) / deviation
    assert found.statistic == pytest.approx(statistic)
    assert found.p_value == pytest.approx(2 * student_t.cdf(-abs(statistic), 4))
    assert found.n == 8


def test_what_is_forecast_of_one_step_counts_once() -> None:
    rng = np.random.default_rng(2)
    ours, theirs = rng.uniform(size=(2, 3, 20))
    times = np.tile(np.arange(20), (3, 1))
    pooled = equal_accuracy(ours, theirs, times)
    assert pooled.n == 20
    mean = equal_accuracy(ours.mean(axis=0)[None], theirs.mean(axis=0)[None], times[:1])
    assert pooled.statistic == pytest.approx(mean.statistic)


def test_few_steps_and_constant_differences_have_no_statistic() -> None:
    assert equal_accuracy(*losses_of([1.0, -1.0] * 3 + [2.0])) == EqualAccuracy(None, None, 7)
    assert equal_accuracy(*losses_of([0.3] * 20)) == EqualAccuracy(None, None, 20)
    assert equal_accuracy(*losses_of([0.0] * 20)) == EqualAccuracy(None, None, 20)


def test_losses_that_are_not_there_are_left_out() -> None:
    differences = [*range(10), NAN, NAN]
    expected = equal_accuracy(*losses_of(list(map(float, range(10)))))
    assert equal_accuracy(*losses_of(differences)) == expected


def test_the_test_seldom_finds_a_difference_where_there_is_none() -> None:
    """Errors go on for a horizon of 12, of which there are three; at a level of 5 %."""
    rng = np.random.default_rng(3)
    wrong = 0
    for _ in range(400):
        noise = np.convolve(rng.standard_normal(36 + 11), np.ones(12), "valid")
        p_value = equal_accuracy(*losses_of(noise.tolist(), horizon=12)).p_value
        assert p_value is not None
        wrong += p_value < 0.05
    assert wrong / 400 <= 0.1
