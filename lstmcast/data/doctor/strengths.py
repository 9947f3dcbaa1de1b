"""How much of what moves a series is its season."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.doctor.blocks import blocks
from lstmcast.data.doctor.rows import around_trend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lstmcast.data.doctor.rows import Matrix
    from lstmcast.data.panel import Panel

FEWEST_SEASONS = 3  # the moving mean costs one of them, and two make a season


def season_strengths(panel: Panel, candidates: Sequence[int]) -> NDArray[np.float64]:
    """Strength of each candidate season in each series, from 0 (none) to 1 (nothing else): [S, C].

    NaN where a series is too short, or has too many gaps, to tell. The strength is that of Hyndman
    and Athanasopoulos (Forecasting: principles and practice, 3rd edition, section 4.3),
    F = 1 - var(remainder) / var(season + remainder), of a classical decomposition: trend by a
    centred moving mean, season by the mean of each phase. The variances are divided by their
    degrees of freedom: a mean of few seasons would find a season in noise.
    """
    strengths = np.full((panel.n_series, len(candidates)), np.nan)
    for block in blocks(panel):
        for place, season in enumerate(candidates):
            strengths[block.series, place] = _strengths(block.values, season)
    return strengths


def _strengths(values: Matrix, season: int) -> NDArray[np.float64]:
    """Strength of one season in each row of a block: [S]."""
    n_series, width = values.shape
    if season < 2 or width < FEWEST_SEASONS * season:  # noqa: PLR2004 - no season
        return np.full(n_series, np.nan)
    rest = around_trend(values, season)
    phases = np.pad(rest, ((0, 0), (0, -rest.shape[1] % season)), constant_values=np.nan)
    phases = phases.reshape(n_series, -1, season)
    known = np.isfinite(phases)
    count = known.sum(axis=1, keepdims=True)
    profile = np.where(known, phases, 0).sum(axis=1, keepdims=True) / np.maximum(count, 1)
    remainder = np.where(known, phases - profile, 0)
    n = count.sum(axis=(1, 2))
    mean = np.where(known, phases, 0).sum(axis=(1, 2)) / np.maximum(n, 1)
    both = np.where(known, phases - mean[:, None, None], 0)
    enough = (n >= (FEWEST_SEASONS - 1) * season) & (count > 1).all(axis=(1, 2))
    left = (remainder**2).sum(axis=(1, 2)) / np.maximum(n - season, 1)
    total = (both**2).sum(axis=(1, 2)) / np.maximum(n - 1, 1)
    # Below the rounding of a straight line there is nothing to explain.
    moves = total > np.finfo(float).eps
    share = np.divide(left, total, out=np.ones(n_series), where=moves)
    return np.where(enough, np.clip(1 - share, 0, 1), np.nan)
