"""The history of a training for TensorBoard: needs the extra 'tensorboard', not TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from lstmcast.errors import UsageError
from lstmcast.nn.events import PhaseFinished, StepsTaken, TrainingEvent, Validated

if TYPE_CHECKING:
    from pathlib import Path


class Summaries:
    """A listener that writes what it hears to a folder; a context, which closes it.

    Each phase and each network has curves of its own, named such as `search/loss/1`.

    Raises:
        UsageError: the package is not installed, or the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise UsageError(
                "--tensorboard needs the package 'tensorboard': "
                "pip install 'lstmcast[tensorboard]'."
            ) from error
        try:
            self._writer = SummaryWriter(str(folder))
        except OSError as error:
            raise UsageError(f"cannot write to {folder}: {error.strerror}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def __call__(self, event: TrainingEvent) -> None:
        """Take down one event."""
        match event:
            case StepsTaken():
                self._add_steps(event)
            case Validated():
                self._writer.add_scalar("search/validation", event.score, event.step)
            case PhaseFinished():
                self._writer.flush()

    def _add_steps(self, event: StepsTaken) -> None:
        curves = {
            "loss": event.losses,
            "gradient_norm": event.gradient_norms,
            "learning_rate": event.learning_rates,
        }
        first = event.step - len(event.losses) + 1
        for name, values in curves.items():
            tag = f"{event.phase}/{name}/{event.member + 1}"
            for step, value in enumerate(values, first):
                self._writer.add_scalar(tag, value, step)
