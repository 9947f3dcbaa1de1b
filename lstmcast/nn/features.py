"""What the network is told at each step of the context and of the horizon, in scaled space."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from lstmcast.nn.anchors import (
    Anchored,
    departures,
    last_observed,
    other_paths,
    seasonal_change,
    seasonal_places,
)
from lstmcast.nn.regression import regressions
from lstmcast.nn.scaling import AS_IT_IS, Scale, fit_scale, relative_spread, standardise

if TYPE_CHECKING:
    from lstmcast.nn.covariates import WindowCovariates
    from lstmcast.nn.shape import Shape
    from lstmcast.nn.windows import Inputs

ENCODER_FEATURES = 6
DECODER_FEATURES = 7
FEEDBACK_FEATURES = 3
# A context that moves less for its level than this does not move.
LEAST_RELATIVE_SPREAD = 1e-6


class WindowFeatures(NamedTuple):
    """What networks are told of windows, before any weight has a say."""

    seen: Tensor  # [B, L, F], of each step of the context
    told: Tensor  # [B, H, F], of each step ahead
    anchor: Tensor  # [B, H]
    departures: Tensor  # [B, H, A], of other paths from the anchor
    places: Tensor  # [B, H], where in the context the anchor was taken from
    last: Tensor  # [B, 1], value at the cutoff, NaN where it is not observed
    last_anchor: Tensor  # [B, 1], value one season before it
    covariates: WindowCovariates | None
    scale: Scale


def scale_of(inputs: Inputs, shape: Shape) -> Scale:
    """Fit the scale that networks of this shape see windows in."""
    return fit_scale(
        inputs.context,
        shape.season_length,
        power=shape.power,
        counts=shape.distribution.counts,
    )


def features_of(inputs: Inputs, scale: Scale, shape: Shape) -> WindowFeatures:
    """Work out what networks of this shape are told of windows."""
    season_length = shape.season_length
    z = standardise(inputs.context, scale)
    places = seasonal_places(z, season_length, inputs.n_ahead)
    anchor = z.gather(1, places).nan_to_num(0.0)
    anchored = Anchored(z, season_length, places, anchor)
    paths = other_paths(anchored, inputs.lags, scale) if shape.other_paths else []
    if inputs.covariates is not None and shape.covariates.known.numbers:
        paths += regressions(anchored, inputs.covariates.known.numbers)
    away = departures(paths, anchor)
    last = z[:, -1:]
    season_before = z[:, -1 - season_length : -season_length]
    seen = encoder_features(z, scale.power, season_length)
    told = torch.cat([decoder_features(z, anchor, season_length), away.asinh()], dim=-1)
    if shape.spread_told:
        spread = log_relative_spread(scale)
        seen, told = _with_column(seen, spread), _with_column(told, spread)
    return WindowFeatures(
        seen=seen,
        told=told,
        anchor=anchor,
        departures=away,
        places=places,
        last=last,
        last_anchor=season_before if z.shape[1] > season_length else last * torch.nan,
        covariates=inputs.covariates,
        scale=scale,
    )


def encoder_features(z: Tensor, power: Tensor, season_length: int) -> Tensor:
    """What the encoder is told at each step of the scaled context `z` [B, L]."""
    seasonal = seasonal_change(z, season_length)
    observed = ~z.isnan()
    features = [
        z.asinh(),
        seasonal.asinh(),
        seasonal_change(z, 1).asinh(),
        observed,
        ~seasonal.isnan(),
        (power < AS_IT_IS).expand_as(z),
    ]
    return torch.stack([f.nan_to_num(0.0).to(z.dtype) for f in features], dim=-1)


def _with_column(features: Tensor, of_window: Tensor) -> Tensor:
    """Tell at each step of `features` [B, T, F] what holds for the window [B, 1]: [B, T, F + 1]."""
    column = of_window.unsqueeze(1).expand(-1, features.shape[1], -1)
    return torch.cat([features, column], dim=-1)


def log_relative_spread(scale: Scale) -> Tensor:
    """Return the logarithm of how much windows move for their level: [B, 1].

    Scaled, a series that moves by a thousandth looks like one that doubles. Where values are not
    bent it is 0: to shift all of them must not change a forecast.
    """
    moves = relative_spread(scale).clamp(min=LEAST_RELATIVE_SPREAD).log()
    return moves.masked_fill(scale.power == AS_IT_IS, 0.0).float()


def into_patches(features: Tensor, patch_length: int) -> Tensor:
    """Lay `patch_length` of T steps side by side, so that a layer takes fewer: [B, T / P, P * F].

    Nie et al. (2023), "A time series is worth 64 words", do so for a transformer. The first patch
    begins with zeros, which say "not observed", where T is no multiple of P.
    """
    missing = -features.shape[1] % patch_length
    padded = F.pad(features, (0, 0, missing, 0))
    return padded.reshape(len(features), -1, patch_length * features.shape[2])


def decoder_features(z: Tensor, anchor: Tensor, season_length: int) -> Tensor:
    """What the decoder is told at each step of the horizon, given `anchor` [B, H]."""
    steps = torch.arange(anchor.shape[1], device=z.device)
    last = last_observed(z)[:, None].nan_to_num(0.0)
    changes = seasonal_change(z, season_length)[:, -season_length:]
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


def feedback_features(before: Tensor, anchor_before: Tensor, anchor: Tensor) -> Tensor:
    """What an autoregressive decoder is told of the step before each, and its anchor: [B, T, 3].

    All are [B, T] and scaled; `before` is NaN where the step before was not observed.
    """
    features = [(before - anchor_before).asinh(), (before - anchor).asinh(), ~before.isnan()]
    return torch.stack([f.nan_to_num(0.0).to(anchor.dtype) for f in features], dim=-1)
