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
    goes on from there with everything.
    """

    phase: Phase
    max_steps: int
    n_series: int
    n_parameters: int
    device: str


@dataclass(frozen=True)
class Progress:
    """The phase reached `step`; `loss` is the mean since the last such event."""

    phase: Phase
    step: int
    loss: float
    learning_rate: float


@dataclass(frozen=True)
class Validated:
    """The held-out windows were scored after `step`; lower is better."""

    step: int
    score: float
    best_step: int
    best_score: float


@dataclass(frozen=True)
class PhaseFinished:
    """A phase ended after `steps`."""

    phase: Phase
    steps: int
    seconds: float


TrainingEvent = PhaseStarted | Progress | Validated | PhaseFinished
OnEvent = Callable[[TrainingEvent], None]


def ignore(event: TrainingEvent) -> None:
    """Hear nothing: what the library does unless told otherwise."""
