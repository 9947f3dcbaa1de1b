"""The forecaster: networks of one shape, of which it takes the mean, in the data's own units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from lstmcast.nn.networks import Network, build_network
from lstmcast.nn.scaling import fit_scale, restore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lstmcast.config import ResolvedConfig
    from lstmcast.nn.covariates import CovariateSizes
    from lstmcast.nn.windows import Inputs


class Forecaster(nn.Module):
    """Quantiles of the steps after a context, in the context's own units.

    They are the mean of the quantiles of its members: networks of one shape that were trained apart
    (averaging quantiles is Vincentization, see Lichtendahl, Grushka-Cockayne and Winkler, 2013).
    """

    def __init__(self, members: Iterable[Network]) -> None:
        super().__init__()
        networks = list(members)
        self.members = nn.ModuleList(networks)
        self.shape = networks[0].shape

    def forward(self, inputs: Inputs) -> Tensor:
        """Forecast the steps after the contexts of `inputs`: [B, H, Q]."""
        scale = fit_scale(inputs.context, self.shape.season_length)
        total = sum(member(inputs, scale) for member in self.members)
        return restore(total / len(self.members), scale)


def build_forecaster(config: ResolvedConfig, covariates: CovariateSizes) -> Forecaster:
    """Make a forecaster of as many fresh networks as a config says."""
    return Forecaster(build_network(config, covariates) for _ in range(config.model.members))
