"""One training as the command runs it: the files there are, signals, listeners, the end."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstmcast import __version__
from lstmcast.cli.budget import deadline
from lstmcast.cli.progress import drawing_progress
from lstmcast.cli.render import SavedModel
from lstmcast.cli.signals import Asked, Stopped, asking, turn_deaf
from lstmcast.errors import ModelFileError, TrainingError, UsageError

if TYPE_CHECKING:
    from lstmcast.artifact import Model
    from lstmcast.cli.options import Talk
    from lstmcast.config import ResolvedConfig
    from lstmcast.data.panel import Panel
    from lstmcast.nn.distributed import Workers
    from lstmcast.nn.events import OnEvent, TrainingEvent
    from lstmcast.safeguards import Safeguards


class Start(Enum):
    """How a training is to begin, after a look at the disk."""

    FRESH = "fresh"
    RESUMED = "resumed"
    NEEDLESS = "needless"  # the model is there


@dataclass(frozen=True)
class Task:
    """A training with all that was decided of it."""

    panel: Panel
    config: ResolvedConfig
    base: Model | None
    path: Path  # of the model
    history: str | None
    tensorboard: str | None
    workers: Workers


def choose_start(task: Task, talk: Talk, *, force: bool, resume: bool) -> Start:
    """Look at what lies on the disk: the model itself, or a checkpoint of its training.

    Raises:
        UsageError: a model is there that this training must not replace.
        ModelFileError: what lies where the checkpoint belongs is none.
    """
    from lstmcast import checkpoint

    unfinished = checkpoint.beside(task.path)
    if not force and _is_done(task):
        return Start.NEEDLESS
    if unfinished.exists():
        checkpoint.read_header(unfinished)
        if resume:
            return Start.RESUMED
    if task.path.is_file() and not force:
        others = "--resume to go on with it" if unfinished.exists() else "another -o MODEL"
        raise UsageError(f"{task.path} exists: give --force to replace it, or {others}.")
    if unfinished.exists():
        talk.note(f"{unfinished} is of an unfinished training, and not used without --resume")
    elif resume:
        talk.note(f"there is no {unfinished}: training begins anew")
    return Start.FRESH


def run_training(task: Task, talk: Talk, *, resume: bool) -> SavedModel:
    """Train and write the model; a signal ends the training early, and then the command.

    Of several workers the first one writes.

    Raises:
        Stopped: a signal came.
        LstmcastError: as for `workflow.train`, or the model cannot be written.
    """
    from lstmcast import artifact, checkpoint
    from lstmcast.nn.control import Stop
    from lstmcast.nn.distributed import WorkerLostError
    from lstmcast.safeguards import Safeguards

    started = time.perf_counter()
    budget = task.config.training.budget_seconds
    stop = Stop(deadline(budget)) if budget else Stop()
    unfinished = checkpoint.beside(task.path)
    with asking(stop) as asked:
        try:
            model = _train(task, talk, Safeguards(stop, unfinished, resume, task.workers))
        except WorkerLostError as error:
            turn_deaf()  # torchrun is about to stop the workers that are left
            further = f" --resume goes on from {unfinished}." if unfinished.exists() else ""
            raise WorkerLostError(f"{error}{further}") from error
        except TrainingError as error:
            raise _without_model(_of_any(asked, task), unfinished, error) from error
    number = _of_any(asked, task)
    seconds = time.perf_counter() - started
    size = artifact.save(model, task.path) if task.workers.is_first else 0
    saved = SavedModel(task.path, size, seconds, model)
    if number is not None:
        raise Stopped(number, _interrupted(saved, unfinished))
    if task.workers.is_first:
        checkpoint.remove(unfinished)
    return saved


def _train(task: Task, talk: Talk, safeguards: Safeguards) -> Model:
    from lstmcast import workflow

    with ExitStack() as open_files:
        listeners: list[OnEvent] = [open_files.enter_context(drawing_progress(talk))]
        if task.history is not None and task.workers.is_first:
            from lstmcast.history import History

            listeners.append(open_files.enter_context(History(Path(task.history))))
        if task.tensorboard is not None and task.workers.is_first:
            from lstmcast.summaries import Summaries

            listeners.append(open_files.enter_context(Summaries(Path(task.tensorboard))))

        def tell(event: TrainingEvent) -> None:
            for listener in listeners:
                listener(event)

        return workflow.train(
            task.panel, task.config, on_event=tell, base=task.base, safeguards=safeguards
        )


def _is_done(task: Task) -> bool:
    """Tell whether the model file holds what this training would lead to."""
    if not task.path.is_file():
        return False
    from lstmcast import artifact
    from lstmcast.provenance import origin_of

    try:
        header = artifact.describe(task.path)
    except ModelFileError:
        return False
    record = header["training"]
    if record["lstmcast_version"] != __version__ or record["ending"] == "stopped":
        return False
    if _comparable(header["config"]) != _comparable(task.config.model_dump(mode="json")):
        return False
    origin = origin_of(task.panel, task.config, task.base)
    return (record["data_hash"], record["base"]) == (origin.data_hash, origin.base)


def _comparable(config: dict[str, Any]) -> dict[str, Any]:
    """Return settings without the one that the model does not hang on."""
    return config | {"training": config["training"] | {"checkpoint_seconds": None}}


def _of_any(asked: Asked, task: Task) -> int | None:
    """Return the signal that some worker got."""
    return task.workers.most(asked.number or 0) or None


def _without_model(number: int | None, unfinished: Path, error: TrainingError) -> BaseException:
    """Say why there is no model: most of all, because the user wanted it so."""
    if number is None:
        return error
    if not unfinished.exists():
        return Stopped(number)
    return Stopped(
        number,
        f"interrupted before there was a model; --resume goes on from {unfinished}.",
    )


def _interrupted(saved: SavedModel, unfinished: Path) -> str:
    score = saved.model.training.validation_score
    validation = "" if score is None else f" (validation {score:.4f})"
    further = "; --resume goes on with it" if unfinished.exists() else ""
    return f"interrupted: wrote {saved.path}, the best so far{validation}{further}."
