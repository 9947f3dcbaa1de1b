"""The forecaster: networks of one shape, of which it takes the mean, in the data's own units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from lstmcast.levels import MEDIAN
from lstmcast.nn.calibration import calibrate, normal_scores, nothing_told, uncalibrated
from lstmcast.nn.copula import no_correlations
from lstmcast.nn.distributions import MOST_SCORE
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
    interval_ends: Tensor | None = None  # [H', K], see `lstmcast.nn.calibration`

    def at(self, u: Tensor) -> Tensor:
        """Return the quantiles [B, H, V] at levels `u`, which broadcast to [B, H, V]."""
        if self.interval_ends is not None:
            u = calibrate(u, self.interval_ends, self.members[0].shape[1])
        scaled = sum(self.distribution.at(each, u, self.scale) for each in self.members)
        values = restore(torch.as_tensor(scaled) / len(self.members), self.scale)
        return values.round() if self.distribution.counts else values

    def score(self, target: Tensor) -> Tensor:
        """Return the normal scores of `target` [B, H], in data units, NaN where not observed.

        Between the quantiles of a grid of levels they are interpolated, and carried on beyond. One
        that is several quantiles, as counts are, has the score in the middle of theirs.
        """
        ends = normal_scores().to(self.scale.spread)
        grid = torch.cat([-ends.flip(0), ends.new_zeros(1), ends])
        values = self.at(torch.special.ndtr(grid))
        y = target.to(values.dtype).unsqueeze(-1)
        below, up_to = ((values < y).sum(dim=-1), (values <= y).sum(dim=-1))
        low = (up_to - 1).clamp(0, len(grid) - 2).unsqueeze(-1)
        start = values.gather(-1, low)
        gap = (values.gather(-1, low + 1) - start).clamp(min=torch.finfo(values.dtype).tiny)
        between = (grid[low] + (y - start) / gap * grid.diff()[low]).squeeze(-1)
        ties = (grid[below.clamp(max=len(grid) - 1)] + grid[(up_to - 1).clamp(min=0)]) / 2
        scores = torch.where(up_to > below, ties, between).where(~target.isnan(), torch.nan)
        return scores.clamp(-MOST_SCORE, MOST_SCORE)

    def point(self) -> Tensor:
        """Return the point forecasts [B, H]: the median, unless there are points of their own."""
        if not self.distribution.has_point:
            return self.at(self.scale.spread.new_tensor([MEDIAN])).squeeze(-1)
        points = torch.stack([self.distribution.point(each) for each in self.members], dim=-1)
        return restore(points.mean(dim=-1, keepdim=True), self.scale).squeeze(-1)


class Learnt(NamedTuple):
    """What held-out windows say of forecasts as a whole."""

    correlations: Tensor  # [A], see `lstmcast.nn.copula`
    interval_ends: Tensor  # [H, K], see `lstmcast.nn.calibration`
    coverage: Tensor  # [2, 2], what intervals held there, before and after
    points: Tensor  # [S, F, H], what was forecast of them, see `lstmcast.nn.trials`


def nothing_learnt(horizon: int, points: Tensor | None = None) -> Learnt:
    """Let steps go each its own way, and intervals be as they are."""
    none = torch.empty(0, 0, 0) if points is None else points
    return Learnt(no_correlations(), uncalibrated(horizon), nothing_told(), none)


class Forecaster(nn.Module):
    """Outlooks on the steps after a context, from networks that were trained apart.

    `correlations` [A] by lag say how far steps that lie so far apart go together, `interval_ends`
    [H, K] where central intervals end.
    """

    correlations: Tensor
    interval_ends: Tensor

    def __init__(self, members: Iterable[Network], learnt: Learnt) -> None:
        super().__init__()
        networks = list(members)
        self.register_buffer("correlations", learnt.correlations)
        self.register_buffer("interval_ends", learnt.interval_ends)
        self.calibrated = True
        self.members = nn.ModuleList(networks)
        self.shape = networks[0].shape

    def forward(self, inputs: Inputs, horizon: int) -> Outlook:
        """Look ahead `horizon` steps from the contexts of `inputs`."""
        distribution = self.shape.outlook
        scale = scale_of(inputs, self.shape)
        features = features_of(inputs, scale, self.shape)
        parameters = tuple(each(features)[:, :horizon] for each in self.members)
        ends = self.interval_ends if self.calibrated else None
        return Outlook(distribution, parameters, scale, ends)


def build_forecaster(config: ResolvedConfig, covariates: CovariateSizes) -> Forecaster:
    """Make a forecaster of as many fresh networks as a config says."""
    networks = (build_network(config, covariates) for _ in range(config.model.members))
    return Forecaster(networks, nothing_learnt(config.horizon))
