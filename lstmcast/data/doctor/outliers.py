"""Outliers: single values that stand out from their neighbours and from their own season."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.doctor.findings import Marks
from lstmcast.data.doctor.rows import changes, row_medians

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lstmcast.data.doctor.rows import Matrix

CHANGES = 6.0  # usual changes: eight standard deviations of white noise beyond all neighbours
TIMES_LARGE = 2.0  # and large changes, where a series has many of one size
REACH = 2  # neighbours on either side
SHORTEST = 10  # steps below which nothing is usual


def outliers(values: Matrix, season: int) -> Marks:
    """Values far beyond all of their neighbours, one and two steps and one season away.

    A Hampel identifier (Davies and Gather 1993) whose window holds the neighbours in time and in
    season, with their range in place of their median, so that turning points and seasonal peaks
    stay inside. Sizes are the distances beyond that range. Series that are zero half of the time
    are not judged: their peaks are what they consist of.
    """
    beyond = np.abs(_beyond(values, season))
    usual, large, alive = changes(values)
    if 1 < season < values.shape[1]:
        of_season = changes(values, season)
        seasonal = (of_season.usual > 0) & (of_season.usual < usual)
        usual = np.where(seasonal, of_season.usual, usual)
        large = np.where(seasonal, of_season.large, large)
    least = np.maximum(CHANGES * usual, TIMES_LARGE * large)
    judged = alive & (row_medians(values) != 0) & (np.isfinite(values).sum(axis=1) >= SHORTEST)
    rows, entries = np.nonzero((beyond > least[:, None]) & judged[:, None])
    return Marks(rows, entries, beyond[rows, entries])


def _beyond(values: Matrix, season: int) -> Matrix:
    """How far each value lies above (or, negative, below) all of its neighbours, else 0: [S, T]."""
    high = np.full_like(values, -np.inf)
    low = np.full_like(values, np.inf)
    sides = [np.zeros(values.shape, dtype=bool), np.zeros(values.shape, dtype=bool)]
    for lag in _lags(values.shape[1], season):
        for side, there, here in (
            (0, slice(None, -lag), slice(lag, None)),
            (1, slice(lag, None), slice(None, -lag)),
        ):
            other = values[:, there]
            high[:, here] = np.fmax(high[:, here], other)
            low[:, here] = np.fmin(low[:, here], other)
            if lag <= REACH:
                sides[side][:, here] |= np.isfinite(other)
    out = np.where(values > high, values - high, np.where(values < low, values - low, 0.0))
    # At an end of the series an outlier and a new level look alike.
    return np.where(sides[0] & sides[1], out, 0.0)


def _lags(width: int, season: int) -> Iterator[int]:
    """Yield how far the neighbours stand away."""
    yield from (lag for lag in range(1, REACH + 1) if lag < width)
    if REACH < season < width:
        yield season
