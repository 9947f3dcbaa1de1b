from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.nn.losses import window_loss, window_weights
from lstmcast.nn.scaling import fit_scale, mirror, relative_spread

lawful = settings(max_examples=50, deadline=None)
POWERS = [0.0, 0.5, 1.0]


def test_unobserved_targets_do_not_count_and_wild_windows_are_clipped() -> None:
    losses = torch.tensor([[1.0, 9.0], [1e9, 1e9]])
    observed = torch.tensor([[True, False], [True, True]])
    assert window_loss(losses[:1], observed[:1], 5.0).item() == pytest.approx(1.0)
    assert window_loss(losses, observed, 5.0).item() == pytest.approx((1.0 + 5.0) / 2)
    assert window_loss(losses, torch.zeros(2, 2, dtype=torch.bool), 5.0).item() == 0


def test_a_loss_that_is_no_number_is_not_hidden() -> None:
    losses = torch.full((1, 2), math.nan)
    assert math.isnan(window_loss(losses, torch.ones(1, 2, dtype=torch.bool), 5.0).item())


def test_windows_count_by_their_weights() -> None:
    losses, observed = torch.tensor([[1.0, 3.0], [9.0, 9.0]]), torch.ones(2, 2, dtype=torch.bool)
    weights = torch.tensor([1.5, 0.5])
    assert window_loss(losses, observed, 5.0, weights).item() == (1.5 * 2 + 0.5 * 5) / 2


@pytest.mark.parametrize("power", POWERS)
@lawful
@given(st.integers(0, 10**6), st.floats(0.01, 1), st.floats(1e-6, 1e6))
def test_windows_weigh_one_on_average_whatever_their_units(
    power: float, seed: int, share: float, factor: float
) -> None:
    generator = torch.Generator().manual_seed(seed)
    context = torch.rand((6, 12), generator=generator, dtype=torch.float64) + 0.1
    scale = fit_scale(context, 3, power=power)
    weights = window_weights(scale, share)
    assert weights is not None
    assert weights.mean().item() == pytest.approx(1)
    scaled = window_weights(fit_scale(factor * context, 3, power=power), share)
    torch.testing.assert_close(scaled, weights, rtol=1e-6, atol=1e-6)
    upside_down = window_weights(mirror(scale, torch.ones(6) > 0), share)
    torch.testing.assert_close(upside_down, weights)


@pytest.mark.parametrize("power", POWERS)
def test_a_spread_is_a_share_of_the_level_however_it_is_bent(power: float) -> None:
    context = torch.tensor([[100.0, 101.0, 100.0, 101.0]], dtype=torch.float64)
    assert relative_spread(fit_scale(context, 1, power=power)).item() == pytest.approx(
        0.01, rel=0.01
    )


def test_windows_without_a_level_weigh_no_more_than_those_that_move_by_all_of_it() -> None:
    context = torch.tensor([[0.0, 0.0], [-1.0, 1.0], [-50.0, 1.0]])
    assert relative_spread(fit_scale(context, 1)).squeeze(1).tolist() == [0.0, 1.0, 1.0]
    assert window_weights(fit_scale(context, 1), 0.0) is None
    still = window_weights(fit_scale(context[:1], 1), 0.5)
    assert still is not None
    assert still.tolist() == [0.5]
