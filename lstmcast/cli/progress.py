"""Draw the events of a training: a bar where a person watches, now and then a line elsewhere."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lstmcast.cli.render import duration
from lstmcast.cli.signals import stop_if_asked
from lstmcast.cli.streams import is_silent, say
from lstmcast.nn.events import Notice, PhaseFinished, PhaseStarted, Progress, Resumed, Validated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as Bars

    from lstmcast.cli.options import Talk
    from lstmcast.nn.events import OnEvent, Phase, TrainingEvent

SECONDS_BETWEEN_LINES = 10.0
TITLES: dict[Phase, str] = {
    "search": "training without the held-out ends",
    "final": "going on with all data",
}
SHORT_TITLES: dict[Phase, str] = {"search": "held out", "final": "all data"}  # fit 80 columns


@contextmanager
def drawing_progress(talk: Talk) -> Iterator[OnEvent]:
    """Give a listener for training events that draws on stderr as `talk` and the terminal allow."""
    if talk.quiet or sys.stderr is None or is_silent():
        yield lambda _event: stop_if_asked()
    elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _bars() as bars:
            yield Bar(bars, with_gradient=talk.verbose)
    else:
        yield Lines(0.0 if talk.verbose else SECONDS_BETWEEN_LINES, with_gradient=talk.verbose)


class Lines:
    """A listener that says when a phase begins and ends, and between them a line now and then.

    `seconds` is the shortest time between two lines of one phase.
    """

    def __init__(self, seconds: float, *, with_gradient: bool = False) -> None:
        self._seconds, self._with_gradient = seconds, with_gradient
        self._steps = self._taken = 0
        self._began = self._said = 0.0
        self._score = ""

    def __call__(self, event: TrainingEvent) -> None:
        """Draw one event."""
        stop_if_asked()
        match event:
            case PhaseStarted():
                self._steps, self._taken, self._score = event.max_steps, event.taken, ""
                self._began = self._said = time.monotonic()
                say(_opening(event))
            case Validated():
                self._score = f", {_scores(event)}"
            case Progress():
                self._tell(event)
            case PhaseFinished():
                say(_closing(event))
            case Resumed():
                say(_resuming(event))
            case Notice():
                say(event.sentence)

    def _tell(self, event: Progress) -> None:
        now = time.monotonic()
        if now - self._said < self._seconds:
            return
        self._said = now
        left = (now - self._began) * (self._steps - event.step) / (event.step - self._taken)
        gradient = f", gradient norm {event.gradient_norm:.3g}" if self._with_gradient else ""
        say(
            f"step {event.step:,} of {self._steps:,}: loss {event.loss:.4f}{gradient}"
            f"{self._score}, about {duration(left)} left"
        )


class Bar:
    """A listener that moves one Rich bar per phase."""

    def __init__(self, bars: Bars, *, with_gradient: bool = False) -> None:
        self._bars, self._with_gradient = bars, with_gradient
        self._task = bars.add_task("", total=None, loss="", score="")

    def __call__(self, event: TrainingEvent) -> None:
        """Draw one event."""
        stop_if_asked()
        match event:
            case PhaseStarted():
                title = SHORT_TITLES[event.phase]
                self._bars.reset(
                    self._task,
                    total=event.max_steps,
                    completed=event.taken,
                    description=title,
                    loss="",
                    score="",
                )
            case Validated():
                self._bars.update(self._task, score=f"validation {event.score:.4f}")
            case Progress():
                gradient = f" gradient {event.gradient_norm:.3g}" if self._with_gradient else ""
                loss = f"loss {event.loss:.4f}{gradient}"
                self._bars.update(self._task, completed=event.step, loss=loss)
            case PhaseFinished():
                self._bars.console.print(_closing(event))
            case Resumed():
                self._bars.console.print(_resuming(event))
            case Notice():
                self._bars.console.print(event.sentence, markup=False)


def _bars() -> Bars:
    from rich import progress
    from rich.console import Console

    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(bar_width=16),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[loss]}"),
        progress.TextColumn("{task.fields[score]}"),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True, highlight=False),
        transient=True,
    )


def _opening(event: PhaseStarted) -> str:
    return (
        f"{TITLES[event.phase]}: up to {event.max_steps:,} steps on {event.device}, "
        f"{event.n_series:,} series, {event.n_parameters:,} weights"
    )


def _closing(event: PhaseFinished) -> str:
    return f"{TITLES[event.phase]}: {event.steps:,} steps in {duration(event.seconds)}"


def _resuming(event: Resumed) -> str:
    return f"{TITLES[event.phase]}: resumed after step {event.step:,}"


def _scores(event: Validated) -> str:
    return f"validation {event.score:.4f} (best {event.best_score:.4f})"
