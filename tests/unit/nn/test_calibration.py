"""Calibration: intervals end where held-out scores say, and the median stays where it is."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.nn.calibration import (
    FEWEST_OF_ALL_STEPS,
    FEWEST_WINDOWS,
    MOST_STRETCH,
    PROMISES,
    SHARE,
    calibrate,
    interval_ends,
    normal_scores,
    uncalibrated,
)

LEVELS = torch.tensor([0.001, 0.05, 0.1, 0.33, 0.5, 0.67, 0.9, 0.95, 0.999], dtype=torch.float64)


def scores(n_windows: int, horizon: int, spread: float = 1.0) -> torch.Tensor:
    torch.manual_seed(0)
    return spread * torch.randn(n_windows, horizon)


def test_what_is_uncalibrated_asks_for_the_levels_themselves() -> None:
    found = calibrate(LEVELS, uncalibrated(3), 3)
    torch.testing.assert_close(found, LEVELS.expand(3, -1), rtol=0, atol=1e-6)


def test_targets_four_times_as_far_away_make_intervals_twice_as_wide() -> None:
    """Half the way, in logarithms."""
    ends = interval_ends(scores(20_000, 2, spread=4.0), 2)
    torch.testing.assert_close(ends, 2 * uncalibrated(2), rtol=0.05, atol=0)
    asked = torch.special.ndtri(calibrate(LEVELS, ends, 2))
    torch.testing.assert_close(
        asked, 2 * torch.special.ndtri(LEVELS).expand(2, -1), rtol=0.05, atol=1e-6
    )


def test_each_step_ahead_has_its_own_width() -> None:
    near, far = scores(5_000, 1, spread=0.5), scores(5_000, 1, spread=1.5)
    ends = interval_ends(torch.cat([near, far], dim=1), 2) / normal_scores()
    expected = torch.tensor([0.5, 1.5]) ** SHARE
    torch.testing.assert_close(ends.mean(dim=1), expected, rtol=0.05, atol=0)


def test_ends_are_order_statistics_as_conformal_prediction_takes_them() -> None:
    sizes = torch.arange(1, 200).float() / 100  # 199 of them: that of rank 200 b for each promise b
    ends = interval_ends(sizes[torch.randperm(199)][:, None], 1)[0]
    told = torch.tensor([round(200 * promise) / 100 for promise in PROMISES])
    torch.testing.assert_close(ends, told**SHARE * normal_scores() ** (1 - SHARE))


def test_the_side_of_an_error_does_not_count() -> None:
    drawn = scores(500, 2)
    torch.testing.assert_close(interval_ends(drawn, 2), interval_ends(drawn.abs(), 2))


def test_few_windows_speak_for_all_steps_together() -> None:
    drawn = scores(FEWEST_OF_ALL_STEPS, 4, spread=1.5)
    ends = interval_ends(drawn, 4)
    assert (ends == ends[0]).all()
    torch.testing.assert_close(ends[0], interval_ends(drawn.reshape(-1, 1), 1)[0])


def test_too_few_windows_change_nothing() -> None:
    torch.testing.assert_close(interval_ends(scores(49, 4, spread=3.0), 4), uncalibrated(4))
    torch.testing.assert_close(interval_ends(torch.empty(0, 4), 4), uncalibrated(4))


def test_ends_may_be_shorter_and_targets_unobserved() -> None:
    drawn = scores(2 * FEWEST_WINDOWS, 2)
    drawn[::2, 1] = torch.nan  # leaves just enough
    ends = interval_ends(drawn, 3)
    torch.testing.assert_close(ends[:1], interval_ends(drawn[:, :1], 1))
    torch.testing.assert_close(ends[1:2], interval_ends(drawn[1::2, 1:], 1))
    everything = torch.cat([drawn[:, 0], drawn[1::2, 1]])[:, None]
    torch.testing.assert_close(ends[2:], interval_ends(everything, 1))


def test_promises_that_windows_are_too_few_for_are_stretched_as_the_last_one_told() -> None:
    sizes = scores(60, 1, spread=2.0)  # 0.99 of 61 is not told by 60
    stretch = interval_ends(sizes, 1)[0] / normal_scores()
    assert stretch[-1] == pytest.approx(float(stretch[-2]))


def test_no_interval_is_stretched_beyond_reason() -> None:
    ends = interval_ends(scores(500, 1, spread=100.0), 1)
    assert (ends <= MOST_STRETCH * normal_scores() + 1e-4).all()
    ends = interval_ends(torch.zeros(500, 1), 1)
    assert (ends > 0).all()


def test_steps_beyond_those_of_training_are_as_the_last() -> None:
    ends = torch.stack([normal_scores(), 2 * normal_scores()])
    found = calibrate(LEVELS, ends, 4)
    assert (found[1:] == found[1]).all()
    assert not torch.equal(found[0], found[1])


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 20))
def test_levels_stay_in_order_and_the_median_where_it_is(seed: int, spread: float) -> None:
    torch.manual_seed(seed)
    drawn = spread * torch.randn(150, 3) ** 3
    ends = interval_ends(drawn, 3)
    assert (ends.diff(dim=1) >= 0).all()
    levels = torch.linspace(0.0005, 0.9995, 1999, dtype=torch.float64)
    asked = calibrate(levels, ends, 5)
    assert (asked.diff(dim=1) >= 0).all()
    assert (asked[:, 999] == 0.5).all()
    torch.testing.assert_close(asked + asked.flip(1), torch.ones_like(asked))
    assert (asked > 0).all()
    assert (asked < 1).all()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_calibrated_intervals_hold_nearer_to_what_they_promise(seed: int) -> None:
    torch.manual_seed(seed)
    drawn = 2 * torch.distributions.StudentT(3.0).sample((4_000, 1))
    ends = interval_ends(drawn[:2_000], 1)
    for promise in (0.5, 0.8, 0.95):
        levels = torch.tensor([(1 - promise) / 2, (1 + promise) / 2], dtype=torch.float64)
        misses = []
        for asked in (levels, calibrate(levels, ends, 1)[0]):
            low, high = torch.special.ndtri(asked)
            held = ((drawn[2_000:] >= low) & (drawn[2_000:] <= high)).float().mean()
            misses.append(abs(float(held) - promise))
        assert misses[1] < 0.7 * misses[0]
