"""Scaling per window: what makes one network fit series of any unit and size.

`fit_scale` looks at the context alone; `standardise` and `restore` are each other's inverse.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

# Values are bent where none that was observed is below this share of the mean: closer to zero a
# logarithm turns noise into outliers.
SMALLEST_SHARE_TO_BEND = 0.02
LOGS, AS_IT_IS = 0.0, 1.0  # powers of which the one stands for logs, the other bends nothing
# Spread of a context that never moves, as a share of its level.
SHARE_OF_LEVEL = 0.01
# Changes below this share of the level are rounding errors, not movement.
ROUNDING = 1e-9
# A step may leave the centre by this many spreads: far beyond any real change, yet exp() of it and
# the sums over it stay finite.
MOST_SPREADS = 1e4
MOST_LOG_STEP = 20.0


class Scale(NamedTuple):
    """How a window was scaled: z = (bent y - centre) / spread; each [B, 1].

    Values are bent by a power (`bend`), and a negative spread turns a window upside down.
    """

    power: Tensor  # 0: logs, 1: as it is
    centre: Tensor
    spread: Tensor  # 0 only where the whole context is zero


def fit_scale(
    context: Tensor, season_length: int, *, power: float = LOGS, counts: bool = False
) -> Scale:
    """Fit the scale of each window to its context [B, L], NaN where not observed.

    Where all that was observed is safely positive, values are bent by `power`. The centre is the
    mean of the last two seasons. The spread is the mean absolute seasonal difference, or failing
    that the mean absolute first difference, the mean absolute deviation from the centre, and last a
    share of the level; a context of zeros has none. Where values are `counts`, it is one count
    there: something may come.
    """
    powers = context.new_tensor(power).where(_is_positive(context), context.new_tensor(AS_IT_IS))
    y = bend(context, powers)
    whole = y.nanmean(dim=1, keepdim=True)
    recent = y[:, -2 * season_length :].nanmean(dim=1, keepdim=True)
    centre = _first_usable(recent, whole, torch.zeros_like(whole))
    level = unbend(centre, powers).abs() ** powers  # 1 in logs
    spread = _first_above(
        ROUNDING * level,
        _mean_absolute_difference(y, season_length),
        _mean_absolute_difference(y, 1),
        (y - centre).abs().nanmean(dim=1, keepdim=True),
        SHARE_OF_LEVEL * level,
    )
    return Scale(powers, centre, spread.masked_fill(spread == 0, 1.0) if counts else spread)


def bend(values: Tensor, power: Tensor) -> Tensor:
    """Raise to a power, after Box and Cox (1964): (y^p - 1) / p, and log(y) where p is 0.

    Powers that broadcast to `values`; where they are 1, nothing is changed. What has no such power
    becomes NaN: negative values, and 0 if it is logs.
    """
    logs = values.log()
    roots = torch.where(power == LOGS, logs, (power * logs).expm1() / _divisor(power))
    return torch.where(power == AS_IT_IS, values, roots.masked_fill(roots.isinf(), torch.nan))


def unbend(bent: Tensor, power: Tensor) -> Tensor:
    """Undo `bend`; what lies below all that it can come to is 0."""
    # Through logs: pow() differs in its last digit by where in memory a number lies.
    roots = (1 + power * bent).clamp(min=torch.finfo(bent.dtype).tiny).log() / _divisor(power)
    logs = torch.where(power == LOGS, bent, roots)
    # What is not chosen must not overflow: its gradient is 0 times infinity.
    return torch.where(power == AS_IT_IS, bent, logs.where(power != AS_IT_IS, 0.0).exp())


def relative_spread(scale: Scale) -> Tensor:
    """Return the spread as a share of the level, 1 at the most, 0 if there is neither: [B, 1]."""
    level = unbend(scale.centre, scale.power).abs() ** scale.power
    return (scale.spread.abs() / level).clamp(max=1.0).nan_to_num(0.0)


def _divisor(power: Tensor) -> Tensor:
    return power.where(power != LOGS, 1.0)


def standardise(values: Tensor, scale: Scale) -> Tensor:
    """Scale `values` [B, T] in data units; NaN stays NaN, and so is what cannot be bent."""
    divisor = torch.where(scale.spread == 0, 1.0, scale.spread)
    return ((bend(values, scale.power) - scale.centre) / divisor).float()


def mirror(scale: Scale, which: Tensor) -> Scale:
    """Turn the windows `which` [B] upside down around their centre: what grew falls."""
    return scale._replace(spread=torch.where(which.unsqueeze(1), -scale.spread, scale.spread))


def restore(scaled: Tensor, scale: Scale) -> Tensor:
    """Bring `scaled` [B, H, Q] back to data units, in the precision of the scale."""
    power, centre, spread = (part.unsqueeze(-1) for part in scale)
    change = scaled.to(spread.dtype).clamp(-MOST_SPREADS, MOST_SPREADS) * spread
    most = torch.where(power == AS_IT_IS, torch.inf, _most_change(centre, power))
    return unbend(centre + change.clamp(-most, most), power)


def _most_change(centre: Tensor, power: Tensor) -> Tensor:
    """How far bent values may rise above the centre: to exp(MOST_LOG_STEP) times of it, unbent."""
    share = torch.where(
        power == LOGS, MOST_LOG_STEP, (power * MOST_LOG_STEP).expm1() / _divisor(power)
    )
    return share * (1 + power * centre).abs()


def _is_positive(context: Tensor) -> Tensor:
    """Tell whether all that was observed is safely positive: [B, 1]."""
    smallest = torch.where(context.isnan(), torch.inf, context).amin(dim=1, keepdim=True)
    return smallest > SMALLEST_SHARE_TO_BEND * context.abs().nanmean(dim=1, keepdim=True)


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
