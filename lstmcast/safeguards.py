"""What keeps a training from being lost: an end in good order, and a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lstmcast import checkpoint
from lstmcast.errors import TrainingError
from lstmcast.nn.control import Control, Stop
from lstmcast.nn.distributed import ALONE, Workers
from lstmcast.nn.divergence import DivergenceError
from lstmcast.nn.training import Trained, fit
from lstmcast.reuse import starting_weights

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from lstmcast.artifact import Model
    from lstmcast.checkpoint import Origin
    from lstmcast.config import ResolvedConfig
    from lstmcast.data.panel import Panel
    from lstmcast.nn.events import OnEvent
    from lstmcast.nn.windows import PanelTensors


@dataclass(frozen=True)
class Safeguards:
    """How a training is kept from being lost.

    `stop` ends it early. `checkpoint` is a file that holds its state, written every
    `training.checkpoint_seconds`, whole or not at all; whoever has saved the model removes it. With
    `resume` training goes on from there, if the file is there. Of several `workers` that train
    together, all read the checkpoint and the first one writes it.
    """

    stop: Stop = field(default_factory=Stop)
    checkpoint: Path | None = None
    resume: bool = False
    workers: Workers = ALONE


def control_of(safeguards: Safeguards, origin: Origin, base: Model | None) -> Control:
    """Tie the safeguards of a training to what it comes from.

    Raises:
        ModelFileError, UsageError, DataError: as for `checkpoint.load`.
    """
    path = safeguards.checkpoint
    start = starting_weights(base) if base else None
    if path is None:
        return Control(safeguards.stop, start=start)
    resume = checkpoint.load(path, origin) if safeguards.resume and path.exists() else None
    save = partial(checkpoint.save, path, origin) if safeguards.workers.is_first else None
    return Control(safeguards.stop, save, resume, start)


def fit_panel(
    panel: Panel,
    tensors: PanelTensors,
    config: ResolvedConfig,
    on_event: OnEvent,
    control: Control | None = None,
) -> Trained:
    """Train, and call a window that spoils the training by its name and time.

    The tensors are those of the panel, or of the share that a worker has of it.

    Raises:
        DataError, TrainingError: as for `fit`.
    """
    try:
        trained = fit(tensors, config, on_event, control)
    except DivergenceError as error:
        series = tensors.workers.deal(panel.lengths, error.worker)[error.series]
        stamps = panel.axis.stamps(panel.first_steps[[series]] + error.cutoff)
        name = f"series '{panel.series_ids[series]}'"
        raise TrainingError(error.sentence(name, str(panel.axis.render(stamps)[0]))) from error
    return replace(trained, points=_in_order(trained.points, tensors.workers, panel))


def _in_order(points: NDArray[np.float32], workers: Workers, panel: Panel) -> NDArray[np.float32]:
    """Bring what workers forecast of their series, one after another, into the panel's order."""
    if workers.size == 1 or not len(points):
        return points
    dealt = [workers.deal(panel.lengths, rank) for rank in range(workers.size)]
    return points[np.argsort(np.concatenate(dealt))]
