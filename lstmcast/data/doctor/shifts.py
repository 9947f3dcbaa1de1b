"""Level shifts and unit jumps: places from which on a series stands on another level.

A CUSUM or Pettitt's test asks whether the level changed, and answers yes for every random walk.
Here the question is whether it changed at once and for good: all values of a window after the
place lie beyond all values of the window before it, by several times the usual change from one
step to the next. A random walk does not do that, nor do trends, seasons or single outliers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.doctor.findings import Marks, no_marks
from lstmcast.data.doctor.rows import (
    MEDIAN_TO_SIGMA,
    changes,
    row_medians,
    running_count,
    running_max,
    without_profile,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.data.doctor.rows import Matrix

SHORTEST = 6  # steps of a series
WINDOW = 8  # steps before and after, at least
GAP = 4.0  # usual changes between the two windows: a random walk of 200 steps has 0.1 % of that
SHARE = 0.6  # of a window that must be observed
GAP_OF_DRIFT = 3.0  # usual ways over half a window: what a random walk goes anyway is no shift
TIMES_LARGE = 1.5  # and large changes, where a series has many of one size
ROUNDING = 1e-9  # a gap below this share of the values is none
ROUND_TOLERANCE = 0.15  # of a power of ten: a level moves with time as well
FACTOR_TOLERANCE = 0.02  # of other factors: there are many, and any shift has some factor
AT_ONCE = 0.5  # of the logarithm of the factor must lie between the two windows,
CLEARLY = 0.8  # or this much of it where the factor is less than 100
REACH = 8  # windows on either side whose swings are compared
SWINGS = 2.0  # by which the changes of two windows may differ by chance
# Inch to cm, pound to kg, gallon to litre, mile to km, foot to metre, kWh to MJ, kcal to kJ,
# units to dozens, minutes to hours, hours to days, kB to KB and their inverses.
FACTORS = (2.54, 25.4, 2.2046, 3.7854, 1.6093, 3.2808, 3.6, 4.184, 12.0, 60.0, 24.0, 1024.0, 3600.0)


def unit_jumps(values: Matrix, season: int) -> Marks:
    """Places from which on the values are a power of ten, or another usual factor, as large.

    Sizes are the factors. Only series of one sign without zeros can tell. A level shift moves the
    level and leaves the swings as they are; a change of units multiplies both.
    """
    positive = np.nan_to_num(values, nan=1.0) > 0
    negative = np.nan_to_num(values, nan=-1.0) < 0
    usable = np.flatnonzero(positive.all(axis=1) | negative.all(axis=1))
    logs = np.log(np.abs(values[usable]))
    places = _steps(logs, season)
    if not len(places.rows):
        return no_marks()
    window = _window(values.shape[1], season)
    rows, entries = usable[places.rows], places.entries
    before, after = _windows(values, rows, entries, window)
    factors = np.abs(row_medians(after) / row_medians(before))
    known, power = _known_factors(factors)
    # A series that leaves zero behind grows tenfold within a window, but not from step to step.
    at_once = places.sizes / np.abs(np.log(factors))
    around = _windows(values, rows, entries, REACH * window)
    proven = (power > 0) | _swings_alike(*around, factors)
    hit = (known > 0) & np.where(power > 1, at_once > AT_ONCE, proven & (at_once > CLEARLY))
    return Marks(rows[hit], entries[hit], known[hit])


def _swings_alike(before: Matrix, after: Matrix, factors: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say where the changes are rather `factors` [K] as large after as before than alike."""
    expected, found = changes(before).usual * factors, changes(after).usual
    halfway = np.minimum(np.sqrt(np.maximum(factors, 1 / factors)), SWINGS)
    return (found < halfway * expected) & (expected < halfway * found)


def level_shifts(values: Matrix, season: int) -> Marks:
    """Places from which on a series stands on another level; sizes are the jumps."""
    places = _steps(values, season)
    window = _window(values.shape[1], season)
    before, after = _windows(values, places.rows, places.entries, window)
    jumps = row_medians(after) - row_medians(before)
    return Marks(places.rows, places.entries, jumps)


def _steps(values: Matrix, season: int) -> Marks:
    """Places where the windows before and after lie apart, seasons aside; sizes are the gaps."""
    width = values.shape[1]
    window = _window(width, season)
    if width < max(2 * window, SHORTEST) or not len(values):
        return no_marks()
    level = without_profile(values, season)
    highest, lowest = running_max(level, window), -running_max(-level, window)
    up = lowest[:, window:] - highest[:, :-window]  # [S, T - 2 window + 1], place at + window
    down = lowest[:, :-window] - highest[:, window:]
    gap = np.fmax(up, down)
    count = running_count(np.isfinite(level), window)
    enough = np.minimum(count[:, window:], count[:, :-window]) >= SHARE * window
    size = np.nan_to_num(np.abs(values)).max(axis=1)
    usual, large, alive = changes(level)
    drift = MEDIAN_TO_SIGMA * row_medians(
        np.abs(level[:, window // 2 :] - level[:, : -(window // 2)])
    )
    least = np.max(
        [GAP * usual, TIMES_LARGE * large, GAP_OF_DRIFT * np.nan_to_num(drift), ROUNDING * size],
        axis=0,
    )
    wide = np.pad(gap, ((0, 0), (window // 2, window // 2)), constant_values=-np.inf)
    peak = gap >= running_max(wide, window // 2 * 2 + 1)  # of several places close by the clearest
    rows, entries = np.nonzero(enough & peak & (gap > least[:, None]) & alive[:, None])
    return Marks(rows, entries + window, gap[rows, entries])


def _window(width: int, season: int) -> int:
    """Steps to compare: a season where it fits, so that its turns are no shift."""
    return max(min(WINDOW, width // 3), min(season, width // 4), 1)


def _windows(
    values: Matrix, rows: NDArray[np.int64], entries: NDArray[np.int64], window: int
) -> tuple[Matrix, Matrix]:
    """Return what stands before and after each of K places: [K, window] each, NaN outside."""
    width = values.shape[1]
    places = entries[:, None] + np.arange(-window, window)
    inside = (places >= 0) & (places < width)
    around = np.where(inside, values[rows[:, None], np.clip(places, 0, width - 1)], np.nan)
    return around[:, :window], around[:, window:]


def _known_factors(
    factors: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the usual factor that each of [K] is near, 0 if none; and its power of ten, else 0."""
    power = np.round(np.log10(factors))
    power[np.abs(factors / 10.0**power - 1) >= ROUND_TOLERANCE] = 0
    candidates = np.array([*FACTORS, *(1 / factor for factor in FACTORS)])
    distance = np.abs(factors[:, None] / candidates - 1)
    nearest = candidates[distance.argmin(axis=1)]
    other = np.where(distance.min(axis=1) < FACTOR_TOLERANCE, nearest, 0.0)
    return np.where(power != 0, 10.0**power, other), np.abs(power)
