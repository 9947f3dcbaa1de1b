"""Quantiles: a distribution that is known at some levels, and in between by interpolation."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lstmcast.levels import DIGITS, MEDIAN, NINE
from lstmcast.nn.distributions import MOST_SCORE, Distribution
from lstmcast.nn.scaling import Scale, standardise

# softplus(x + this) is 0.13 at x = 0: an untrained head spreads its nine levels over about one
# spread of the scaled series.
FIRST_GAP = -2.0
USUAL_STEP = 0.1  # between levels: closer ones begin closer
MOST_SPREADS_LOST = 5.0  # per step that a window can lose
LEAST_GAP = 1e-12  # between quantiles that a target is placed between


@dataclass(frozen=True)
class Quantiles(Distribution):
    """The median, and the gaps between neighbouring levels, which are positive: no crossing.

    Between levels the quantile is linear in the normal score of the level, and beyond the outermost
    two it goes on as between them and the next: exact for a normal distribution, monotone for any,
    and no further out than a normal tail.
    """

    levels: tuple[float, ...] = NINE  # ascending, the median and one on either side among them

    counts: bool = False  # where they are those of paths of counts

    most_loss = MOST_SPREADS_LOST

    @property
    def n_parameters(self) -> int:
        """Q, a quantile each level."""
        return len(self.levels)

    def parameters(self, raw: Tensor, path: Tensor) -> Tensor:
        """Lay the gaps on either side of the median, which is the path corrected."""
        middle = self.levels.index(MEDIAN)
        median = raw[..., middle : middle + 1]
        gaps = F.softplus(raw + FIRST_GAP) * raw.new_tensor(self._steps())
        below = gaps[..., :middle].flip(-1).cumsum(-1).flip(-1)
        above = gaps[..., middle + 1 :].cumsum(-1)
        return path.unsqueeze(-1) + torch.cat([median - below, median, median + above], dim=-1)

    def loss(self, parameters: Tensor, target: Tensor, scale: Scale) -> Tensor:
        """Mean pinball loss over the levels."""
        z = standardise(target, scale).nan_to_num(0.0).to(parameters.dtype)
        return pinball(parameters, z, self.levels)

    def at(self, parameters: Tensor, u: Tensor, scale: Scale) -> Tensor:
        """Interpolate; at the levels themselves, the quantiles are what they are."""
        known = parameters.to(scale.spread.dtype)
        knots = self._knots(known)
        scores = torch.special.ndtri(u).contiguous()
        below = torch.searchsorted(knots, scores, right=True) - 1  # -1 under the lowest level
        low = below.clamp(0, len(knots) - 2)
        start = below.clamp(min=0)  # at the highest level and beyond, from there on
        slopes = _pick(known.diff(dim=-1) / knots.diff(), low)
        found = _pick(known, start) + slopes * (scores - knots[start])
        # Rounding must not lift a quantile above the next one.
        return torch.where(start == low, found.minimum(_pick(known, low + 1)), found)

    def score(self, parameters: Tensor, target: Tensor, scale: Scale) -> Tensor:
        """Interpolate the other way, from quantiles to normal scores."""
        z = standardise(target, scale).unsqueeze(-1)
        knots = self._knots(parameters)
        low = ((parameters <= z).sum(dim=-1, keepdim=True) - 1).clamp(0, len(knots) - 2)
        start = parameters.gather(-1, low)
        gap = (parameters.gather(-1, low + 1) - start).clamp(min=LEAST_GAP)
        scores: Tensor = knots[low] + (z - start) / gap * knots.diff()[low]
        return scores.squeeze(-1).clamp(-MOST_SCORE, MOST_SCORE)

    def _steps(self) -> list[float]:
        """Steps from each level towards the median, in those of the nine; exactly 1 for them."""
        pairs = zip(self.levels, self.levels[1:], strict=False)
        steps = [round((high - low) / USUAL_STEP, DIGITS) for low, high in pairs]
        middle = self.levels.index(MEDIAN)
        return [*steps[:middle], 1.0, *steps[middle:]]

    def _knots(self, like: Tensor) -> Tensor:
        """Normal scores of the levels: [Q]."""
        scores: Tensor = torch.special.ndtri(like.new_tensor(self.levels))
        return scores


def _pick(values: Tensor, places: Tensor) -> Tensor:
    """Take of `values` [B, H, Q] those at places that broadcast to [B, H, V]."""
    return values.gather(-1, places.expand(*values.shape[:-1], places.shape[-1]))


def pinball(quantiles: Tensor, target: Tensor, levels: tuple[float, ...]) -> Tensor:
    """Pinball loss of `quantiles` [B, H, Q] against `target` [B, H], mean over levels: [B, H].

    Koenker and Bassett (1978); twice the loss at level 0.5 is the absolute error.
    """
    at = torch.tensor(levels, device=quantiles.device, dtype=quantiles.dtype)
    error = target.unsqueeze(-1) - quantiles
    return torch.maximum(at * error, (at - 1) * error).mean(dim=-1)
