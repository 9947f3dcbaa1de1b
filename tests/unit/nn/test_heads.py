from __future__ import annotations

import math
from statistics import NormalDist

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.nn.heads import QUANTILE_LEVELS, QuantileHead, at, pinball
from lstmcast.nn.run import MOST_LOSS, window_loss


def test_an_untrained_head_corrects_the_median_by_nothing() -> None:
    quantiles = QuantileHead(4)(torch.randn(3, 2, 4))
    assert (quantiles[..., 4] == 0).all()
    assert (quantiles.diff(dim=-1) > 0).all()


def test_pinball_by_hand() -> None:
    quantiles = torch.zeros(1, 2, len(QUANTILE_LEVELS))
    losses = pinball(quantiles, torch.tensor([[2.0, -2.0]]))
    mean_level = sum(QUANTILE_LEVELS) / len(QUANTILE_LEVELS)
    assert losses.tolist() == [[pytest.approx(2 * mean_level), pytest.approx(2 * (1 - mean_level))]]


@settings(max_examples=50, deadline=None)
@given(st.floats(-100, 100), st.floats(-100, 100))
def test_twice_the_pinball_loss_of_equal_quantiles_is_the_absolute_error(
    forecast: float, actual: float
) -> None:
    quantiles = torch.full((1, 1, len(QUANTILE_LEVELS)), forecast, dtype=torch.float64)
    loss = pinball(quantiles, torch.tensor([[actual]], dtype=torch.float64))
    assert 2 * loss.item() == pytest.approx(abs(actual - forecast))


def test_unobserved_targets_do_not_count_and_wild_windows_are_clipped() -> None:
    quantiles = torch.zeros(2, 2, len(QUANTILE_LEVELS))
    one = window_loss(quantiles[:1], torch.tensor([[2.0, math.nan]]))
    assert one.item() == pytest.approx(1.0)
    both = window_loss(quantiles, torch.tensor([[2.0, math.nan], [1e9, 1e9]]))
    assert both.item() == pytest.approx((1.0 + MOST_LOSS) / 2)
    assert window_loss(quantiles, torch.full((2, 2), math.nan)).item() == 0


def test_draws_follow_the_quantiles_and_a_normal_distribution_beyond_them() -> None:
    normal = NormalDist(3.0, 2.0)
    quantiles = torch.tensor(
        [normal.inv_cdf(level) for level in QUANTILE_LEVELS], dtype=torch.float64
    )
    shares = [0.001, 0.05, *QUANTILE_LEVELS, 0.55, 0.99, 0.9999]
    drawn = at(quantiles.expand(len(shares), -1), torch.tensor(shares, dtype=torch.float64))
    expected = torch.tensor([normal.inv_cdf(share) for share in shares], dtype=torch.float64)
    torch.testing.assert_close(drawn, expected)


def test_the_median_is_drawn_exactly_and_more_chance_gives_no_less() -> None:
    generator = torch.Generator().manual_seed(0)
    quantiles = torch.randn(50, 9, generator=generator).sort(dim=-1).values
    assert torch.equal(at(quantiles, torch.full((50,), 0.5)), quantiles[:, 4])
    shares = torch.linspace(0.001, 0.999, 400).expand(50, -1)
    drawn = at(quantiles.unsqueeze(1).expand(-1, 400, -1), shares)
    assert (drawn.diff(dim=1) >= -1e-6).all()
