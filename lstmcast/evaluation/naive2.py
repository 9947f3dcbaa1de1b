"""Naive2, the yardstick of M4: the last value, of series with a season adjusted for it.

Makridakis, Spiliotis and Assimakopoulos (2020); the rules are those of the organisers' own code.
A gap in the past has the last value before it. Shapes: W windows, H horizon, m season length, N
entries of the pasts of all windows, end to end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.evaluation.in_sample import lay_out_pasts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel, Windows
    from lstmcast.evaluation.in_sample import Pasts

CRITICAL = 1.645  # normal score of the test for a season: 90 %, two-sided
FEWEST_SEASONS = 3  # that are tested


class Naive2(NamedTuple):
    """The forecast, and the standard deviation of its error."""

    point: NDArray[np.float64]  # [W, H]
    deviation: NDArray[np.float64]  # [W, H]


def naive2(panel: Panel, windows: Windows, horizon: int, season_length: int) -> Naive2:
    """Forecast windows; NaN where no value was seen, and no deviation of a single one.

    The figures of the season are those of a classical decomposition by moving averages, and are
    multiplied. They are 1 unless the autocorrelation of a season stands out, all values are above
    0, and there are three seasons.
    """
    pasts, values, observed = _without_gaps(panel, windows)
    figures = _seasonal_figures(pasts, values, season_length)
    rows, ends = np.arange(len(pasts.lengths)), np.cumsum(pasts.lengths)
    adjusted = values / figures[pasts.codes, pasts.places % season_length]
    seen = pasts.lengths > 0
    level = np.full(len(rows), np.nan)
    level[seen] = adjusted[ends[seen] - 1]
    variance = _variance_of_changes(pasts, np.where(observed, adjusted, np.nan))
    ahead = np.arange(1, horizon + 1)
    coming = figures[rows[:, None], (pasts.lengths[:, None] - 1 + ahead) % season_length]
    return Naive2(level[:, None] * coming, np.sqrt(variance[:, None] * ahead) * np.abs(coming))


def _without_gaps(
    panel: Panel, windows: Windows
) -> tuple[Pasts, NDArray[np.float64], NDArray[np.bool_]]:
    """Lay out what windows have seen from a first value on; gaps have the value before.

    Gives the values, and which of them were observed: [N].
    """
    series, cutoffs = windows
    starts = panel.offsets[series]
    observed = ~np.isnan(panel.values)
    first = np.minimum.accumulate(np.where(observed, np.arange(len(observed)), len(observed))[::-1])
    begins = first[::-1][starts]
    pasts = lay_out_pasts(begins, np.maximum(starts + cutoffs + 1 - begins, 0))
    last = np.maximum.accumulate(np.where(observed, np.arange(len(observed)), 0))
    return pasts, panel.values[last[pasts.addresses]], observed[pasts.addresses]


def _seasonal_figures(
    pasts: Pasts, values: NDArray[np.float64], season_length: int
) -> NDArray[np.float64]:
    """Return what each step of the season is multiplied by, from the first value on: [W, m]."""
    seasonal = _is_seasonal(pasts, values, season_length)
    size = len(seasonal) * season_length
    if not seasonal.any():
        return np.ones((len(seasonal), season_length))
    trend, half = _moving_averages(values, season_length)
    left = pasts.lengths[pasts.codes] - 1 - pasts.places
    inside = np.minimum(pasts.places, left) >= half
    cells = pasts.codes * season_length + pasts.places % season_length
    with np.errstate(divide="ignore", invalid="ignore"):  # of series that are not seasonal
        shares = np.where(inside, values / trend, 0.0)
        sums = np.bincount(cells, np.where(seasonal[pasts.codes], shares, 0.0), size)
        figures = (sums / np.bincount(cells, inside, size)).reshape(-1, season_length)
        figures /= figures.mean(axis=1, keepdims=True)
    return np.where(seasonal[:, None], figures, 1.0)


def _moving_averages(
    values: NDArray[np.float64], season_length: int
) -> tuple[NDArray[np.float64], int]:
    """Average over a season around each value, [N], which so many on each side have no part in."""
    half = season_length // 2
    if season_length % 2:
        weights = np.ones(season_length)
    else:
        weights = np.array([0.5, *[1.0] * (season_length - 1), 0.5])
    return np.convolve(values, weights / season_length, "full")[half : half + len(values)], half


def _is_seasonal(
    pasts: Pasts, values: NDArray[np.float64], season_length: int
) -> NDArray[np.bool_]:
    """Test whether the autocorrelation after one season stands out: [W]."""
    bad = pasts.sums((values <= 0).astype(np.float64)) > 0
    fit = (pasts.lengths >= FEWEST_SEASONS * season_length) & ~bad
    if season_length == 1 or not fit.any():
        return np.zeros(len(fit), dtype=bool)
    counts = np.maximum(pasts.lengths, 1)
    moved = values - (pasts.sums(values) / counts)[pasts.codes]
    products = [_lagged_products(pasts, moved, lag) for lag in range(season_length + 1)]
    with np.errstate(divide="ignore", invalid="ignore"):  # a series that never moves has none
        correlation = np.array(products[1:]) / products[0]
    spread = np.sqrt((1 + 2 * (correlation[:-1] ** 2).sum(axis=0)) / counts)
    stands_out: NDArray[np.bool_] = np.abs(correlation[-1]) > CRITICAL * spread
    return stands_out & fit


def _lagged_products(pasts: Pasts, moved: NDArray[np.float64], lag: int) -> NDArray[np.float64]:
    """Add up the products of values of a window that lie so many steps apart: [W]."""
    products = moved[lag:] * moved[: len(moved) - lag] * (pasts.places[lag:] >= lag)
    return np.bincount(pasts.codes[lag:], products, len(pasts.lengths)).astype(np.float64)


def _variance_of_changes(pasts: Pasts, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean square of the changes of values [N] from step to step: [W].

    NaN where no two neighbours were observed.
    """
    squares = np.diff(values, prepend=np.nan) ** 2
    known = ~np.isnan(squares) & (pasts.places > 0)
    count = pasts.sums(known.astype(np.float64))
    variance = np.full(len(count), np.nan)
    np.divide(pasts.sums(np.where(known, squares, 0.0)), count, out=variance, where=count > 0)
    return variance
