"""The forecaster: networks of one shape, of which it takes the mean, in the data's own units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from lstmcast.levels import MEDIAN
from lstmcast.nn.copula import no_correlations
from lstmcast.nn.features import features_of, scale_of
from lstmcast.nn.networks import Network, build_network
from lstmcast.nn.scaling import Scale, restore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lstmcast.config import ResolvedConfig
    from lstmcast.nn.covariates import CovariateSizes
    from lstmcast.nn.distributions import Distribution
    from lstmcast.nn.windows import Inputs


@dataclass(frozen=True)
class Outlook:
    """A distribution of each step ahead, in the context's own units.

    Its quantiles are the mean of those of the members, in scaled space (averaging quantiles is
    Vincentization, see Lichtendahl, Grushka-Cockayne and Winkler, 2013). The mean of counts is
    rounded to a count.
    """

    distribution: Distribution
    members: tuple[Tensor, ...]  # parameters [B, H, R] each
    scale: Scale

    def at(self, u: Tensor) -> Tensor:
        """Return the quantiles [B, H, V] at levels `u`, which broadcast to [B, H, V]."""
        scaled = sum(self.distribution.at(each, u, self.scale) for each in self.members)
        values = restore(torch.as_tensor(scaled) / len(self.members), self.scale)
        return values.round() if self.distribution.counts else values

    def point(self) -> Tensor:
        """Return the point forecasts [B, H]: the median, unless there are points of their own."""
        if not self.distribution.has_point:
            return self.at(self.scale.spread.new_tensor([MEDIAN])).squeeze(-1)
        points = torch.stack([self.distribution.point(each) for each in self.members], dim=-1)
        return restore(points.mean(dim=-1, keepdim=True), self.scale).squeeze(-1)


class Forecaster(nn.Module):
    """Outlooks on the steps after a context, from networks that were trained apart.

    `correlations` [A] by lag say how far steps that lie so far apart go together.
    """

    correlations: Tensor

    def __init__(self, members: Iterable[Network], correlations: Tensor | None = None) -> None:
        super().__init__()
        networks = list(members)
        self.register_buffer(
            "correlations", no_correlations() if correlations is None else correlations
        )
        self.members = nn.ModuleList(networks)
        self.shape = networks[0].shape

    def forward(self, inputs: Inputs, horizon: int) -> Outlook:
        """Look ahead `horizon` steps from the contexts of `inputs`."""
        distribution = self.shape.outlook
        scale = scale_of(inputs, self.shape)
        features = features_of(inputs, scale, self.shape)
        return Outlook(
            distribution, tuple(each(features)[:, :horizon] for each in self.members), scale
        )


def build_forecaster(config: ResolvedConfig, covariates: CovariateSizes) -> Forecaster:
    """Make a forecaster of as many fresh networks as a config says."""
    return Forecaster(build_network(config, covariates) for _ in range(config.model.members))
