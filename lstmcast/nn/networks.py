"""The season-anchored LSTM: an encoder over the context, a direct decoder over the horizon.

Differences from a textbook sequence-to-sequence LSTM: both ends work in scaled space and predict
corrections to the seasonal naive path; the decoder never sees its own output, so no error
accumulates and any horizon can be asked for; missing steps are told by flags; and the encoder takes
a long context in patches of several steps, which is faster and on weekly data more accurate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lstmcast.nn.anchors import last_observed, seasonal_places
from lstmcast.nn.covariates import CovariateEncoder, CovariateSizes
from lstmcast.nn.heads import Head, distribution_of
from lstmcast.nn.layers import Dropout, Layers
from lstmcast.nn.quantiles import Quantiles
from lstmcast.nn.scaling import Scale, standardise

if TYPE_CHECKING:
    from lstmcast.config import ResolvedConfig
    from lstmcast.nn.distributions import Distribution
    from lstmcast.nn.windows import Inputs

ENCODER_FEATURES = 6
DECODER_FEATURES = 7


class Shape(NamedTuple):
    """What fixes the number of weights, and how far the network looks back."""

    hidden_size: int
    layers: int
    dropout: float
    season_length: int
    context_length: int
    patch_length: int
    n_lags: int = 0
    covariates: CovariateSizes = CovariateSizes()
    distribution: Distribution = Quantiles()


class Network(nn.Module):
    """One season-anchored LSTM; it works in scaled space, where the loss is taken."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.covariates = CovariateEncoder(shape.covariates)
        features = ENCODER_FEATURES + self.covariates.encoder_width
        self.encoder = _layers(shape.patch_length * features, shape)
        self.paths = OtherPaths(shape.n_lags, shape.hidden_size)
        features = DECODER_FEATURES + self.covariates.decoder_width + self.paths.n_paths
        self.decoder = _layers(features, shape)
        self.dropout = Dropout(shape.dropout)
        self.head = Head(shape.hidden_size, shape.distribution)

    def draw_from(self, generator: torch.Generator) -> None:
        """Take the chances of dropout from `generator`."""
        for part in self.modules():
            if isinstance(part, Dropout):
                part.generator = generator

    def forward(self, inputs: Inputs, scale: Scale) -> Tensor:
        """Say of the steps after the contexts of `inputs` the parameters of the head: [B, H, R]."""
        season = self.shape.season_length
        z = standardise(inputs.context, scale)
        places = seasonal_places(z, season, inputs.horizon)  # [B, H]
        anchor = z.gather(1, places).nan_to_num(0.0)
        departures = self.paths.departures(z, inputs.lags, anchor, scale)  # [B, H, A]
        seen = [encoder_features(z, scale.logs, season)]
        ahead = [decoder_features(z, anchor, season), departures.asinh()]
        if inputs.covariates is not None:
            of_context, of_horizon = self.covariates(inputs.covariates, places)
            seen.append(of_context)
            ahead.append(of_horizon)
        _, state = self.encoder(into_patches(torch.cat(seen, dim=-1), self.shape.patch_length))
        hidden, _ = self.decoder(torch.cat(ahead, dim=-1), state)
        hidden = self.dropout(hidden)
        path: Tensor = anchor + self.paths(hidden, departures)
        parameters: Tensor = self.head(hidden, path)
        return parameters


class OtherPaths(nn.Module):
    """Other naive paths than the anchor, of which the network may take a share at each step.

    Where a series has several seasons, such as days and weeks, these are the last value, the last
    season and the mean of the last two, for each season. The shares start at zero.
    """

    def __init__(self, n_lags: int, hidden_size: int) -> None:
        super().__init__()
        self.n_paths = n_lags + 1 if n_lags else 0
        self.weight = nn.Parameter(torch.zeros(self.n_paths, hidden_size))
        self.bias = nn.Parameter(torch.zeros(self.n_paths))

    def departures(self, z: Tensor, lags: Tensor, anchor: Tensor, scale: Scale) -> Tensor:
        """How far each path leaves the anchor [B, H], zero where it is not observed: [B, H, A].

        `lags` [B, H, 2 * seasons] are values one and two seasons before each step, in data units.
        """
        if not self.n_paths:
            return anchor.new_empty((*anchor.shape, 0))
        scaled = standardise(lags.flatten(1), scale).view(lags.shape)
        last, before = scaled[..., 0::2], scaled[..., 1::2]
        level = last_observed(z)[:, None, None].expand(*anchor.shape, 1)
        paths = torch.cat([level, last, (last + before) / 2], dim=-1)
        return (paths - anchor.unsqueeze(-1)).nan_to_num(0.0)

    def forward(self, hidden: Tensor, departures: Tensor) -> Tensor:
        """Share of the departures [B, H, A] to add to the anchor: [B, H]."""
        return (F.linear(hidden, self.weight, self.bias) * departures).sum(dim=-1)


def build_network(config: ResolvedConfig, covariates: CovariateSizes) -> Network:
    """Make the network that a config describes, with fresh weights from torch's generator."""
    return Network(
        Shape(
            hidden_size=config.model.hidden_size,
            layers=config.model.layers,
            dropout=config.model.dropout,
            season_length=config.season_length,
            context_length=config.context_length,
            patch_length=config.model.patch_length,
            n_lags=2 * len(config.lags),
            covariates=covariates,
            distribution=distribution_of(config),
        )
    )


def _layers(features: int, shape: Shape) -> Layers:
    return Layers(features, shape.hidden_size, shape.layers, shape.dropout)


def encoder_features(z: Tensor, logs: Tensor, season_length: int) -> Tensor:
    """What the encoder is told at each step of the scaled context `z` [B, L]."""
    seasonal = _difference(z, season_length)
    observed = ~z.isnan()
    features = [
        z.asinh(),
        seasonal.asinh(),
        _difference(z, 1).asinh(),
        observed,
        ~seasonal.isnan(),
        logs.expand_as(z),
    ]
    return torch.stack([f.nan_to_num(0.0).to(z.dtype) for f in features], dim=-1)


def into_patches(features: Tensor, patch_length: int) -> Tensor:
    """Lay `patch_length` steps side by side, so that the LSTM takes fewer: [B, L / P, P * F].

    Nie et al. (2023), "A time series is worth 64 words", do so for a transformer. The first patch
    begins with zeros, which say "not observed", where L is no multiple of P.
    """
    missing = -features.shape[1] % patch_length
    padded = F.pad(features, (0, 0, missing, 0))
    return padded.reshape(len(features), -1, patch_length * features.shape[2])


def decoder_features(z: Tensor, anchor: Tensor, season_length: int) -> Tensor:
    """What the decoder is told at each step of the horizon, given `anchor` [B, H]."""
    steps = torch.arange(anchor.shape[1], device=z.device)
    last = last_observed(z)[:, None].nan_to_num(0.0)
    changes = _difference(z, season_length)[:, -season_length:]
    change = changes[:, steps % changes.shape[1]]
    ahead = (steps + 1).to(z.dtype).expand_as(anchor)
    features = [
        anchor.asinh(),
        (anchor - last).asinh(),
        change.asinh().nan_to_num(0.0),
        (~change.isnan()).to(z.dtype),
        ahead / season_length,
        ahead.log1p(),
        torch.full_like(anchor, season_length).log(),
    ]
    return torch.stack(features, dim=-1)


def _difference(z: Tensor, lag: int) -> Tensor:
    """z[t] - z[t - lag], NaN where either is not observed: [B, L]."""
    earlier = torch.full_like(z, torch.nan)
    earlier[:, lag:] = z[:, :-lag]
    return z - earlier
