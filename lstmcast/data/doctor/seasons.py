"""The seasons that a panel may have, by its frequency or its data, and how strong they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.doctor.strengths import season_strengths
from lstmcast.data.frequency import INTEGER_STEPS, longer_seasons, season_length
from lstmcast.data.seasonality import find_season_length

if TYPE_CHECKING:
    from lstmcast.data.panel import Panel

STRONG = 0.2  # strength from which on a season is worth the name


@dataclass(frozen=True)
class Season:
    """A season of `length` steps: median `strength` over the series that can tell, else None.

    `share_strong` of these `n_series` have it clearly.
    """

    length: int
    strength: float | None
    n_series: int
    share_strong: float = 0.0


def find_seasons(panel: Panel) -> tuple[Season, ...]:
    """Return the seasons that people expect of the frequency, or the one found in integer steps."""
    candidates = season_candidates(panel)
    strengths = season_strengths(panel, candidates)
    found = []
    for place, length in enumerate(candidates):
        known = strengths[np.isfinite(strengths[:, place]), place]
        if known.size:
            share = round(float((known >= STRONG).mean()), 4)
            found.append(Season(length, round(float(np.median(known)), 4), known.size, share))
        else:
            found.append(Season(length, None, 0))
    return tuple(found)


def season_candidates(panel: Panel) -> list[int]:
    """Return the steps in the season that a network goes by, and in longer ones seen twice."""
    frequency = panel.axis.frequency
    integers = frequency == INTEGER_STEPS
    season = find_season_length(panel) if integers else season_length(frequency)
    longest = panel.lengths.max()
    longer = [length for length in longer_seasons(frequency, season) if 2 * length <= longest]
    return [length for length in (season, *longer) if length > 1]
