"""Anchors: the naive paths that the network corrects."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lstmcast.nn.decomposition import N_EXTRAPOLATIONS, extrapolations
from lstmcast.nn.scaling import standardise

if TYPE_CHECKING:
    from lstmcast.nn.scaling import Scale


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


def count_paths(n_lags: int) -> int:
    """Count the paths of `other_paths`, where `n_lags` values are looked up directly."""
    return 2 + (n_lags or 1 + N_EXTRAPOLATIONS)


class Anchored(NamedTuple):
    """A scaled context, and what is repeated of it."""

    z: Tensor  # [B, L]
    season_length: int
    places: Tensor  # [B, H], of the values that are repeated
    anchor: Tensor  # [B, H], those values, 0 where there is none


def other_paths(context: Anchored, lags: Tensor, scale: Scale) -> list[Tensor]:
    """Follow other naive paths than the anchor: [B, H] each, NaN where they are not observed.

    They are the last value, and the last season carried on as far above the one before as its last
    quarter was; then the mean of the last two seasons, and what the context comes to without its
    season (`lstmcast.nn.decomposition`). Where a series has several seasons, such as days and
    weeks, it is for each of them the last one and the mean of the last two: `lags`
    [B, H, 2 * seasons] are values one and two seasons before each step, in data units.
    """
    z, season, places, anchor = context
    level = last_observed(z)[:, None].expand_as(anchor)
    recent = seasonal_change(z, season)[:, -max(1, season // 4) :]
    carried_on = anchor + recent.nanmean(dim=1, keepdim=True)
    paths = [level, carried_on]
    if lags.shape[2]:
        scaled = standardise(lags.flatten(1), scale).view(lags.shape)
        last, before = scaled[..., 0::2], scaled[..., 1::2]
        return [*paths, *last.unbind(-1), *((last + before) / 2).unbind(-1)]
    season_before = z.gather(1, (places - season).clamp(min=0))
    paths.append((anchor + season_before.where(places >= season, torch.nan)) / 2)
    return paths + extrapolations(z, season, anchor.shape[1])


def departures(paths: list[Tensor], anchor: Tensor) -> Tensor:
    """How far paths [B, H] each leave the anchor, zero where they are not observed: [B, H, A]."""
    if not paths:
        return anchor.new_empty((*anchor.shape, 0))
    return (torch.stack(paths, dim=-1) - anchor.unsqueeze(-1)).nan_to_num(0.0)


class OtherPaths(nn.Module):
    """Shares that the network may take of other naive paths than the anchor; they start at zero."""

    def __init__(self, n_paths: int, hidden_size: int, patch_length: int = 1) -> None:
        super().__init__()
        self.n_paths = n_paths
        self.weight = nn.Parameter(torch.zeros(patch_length * self.n_paths, hidden_size))
        self.bias = nn.Parameter(torch.zeros(patch_length * self.n_paths))

    def forward(self, hidden: Tensor, departures: Tensor) -> Tensor:
        """Share of the departures [B, H, A] to add to the anchor: [B, H].

        `hidden` [B, H / P, hidden] has a row for each patch of steps.
        """
        shares = F.linear(hidden, self.weight, self.bias).reshape(departures.shape)
        return (shares * departures).sum(dim=-1)


def seasonal_change(z: Tensor, lag: int) -> Tensor:
    """z[t] - z[t - lag], NaN where either is not observed: [B, L]."""
    earlier = torch.full_like(z, torch.nan)
    earlier[:, lag:] = z[:, :-lag]
    return z - earlier


def _last_places(values: Tensor) -> Tensor:
    """Where the last value of each row [..., T] that is not NaN stands: [..., 1]; 0 if none is."""
    places = torch.arange(values.shape[-1], device=values.device)
    return torch.where(values.isnan(), 0, places).amax(dim=-1, keepdim=True)
