"""Training: the networks are searched for the step at which they forecast held-out ends best.

From there they go on with all the data.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import torch

from lstmcast.errors import TrainingError
from lstmcast.nn.calibration import TOLD, coverage, interval_ends
from lstmcast.nn.control import Control
from lstmcast.nn.copula import lag_correlations
from lstmcast.nn.course import Course
from lstmcast.nn.crew import Crew
from lstmcast.nn.distributed import WorkerLostError
from lstmcast.nn.events import Notice, OnEvent, ignore
from lstmcast.nn.folds import Fold, make_folds
from lstmcast.nn.forecaster import Forecaster, Learnt, nothing_learnt
from lstmcast.nn.run import Run
from lstmcast.nn.trials import held_out_points, joint_scores, no_points

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from lstmcast.config import ResolvedConfig
    from lstmcast.nn.windows import PanelTensors

UNVALIDATED_STEPS = 50  # where nothing says when to stop: an end to the warm-up, and no further
# Steps taken with all the data, as a share of those found on the rest. That forecasts as well as
# training anew for as many steps, in 0.6 of the time: MASE 2.15 and 2.15 on held-out ends of M4
# weekly, mean of seven runs each.
CARRIED_SHARE = 0.25
CHECKS = 24  # validations in a full search
PATIENCE = 8  # validations in a row without a good score that end a search
# Where scores are level, the network that has learnt for longer forecasts better. Held-out ends of
# M4 weekly, 718 windows: the lowest score came after 396 of 1,600 steps (0.256, the last 0.258);
# MASE of the networks of that step was 2.28, of the last 2.17. Scores of more windows are less a
# matter of chance: of 4,227 on daily, where they no longer fall, they move by 0.3 %.
MOST_TOLERANCE = 0.02
TOLERANCE_OF_ONE = 0.5  # falls with the root of the number of windows
# A window that is validated takes no backward pass: about a third of one that is learnt from.
VALIDATION_SHARE = 1 / 3

Ending = Literal["complete", "budget", "stopped"]


@dataclass(frozen=True)
class Trained:
    """Networks that are ready to forecast, and how they came to be."""

    forecaster: Forecaster
    steps: int  # of each network
    validation_score: float | None  # mean loss of the held-out windows, in spreads or nats
    ending: Ending
    coverage: dict[str, list[float]] | None  # of held-out windows, see `TrainingRecord`
    points: NDArray[np.float32]  # [S, F, H], forecast of held-out ends if there is a guard


def fit(
    panel: PanelTensors,
    config: ResolvedConfig,
    on_event: OnEvent = ignore,
    control: Control | None = None,
) -> Trained:
    """Find the stopping step on the held-out ends of the series, then go on with all of them.

    Series shorter than two horizons hold out less; where none has three steps, nothing can be
    validated, and a few steps leave the networks close to their anchor. If the caller asks for the
    end, or time is up, the networks are those that did best so far.

    Raises:
        DataError: no series has two steps.
        TrainingError: the loss is no longer a number, memory does not suffice for one window, a
            worker was lost, or the caller asked for the end before anything had been validated.
        UsageError: there are more workers than series to learn from.
    """
    control = control or Control()
    with _seeded(config.seed, panel.device):
        folds = make_folds(panel, config, control.start)
        runs = [fold.run for fold in folds] or _make_runs(panel, config, control)
        with Crew(runs) as crew:
            course = Course(crew, on_event, control, _nothing_learnt(panel, config))
            try:
                _take_course(course, folds, panel)
            except WorkerLostError:
                course.save()
                raise
    return _result(course, has_folds=bool(folds))


def _nothing_learnt(panel: PanelTensors, config: ResolvedConfig) -> Learnt:
    """Begin with nothing learnt; with a guard, there is room for the points of held-out ends."""
    if not config.forecast.guarded:
        return nothing_learnt(config.horizon)
    return nothing_learnt(config.horizon, panel.workers.gather(no_points(panel, config)))


def _take_course(course: Course, folds: list[Fold], panel: PanelTensors) -> None:
    if folds and course.phase != "final":
        _search(course, folds)
        _learn_from_held_out(course, folds, panel)
    if not course.asked and (course.best.best_step or not folds):
        _go_on(course, panel)


def _make_runs(panel: PanelTensors, config: ResolvedConfig, control: Control) -> list[Run]:
    members = range(config.model.members)
    return [Run(panel, config, control.start[k] if control.start else None) for k in members]


def _search(course: Course, folds: list[Fold]) -> None:
    """Train without the held-out windows, and go back to the step that forecast them best.

    Without early stopping the last step is taken, however well it does.
    """
    most = max(1, int(course.training.max_steps / (1 + CARRIED_SHARE)))
    every = max(1, most // CHECKS)
    course.begin("search", most)
    reserve = partial(_time_to_end, course, folds)
    goes_on = True
    patience = PATIENCE * every if course.training.early_stopping else most
    while goes_on and course.best.step < min(most, course.best.best_step + patience):
        goes_on = course.advance(min(course.best.step + every, most), reserve)
        in_time = goes_on or course.has_time_for(_time_to_validate(course, folds))
        if course.asked or course.step == course.best.step or not in_time:
            break
        _check(course, folds)
    course.finish()
    _save_if_asked(course)
    if not course.training.early_stopping and not course.asked and course.best.step == course.step:
        course.settle()
        course.best = replace(course.best, best_step=course.step, best_score=course.best.score)
    elif course.best.best_step:
        for run in course.runs:
            run.go_back(run.kept)


def _check(course: Course, folds: list[Fold]) -> None:
    """Validate, and keep the networks if they are next to their best."""
    score = course.validate(folds)
    lowest = min(course.best.lowest_score, score)  # a score may be no number
    best = replace(course.best, step=course.step, score=score, lowest_score=lowest)
    if score <= (1 + _tolerance(course, folds)) * lowest:
        course.settle()
        for run in course.runs:
            run.keep()
        best = replace(best, best_step=best.step, best_score=score)
    course.best = best
    course.on_event(best)


def _tolerance(course: Course, folds: list[Fold]) -> float:
    """Share by which a score may lie above the lowest, and be as good."""
    windows = course.workers.sum(torch.tensor(sum(len(fold.held_out.target) for fold in folds)))
    return min(MOST_TOLERANCE, TOLERANCE_OF_ONE / math.sqrt(windows))


def _learn_from_held_out(course: Course, folds: list[Fold], panel: PanelTensors) -> None:
    """Learn from the held-out windows how errors go together, and how wide intervals must be.

    If there is a guard, what was forecast of them is kept for it.
    """
    if not course.best.best_step:
        return
    gather, config = course.workers.gather, course.runs[0].config
    scores = [gather(part) for part in course.each(Fold.scores, folds)]
    joint = gather(course.do(partial(joint_scores, folds, panel)))
    ends = interval_ends(joint, config.horizon)
    points = course.learnt.points
    if config.forecast.guarded:
        points = gather(course.do(partial(held_out_points, folds, panel)))
    course.learnt = Learnt(lag_correlations(scores), ends, coverage(joint, ends), points)


def _time_to_validate(course: Course, folds: list[Fold]) -> float:
    """Seconds that a validation takes: as long as the last one, or what the steps make expect."""
    windows = max(len(fold.held_out.target) for fold in folds)
    steps = VALIDATION_SHARE * windows / course.runs[0].batch_size
    return course.validation_seconds or steps * course.step_seconds


def _time_to_end(course: Course, folds: list[Fold]) -> float:
    """Seconds that an end here takes: to validate, to score the windows, to go on with all data."""
    final = CARRIED_SHARE * course.step * course.step_seconds
    return final + 2 * _time_to_validate(course, folds)


def _go_on(course: Course, panel: PanelTensors) -> None:
    """Train with all the data."""
    most = course.training.max_steps - course.step
    found = course.best.best_step
    steps = min(math.ceil(CARRIED_SHARE * found) if found else UNVALIDATED_STEPS, most)
    for run in course.runs:
        run.see(panel)
    course.begin("final", steps)
    course.advance(course.goal)
    course.finish()
    _save_if_asked(course)


def _save_if_asked(course: Course) -> None:
    """Save the last barrier for a later training, unless next to nothing would be lost."""
    if course.asked and (course.best.best_step or course.has_saved):
        course.save()


def _result(course: Course, *, has_folds: bool) -> Trained:
    useful = course.best.best_step > 0
    if course.asked and not useful:
        raise TrainingError("training was stopped before there was a model.")
    if has_folds and not useful and not course.late:
        raise TrainingError(
            "no validation gave a number: look for values that are far from all others "
            "(lstmcast check)."
        )
    if has_folds and not useful:
        course.on_event(
            Notice(
                f"time was up after {course.step:,} steps, before any validation: the forecasts "
                "lean on the seasonal naive anchor"
            )
        )
    score = course.best.best_score if useful else None
    ending: Ending = "stopped" if course.asked else "budget" if course.late else "complete"
    networks = (run.averaged for run in course.runs)
    device = course.runs[0].device
    forecaster = Forecaster(networks, Learnt(*(part.to(device) for part in course.learnt))).eval()
    told = course.learnt.coverage
    covered = {f"{100 * promise:g}": row.tolist() for promise, row in zip(TOLD, told, strict=True)}
    return Trained(
        forecaster,
        course.step,
        score,
        ending,
        None if told.isnan().any() else covered,
        course.learnt.points.numpy(),
    )


@contextlib.contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch for the while, and give the caller its random state back."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield
