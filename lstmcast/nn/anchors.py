"""Anchors: the naive paths that the network corrects."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def last_observed(context: Tensor) -> Tensor:
    """Give the last value of each row of `context` [..., T] that is not NaN: [...], else NaN."""
    return context.gather(-1, _last_places(context)).squeeze(-1)


def seasonal_naive(context: Tensor, season_length: int, horizon: int) -> Tensor:
    """Repeat the last season of `context` [B, L] over the horizon: [B, H].

    Each phase of the season takes its own last observed value; a phase that the context never
    observed takes the last value of all, and a context without any value gives zero.
    """
    places = seasonal_places(context, season_length, horizon)
    return context.gather(1, places).nan_to_num(0.0)


def seasonal_places(context: Tensor, season_length: int, horizon: int) -> Tensor:
    """Say where in the context `seasonal_naive` takes the value of each step from: [B, H]."""
    seasons = -(-context.shape[1] // season_length)
    missing = seasons * season_length - context.shape[1]
    padded = F.pad(context, (missing, 0), value=torch.nan)
    phases = padded.unflatten(1, (seasons, season_length)).transpose(1, 2)
    starts = torch.arange(season_length, device=context.device) - missing
    own = _last_places(phases).squeeze(-1) * season_length + starts  # [B, season_length]
    observed = ~phases.isnan().all(dim=-1)
    season = torch.where(observed, own, _last_places(context))
    return season[:, torch.arange(horizon, device=context.device) % season_length]


def _last_places(values: Tensor) -> Tensor:
    """Where the last value of each row [..., T] that is not NaN stands: [..., 1]; 0 if none is."""
    places = torch.arange(values.shape[-1], device=values.device)
    return torch.where(values.isnan(), 0, places).amax(dim=-1, keepdim=True)
