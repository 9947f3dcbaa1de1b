"""Decomposition: what a context is without its season, and where that is going.

The season is taken out as in classical decomposition (Hyndman and Athanasopoulos, "Forecasting:
principles and practice", 3.4), what is left is smoothed exponentially (the same, 8.1) or followed
along a straight line. All of it is worked out for many windows at once, for a handful of fixed
rates: how far to trust which is for the network to learn.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

# Share of the way that the level goes towards what is observed, at each step: how fast levels move
# differs from series to series.
RATES = (0.2, 0.5, 0.9)
MIDDLE = 1  # of the rates, for the level that slopes begin at
# For a season that changes: the weight of each relative to the one after it, and the rate with it.
FADING, FADING_RATE = 0.6, 0.6
FEWEST_RECENT_STEPS = 8  # that a slope is drawn through
RECENT_SEASONS = 2
N_EXTRAPOLATIONS = len(RATES) + 3


def extrapolations(z: Tensor, season_length: int, n_ahead: int) -> list[Tensor]:
    """Say where contexts `z` [B, L], NaN where not observed, are going: each [B, n_ahead].

    The seasonal profile goes on around a smoothed level, for each rate; so does that of the latest
    seasons; and it goes on along the slopes of the whole context and of its latest seasons. NaN
    where a context has nothing to tell it by.
    """
    steps = torch.arange(n_ahead, device=z.device)
    departure = seasonal_departure(z, season_length)
    profile, latest = seasonal_profile(departure), seasonal_profile(departure, FADING)
    rest = without_season(z, profile)
    season = profile[:, steps % season_length]
    level = [season + smoothed(rest, rate) for rate in RATES]
    fading = latest[:, steps % season_length] + smoothed(without_season(z, latest), FADING_RATE)
    recent = max(FEWEST_RECENT_STEPS, RECENT_SEASONS * season_length)
    sloping = [level[MIDDLE] + slope(part) * (steps + 1) for part in (rest, rest[:, -recent:])]
    return [*level, fading, *sloping]


def seasonal_departure(z: Tensor, season_length: int) -> Tensor:
    """How far each step of `z` [B, L] is from the mean of the season around it: [B, K, phases].

    That is in seasons that end with the last step. NaN where any step of the season is missing; if
    a season has no middle, it is the mean of the two around either side of the step.
    """
    mean = torch.full_like(z, torch.nan)
    half = season_length // 2
    if z.shape[1] > season_length:
        whole = z.unfold(1, season_length, 1).mean(dim=-1)
        even = season_length % 2 == 0
        mean[:, half : -half or None] = (whole[:, :-1] + whole[:, 1:]) / 2 if even else whole
    missing = -z.shape[1] % season_length
    departure: Tensor = F.pad(z - mean, (missing, 0), value=torch.nan)
    return departure.reshape(len(z), -1, season_length)


def seasonal_profile(departure: Tensor, fading: float = 1.0) -> Tensor:
    """Mean over seasons of their `departure` [B, K, phases], which adds up to 0: [B, phases].

    Each season counts `fading` times as much as the one after it. A phase without a whole season
    around any of its steps departs by nothing.
    """
    ages = torch.arange(departure.shape[1] - 1, -1, -1, device=departure.device)
    weights = departure.new_tensor(fading).pow(ages)
    total = weights @ departure.nan_to_num(0.0)
    count = weights @ (~departure.isnan()).to(departure.dtype)
    profile: Tensor = total / count.clamp(min=torch.finfo(departure.dtype).tiny)
    return profile - profile.mean(dim=1, keepdim=True)


def without_season(z: Tensor, profile: Tensor) -> Tensor:
    """Take a profile [B, season_length] that ends where `z` [B, L] does off it."""
    repeats = -(-z.shape[1] // profile.shape[1])
    return z - profile.repeat(1, repeats)[:, -z.shape[1] :]


def smoothed(z: Tensor, rate: float) -> Tensor:
    """Smooth `z` [B, T] exponentially up to its last step, NaN where nothing is observed: [B, 1].

    What is not observed is left out, and fades the rest nonetheless.
    """
    ages = torch.arange(z.shape[1] - 1, -1, -1, device=z.device)
    weights = z.new_tensor(1 - rate).pow(ages).unsqueeze(1)  # [T, 1]
    level: Tensor = (z.nan_to_num(0.0) @ weights) / ((~z.isnan()).to(z.dtype) @ weights)
    return level


def slope(z: Tensor) -> Tensor:
    """Slope of the least-squares line through `z` [B, T], a step, NaN below two steps: [B, 1]."""
    steps = torch.arange(z.shape[1], device=z.device, dtype=z.dtype).unsqueeze(1)
    steps = steps - steps.mean()  # keeps digits
    values, observed = z.nan_to_num(0.0), (~z.isnan()).to(z.dtype)
    middle = observed @ steps / observed.sum(dim=1, keepdim=True)
    covariance = values @ steps - middle * values.sum(dim=1, keepdim=True)
    spread = observed @ steps.square() - middle * (observed @ steps)
    return torch.where(spread > 0, covariance / spread, torch.nan)
