"""Unobserved steps within series, filled in where the user prefers that to a mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.config import Fill


def fill_gaps(
    values: NDArray[np.float64], offsets: NDArray[np.int64], how: Fill
) -> NDArray[np.float64]:
    """Fill the unobserved entries between observed ones of the same series.

    `values` [N] are series end to end, series `s` at `offsets[s]:offsets[s + 1]`. What lies before
    the first and after the last observed value of a series stays unobserved.
    """
    if how == "none":
        return values
    missing = np.isnan(values)
    observed = np.flatnonzero(~missing)
    if not missing.any() or not observed.size:
        return values
    gaps = np.flatnonzero(missing)
    after = np.searchsorted(observed, gaps)
    inner = (after > 0) & (after < len(observed))
    gaps, after = gaps[inner], after[inner]
    series = np.searchsorted(offsets, observed, side="right")
    within = series[after - 1] == series[after]
    gaps, before = gaps[within], observed[after[within] - 1]
    filled = values.copy()
    if how == "linear":
        filled[gaps] = np.interp(gaps, observed, values[observed])
    else:
        filled[gaps] = values[before] if how == "previous" else 0.0
    return filled
