"""What training tells while it runs: typed values that the command line draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Phase = Literal["search", "final"]


@dataclass(frozen=True)
class PhaseStarted:
    """A phase of training begins.

    "search" trains on all but the held-out end of each series to find the stopping step; "final"
    goes on from there with everything. A training that is resumed has `taken` steps of it behind.
    """

    phase: Phase
    max_steps: int
    n_series: int
    n_parameters: int
    device: str
    taken: int = 0


@dataclass(frozen=True)
class StepsTaken:
    """A member took the steps of the phase up to `step`, and this is how each of them went.

    All of the same length: losses in spreads, norms of the gradient before it was clipped, learning
    rates, and seconds of training.
    """

    phase: Phase
    member: int
    step: int
    losses: tuple[float, ...]
    gradient_norms: tuple[float, ...]
    learning_rates: tuple[float, ...]
    seconds: tuple[float, ...]


@dataclass(frozen=True)
class Progress:
    """The phase reached `step`; loss and norm of the gradient are means since the last such event.

    They are those of the first member: the others go the same way.
    """

    phase: Phase
    step: int
    loss: float
    learning_rate: float
    gradient_norm: float


@dataclass(frozen=True)
class Validated:
    """The held-out windows were scored after `step`; lower is better.

    The best is the last one that scored next to the lowest.
    """

    step: int
    score: float
    best_step: int
    best_score: float
    lowest_score: float


@dataclass(frozen=True)
class PhaseFinished:
    """A phase ended after `steps`."""

    phase: Phase
    steps: int
    seconds: float


@dataclass(frozen=True)
class Resumed:
    """Training goes on after `step` of `phase`, where a checkpoint left it."""

    phase: Phase
    step: int


@dataclass(frozen=True)
class Notice:
    """A sentence that a user wants to know, such as that a batch had to be made smaller."""

    sentence: str


TrainingEvent = PhaseStarted | StepsTaken | Progress | Validated | PhaseFinished | Resumed | Notice
OnEvent = Callable[[TrainingEvent], None]


def ignore(event: TrainingEvent) -> None:
    """Hear nothing: what the library does unless told otherwise."""
