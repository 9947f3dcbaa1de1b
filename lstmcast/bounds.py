"""Bounds that forecasts are held to: given, or learnt from the history of each series."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.config import ResolvedForecast
    from lstmcast.data.panel import Panel, Windows


class Bounds(NamedTuple):
    """The lowest and the highest value that forecasts of each of W windows may have."""

    lower: NDArray[np.float64]  # [W], -inf where there is none
    upper: NDArray[np.float64]  # [W], inf where there is none

    def clip(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Hold values of any shape [W, ...] to the bounds; what was in order stays in order."""
        shape = (-1, *(1,) * (values.ndim - 1))
        return np.clip(values, self.lower.reshape(shape), self.upper.reshape(shape))

    def notes(self, values: NDArray[np.float64], noun: str = "series") -> tuple[str, ...]:
        """Say how many windows, or what else they stand for, have values that a bound moves."""
        moved = (self.clip(values) != values).reshape(len(values), -1).any(axis=1)
        if not moved.any():
            return ()
        how_many = f"{moved.sum():,} of {len(values):,} {noun}"
        return (f"forecasts held to their bounds: {how_many} (see --lower and --upper)",)


def find_bounds(panel: Panel, windows: Windows, settings: ResolvedForecast) -> Bounds:
    """Return the bounds of the forecasts of some windows, from what lies before their cutoffs.

    Where the lower bound is "history", it is 0 for a series that has never been negative.
    """
    n_windows = len(windows.series)
    lower = np.full(n_windows, -np.inf)
    if settings.lower == "history":
        lower[~_ever_negative(panel, windows)] = 0.0
    elif settings.lower != "none":
        lower[:] = settings.lower
    upper = np.inf if settings.upper == "none" else settings.upper
    return Bounds(lower, np.full(n_windows, upper))


def _ever_negative(panel: Panel, windows: Windows) -> NDArray[np.bool_]:
    """Say whether a value up to its cutoff is negative, for each window: [W]."""
    negative = np.concatenate([[0], np.cumsum(panel.values < 0)])
    begin = panel.offsets[windows.series]
    return np.asarray(negative[begin + windows.cutoffs + 1] > negative[begin])
