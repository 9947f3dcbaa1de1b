"""Forecasts of held-out ends, by the networks that have learnt nothing of them.

A network holds one end of each series out, and does not see beyond it: of ends nearer to the last
step it has learnt nothing either. But a series that is too short to spare its end is learnt whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from lstmcast.nn.device import autocast
from lstmcast.nn.folds import MOST_VALIDATION_WINDOWS, ends_of, thinned
from lstmcast.nn.forecaster import Outlook
from lstmcast.nn.run import window_shape
from lstmcast.nn.windows import Addresses, gather

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from lstmcast.config import ResolvedConfig
    from lstmcast.nn.folds import Fold
    from lstmcast.nn.run import Run
    from lstmcast.nn.windows import Batch, PanelTensors


class Trial(NamedTuple):
    """Ends of some series, and the networks that have learnt nothing of them."""

    windows: Addresses  # [B]
    runs: tuple[Run, ...]
    length: int  # steps of each end


@torch.no_grad()
def joint_scores(folds: Sequence[Fold], panel: PanelTensors, at_once: int) -> Tensor:
    """Return the normal scores [B, H] of the last ends of series under the mean of networks.

    Of the series of a large panel, as many are taken as each network is validated on.
    """
    scores = [
        _look_ahead(trial, batch).score(batch.target)
        for trial in _trials(folds, panel, 0, MOST_VALIDATION_WINDOWS)
        for batch in _batches(trial, panel, at_once)
    ]
    return torch.cat([folds[0].held_out.target[:0], *scores])


@torch.no_grad()
def held_out_points(folds: Sequence[Fold], panel: PanelTensors, at_once: int) -> Tensor:
    """Return the points that networks forecast of all ends that were held out: [S, F, H].

    The last end of a series is the first one. NaN for ends that were not held out.
    """
    points = no_points(panel, folds[0].run.config)
    for end in range(points.shape[1]):
        for trial in _trials(folds, panel, end):
            found = [
                _look_ahead(trial, batch).point().cpu().float()
                for batch in _batches(trial, panel, at_once)
            ]
            points[trial.windows.series.cpu(), end] = torch.cat([points[:0, 0], *found])
    return points


def no_points(panel: PanelTensors, config: ResolvedConfig) -> Tensor:
    """Say that nothing was forecast of the series of a worker: as `held_out_points`."""
    ends = ends_of(panel, config)
    return torch.full((len(panel.ends), ends.number, ends.length), torch.nan)


def _trials(
    folds: Sequence[Fold], panel: PanelTensors, end: int, most: int | None = None
) -> Iterator[Trial]:
    """Take the series that can spare an end apart, by how many ends before it they can spare."""
    runs = [fold.run for fold in folds]
    ends = ends_of(panel, runs[0].config)
    spared = torch.stack([panel.ends > ends.steps(1 + number) for number in range(ends.number)])
    able = spared[end].nonzero().squeeze(1)
    series = able if most is None else thinned(able, panel, most)
    counts = spared.sum(dim=0)[series]
    for count in range(end + 1, ends.number + 1):
        mine = series[counts == count]
        blind = [run for k, run in enumerate(runs) if end <= k % ends.number < count]
        cutoffs = panel.ends[mine] - ends.length * (1 + end) - 1
        yield Trial(Addresses(mine, cutoffs), tuple(blind), ends.length)


def _batches(trial: Trial, panel: PanelTensors, at_once: int) -> Iterator[Batch]:
    """Read the windows of a trial, so many at once."""
    shape = window_shape(trial.runs[0].config)._replace(horizon=trial.length)
    for first in range(0, len(trial.windows.series), at_once):
        part = slice(first, first + at_once)
        yield gather(panel, Addresses(*(address[part] for address in trial.windows)), shape)


def _look_ahead(trial: Trial, batch: Batch) -> Outlook:
    """Look ahead by all networks of a trial."""
    first = trial.runs[0]
    features = first.look(batch).features
    with autocast(first.device, first.config.training.precision):
        parameters = tuple(run.averaged(features)[:, : trial.length] for run in trial.runs)
    return Outlook(first.averaged.shape.outlook, parameters, features.scale)
