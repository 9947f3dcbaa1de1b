"""Seasons of data whose time axis does not tell them: found by autocorrelation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.frequency import INTEGER_STEPS, season_length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel

MOST_SERIES = 1_000
MOST_STEPS = 1_024
# Autocorrelation of first differences that a season must reach on average over the panel. Over the
# whole M4 panels it is 0.24 for monthly at 12, 0.19 for quarterly at 4, 0.77 for hourly at 24, 0.19
# for weekly at 52, and below 0.1 at every lag above 2 for yearly and daily.
STRONG = 0.16
# Changes whose mean square is below this, in series scaled to 1, are rounding errors of a straight
# line: they can repeat as exactly as a season does.
ROUNDING = 1e-18
STANDARD_ERRORS = 3.0  # by which it must stand out from white noise
SEASONS_SEEN = 6  # steps of a longer season that are looked at
SHORTEST = 3  # an autocorrelation at lag 2 cannot be told from alternating noise
ECHO = 0.5  # share of the peak that must come back after two seasons
NEAR_BEST = 0.7  # of peaks almost as high the first is the season, the others its multiples


def natural_season(panel: Panel) -> int:
    """Return the season expected of the frequency; of whole numbers, the one that they show."""
    if panel.axis.frequency == INTEGER_STEPS:
        return find_season_length(panel)
    return season_length(panel.axis.frequency)


def find_season_length(panel: Panel) -> int:
    """Find the number of steps after which the series repeat themselves, 1 if none.

    The mean autocorrelation function of the first differences (Box and Jenkins) of up to 1,000
    series is searched for its highest local peak.
    """
    changes = np.diff(_scaled(_recent_steps(panel)), axis=1)  # [S, T]
    correlation, pairs = _mean_autocorrelation(changes)
    lags = np.arange(SHORTEST, max(SHORTEST, len(correlation) // 2))
    height = correlation[lags]
    is_peak = (height > correlation[lags - 1]) & (height >= correlation[lags + 1])
    stands_out = height >= np.maximum(STRONG, STANDARD_ERRORS / np.sqrt(pairs[lags]))
    repeats = correlation[2 * lags] >= ECHO * height
    peaks = lags[is_peak & stands_out & repeats]
    if len(peaks) == 0:
        return 1
    return int(peaks[correlation[peaks] >= NEAR_BEST * correlation[peaks].max()][0])


def confirm_seasons(panel: Panel, season: int, candidates: Sequence[int]) -> tuple[int, ...]:
    """Keep the longer seasons that the data show once the shorter `season` is taken away.

    What is left of a series after seasonal differencing must correlate with itself a candidate
    later as much as a season must, over at least two candidates of steps.
    """
    return tuple(length for length in candidates if _shows(panel, season, length))


def _shows(panel: Panel, season: int, length: int) -> bool:
    if panel.lengths.max() < 2 * length:
        return False
    n_series = max(1, MOST_SERIES * MOST_STEPS // (SEASONS_SEEN * length))
    steps = _scaled(_recent_steps(panel, n_series, SEASONS_SEEN * length + season))
    correlation, pairs = _mean_autocorrelation(steps[:, season:] - steps[:, :-season])
    if length >= len(correlation):  # most series are too short to tell
        return False
    least = max(STRONG, STANDARD_ERRORS / np.sqrt(pairs[length]))
    return bool(correlation[length] >= least)


def _recent_steps(
    panel: Panel, n_series: int = MOST_SERIES, n_steps: int = MOST_STEPS
) -> NDArray[np.float64]:
    """The last steps of some series, right aligned, NaN before their beginning: [S, T]."""
    chosen = np.arange(0, panel.n_series, -(-panel.n_series // n_series))
    width = int(np.clip(panel.lengths[chosen].max(), 2, n_steps))
    entries = panel.lengths[chosen, None] - width + np.arange(width)
    addresses = np.maximum(panel.offsets[chosen, None] + entries, 0)
    return np.where(entries >= 0, panel.values[addresses], np.nan)


def _scaled(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring the largest value of each series [S, T] to 1, so that no square leaves the floats."""
    largest = np.abs(np.nan_to_num(steps)).max(axis=1, keepdims=True)
    return steps / np.where(largest > 0, largest, 1)


def _mean_autocorrelation(
    changes: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Autocorrelation at lags 0, 1, ..., each series counting alike, and the pairs behind each."""
    observed = np.isfinite(changes)
    count = np.maximum(observed.sum(axis=1, keepdims=True), 1)
    mean = np.where(observed, changes, 0).sum(axis=1, keepdims=True) / count
    products = _lagged_products(np.where(observed, changes - mean, 0))
    pairs = _lagged_products(observed.astype(float)).round()
    moves = products[:, :1] > ROUNDING * count
    usable = (pairs >= 2) & moves  # noqa: PLR2004 - one pair is no correlation
    expected = pairs * products[:, :1] / count
    correlation = np.divide(products, expected, out=np.zeros_like(products), where=usable)
    mean_correlation = correlation.sum(axis=0) / np.maximum(usable.sum(axis=0), 1)
    believable = int(np.median(count)) * 2 // 3
    return mean_correlation[:believable], np.maximum(pairs.sum(axis=0), 1)[:believable]


def _lagged_products(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of x[t] x[t + lag] over t, for every lag: [S, T], by the Wiener-Khinchin theorem."""
    width = x.shape[1]
    spectrum = np.fft.rfft(x, n=2 * width)
    return np.fft.irfft(spectrum * spectrum.conj(), n=2 * width)[:, :width]
