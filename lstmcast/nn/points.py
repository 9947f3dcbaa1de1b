"""Point losses: a point forecast of its own, beside the distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from lstmcast.nn.distributions import Distribution
from lstmcast.nn.scaling import AS_IT_IS, Scale, restore, unbend

if TYPE_CHECKING:
    from collections.abc import Callable

    from lstmcast.config import PointLoss

# Errors and what a window can lose by them, in spreads: a wild one must not steer a batch.
LOSSES: dict[PointLoss, tuple[Callable[..., Tensor], float]] = {
    "mae": (F.l1_loss, 5.0),
    "huber": (F.huber_loss, 5.0),  # squared up to one spread, absolute from there on
    "mse": (F.mse_loss, 25.0),
}


@dataclass(frozen=True)
class WithPoint(Distribution):
    """A distribution, and beside it the point that is best by a loss of its own.

    The point is where the loss is least in the data's own units: the median (mae), the mean (mse),
    or in between (huber). The quantiles are those of the distribution, which learns as it would
    alone from the same network.
    """

    inner: Distribution
    name: PointLoss

    has_point = True

    @property
    def most_loss(self) -> float:
        """What both can lose."""
        return self.inner.most_loss + LOSSES[self.name][1]

    @property
    def counts(self) -> bool:
        """Whether the distribution is one of counts; the point need not be one."""
        return self.inner.counts

    @property
    def n_parameters(self) -> int:
        """Those of the distribution, and the point."""
        return self.inner.n_parameters + 1

    def parameters(self, raw: Tensor, path: Tensor) -> Tensor:
        """Begin on the path, as the distribution does."""
        point = path.unsqueeze(-1) + raw[..., -1:]
        return torch.cat([self.inner.parameters(raw[..., :-1], path), point], dim=-1)

    def observed(self, target: Tensor, scale: Scale) -> Tensor:
        """Learn the point where the distribution is learnt."""
        return self.inner.observed(target, scale)

    def loss(self, parameters: Tensor, target: Tensor, scale: Scale) -> Tensor:
        """Sum of both losses, each in spreads of the window."""
        loss, _ = LOSSES[self.name]
        of_point = loss(
            departure(self.point(parameters), scale),
            _departure_of(target, scale).nan_to_num(0.0),
            reduction="none",
        )
        return self.inner.loss(parameters[..., :-1], target, scale) + of_point

    def at(self, parameters: Tensor, u: Tensor, scale: Scale) -> Tensor:
        """Ask the distribution."""
        return self.inner.at(parameters[..., :-1], u, scale)

    def score(self, parameters: Tensor, target: Tensor, scale: Scale) -> Tensor:
        """Ask the distribution."""
        return self.inner.score(parameters[..., :-1], target, scale)

    def point(self, parameters: Tensor) -> Tensor:
        """Return the last parameter."""
        return parameters[..., -1]


def departure(z: Tensor, scale: Scale) -> Tensor:
    """How far scaled values [B, H] lie from the centre in the data's own units, in spreads.

    Where values are bent, a spread of the data is that of what they are bent to, unbent at the
    centre: times the centre, in logs. An error in logs would make the mean a geometric one.
    """
    return _departure_of(restore(z.unsqueeze(-1), scale).squeeze(-1), scale)


def _departure_of(target: Tensor, scale: Scale) -> Tensor:
    """Return the same of `target` [B, H] in data units."""
    power, centre, spread = scale
    level = unbend(centre, power)
    steepness = torch.where(power == AS_IT_IS, 1.0, level.abs() ** (1 - power))
    return (target - level) / (steepness * torch.where(spread > 0, spread, 1.0))
