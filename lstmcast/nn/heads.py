"""Heads turn a network's raw output into quantiles, and score quantiles while training."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

QUANTILE_LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
# softplus(x + this) is 0.13 at x = 0: an untrained head spreads its nine levels over about one
# spread of the scaled series.
FIRST_GAP = -2.0


class QuantileHead(nn.Module):
    """The median, and the gaps between neighbouring levels, which are positive: no crossing.

    The last layer starts at zero, so that an untrained head corrects the anchor by nothing.
    """

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.mix = nn.Linear(hidden_size, hidden_size)
        self.out = nn.Linear(hidden_size, len(QUANTILE_LEVELS))
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, hidden: Tensor) -> Tensor:
        """Map hidden states [B, H, hidden] to residual quantiles [B, H, Q]."""
        raw = self.out(F.gelu(self.mix(hidden))).float()
        middle = len(QUANTILE_LEVELS) // 2
        median = raw[..., middle : middle + 1]
        gaps = F.softplus(raw + FIRST_GAP)
        below = gaps[..., :middle].flip(-1).cumsum(-1).flip(-1)
        above = gaps[..., middle + 1 :].cumsum(-1)
        return torch.cat([median - below, median, median + above], dim=-1)


def at(quantiles: Tensor, uniforms: Tensor) -> Tensor:
    """Draw by chances `uniforms` [...] in (0, 1) from what has `quantiles` [..., Q]: [...].

    Between levels the quantile is linear in the normal score of the level, and beyond the outermost
    two it goes on as between them: exact for a normal distribution.
    """
    levels = torch.tensor(QUANTILE_LEVELS, device=quantiles.device, dtype=quantiles.dtype)
    knots = torch.special.ndtri(levels)
    scores = torch.special.ndtri(uniforms.to(quantiles.dtype))
    place = (torch.searchsorted(knots, scores, right=True) - 1).clamp(0, len(knots) - 2)
    low, high = (quantiles.gather(-1, (place + k).unsqueeze(-1)).squeeze(-1) for k in (0, 1))
    share = (scores - knots[place]) / (knots[place + 1] - knots[place])
    drawn: Tensor = low + share * (high - low)
    return drawn


def pinball(quantiles: Tensor, target: Tensor) -> Tensor:
    """Pinball loss of `quantiles` [B, H, Q] against `target` [B, H], mean over levels: [B, H].

    Koenker and Bassett (1978); twice the loss at level 0.5 is the absolute error.
    """
    levels = torch.tensor(QUANTILE_LEVELS, device=quantiles.device, dtype=quantiles.dtype)
    error = target.unsqueeze(-1) - quantiles
    return torch.maximum(levels * error, (levels - 1) * error).mean(dim=-1)
