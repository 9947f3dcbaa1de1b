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

from lstmcast.nn.anchors import last_observed, seasonal_naive
from lstmcast.nn.heads import QuantileHead
from lstmcast.nn.scaling import Scale, fit_scale, restore, standardise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lstmcast.config import ResolvedConfig

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


class Network(nn.Module):
    """One season-anchored LSTM; it works in scaled space, where the loss is taken."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        dropout = shape.dropout if shape.layers > 1 else 0.0
        self.encoder = nn.LSTM(
            shape.patch_length * ENCODER_FEATURES,
            shape.hidden_size,
            shape.layers,
            batch_first=True,
            dropout=dropout,
        )
        self.decoder = nn.LSTM(
            DECODER_FEATURES, shape.hidden_size, shape.layers, batch_first=True, dropout=dropout
        )
        self.dropout = nn.Dropout(shape.dropout)
        self.head = QuantileHead(shape.hidden_size)

    def forward(self, context: Tensor, scale: Scale, horizon: int) -> Tensor:
        """Forecast `horizon` steps after `context` [B, L] (NaN: not observed): scaled [B, H, Q]."""
        z = standardise(context, scale)
        anchor = seasonal_naive(z, self.shape.season_length, horizon)  # [B, H]
        features = encoder_features(z, scale.logs, self.shape.season_length)
        _, state = self.encoder(into_patches(features, self.shape.patch_length))
        hidden, _ = self.decoder(decoder_features(z, anchor, self.shape.season_length), state)
        residuals: Tensor = self.head(self.dropout(hidden))
        return anchor.unsqueeze(-1) + residuals


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

    def forward(self, context: Tensor, horizon: int) -> Tensor:
        """Forecast `horizon` steps after `context` [B, L] (NaN: not observed): [B, H, Q]."""
        scale = fit_scale(context, self.shape.season_length)
        total = sum(member(context, scale, horizon) for member in self.members)
        return restore(total / len(self.members), scale)


def build_network(config: ResolvedConfig) -> Network:
    """Make the network that a config describes, with fresh weights from torch's generator."""
    return Network(
        Shape(
            hidden_size=config.model.hidden_size,
            layers=config.model.layers,
            dropout=config.model.dropout,
            season_length=config.season_length,
            context_length=config.context_length,
            patch_length=config.model.patch_length,
        )
    )


def build_forecaster(config: ResolvedConfig) -> Forecaster:
    """Make a forecaster of as many fresh networks as a config says."""
    return Forecaster(build_network(config) for _ in range(config.model.members))


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
