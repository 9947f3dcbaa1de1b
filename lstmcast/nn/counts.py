"""Counts: the negative binomial distribution, in the data's own units."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lstmcast.nn.distributions import MOST_SCORE, Distribution
from lstmcast.nn.scaling import LOGS, MOST_LOG_STEP, MOST_SPREADS, Scale
from lstmcast.nn.special_functions import negative_binomial_cdf, negative_binomial_quantile

LEAST_DISPERSION = 1e-6  # nearly Poisson
FIRST_DISPERSION = -2.0  # softplus of it is 0.13
# Means below this share of the level bend away from zero, as exp does.
SHARE_OF_LEVEL = 0.1
LEAST_MEAN = 0.01
# A count of zero has no logarithm; this has, and is rounded to zero on the way back.
ZERO_IN_LOGS = 0.25
LEAST_TAIL = 1e-12


@dataclass(frozen=True)
class NegativeBinomial(Distribution):
    """Negative binomial by mean m and dispersion a, with variance m + a m^2.

    As in Salinas, Flunkert, Gasthaus and Januschowski (2020), "DeepAR", but that the mean is what
    lies at a location in scaled space: m = e^x where logs are taken, else x, bent to stay positive.
    Counts have a unit: a hundred of them vary less, for their size, than one. So a forecast of
    twice the counts is not twice the forecast.
    """

    counts = True

    @property
    def n_parameters(self) -> int:
        """Location of the mean, and dispersion."""
        return 2

    def parameters(self, raw: Tensor, path: Tensor) -> Tensor:
        """Location is the path corrected, dispersion is positive."""
        dispersion = LEAST_DISPERSION + F.softplus(raw[..., 1] + FIRST_DISPERSION)
        return torch.stack([path + raw[..., 0], dispersion], dim=-1)

    def observed(self, target: Tensor, scale: Scale) -> Tensor:  # noqa: ARG002 - of any scale
        """Zeros count where logs are taken, too."""
        return ~target.isnan()

    def loss(self, parameters: Tensor, target: Tensor, scale: Scale) -> Tensor:
        """-log p(y), with n = 1 / a, and y in spreads, so that series of all sizes weigh alike.

        lnG(n) + lnG(y + 1) - lnG(y + n) + n log(1 + a m) + y (log(1 + a m) - log(a m)) - log spread

        In the precision of the scale: lnG of a million is beyond the digits of float32.
        """
        y = target.nan_to_num(0.0)
        log_mean = _log_mean(parameters, scale)
        a = parameters[..., 1].to(log_mean.dtype)
        n = 1 / a
        log_odds = a.log() + log_mean
        counted = n.lgamma() + (y + 1).lgamma() - (y + n).lgamma()
        total = F.softplus(log_odds)  # log(1 + a m)
        return counted + n * total + y * (total - log_odds) - _log_unit(scale)

    def at(self, parameters: Tensor, u: Tensor, scale: Scale) -> Tensor:
        """Return the smallest count of which no more come with probability u, scaled."""
        mean = _log_mean(parameters, scale).exp().unsqueeze(-1)
        dispersion = parameters[..., 1:].to(mean.dtype)
        counts = negative_binomial_quantile(mean, dispersion, u.to(mean.dtype))
        power, centre, spread = (part.unsqueeze(-1) for part in scale)
        values = torch.where(power == LOGS, counts.clamp(min=ZERO_IN_LOGS).log(), counts)
        return (values - centre) / spread

    def score(self, parameters: Tensor, target: Tensor, scale: Scale) -> Tensor:
        """Place a count in the middle of its step of the distribution function."""
        mean = _log_mean(parameters, scale).exp()
        dispersion = parameters[..., 1].to(mean.dtype)
        y = target.to(mean.dtype)
        below, up_to = (negative_binomial_cdf(mean, dispersion, counts) for counts in (y - 1, y))
        middle = ((below + up_to) / 2).clamp(LEAST_TAIL, 1 - LEAST_TAIL)
        scores: Tensor = torch.special.ndtri(middle)
        return scores.clamp(-MOST_SCORE, MOST_SCORE)


def _log_mean(parameters: Tensor, scale: Scale) -> Tensor:
    """Logarithm of the mean [B, H]; below a share of the level, linear in the location."""
    power, centre, spread = scale
    location = parameters[..., 0].to(spread.dtype)
    change = location.clamp(-MOST_SPREADS, MOST_SPREADS) * spread
    linear = centre + change
    floor = (SHARE_OF_LEVEL * centre.abs()).clamp(min=LEAST_MEAN)
    bent = floor.log() + (linear / floor - 1)
    above = linear.maximum(floor).log()
    return torch.where(
        power == LOGS,
        centre + change.clamp(-MOST_LOG_STEP, MOST_LOG_STEP),
        torch.where(linear > floor, above, bent),
    )


def _log_unit(scale: Scale) -> Tensor:
    """Logarithm of one spread in data units, or of one count if that is more: [B, 1]."""
    power, centre, spread = scale
    return (torch.where(power == LOGS, centre, 0.0) + spread.log()).clamp(min=0.0)
