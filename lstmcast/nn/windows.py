"""Windows are addresses: a (series, cutoff) pair; a batch is one gather on the panel's device.

Tensor letters of this package: B batch, S series, N panel entries, L context, H horizon,
Q quantile levels, P, K, C past, known and static covariates, F calendar features, U steps of the
calendar, A lags.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import torch
from torch import Tensor

from lstmcast.nn.covariates import (
    CovariateSizes,
    CovariateTensors,
    WindowCovariates,
    gather_covariates,
    lay_out,
)
from lstmcast.nn.distributed import ALONE, Workers
from lstmcast.nn.memory import has_room

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from lstmcast.data.calendar import Calendar
    from lstmcast.data.panel import Panel


CPU = torch.device("cpu")

P = TypeVar("P", bound=tuple[Any, ...])


class Inputs(NamedTuple):
    """What the network may see of windows side by side; NaN marks what is not observed or absent.

    Nothing but covariates that are known ahead comes from after the cutoff.
    """

    context: Tensor  # [B, L], ends at the cutoff
    lags: Tensor  # [B, H, A], values whole seasons before each step ahead; A is 0 for one season
    covariates: WindowCovariates | None = None

    @property
    def n_ahead(self) -> int:
        """H, the steps ahead that networks are told of: those to forecast, in whole patches."""
        return self.lags.shape[1]


class Batch(NamedTuple):
    """Windows with what came after them; NaN where it is not observed or outside the series."""

    inputs: Inputs
    target: Tensor  # [B, H], begins after the cutoff


class WindowShape(NamedTuple):
    """What is read of a window."""

    context_length: int
    horizon: int
    lags: tuple[int, ...] = ()  # steps of the seasons that are looked up directly
    patch_length: int = 1  # of the decoder

    @property
    def n_ahead(self) -> int:
        """Steps ahead that networks are told of: the horizon, in whole patches."""
        return -(-self.horizon // self.patch_length) * self.patch_length


@dataclass(frozen=True)
class PanelTensors:
    """A panel whose windows go to a device. Nothing at or after entry `ends` of a series is read.

    With several `workers`, it is one of their shares of the series.
    """

    values: Tensor  # [N]
    offsets: Tensor  # [S], where each series begins
    ends: Tensor  # [S], entries of each series that may be seen
    covariates: CovariateTensors | None = None
    workers: Workers = ALONE
    device: torch.device = CPU

    def truncated(self, ends: Tensor) -> PanelTensors:
        """Hide all entries from `ends` [S] on."""
        return replace(self, ends=torch.minimum(self.ends, ends))


class Addresses(NamedTuple):
    """Windows on a device: the entry after which each one's future begins."""

    series: Tensor  # [B]
    cutoffs: Tensor  # [B]


class Draw(NamedTuple):
    """Windows to learn from."""

    windows: Addresses
    mirrored: Tensor  # [B], which of them are learnt upside down
    slopes: Tensor  # [B], of a trend that is added to them, in spreads a step


@dataclass(frozen=True)
class WindowSampler:
    """Random windows to train on: every series alike, then every cutoff of it alike."""

    series: Tensor  # [E], those with at least one step to learn from
    first_cutoff: Tensor  # [E]
    n_cutoffs: Tensor  # [E]

    def draw(self, size: int, generator: torch.Generator) -> Addresses:
        """Draw `size` windows with a generator on the panel's device."""
        device = self.series.device
        chosen = torch.randint(len(self.series), (size,), device=device, generator=generator)
        share = torch.rand(size, device=device, generator=generator)
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


def to_tensors(
    panel: Panel, device: torch.device, calendar: Calendar | None = None
) -> PanelTensors:
    """Lay a panel out for a device, with its covariates if there are any or it has a calendar.

    It is moved there once, unless there is too little room: then it stays with the host, and
    windows are moved when they have been read.

    Values stay in float64 until they are scaled, so that a large level does not cost digits of the
    small changes on top of it; the Metal backend has no float64.
    """
    home = device if has_room(_size_of(panel, calendar), device) else CPU
    dtype = torch.float32 if device.type == "mps" else torch.float64
    return PanelTensors(
        values=torch.from_numpy(panel.values).to(home, dtype),
        offsets=torch.from_numpy(panel.offsets[:-1]).to(home),
        ends=torch.from_numpy(panel.lengths).to(home),
        covariates=lay_out(panel, home, calendar),
        device=device,
    )


def _size_of(panel: Panel, calendar: Calendar | None) -> int:
    """Return the bytes of a panel and of its calendar."""
    parts: list[NDArray[Any]] = [panel.values]
    for features in (panel.past, panel.known, panel.static):
        parts += [features.numbers, features.categories]
    return sum(part.nbytes for part in parts) + (calendar.features.nbytes if calendar else 0)


def sizes_of(panel: PanelTensors) -> CovariateSizes:
    """Return the widths of a panel's covariates."""
    return panel.covariates.sizes if panel.covariates else CovariateSizes()


def gather(panel: PanelTensors, windows: Addresses, shape: WindowShape) -> Batch:
    """Read windows: what lies up to and including the cutoff, and the target after it."""
    series, cutoffs = windows
    length, whole = shape.context_length, shape.context_length + shape.horizon
    steps = torch.arange(1 - length, shape.n_ahead + 1, device=cutoffs.device)
    entries = cutoffs[:, None] + steps  # [B, L + H]
    values = _values_at(panel, series, entries[:, :whole])
    lags = _values_at(panel, series, cutoffs[:, None, None] + lagged_steps(shape, cutoffs.device))
    covariates = panel.covariates and gather_covariates(
        panel.covariates, series, entries, length, shape.horizon
    )
    batch = Batch(Inputs(values[:, :length], lags, covariates), values[:, length:])
    if values.device == panel.device:
        return batch
    return _each(batch, lambda tensor: tensor.to(panel.device, non_blocking=True))


def lagged_steps(shape: WindowShape, device: torch.device) -> Tensor:
    """Count from the cutoff to one and to two seasons before each step ahead: [H, A].

    Beyond the first season, the season before the cutoff is repeated.
    """
    ahead = torch.arange(shape.n_ahead, device=device)
    behind = [ahead % lag - back * lag + 1 for lag in shape.lags for back in (1, 2)]
    return torch.stack(behind, dim=-1) if behind else ahead.new_empty(shape.n_ahead, 0)


def take(parts: P, windows: slice) -> P:
    """Return some windows of a named tuple of tensors, and of such tuples, a row each window."""
    return _each(parts, lambda tensor: tensor[windows])


def _each(parts: P, work: Callable[[Tensor], Tensor]) -> P:
    return type(parts)(*(_inner(part, work) for part in parts))


def _inner(part: Any, work: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(part, Tensor):
        return work(part)
    return _each(part, work) if isinstance(part, tuple) else part


def _values_at(panel: PanelTensors, series: Tensor, entries: Tensor) -> Tensor:
    """Return the values of entries [B, ...] of series [B], NaN outside of what may be seen."""
    shape = (-1, *[1] * (entries.dim() - 1))
    present = (entries >= 0) & (entries < panel.ends[series].view(shape))
    addresses = (panel.offsets[series].view(shape) + entries).clamp(0, len(panel.values) - 1)
    return panel.values[addresses].masked_fill(~present, torch.nan)
