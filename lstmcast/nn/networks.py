"""The season-anchored LSTM: an encoder over the context, a direct decoder over the horizon.

Differences from a textbook sequence-to-sequence LSTM: both ends work in scaled space and predict
corrections to the seasonal naive path; the decoder never sees its own output, so no error
accumulates and any horizon can be asked for; missing steps are told by flags.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from lstmcast.nn.anchors import last_observed, seasonal_naive
from lstmcast.nn.heads import QuantileHead
from lstmcast.nn.scaling import Scale, fit_scale, restore, standardise

if TYPE_CHECKING:
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


class Forecaster(nn.Module):
    """Quantiles of the steps after a context, in the context's own units."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.season_length = shape.season_length
        self.context_length = shape.context_length
        dropout = shape.dropout if shape.layers > 1 else 0.0
        self.encoder = nn.LSTM(
            ENCODER_FEATURES, shape.hidden_size, shape.layers, batch_first=True, dropout=dropout
        )
        self.decoder = nn.LSTM(
            DECODER_FEATURES, shape.hidden_size, shape.layers, batch_first=True, dropout=dropout
        )
        self.dropout = nn.Dropout(shape.dropout)
        self.head = QuantileHead(shape.hidden_size)

    def forward(self, context: Tensor, horizon: int) -> Tensor:
        """Forecast `horizon` steps after `context` [B, L] (NaN: not observed): [B, H, Q]."""
        scale = fit_scale(context, self.season_length)
        return restore(self.scaled_quantiles(context, scale, horizon), scale)

    def scaled_quantiles(self, context: Tensor, scale: Scale, horizon: int) -> Tensor:
        """Forecast in scaled space, where the loss is taken: [B, H, Q]."""
        z = standardise(context, scale)
        anchor = seasonal_naive(z, self.season_length, horizon)  # [B, H]
        _, state = self.encoder(encoder_features(z, scale.logs, self.season_length))
        hidden, _ = self.decoder(decoder_features(z, anchor, self.season_length), state)
        residuals: Tensor = self.head(self.dropout(hidden))
        return anchor.unsqueeze(-1) + residuals


def build_forecaster(config: ResolvedConfig) -> Forecaster:
    """Make the network that a config describes, with fresh weights from torch's generator."""
    return Forecaster(
        Shape(
            hidden_size=config.model.hidden_size,
            layers=config.model.layers,
            dropout=config.model.dropout,
            season_length=config.season_length,
            context_length=config.context_length,
        )
    )


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
