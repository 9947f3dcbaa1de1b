"""Statistics of the rows of a matrix with gaps: medians, usual changes, profiles, ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]  # [S, T], NaN where nothing was observed

MEDIAN_TO_SIGMA = 1.4826  # of the absolute deviations of a normal variable
MEAN_TO_SIGMA = 1.2533
RARE = 0.02  # share of the changes that may be out of the common
FEWEST_RARE = 3  # and how many of them even a short series may have
ALIVE = 0.75  # quantile of the absolute changes that is not zero in a series that moves
FEWEST_SEASONS = 3  # below, a median of the phases is a value of its own


class Changes(NamedTuple):
    """How large the changes of each series are: [S] each.

    `usual` is a standard deviation: the larger one of what the median and the mean of the absolute
    changes tell, since the first is deaf to a few large ones and the second hears that many are
    small and some always large. `large` is what only the rarest changes exceed. A series is
    `alive` if it moves at every fourth step or more: one that does not, as a list price, moves by
    steps and peaks, so that these say nothing.
    """

    usual: NDArray[np.float64]
    large: NDArray[np.float64]
    alive: NDArray[np.bool_]


def row_medians(values: Matrix) -> NDArray[np.float64]:
    """Median of what is observed along the second axis, NaN where nothing is: [S, ...].

    NumPy's `nanmedian` calls Python for each of many short rows.
    """
    ordered = np.sort(values, axis=1)  # NaN last
    count = np.isfinite(ordered).sum(axis=1, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=1)
    high = np.take_along_axis(ordered, np.minimum(count // 2, values.shape[1] - 1), axis=1)
    middle = low + (high - low) / 2
    return np.where(count > 0, middle, np.nan).squeeze(axis=1)


def changes(values: Matrix, lag: int = 1) -> Changes:
    """How large the changes over `lag` steps are, row by row; 0 where there are none."""
    n_series, width = values.shape
    if width <= lag:
        nothing = np.zeros(n_series)
        return Changes(nothing, nothing, nothing > 0)
    sizes = np.sort(np.abs(values[:, lag:] - values[:, :-lag]), axis=1)  # NaN last
    known = np.isfinite(sizes)
    count = known.sum(axis=1)
    mean = np.where(known, sizes, 0).sum(axis=1) / np.maximum(count, 1)
    median = np.where(count > 0, _at(sizes, np.maximum(count - 1, 0) // 2), 0)
    place = count - 1 - FEWEST_RARE - (RARE * count).astype(np.int64)
    large = np.where(place >= 0, _at(sizes, np.maximum(place, 0)), 0)
    usual = np.maximum(MEDIAN_TO_SIGMA * median, MEAN_TO_SIGMA * mean)
    alive = (count > 0) & (_at(sizes, (ALIVE * np.maximum(count - 1, 0)).astype(np.int64)) > 0)
    return Changes(usual, large, alive)


def _at(values: Matrix, places: NDArray[np.int64]) -> NDArray[np.float64]:
    """One value of each row: [S]."""
    return np.asarray(np.take_along_axis(values, places[:, None], axis=1)[:, 0])


def without_profile(values: Matrix, season: int) -> Matrix:
    """Take the median of its phase off every value, where there are seasons enough: [S, T]."""
    n_series, width = values.shape
    if season < 2 or width < FEWEST_SEASONS * season:  # noqa: PLR2004 - no season
        return values
    rest = around_trend(values, season)
    padded = np.pad(rest, ((0, 0), (0, -rest.shape[1] % season)), constant_values=np.nan)
    profile = np.nan_to_num(row_medians(padded.reshape(n_series, -1, season)))  # [S, season]
    phases = (np.arange(width) - season // 2) % season
    size = np.nan_to_num(np.abs(values)).max(axis=1, keepdims=True)
    return np.asarray(values - size * profile[:, phases])


def around_trend(values: Matrix, season: int) -> Matrix:
    """Distance from the centred mean over one season: [S, T - 2 (season // 2)].

    In units of the largest value of the series. NaN where less than half a season is observed.
    """
    half = season // 2
    size = np.nan_to_num(np.abs(values)).max(axis=1, keepdims=True)
    scaled = values / np.where(size > 0, size, 1)
    scaled -= np.nan_to_num(row_medians(scaled))[:, None]
    weights = np.ones(2 * half + 1)
    if season % 2 == 0:  # the 2 x m moving mean: half a weight on both ends
        weights[[0, -1]] = 0.5
    known = np.isfinite(scaled)
    total = _moving_sum(np.where(known, scaled, 0), weights)
    count = _moving_sum(known.astype(float), weights)
    enough = count > season / 2
    trend = np.where(enough, total / np.where(enough, count, 1), np.nan)
    return np.asarray(scaled[:, half : scaled.shape[1] - half] - trend)


def _moving_sum(values: Matrix, weights: NDArray[np.float64]) -> Matrix:
    """Weighted sum around each value, by running totals: the inner weights are all 1."""
    window = len(weights)
    totals = np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))
    whole = totals[:, window:] - totals[:, :-window]
    ends = values[:, : values.shape[1] - window + 1] + values[:, window - 1 :]
    return np.asarray(whole - (1 - weights[0]) * ends)


def running_max(values: Matrix, window: int) -> Matrix:
    """Largest of `window` values from each on, NaN passed over: [S, T - window + 1].

    By doubling: the largest of 2k values is that of two neighbouring groups of k.
    """
    largest, size = values, 1
    while size < window:
        step = min(size, window - size)
        largest = np.fmax(largest[:, :-step], largest[:, step:])
        size += step
    return largest


def running_count(flags: NDArray[np.bool_], window: int) -> NDArray[np.int32]:
    """How many of `window` flags from each on are set: [S, T - window + 1]."""
    total = np.cumsum(flags, axis=1, dtype=np.int32)
    total = np.pad(total, ((0, 0), (1, 0)))
    return np.asarray(total[:, window:] - total[:, :-window])
