"""Calibration: central intervals moved towards those that held-out windows ask for.

A held-out target has a normal score z under its forecast. If forecasts were calibrated, a share b
of all |z| would lie below the normal score of the level (1 + b) / 2. Where another value has that
share below, central intervals that ended there would have held what they promise, at each step
ahead. This is split conformal prediction with |z| as the score (Papadopoulos et al., 2002; Lei et
al., 2018), of whole distributions (Chernozhukov, Wuethrich and Zhu, 2021). The median stays.

Conformal prediction would take that value. But the windows that are held out are the last ends of
the series: one draw of what times are like, and forecasts of them are not yet by networks that have
seen all. So intervals go half the way, see `SHARE`.

Shapes: B windows, H horizon of the training, K promises.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import torch
from torch import Tensor

from lstmcast.levels import DIGITS

PROMISES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
# Fewer windows than this say it of all steps together, and not of each. MSIS of the last ends of
# M4, learnt from those before, uncalibrated, by step and together, was 23.6, 24.2 and 23.8 on
# weekly (359 windows), 8.73, 8.66 and 8.67 on monthly (3,000).
FEWEST_WINDOWS = 1_000
# Not by torch: networks are laid out on a device without memory first, and for arithmetic there it
# imports what takes a second.
ENDS = [NormalDist().inv_cdf((1 + promise) / 2) for promise in PROMISES]
TOLD = (0.8, 0.95)  # promises whose coverage is told
FEWEST_OF_ALL_STEPS = 50  # below that nothing is changed
# How far intervals go, in logarithms, towards those that would have held what they promise. MSIS
# of the same ends at 0, 0.5 and 1: 8.73, 8.66 and 8.62 on monthly, 9.41, 9.30 and 9.22 on
# quarterly, 6.62, 6.52 and 6.44 on hourly, 23.6, 23.8 and 24.1 on weekly.
SHARE = 0.5
FARTHEST = 6.0  # score that is asked for: one of a billion lies beyond
LEAST_STRETCH, MOST_STRETCH = 0.2, 5.0


def normal_scores() -> Tensor:
    """Where central intervals of each promise end if nothing is to be calibrated: [K]."""
    return torch.tensor(ENDS)


def uncalibrated(horizon: int) -> Tensor:
    """Leave all intervals as they are: [H, K]."""
    return torch.tensor([ENDS] * horizon)


def interval_ends(scores: Tensor, horizon: int) -> Tensor:
    """Return the score at which the central interval of each promise is to end: [H, K].

    `scores` [B, H], NaN where not observed, are those of held-out windows. Where too few are
    there, those of all steps together tell, and where these are too few as well nothing is changed.
    A promise beyond what so many can tell has the stretch of the one before it.
    """
    usual = uncalibrated(horizon)
    sizes = _as_long(scores, horizon).abs().T
    known = ~sizes.isnan()
    if int(known.any(dim=0).sum()) < FEWEST_OF_ALL_STEPS:
        return usual
    together = _ends_of(sizes[known])
    apart = [
        _ends_of(mine[there]) if int(there.sum()) >= FEWEST_WINDOWS else together
        for mine, there in zip(sizes, known, strict=True)
    ]
    return torch.stack(apart) ** SHARE * usual ** (1 - SHARE)


def _as_long(scores: Tensor, horizon: int) -> Tensor:
    """Fill scores [B, H'] up to the horizon with what was not observed: [B, H]."""
    missing = scores.new_full((len(scores), horizon - scores.shape[1]), torch.nan)
    return torch.cat([scores, missing], dim=1).cpu().float()


def _ends_of(sizes: Tensor) -> Tensor:
    """Return the sizes [N] below which each promise of those to come lies: [K]."""
    usual = normal_scores()
    n = len(sizes)
    ranks = torch.tensor([math.ceil(round(promise * (n + 1), DIGITS)) for promise in PROMISES])
    ends = sizes.sort().values[(ranks - 1).clamp(max=n - 1)]
    stretch = (ends / usual).clamp(LEAST_STRETCH, MOST_STRETCH)
    told = int((ranks <= n).sum())
    if told < len(PROMISES):
        stretch[told:] = stretch[told - 1] if told else 1.0
    return (stretch * usual).cummax(dim=0).values


def coverage(scores: Tensor, ends: Tensor) -> Tensor:
    """Return what intervals of 80 % and 95 % hold of held-out windows, before and after: [2, 2].

    `scores` are [B, H'], `ends` [H, K]; NaN where there is no target.
    """
    usual = uncalibrated(len(ends))
    sizes = _as_long(scores, len(ends)).abs()
    known = ~sizes.isnan()
    places = [PROMISES.index(promise) for promise in TOLD]
    held = [
        [((sizes <= side[:, place]) & known).sum() / known.sum() for side in (usual, ends)]
        for place in places
    ]
    return torch.tensor(held) if not torch.equal(usual, ends) else nothing_told()


def nothing_told() -> Tensor:
    """Say that nothing was calibrated, in place of a coverage: [2, 2]."""
    return torch.full((len(TOLD), 2), torch.nan)


def calibrate(levels: Tensor, ends: Tensor, horizon: int) -> Tensor:
    """Say which levels to ask a forecast for, to get those that are wanted: [.., H, V].

    `levels` broadcast to [B, H, V], `ends` are [H', K]; later steps are as the last.
    """
    steps = torch.arange(horizon, device=ends.device).clamp(max=len(ends) - 1)
    scores = torch.special.ndtri(levels)
    usual = torch.cat([scores.new_zeros(1), normal_scores().to(scores)])
    moved = torch.cat([ends.new_zeros(len(ends), 1), ends], dim=1)[steps].to(scores)  # [H, 1 + K]
    size = scores.abs().expand(*scores.shape[:-2], horizon, scores.shape[-1])
    place = (torch.searchsorted(usual, size.contiguous(), right=True) - 1).clamp(0, len(usual) - 2)
    rows = torch.arange(horizon, device=place.device)[:, None].expand(place.shape[-2:])
    start, end = moved[rows, place], moved[rows, place + 1]
    slope = (end - start) / (usual[place + 1] - usual[place])
    # Beyond the last promise intervals go on growing as they have grown up to it.
    beyond = size > usual[-1]
    last = moved[rows, place.new_full((), len(usual) - 1)]
    found = torch.where(
        beyond,
        last + (size - usual[-1]) * last / usual[-1],
        start + (size - usual[place]) * slope,
    )
    calibrated: Tensor = torch.special.ndtr(found.clamp(max=FARTHEST) * scores.sign())
    return calibrated
