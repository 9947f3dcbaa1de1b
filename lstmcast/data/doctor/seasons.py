"""The seasons that a panel may have, by its frequency or its data, and how strong they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.doctor.strengths import season_strengths
from lstmcast.data.frequency import INTEGER_STEPS
from lstmcast.data.grid import MICROSECONDS, parse_frequency
from lstmcast.data.seasonality import find_season_length

if TYPE_CHECKING:
    from lstmcast.data.panel import Panel

STRONG = 0.2  # strength from which on a season is worth the name
DAY = MICROSECONDS["D"]
# Units of each frequency in its cycles.
MONTHS, WEEKS, BUSINESS_DAYS = (12,), (52,), (5, 261)
DAYS = (7, 365)
LONGEST_STEP_OF_MINUTES = MICROSECONDS["min"]


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
    """Return the steps in a day, a week, a year, as far as whole steps fill them; none is 1."""
    if panel.axis.frequency == INTEGER_STEPS:
        found = find_season_length(panel)
        return [found] if found > 1 else []
    grid = parse_frequency(panel.axis.frequency)
    if grid.unit == "us":
        minutes = grid.count < LONGEST_STEP_OF_MINUTES
        cycles = [MICROSECONDS["min"], MICROSECONDS["h"]] if minutes else [DAY, 7 * DAY]
        return _filled(cycles, grid.count)
    if grid.unit == "day" and grid.count % 7 == 0:
        return _filled(WEEKS, grid.count // 7)
    units = {"day": DAYS, "business day": BUSINESS_DAYS, "month": MONTHS}[grid.unit]
    return _filled(units, grid.count)


def _filled(cycles: list[int] | tuple[int, ...], count: int) -> list[int]:
    """Return how many steps of `count` units fill each cycle, for those that they fill."""
    return [cycle // count for cycle in cycles if cycle % count == 0 and cycle > count]
