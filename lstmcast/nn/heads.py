"""Heads turn what a network has worked out of each step ahead into a distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn import functional as F

from lstmcast.nn.counts import NegativeBinomial
from lstmcast.nn.distributions import Distribution, Normal, StudentT
from lstmcast.nn.points import WithPoint
from lstmcast.nn.quantiles import Quantiles

if TYPE_CHECKING:
    from lstmcast.config import ResolvedConfig


class Head(nn.Module):
    """A small network from hidden states to the parameters of a distribution.

    The last layer starts at zero, so that an untrained head corrects the anchor by nothing.
    """

    def __init__(self, hidden_size: int, distribution: Distribution, patch_length: int = 1) -> None:
        super().__init__()
        self.distribution = distribution
        self.mix = nn.Linear(hidden_size, hidden_size)
        self.out = nn.Linear(hidden_size, patch_length * distribution.n_parameters)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, hidden: Tensor, path: Tensor) -> Tensor:
        """Map hidden states [B, H / P, hidden] and the path to correct [B, H] to [B, H, R]."""
        raw = self.out(F.gelu(self.mix(hidden))).float()
        return self.distribution.parameters(raw.reshape(*path.shape, -1), path)


def distribution_of(config: ResolvedConfig) -> Distribution:
    """Return the distribution that a config says, with a point of its own if it has a loss."""
    distributions: dict[str, Distribution] = {
        "quantiles": Quantiles(config.model.quantile_levels),
        "normal": Normal(),
        "student_t": StudentT(),
        "negative_binomial": NegativeBinomial(),
    }
    chosen = distributions[config.model.head]
    loss = config.training.loss
    return chosen if loss == "head" else WithPoint(chosen, loss)
