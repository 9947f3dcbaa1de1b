"""What each window has seen: differences within series, summed from the first entry to the cutoff.

Each sum is taken over the entries of its own window and no others, so what comes after the cutoff,
or stands in another series, cannot change one bit of it, as it could with differences of prefix
sums over the whole buffer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel, Windows


@dataclass(frozen=True)
class Sums:
    """Sums over the past of W windows, and the number of entries that were there to be summed."""

    total: NDArray[np.float64]  # [W]
    count: NDArray[np.int64]  # [W]

    def means(self) -> NDArray[np.float64]:
        """Return total / count, NaN where there was nothing: [W]."""
        means = np.full(len(self.total), np.nan)
        np.divide(self.total, self.count, out=means, where=self.count > 0)
        return means


def differences(panel: Panel, lag: int) -> NDArray[np.float64]:
    """Return y[t] - y[t - lag] within each series, NaN where one of the two is missing: [N]."""
    changes = np.full(len(panel.values), np.nan)
    changes[lag:] = panel.values[lag:] - panel.values[:-lag]
    changes[entry_numbers(panel) < lag] = np.nan
    return changes


def entry_numbers(panel: Panel) -> NDArray[np.int64]:
    """Count the entries of each series from 0: [N]."""
    return np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1], panel.lengths)


def sum_past(panel: Panel, windows: Windows, statistic: NDArray[np.float64]) -> Sums:
    """Sum a statistic [N] of the panel's entries, NaN left out, up to and with each cutoff."""
    starts = panel.offsets[windows.series]
    ends = starts + windows.cutoffs + 1
    present = ~np.isnan(statistic)
    return Sums(
        _segment_sums(np.where(present, statistic, 0.0), starts, ends),
        _segment_sums(present.astype(np.float64), starts, ends).astype(np.int64),
    )


def _segment_sums(
    values: NDArray[np.float64], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Sum values[start:end] for each of W segments, none of them empty: [W]."""
    # `reduceat` also sums from each end to the next start. In the order of the starts these
    # stretches do not overlap, so they cost no more than one pass over the values.
    order = np.argsort(starts, kind="stable")
    bounds = np.stack([starts[order], ends[order]], axis=1).ravel()
    sums = np.empty(len(starts))
    sums[order] = np.add.reduceat(np.append(values, 0.0), bounds)[::2]
    return sums
