"""The course of a training: all its members from one barrier to the next.

Between two barriers the members take a block of steps, each for itself. At a barrier they stand at
the same step, and everything else happens there: what happened is told, a checkpoint is saved, a
block for which memory did not suffice is begun again. Where barriers lie hangs on the steps alone,
not on a clock: a training that is resumed at one goes on as if it had never stopped.
"""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import torch

from lstmcast.errors import ModelFileError, TrainingError, UsageError
from lstmcast.nn.control import Control, MemberStanding, Standing, TrainingState
from lstmcast.nn.events import (
    Notice,
    PhaseFinished,
    PhaseStarted,
    Resumed,
    StepsTaken,
    Validated,
)
from lstmcast.nn.folds import MOST_VALIDATION_WINDOWS, Fold
from lstmcast.nn.forecaster import Learnt
from lstmcast.nn.memory import with_memory
from lstmcast.nn.reports import Reports
from lstmcast.nn.run import Run, RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from lstmcast.nn.crew import Crew
    from lstmcast.nn.events import OnEvent, Phase
    from lstmcast.nn.reports import Taken

BLOCK = 20  # steps from one barrier to the next
SETTLED, KEPT = "settled", "kept"  # states of a member
UNTRIED = Validated(0, math.inf, 0, math.inf, math.inf)

T = TypeVar("T")


def nothing_else() -> float:
    """Return the seconds that must be left after some steps where nothing comes after them."""
    return 0.0


class Course:
    """Members on their way, and what the caller wants to hear and have of it."""

    def __init__(self, crew: Crew, on_event: OnEvent, control: Control, learnt: Learnt) -> None:
        self.crew, self.runs, self.on_event, self.control = crew, crew.runs, on_event, control
        self.workers = crew.runs[0].workers
        self.training = crew.runs[0].config.training
        now = time.monotonic()
        self.began = self.saved = now
        budget = self.training.budget_seconds or math.inf
        self.deadline = min(control.stop.deadline, now + budget)
        self.late = False  # whether the deadline cut something short
        self.has_saved = control.resume is not None
        self.at_once = MOST_VALIDATION_WINDOWS
        self.step_seconds = self.validation_seconds = 0.0
        self.phase: Phase | None = None
        self.best, self.first_step, self.goal = UNTRIED, 0, 0
        self.learnt = learnt  # nothing yet
        if control.resume is not None:
            self._take_up(control.resume)

    @property
    def step(self) -> int:
        """Steps behind; after a deadline other members may be some steps off."""
        return self.runs[0].step

    @property
    def asked(self) -> bool:
        """Whether the caller asked for the end; of several workers, that of any of them."""
        return self.workers.any(self.control.stop.asked)

    def has_time_for(self, seconds: float) -> bool:
        """Tell whether the deadline is further away than that."""
        return not self.workers.any(self.deadline - time.monotonic() <= seconds)

    def begin(self, phase: Phase, steps: int) -> None:
        """Tell that a phase begins, or goes on where an earlier training left it."""
        if self.phase != phase:
            self.phase, self.first_step, self.goal = phase, self.step, self.step + steps
        run = self.runs[0]
        n_parameters = sum(weights.numel() for weights in run.network.parameters())
        self.reports = Reports(phase, self.goal - self.first_step, self.step - self.first_step)
        self.phase_began = time.monotonic()
        self.on_event(
            PhaseStarted(
                phase,
                self.goal - self.first_step,
                run.share.total,
                n_parameters * len(self.runs),
                run.device.type,
                self.step - self.first_step,
            )
        )

    def advance(self, goal: int, reserve: Callable[[], float] = nothing_else) -> bool:
        """Bring all members to the step `goal`; tell whether neither caller nor clock forbade it.

        `reserve` gives the seconds that must be left for what is to come after these steps.
        """
        while self.step < goal:
            n_steps = min(BLOCK, goal - self.step)
            until = self.deadline - reserve()
            started = time.monotonic()
            block = partial(Run.advance, steps=n_steps, due=partial(self._is_due, until))
            taken = with_memory(partial(self.crew.each, block, self.runs), self._halve_batches)
            self._tell(taken)
            n_taken = min(len(each.losses) for each in taken)
            if n_taken:
                self.step_seconds = (time.monotonic() - started) / n_taken
            if n_taken < n_steps:
                self.late = not self.asked
                return False
            self.settle()
            self._save_now_and_then()
        return True

    def settle(self) -> None:
        """Make this the state to come back to."""
        for run in self.runs:
            run.settle()

    def validate(self, folds: list[Fold]) -> float:
        """Score the held-out windows of all members: lower is better."""
        started = time.monotonic()
        mine = self.each(Fold.validate, folds)
        scores = self.workers.average(mine, [len(fold.held_out.target) for fold in folds])
        self.validation_seconds = time.monotonic() - started
        self._demand_alike()
        return sum(scores) / len(scores)

    def each(self, work: Callable[[Fold, int], T], folds: list[Fold]) -> list[T]:
        """Do some work with the held-out windows of all members, so many at once."""
        return self.do(lambda at_once: self.crew.each(lambda fold: work(fold, at_once), folds))

    def do(self, work: Callable[[int], T]) -> T:
        """Do some work with so many windows at once as there is memory for."""
        return with_memory(lambda: work(self.at_once), self._halve_views)

    def finish(self) -> None:
        """Tell that the phase is over."""
        assert self.phase
        self._demand_alike()
        seconds = time.monotonic() - self.phase_began
        self.on_event(PhaseFinished(self.phase, self.step - self.first_step, seconds))

    def save(self) -> None:
        """Hand the last settled state to the caller; that it cannot be kept is no reason to end."""
        if self.control.save is None or not (self.phase and self.training.checkpoint_seconds):
            return
        try:
            self.control.save(self._state())
        except UsageError as error:
            self.on_event(Notice(f"no checkpoint: {error}"))
        else:
            self.has_saved = True
        self.saved = time.monotonic()

    def _is_due(self, until: float) -> bool:
        return self.workers.any(self.control.stop.asked or time.monotonic() >= until)

    def _demand_alike(self) -> None:
        """Find out in time whether workers drift apart, which they cannot on like machines."""
        if self.workers.size > 1:
            weights = [part for run in self.runs for part in run.averaged.state_dict().values()]
            everything = torch.cat([part.flatten() for part in weights]).cpu().numpy().tobytes()
            if not self.workers.are_alike(everything):
                raise TrainingError(
                    "the workers came to different weights: train on machines of one kind, with "
                    "the same versions of torch."
                )

    def _save_now_and_then(self) -> None:
        seconds = self.training.checkpoint_seconds
        if seconds and time.monotonic() - self.saved >= seconds:
            self.save()

    def _halve_batches(self) -> None:
        size = self.runs[0].batch_size // 2
        if size == 0:
            raise TrainingError(
                "memory does not suffice for one window: try a smaller --context-length, "
                "model.hidden_size or model.members."
            )
        for run in self.runs:
            run.go_back(run.settled)
            run.batch_size = size
        self.on_event(Notice(f"memory did not suffice: batches of {size:,} windows from now on"))

    def _halve_views(self) -> None:
        self.at_once //= 2
        if self.at_once == 0:
            raise TrainingError("memory does not suffice to validate one window.")

    def _state(self) -> TrainingState:
        assert self.phase
        standing = Standing(
            self.phase,
            self.first_step,
            self.goal,
            self.best,
            self.runs[0].batch_size,
            time.monotonic() - self.began,
            tuple(
                MemberStanding(run.settled.step, run.kept.step, run.rate_factor, run.retries)
                for run in self.runs
            ),
        )
        tensors = {
            f"{number}.{part}.{name}": tensor
            for number, run in enumerate(self.runs)
            for part, state in {SETTLED: run.settled, KEPT: run.kept}.items()
            if part == SETTLED or state.step != run.settled.step
            for name, tensor in state.tensors.items()
        }
        return TrainingState(standing, tensors | self.learnt._asdict())

    def _take_up(self, state: TrainingState) -> None:
        """Go on from a state that an earlier training saved."""
        standing = state.standing
        self.phase, self.best = standing.phase, standing.best
        self.first_step, self.goal = standing.first_step, standing.goal
        self.began -= standing.seconds
        self.learnt = Learnt(
            *(_fitting(state.tensors, name, own) for name, own in self.learnt._asdict().items())
        )
        for number, (run, member) in enumerate(zip(self.runs, standing.members, strict=True)):
            read = partial(_read, state.tensors, run)
            try:
                run.go_back(read(f"{number}.{SETTLED}", member.step))
            except RuntimeError as error:  # the state of a generator is checked by torch alone
                raise ModelFileError(
                    "the checkpoint is damaged: train without --resume."
                ) from error
            run.keep()
            if member.kept_step != member.step:
                run.kept = read(f"{number}.{KEPT}", member.kept_step)
            run.batch_size = standing.batch_size
            run.rate_factor, run.retries = member.rate_factor, member.retries
        self.on_event(Resumed(standing.phase, self.step - self.first_step))

    def _tell(self, taken: list[Taken]) -> None:
        assert self.phase
        for member, (run, each) in enumerate(zip(self.runs, taken, strict=True)):
            for notice in each.notices:
                self.on_event(Notice(f"network {member + 1}: {notice}"))
            if each.losses:
                self.on_event(
                    StepsTaken(
                        self.phase,
                        member,
                        run.step - self.first_step,
                        tuple(each.losses),
                        tuple(each.gradient_norms),
                        tuple(each.learning_rates),
                        tuple(when - self.began for when in each.times),
                    )
                )
        for event in self.reports.of(taken[0]):
            self.on_event(event)


def _read(tensors: Mapping[str, Tensor], run: Run, place: str, step: int) -> RunState:
    """Find a state of a run among the tensors of a checkpoint, in the shape that the run has."""
    read = {
        name: _fitting(tensors, f"{place}.{name}", own) for name, own in run.settled.tensors.items()
    }
    return RunState(step, read)


def _fitting(tensors: Mapping[str, Tensor], name: str, own: Tensor) -> Tensor:
    """Find a tensor that can take the place of one's own."""
    tensor = tensors.get(name)
    if tensor is None or (tensor.shape, tensor.dtype) != (own.shape, own.dtype):
        raise ModelFileError("the checkpoint does not fit its settings: train without --resume.")
    return tensor.to(own.device)
