"""What each member holds out of its training, to be judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from lstmcast.nn.device import autocast
from lstmcast.nn.run import Run, window_shape
from lstmcast.nn.windows import Addresses, Batch, PanelTensors, gather, take

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
            for part in self._parts(at_once):
                share = len(part.target) / len(self.held_out.target)
                total += self.run.loss(self.run.look(part), self.run.averaged) * share
        return total.item()

    def scores(self, at_once: int = MOST_VALIDATION_WINDOWS) -> Tensor:
        """Return the normal scores [B, H] of the held-out targets under the averaged network."""
        none = self.held_out.target[:0]
        return torch.cat([none, *(self._scores(part) for part in self._parts(at_once))])

    @torch.no_grad()
    def _scores(self, batch: Batch) -> Tensor:
        run = self.run
        features = run.look(batch).features
        with autocast(run.device, run.config.training.precision):
            parameters = run.averaged(features)[:, : batch.target.shape[1]]
        return run.averaged.shape.outlook.score(parameters, batch.target, features.scale)

    def _parts(self, at_once: int) -> Iterator[Batch]:
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
    held = min(config.horizon, (longest - 1) // 2)
    if held == 0:
        return []
    n_folds = min(MOST_FOLDS, (longest - 1) // held - 1)
    return [
        _make_fold(
            panel, config, (held, held * (1 + member % n_folds)), start[member] if start else None
        )
        for member in range(config.model.members)
    ]


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
