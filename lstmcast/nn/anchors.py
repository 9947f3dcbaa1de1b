"""Anchors: the naive paths that the network corrects."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def last_observed(context: Tensor) -> Tensor:
    """Give the last value of each row of `context` [..., T] that is not NaN: [...], else NaN."""
    places = torch.arange(context.shape[-1], device=context.device)
    last = torch.where(context.isnan(), -1, places).amax(dim=-1, keepdim=True)
    return context.gather(-1, last.clamp(min=0)).squeeze(-1)


def seasonal_naive(context: Tensor, season_length: int, horizon: int) -> Tensor:
    """Repeat the last season of `context` [B, L] over the horizon: [B, H].

    Each phase of the season takes its own last observed value; a phase that the context never
    observed takes the last value of all, and a context without any value gives zero.
    """
    length = context.shape[1]
    seasons = -(-length // season_length)
    padded = F.pad(context, (seasons * season_length - length, 0), value=torch.nan)
    by_phase = last_observed(padded.unflatten(1, (seasons, season_length)).transpose(1, 2))
    fallback = last_observed(context)[:, None].nan_to_num(0.0)
    season = torch.where(by_phase.isnan(), fallback, by_phase)  # [B, season_length]
    return season[:, torch.arange(horizon, device=context.device) % season_length]
