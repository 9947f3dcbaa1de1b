"""Windows are addresses: a (series, cutoff) pair; a batch is one gather on the panel's device.

Tensor letters of this package: B batch, S series, N panel entries, L context, H horizon,
Q quantile levels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel


class Batch(NamedTuple):
    """Windows side by side; NaN marks what was not observed or lies outside the series."""

    context: Tensor  # [B, L], ends at the cutoff
    target: Tensor  # [B, H], begins after it


@dataclass(frozen=True)
class PanelTensors:
    """A panel on a device. Nothing at or after entry `ends` of a series is ever read."""

    values: Tensor  # [N]
    offsets: Tensor  # [S], where each series begins
    ends: Tensor  # [S], entries of each series that may be seen

    def truncated(self, ends: Tensor) -> PanelTensors:
        """Hide all entries from `ends` [S] on."""
        return replace(self, ends=torch.minimum(self.ends, ends))


class Addresses(NamedTuple):
    """Windows on a device: the entry after which each one's future begins."""

    series: Tensor  # [B]
    cutoffs: Tensor  # [B]


@dataclass(frozen=True)
class WindowSampler:
    """Random windows to train on: every series alike, then every cutoff of it alike."""

    series: Tensor  # [E], those with at least one step to learn from
    first_cutoff: Tensor  # [E]
    n_cutoffs: Tensor  # [E]

    def draw(self, size: int) -> Addresses:
        """Draw `size` windows with torch's generator of the device."""
        device = self.series.device
        chosen = torch.randint(len(self.series), (size,), device=device)
        share = torch.rand(size, device=device)
        ahead = (share * self.n_cutoffs[chosen]).long().clamp(max=self.n_cutoffs[chosen] - 1)
        return Addresses(self.series[chosen], self.first_cutoff[chosen] + ahead)


def window_sampler(panel: PanelTensors, history: int, horizon: int) -> WindowSampler:
    """Windows with `history` steps behind and a whole `horizon` ahead of the cutoff.

    A series too short for that gives what it can: any cutoff with a step on either side.
    """
    last = panel.ends - 1 - horizon
    last = torch.where(last >= history - 1, last, panel.ends - 2)
    first = torch.full_like(last, history - 1).minimum(last)
    usable = (last >= 0).nonzero().squeeze(1)
    return WindowSampler(usable, first[usable], (last - first + 1)[usable])


def to_addresses(
    series: NDArray[np.int64], cutoffs: NDArray[np.int64], device: torch.device
) -> Addresses:
    """Move the addresses of windows to a device."""
    return Addresses(torch.from_numpy(series).to(device), torch.from_numpy(cutoffs).to(device))


def to_tensors(panel: Panel, device: torch.device) -> PanelTensors:
    """Move a panel to a device, once.

    Values stay in float64 until they are scaled, so that a large level does not cost digits of the
    small changes on top of it; the Metal backend has no float64.
    """
    dtype = torch.float32 if device.type == "mps" else torch.float64
    return PanelTensors(
        values=torch.from_numpy(panel.values).to(device, dtype),
        offsets=torch.from_numpy(panel.offsets[:-1]).to(device),
        ends=torch.from_numpy(panel.lengths).to(device),
    )


def gather(panel: PanelTensors, windows: Addresses, context_length: int, horizon: int) -> Batch:
    """Read windows: the context up to and including the cutoff, and the target after it."""
    series, cutoffs = windows
    steps = torch.arange(1 - context_length, horizon + 1, device=cutoffs.device)
    entries = cutoffs[:, None] + steps  # [B, L + H]
    present = (entries >= 0) & (entries < panel.ends[series, None])
    addresses = (panel.offsets[series, None] + entries).clamp(0, len(panel.values) - 1)
    values = panel.values[addresses].masked_fill(~present, torch.nan)
    return Batch(values[:, :context_length], values[:, context_length:])
