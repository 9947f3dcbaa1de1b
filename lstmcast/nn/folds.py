"""What each member holds out of its training, to be judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from lstmcast.nn.device import autocast
from lstmcast.nn.forecaster import Outlook
from lstmcast.nn.run import Run, window_shape
from lstmcast.nn.windows import Addresses, Batch, PanelTensors, gather, take

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from lstmcast.config import ResolvedConfig

MOST_VALIDATION_WINDOWS = 4096
MOST_FOLDS = 3


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
    longest = panel.workers.most(int(panel.ends.max()))
    held, n_folds = _extent(longest, config.horizon)
    if held == 0:
        return []
    return [
        _make_fold(
            panel, config, (held, held * (1 + member % n_folds)), start[member] if start else None
        )
        for member in range(config.model.members)
    ]


@torch.no_grad()
def joint_scores(folds: Sequence[Fold], at_once: int = MOST_VALIDATION_WINDOWS) -> Tensor:
    """Return the normal scores [B, H] of the last ends of series under the mean of all members.

    No member has learnt from them: those that hold out another end do not see beyond it.
    """
    first = folds[0]
    scores = [first.held_out.target[:0]]
    for part in first.parts(at_once):
        features, horizon = first.run.look(part).features, part.target.shape[1]
        with autocast(first.run.device, first.run.config.training.precision):
            parameters = tuple(fold.run.averaged(features)[:, :horizon] for fold in folds)
        outlook = Outlook(first.run.averaged.shape.outlook, parameters, features.scale)
        scores.append(outlook.score(part.target))
    return torch.cat(scores)


def held_out_steps(lengths: NDArray[np.int64], horizon: int, members: int) -> NDArray[np.int64]:
    """Count the steps at the end of each series that some member holds out: as `lengths` [S]."""
    held, n_folds = _extent(int(lengths.max()), horizon)
    folds = 1 + np.arange(min(members, n_folds))
    spared = lengths[:, None] > held * folds + held
    return np.asarray(held * spared.sum(axis=1))


def _extent(longest: int, horizon: int) -> tuple[int, int]:
    """Return how many steps an end has, and how many ends there are; no steps if none is spared."""
    held = min(horizon, (longest - 1) // 2)
    return held, min(MOST_FOLDS, (longest - 1) // held - 1) if held else 0


def _make_fold(
    panel: PanelTensors,
    config: ResolvedConfig,
    place: tuple[int, int],
    start: Mapping[str, Tensor] | None,
) -> Fold:
    held, shift = place
    spare = (panel.ends > shift + held).nonzero().squeeze(1)
    ends = panel.ends.index_add(0, spare, torch.full_like(spare, -shift))
    n_spare = int(panel.workers.sum(torch.tensor(len(spare))))
    judges = spare[:: -(-n_spare // MOST_VALIDATION_WINDOWS)]
    windows = Addresses(judges, ends[judges] - 1)
    held_out = gather(panel, windows, window_shape(config)._replace(horizon=held))
    return Fold(Run(panel.truncated(ends), config, start), held_out)
