"""Scaling per window: what makes one network fit series of any unit and size.

`fit_scale` looks at the context alone; `standardise` and `restore` are each other's inverse.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

# Logs are taken where no observed value is below this share of the mean: closer to zero a
# logarithm turns noise into outliers.
SMALLEST_SHARE_FOR_LOGS = 0.02
# Spread of a context that never moves, as a share of its level (in logs: about one per cent).
SHARE_OF_LEVEL = 0.01
# Changes below this share of the level are rounding errors, not movement.
ROUNDING = 1e-9
# A step may leave the centre by this many spreads: far beyond any real change, yet exp() of it and
# the sums over it stay finite.
MOST_SPREADS = 1e4
MOST_LOG_STEP = 20.0


class Scale(NamedTuple):
    """How a window was scaled: z = (log(y) or y - centre) / spread; each [B, 1].

    A negative spread turns a window upside down.
    """

    logs: Tensor  # bool
    centre: Tensor
    spread: Tensor  # 0 only where the whole context is zero


def fit_scale(context: Tensor, season_length: int, *, counts: bool = False) -> Scale:
    """Fit the scale of each window to its context [B, L], NaN where not observed.

    The centre is the mean of the last two seasons. The spread is the mean absolute seasonal
    difference, or failing that the mean absolute first difference, the mean absolute deviation
    from the centre, and last a share of the level; a context of zeros has none. Where values are
    `counts`, it is one count there: something may come.
    """
    logs = _take_logs(context)
    y = torch.where(logs, context.clamp(min=0).log(), context)
    whole = y.nanmean(dim=1, keepdim=True)
    recent = y[:, -2 * season_length :].nanmean(dim=1, keepdim=True)
    centre = _first_usable(recent, whole, torch.zeros_like(whole))
    level = torch.where(logs, torch.ones_like(centre), centre.abs())
    spread = _first_above(
        ROUNDING * level,
        _mean_absolute_difference(y, season_length),
        _mean_absolute_difference(y, 1),
        (y - centre).abs().nanmean(dim=1, keepdim=True),
        SHARE_OF_LEVEL * level,
    )
    return Scale(logs, centre, spread.masked_fill(spread == 0, 1.0) if counts else spread)


def standardise(values: Tensor, scale: Scale) -> Tensor:
    """Scale `values` [B, T] in data units; NaN stays NaN, as does what has no logarithm."""
    y = torch.where(scale.logs, torch.where(values > 0, values, torch.nan).log(), values)
    divisor = torch.where(scale.spread == 0, 1.0, scale.spread)
    return ((y - scale.centre) / divisor).float()


def mirror(scale: Scale, which: Tensor) -> Scale:
    """Turn the windows `which` [B] upside down around their centre: what grew falls."""
    return scale._replace(spread=torch.where(which.unsqueeze(1), -scale.spread, scale.spread))


def restore(scaled: Tensor, scale: Scale) -> Tensor:
    """Bring `scaled` [B, H, Q] back to data units, in the precision of the scale."""
    logs, centre, spread = (part.unsqueeze(-1) for part in scale)
    change = scaled.to(spread.dtype).clamp(-MOST_SPREADS, MOST_SPREADS) * spread
    return torch.where(
        logs, (centre + change.clamp(-MOST_LOG_STEP, MOST_LOG_STEP)).exp(), centre + change
    )


def _take_logs(context: Tensor) -> Tensor:
    smallest = torch.where(context.isnan(), torch.inf, context).amin(dim=1, keepdim=True)
    return smallest > SMALLEST_SHARE_FOR_LOGS * context.abs().nanmean(dim=1, keepdim=True)


def _mean_absolute_difference(y: Tensor, lag: int) -> Tensor:
    if lag >= y.shape[1]:
        return torch.full_like(y[:, :1], torch.nan)
    return (y[:, lag:] - y[:, :-lag]).abs().nanmean(dim=1, keepdim=True)


def _first_usable(*candidates: Tensor) -> Tensor:
    chosen = candidates[0]
    for candidate in candidates[1:]:
        chosen = torch.where(chosen.isnan(), candidate, chosen)
    return chosen


def _first_above(least: Tensor, *candidates: Tensor) -> Tensor:
    return _first_usable(*(torch.where(c > least, c, torch.nan) for c in candidates)).nan_to_num(
        0.0
    )
