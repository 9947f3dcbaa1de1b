"""What each window has seen: differences within series, summed from the first entry to the cutoff.

Each sum is taken over the entries of its own window and no others, so what comes after the cutoff,
or stands in another series, cannot change one bit of it, as it could with differences of prefix
sums over the whole buffer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.data.panel import Windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel

MOST_ENTRIES = 4_000_000  # that are laid out at once: 32 MB for each thing that is worked out


class Pasts(NamedTuple):
    """The entries that windows have seen, end to end: N of them."""

    addresses: NDArray[np.int64]  # [N], in the panel's values
    codes: NDArray[np.int64]  # [N], the window of each
    places: NDArray[np.int64]  # [N], its number in the past of that window
    lengths: NDArray[np.int64]  # [W]

    def sums(self, statistic: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add a statistic [N] up by windows: [W]."""
        return np.bincount(self.codes, statistic, len(self.lengths)).astype(np.float64)


def lay_out_pasts(firsts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Pasts:
    """Lay out stretches of entries, `lengths` [W] of them from the addresses `firsts` [W] on."""
    codes = np.repeat(np.arange(len(lengths)), lengths)
    places = np.arange(len(codes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return Pasts(firsts[codes] + places, codes, places, lengths)


def in_parts(windows: Windows) -> Iterator[Windows]:
    """Take windows apart, so that what those of a part have seen can be laid out."""
    seen = np.cumsum(windows.cutoffs + 1)
    part = seen // MOST_ENTRIES
    bounds = np.flatnonzero(np.diff(part)) + 1
    for series, cutoffs in zip(
        np.split(windows.series, bounds), np.split(windows.cutoffs, bounds), strict=True
    ):
        yield Windows(series, cutoffs)


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
