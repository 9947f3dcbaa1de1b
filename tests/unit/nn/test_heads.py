from __future__ import annotations

import math

import pytest
import torch

from lstmcast.nn.heads import Head
from lstmcast.nn.quantiles import Quantiles
from lstmcast.nn.run import window_loss


def test_an_untrained_head_corrects_the_path_by_nothing() -> None:
    path = torch.randn(3, 2)
    quantiles = Head(4, Quantiles())(torch.randn(3, 2, 4), path)
    assert torch.equal(quantiles[..., 4], path)
    assert (quantiles.diff(dim=-1) > 0).all()


def test_unobserved_targets_do_not_count_and_wild_windows_are_clipped() -> None:
    losses = torch.tensor([[1.0, 9.0], [1e9, 1e9]])
    observed = torch.tensor([[True, False], [True, True]])
    assert window_loss(losses[:1], observed[:1], 5.0).item() == pytest.approx(1.0)
    assert window_loss(losses, observed, 5.0).item() == pytest.approx((1.0 + 5.0) / 2)
    assert window_loss(losses, torch.zeros(2, 2, dtype=torch.bool), 5.0).item() == 0


def test_a_loss_that_is_no_number_is_not_hidden() -> None:
    losses = torch.full((1, 2), math.nan)
    assert math.isnan(window_loss(losses, torch.ones(1, 2, dtype=torch.bool), 5.0).item())
