"""Distributions: what a head says of each step ahead, by a few parameters.

Values are in scaled space (`lstmcast.nn.scaling`), where a window of logs is one of logs: a normal
distribution there is a log-normal one of the data. What is asked of a distribution:

- `parameters` turns the raw output of a network into parameters that are valid, whatever it is;
- `loss` scores them while training;
- `at` is the quantile function (the inverse of the distribution function), at any level;
- `score` is the normal score of what came: by it, errors are compared across steps and series.

Letters beside those of `lstmcast.nn.windows`: R parameters, V levels or samples.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lstmcast.nn.scaling import Scale, standardise
from lstmcast.nn.special_functions import student_t_cdf, student_t_quantile

# A likelihood is worth at most this many nats a step, so that one wild window cannot steer a batch:
# an error of ten spreads, where the distribution is one spread wide.
MOST_NATS = 50.0
# softplus(raw + this) is 1 at raw = 0: seasonal naive, which an untrained network forecasts, errs
# by about one spread.
FIRST_WIDTH = math.log(math.e - 1)
LEAST_WIDTH = 1e-3  # of a distribution, in spreads: it bounds how sure a likelihood can get
FEWEST_DEGREES, MOST_DEGREES, FIRST_DEGREES = 2.0, 100.0, 5.0
MOST_SCORE = 6.0  # a normal score beyond it says no more than that something wild came


class Distribution(ABC):
    """A family of distributions of one step."""

    @property
    def most_loss(self) -> float:
        """What a window can lose at the most, mean over its steps."""
        return MOST_NATS

    @property
    def counts(self) -> bool:
        """Whether its values are whole numbers of the data, from zero up."""
        return False

    @property
    def has_point(self) -> bool:
        """Whether the point forecast is a parameter of its own, not the median."""
        return False

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """R, the parameters of each step."""

    @abstractmethod
    def parameters(self, raw: Tensor, path: Tensor) -> Tensor:
        """Make parameters of raw outputs [B, H, R]; zeros are centred on `path` [B, H]."""

    @abstractmethod
    def loss(self, parameters: Tensor, target: Tensor, scale: Scale) -> Tensor:
        """Score parameters [B, H, R] against `target` [B, H] in data units: [B, H].

        Lower is better. Where the target is not `observed`, the loss is a number without meaning.
        """

    @abstractmethod
    def at(self, parameters: Tensor, u: Tensor, scale: Scale) -> Tensor:
        """Return the scaled quantiles [B, H, V] at levels `u`, which broadcast to [B, H, V].

        With uniforms between 0 and 1 in place of levels, these are samples.
        """

    @abstractmethod
    def score(self, parameters: Tensor, target: Tensor, scale: Scale) -> Tensor:
        """Return the normal scores of `target` [B, H] in data units, NaN where not observed.

        They are standard normal if the targets are drawn from the distributions.
        """

    def observed(self, target: Tensor, scale: Scale) -> Tensor:
        """Say which targets [B, H] can be learnt from."""
        return ~standardise(target, scale).isnan()

    def point(self, parameters: Tensor) -> Tensor:
        """Return the scaled point forecast [B, H] of a distribution that has one."""
        raise NotImplementedError


@dataclass(frozen=True)
class Normal(Distribution):
    """Normal: location and width."""

    @property
    def n_parameters(self) -> int:
        """Location and width."""
        return 2

    def parameters(self, raw: Tensor, path: Tensor) -> Tensor:
        """Location is the path corrected, width is positive."""
        return torch.stack([path + raw[..., 0], _width(raw[..., 1])], dim=-1)

    def loss(self, parameters: Tensor, target: Tensor, scale: Scale) -> Tensor:
        """-log p(z) = log w + ((z - m) / w)^2 / 2 + log(2 pi) / 2."""
        errors = _standard_errors(parameters, target, scale)
        loss: Tensor = parameters[..., 1].log() + (errors.square() + math.log(2 * math.pi)) / 2
        return loss

    def at(self, parameters: Tensor, u: Tensor, scale: Scale) -> Tensor:
        """M + w * (normal score of u)."""
        location, width = _exact(parameters, scale)
        scores: Tensor = torch.special.ndtri(u)
        return location + width * scores

    def score(self, parameters: Tensor, target: Tensor, scale: Scale) -> Tensor:
        """(z - m) / w."""
        errors = _standard_errors(parameters, target, scale).clamp(-MOST_SCORE, MOST_SCORE)
        return torch.where(self.observed(target, scale), errors, torch.nan)


@dataclass(frozen=True)
class StudentT(Distribution):
    """Student's t: location, width and degrees of freedom, above 2 so that it has a variance."""

    @property
    def n_parameters(self) -> int:
        """Location, width and degrees of freedom."""
        return 3

    def parameters(self, raw: Tensor, path: Tensor) -> Tensor:
        """Location is the path corrected, width is positive, degrees lie between 2 and 100."""
        reach = MOST_DEGREES - FEWEST_DEGREES
        first = (FIRST_DEGREES - FEWEST_DEGREES) / reach
        share = torch.sigmoid(raw[..., 2] + math.log(first / (1 - first)))
        degrees = FEWEST_DEGREES + reach * share
        return torch.stack([path + raw[..., 0], _width(raw[..., 1]), degrees], dim=-1)

    def loss(self, parameters: Tensor, target: Tensor, scale: Scale) -> Tensor:
        """-log p(z), with e = (z - m) / w and n degrees of freedom.

        log w + log(n pi) / 2 + lnG(n / 2) - lnG((n + 1) / 2) + (n + 1) / 2 * log(1 + e^2 / n)
        """
        errors = _standard_errors(parameters, target, scale)
        _, width, n = parameters.unbind(-1)
        half = (n + 1) / 2
        constant = (n / 2).lgamma() - half.lgamma() + (n * math.pi).log() / 2
        return width.log() + constant + half * (errors.square() / n).log1p()

    def at(self, parameters: Tensor, u: Tensor, scale: Scale) -> Tensor:
        """M + w * (quantile of Student's t)."""
        location, width, degrees = _exact(parameters, scale)
        return location + width * student_t_quantile(degrees, u)

    def score(self, parameters: Tensor, target: Tensor, scale: Scale) -> Tensor:
        """Through the distribution function, on the side of the tail, where it keeps its digits."""
        errors = _standard_errors(parameters, target, scale)
        tail = student_t_cdf(parameters[..., 2], -errors.abs())
        scores = -torch.special.ndtri(tail).clamp(min=-MOST_SCORE) * errors.sign()
        return torch.where(self.observed(target, scale), scores, torch.nan)


def _width(raw: Tensor) -> Tensor:
    return LEAST_WIDTH + F.softplus(raw + FIRST_WIDTH)


def _standard_errors(parameters: Tensor, target: Tensor, scale: Scale) -> Tensor:
    """(z - m) / w, as if z were 0 where it is not observed: [B, H]."""
    z = standardise(target, scale).nan_to_num(0.0).to(parameters.dtype)
    return (z - parameters[..., 0]) / parameters[..., 1]


def _exact(parameters: Tensor, scale: Scale) -> tuple[Tensor, ...]:
    """Parameters [B, H, R] one by one, in the precision of the scale: [B, H, 1] each."""
    return tuple(each.unsqueeze(-1) for each in parameters.to(scale.spread.dtype).unbind(-1))
