"""What each member holds out of its training, to be judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from lstmcast.nn.device import autocast
from lstmcast.nn.run import Run, window_shape
from lstmcast.nn.windows import Addresses, Batch, PanelTensors, gather, take

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from lstmcast.config import ResolvedConfig

MOST_VALIDATION_WINDOWS = 4096
MOST_FOLDS = 3


class Ends(NamedTuple):
    """What is held out: so many stretches at the end of a series, one before the other."""

    length: int  # steps of each
    number: int

    def steps(self, back: int) -> int:
        """Return the steps that a series must be longer than, to spare an end, 1 being the last."""
        return self.length * (back + 1)


class Fold(NamedTuple):
    """A training run, and what it must not see."""

    run: Run
    held_out: Batch

    def validate(self, at_once: int = MOST_VALIDATION_WINDOWS) -> float:
        """Score the averaged network on the held-out windows: lower is better."""
        total = torch.zeros((), device=self.run.device)
        with torch.no_grad():
            for part in self.parts(at_once):
                share = len(part.target) / len(self.held_out.target)
                total += self.run.loss(self.run.look(part), self.run.averaged) * share
        return total.item()

    def scores(self, at_once: int = MOST_VALIDATION_WINDOWS) -> Tensor:
        """Return the normal scores [B, H] of the held-out targets under the averaged network."""
        none = self.held_out.target[:0]
        return torch.cat([none, *(self._scores(part) for part in self.parts(at_once))])

    @torch.no_grad()
    def _scores(self, batch: Batch) -> Tensor:
        run = self.run
        features = run.look(batch).features
        with autocast(run.device, run.config.training.precision):
            parameters = run.averaged(features)[:, : batch.target.shape[1]]
        return run.averaged.shape.outlook.score(parameters, batch.target, features.scale)

    def parts(self, at_once: int) -> Iterator[Batch]:
        """Take the held-out windows apart into as many as memory has room for."""
        for first in range(0, len(self.held_out.target), at_once):
            yield take(self.held_out, slice(first, first + at_once))


def make_folds(
    panel: PanelTensors,
    config: ResolvedConfig,
    start: Sequence[Mapping[str, Tensor]] | None = None,
) -> list[Fold]:
    """Hold out for each member another end of the series, as far as they are long enough.

    For the first that is the last horizon of each series that can spare it, for the second the
    horizon before, ...: the choice of the stopping step should not hang on a single window.
    """
    ends = ends_of(panel, config)
    if not ends.number:
        return []
    return [
        _make_fold(panel, config, ends, 1 + k % ends.number, start[k] if start else None)
        for k in range(config.model.members)
    ]


def ends_of(panel: PanelTensors, config: ResolvedConfig) -> Ends:
    """Return what all workers hold out of a panel."""
    longest = panel.workers.most(int(panel.ends.max()))
    return _ends_of(longest, config.horizon, config.model.members)


def held_out_steps(lengths: NDArray[np.int64], horizon: int, members: int) -> NDArray[np.int64]:
    """Count the steps at the end of each series that some member holds out: as `lengths` [S]."""
    ends = _ends_of(int(lengths.max()), horizon, members)
    needed = np.array([ends.steps(1 + number) for number in range(ends.number)])
    return np.asarray(ends.length * (lengths[:, None] > needed).sum(axis=1))


def _ends_of(longest: int, horizon: int, members: int) -> Ends:
    """Hold out as many ends as the longest series can spare; ends without a step if it is short."""
    length = min(horizon, (longest - 1) // 2)
    number = min(members, MOST_FOLDS, (longest - 1) // length - 1) if length else 0
    return Ends(length, number)


def thinned(series: Tensor, panel: PanelTensors, most: int = MOST_VALIDATION_WINDOWS) -> Tensor:
    """Take every so many of the series [S'] of a worker, to have about `most` of all workers."""
    total = int(panel.workers.sum(torch.tensor(len(series))))
    return series[:: -(-total // most)]


def _make_fold(
    panel: PanelTensors,
    config: ResolvedConfig,
    ends: Ends,
    back: int,
    start: Mapping[str, Tensor] | None,
) -> Fold:
    """Hold out one end of all series that can spare it, 1 being the last."""
    spare = (panel.ends > ends.steps(back)).nonzero().squeeze(1)
    shift = torch.full_like(spare, -ends.length * back)
    seen = panel.ends.index_add(0, spare, shift)
    judges = thinned(spare, panel)
    windows = Addresses(judges, seen[judges] - 1)
    held_out = gather(panel, windows, window_shape(config)._replace(horizon=ends.length))
    return Fold(Run(panel.truncated(seen), config, start), held_out)
