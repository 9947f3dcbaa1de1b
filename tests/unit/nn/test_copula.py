"""Correlations by lag, processes that have them, and draws that belong to a series alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lstmcast.nn.copula import (
    FEWEST_PAIRS,
    GOLDEN,
    LEAST_TAIL,
    MOST_LAGS,
    MOST_PARTIAL,
    Draws,
    _levinson,
    _mixed,
    _uniforms,
    draw_levels,
    lag_correlations,
    no_correlations,
    process_of,
)

nan = math.nan
lawful = settings(max_examples=50, deadline=None)
any_correlations = st.lists(st.floats(-1, 1) | st.just(nan), max_size=12)
KEYS = np.array([3, 2**63 + 5, 77], dtype=np.uint64)


def matrix_of(correlations: list[float]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    lags = np.abs(np.subtract.outer(*[np.arange(len(correlations) + 1)] * 2))
    return np.array([1.0, *correlations])[lags]


def draw(samples: int, horizon: int, correlations: list[float], seed: int = 0) -> torch.Tensor:
    process = process_of(torch.tensor(correlations))
    return draw_levels(Draws(KEYS, samples, seed), horizon, process)


# --- correlations ---------------------------------------------------------------------------------


@lawful
@given(any_correlations)
def test_a_process_has_correlations_that_can_be(wanted: list[float]) -> None:
    had, coefficients, widths = _levinson(np.array(wanted))
    eigenvalues = np.linalg.eigvalsh(matrix_of(had))
    assert eigenvalues.min() >= -1e-9
    assert [len(row) for row in coefficients] == list(range(len(wanted) + 1))
    assert all(0 < width <= 1 for width in widths)


@lawful
@given(any_correlations)
def test_what_a_process_has_it_keeps(wanted: list[float]) -> None:
    had, _, _ = _levinson(np.array(wanted))
    again, _, _ = _levinson(np.array(had))
    np.testing.assert_allclose(again, had, atol=1e-9)


@pytest.mark.parametrize("wanted", [[0.9, 0.81, 0.729], [-0.5, 0.3, 0.0, 0.1], [0.0, 0.0]])
def test_correlations_that_can_be_stay_as_they_are(wanted: list[float]) -> None:
    np.testing.assert_allclose(_levinson(np.array(wanted))[0], wanted, atol=1e-12)


def test_lags_that_are_not_known_follow_from_those_before() -> None:
    had, coefficients, widths = _levinson(np.array([0.8, nan, nan]))
    np.testing.assert_allclose(had, [0.8, 0.64, 0.512])
    np.testing.assert_allclose(coefficients[3], [0.8, 0, 0], atol=1e-12)
    np.testing.assert_allclose(widths, [1, 0.6, 0.6, 0.6])


def test_what_no_process_has_is_held_to_what_one_can() -> None:
    had, _, _ = _levinson(np.array([1.0, -1.0]))
    assert had[0] == MOST_PARTIAL
    assert had[1] == pytest.approx(MOST_PARTIAL**2 - MOST_PARTIAL * (1 - MOST_PARTIAL**2))


def test_correlations_by_hand() -> None:
    """Two windows of two steps, over and over; a step that is not observed pairs with none."""
    windows = torch.tensor([[1.0, 2.0], [2.0, 0.0], [5.0, nan]]).repeat(FEWEST_PAIRS, 1)
    found = lag_correlations([windows])
    expected = 2 / math.sqrt(5 * 4)
    assert found[:3].tolist() == pytest.approx([expected, expected**2, expected**3])
    assert found.dtype == torch.float32
    halves = lag_correlations([windows[::2], windows[1::2]])
    torch.testing.assert_close(halves, found)


def test_too_few_pairs_say_nothing() -> None:
    scores = torch.ones(FEWEST_PAIRS - 1, 2)
    for found in ([scores], [torch.zeros(100, 2)], [torch.ones(100, 1)], []):
        assert torch.equal(lag_correlations(found), no_correlations())


def test_lags_are_bounded() -> None:
    found = lag_correlations([torch.ones(30, 2 * MOST_LAGS)])
    assert found.shape == (MOST_LAGS,)
    assert found[0] == pytest.approx(MOST_PARTIAL)


# --- draws ----------------------------------------------------------------------------------------


def test_the_generator_is_the_published_one() -> None:
    """The first numbers of SplitMix64 from seed 1234567."""
    states = np.array([1234567], dtype=np.uint64) + np.arange(1, 4, dtype=np.uint64) * GOLDEN
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert _mixed(states).tolist() == expected


def test_uniforms_are_uniform_and_unlike_each_other() -> None:
    keys = np.arange(50, dtype=np.uint64)
    numbers = _uniforms(Draws(keys, 40, seed=1), 25)
    assert numbers.shape == (25, 50, 40)
    assert 0 < numbers.min() < numbers.max() < 1
    assert stats.kstest(numbers.ravel(), "uniform").pvalue > 0.01
    for flat in (numbers.reshape(25, -1), numbers.swapaxes(0, 1).reshape(50, -1)):
        off = np.corrcoef(flat) - np.eye(len(flat))
        assert np.abs(off).max() < 5 / math.sqrt(flat.shape[1])


def test_levels_are_uniform_whatever_the_correlation() -> None:
    levels = draw(4000, 6, [0.9, 0.7])
    for h in range(6):
        for b in range(len(KEYS)):
            assert stats.kstest(levels[b, h].numpy(), "uniform").pvalue > 0.001


@pytest.mark.parametrize("wanted", [[0.9, 0.81, 0.729], [-0.6, 0.2], [0.5], []])
def test_steps_go_together_as_estimated(wanted: list[float]) -> None:
    horizon = 6
    scores = torch.special.ndtri(draw(20_000, horizon, wanted))
    expected = _levinson(np.array([*wanted, *[nan] * (horizon - 1 - len(wanted))]))[0]
    for b in range(len(KEYS)):
        found = np.corrcoef(scores[b].numpy())
        np.testing.assert_allclose(found, matrix_of(expected), atol=0.04)
    between = np.corrcoef(scores[:, 0].numpy()) - np.eye(len(KEYS))
    assert np.abs(between).max() < 0.04


def test_paths_are_those_of_the_series_alone() -> None:
    process = process_of(torch.tensor([0.8, 0.5]))
    together = draw_levels(Draws(KEYS, 5, seed=9), 4, process)
    alone = draw_levels(Draws(KEYS[1:2], 5, seed=9), 4, process)
    torch.testing.assert_close(alone[0], together[1])
    more = draw_levels(Draws(KEYS, 8, seed=9), 7, process)
    torch.testing.assert_close(more[:, :4, :5], together)
    assert not torch.allclose(draw_levels(Draws(KEYS, 5, seed=10), 4, process), together)


def test_levels_stay_within_what_a_quantile_function_takes() -> None:
    levels = draw(1000, 3, [1.0, 1.0])
    assert LEAST_TAIL <= levels.min() < levels.max() <= 1 - LEAST_TAIL
