"""What a caller has a say in while a training runs: when it ends, and what becomes of its state."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

# A checkpoint is checked by these annotations when it is read.
from lstmcast.nn.events import Phase, Validated  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor


class Stop:
    """Ends a training early: when asked to, which a signal handler or a thread may do, or in time.

    `deadline` is a time of `time.monotonic`.
    """

    def __init__(self, deadline: float = math.inf) -> None:
        self.deadline = deadline
        self.asked = False

    def ask(self) -> None:
        """Let the training end after the step that it is at."""
        self.asked = True


@dataclass(frozen=True)
class MemberStanding:
    """Where one network stands."""

    step: int
    kept_step: int  # the step of the state that is taken for the best
    rate_factor: float  # of the learning rate, below 1 after a loss that was no number
    retries: int


@dataclass(frozen=True)
class Standing:
    """Where a training stands; with its tensors that is all it takes to go on from there."""

    phase: Phase
    first_step: int  # of the phase
    goal: int  # the step at which the phase ends at the latest
    best: Validated
    batch_size: int
    seconds: float  # of training so far
    members: tuple[MemberStanding, ...]


class TrainingState(NamedTuple):
    """A training that can be taken up again."""

    standing: Standing
    tensors: Mapping[str, Tensor]


@dataclass(frozen=True)
class Control:
    """What the caller of a training wants beside its result.

    `start` holds the weights by name with which each member begins, instead of fresh ones. `resume`
    is the state that an earlier training gave to `save`, of the same panel, settings and start.
    """

    stop: Stop = field(default_factory=Stop)
    save: Callable[[TrainingState], None] | None = None
    resume: TrainingState | None = None
    start: Sequence[Mapping[str, Tensor]] | None = None
