from __future__ import annotations

import torch

from lstmcast.nn.heads import Head
from lstmcast.nn.quantiles import Quantiles


def test_an_untrained_head_corrects_the_path_by_nothing() -> None:
    path = torch.randn(3, 2)
    quantiles = Head(4, Quantiles())(torch.randn(3, 2, 4), path)
    assert torch.equal(quantiles[..., 4], path)
    assert (quantiles.diff(dim=-1) > 0).all()
