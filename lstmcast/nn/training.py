"""Training: the networks are searched for the step at which they forecast held-out ends best.

From there they go on with all the data.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import torch

from lstmcast.nn.copula import lag_correlations, no_correlations
from lstmcast.nn.crew import Crew
from lstmcast.nn.events import OnEvent, Validated, ignore
from lstmcast.nn.forecaster import Forecaster
from lstmcast.nn.run import Run, window_shape
from lstmcast.nn.windows import Addresses, Batch, PanelTensors, gather

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lstmcast.config import ResolvedConfig

UNVALIDATED_STEPS = 50  # where nothing says when to stop: an end to the warm-up, and no further
# Steps taken with all the data, as a share of those found on the rest. That forecasts as well as
# training anew for as many steps, in 0.6 of the time: MASE 2.15 and 2.15 on held-out ends of M4
# weekly, mean of seven runs each.
CARRIED_SHARE = 0.25
CHECKS = 24  # validations in a full search
PATIENCE = 8  # validations in a row without a better score that end a search
MOST_VALIDATION_WINDOWS = 4096
MOST_FOLDS = 3


@dataclass(frozen=True)
class Trained:
    """Networks that are ready to forecast, and how they came to be."""

    forecaster: Forecaster
    steps: int  # of each network
    validation_score: float | None  # mean loss of the held-out windows, in spreads or nats


def fit(panel: PanelTensors, config: ResolvedConfig, on_event: OnEvent = ignore) -> Trained:
    """Find the stopping step on the held-out ends of the series, then go on with all of them.

    Series shorter than two horizons hold out less; where none has three steps, nothing can be
    validated, and a few steps leave the networks close to their anchor.

    Raises:
        DataError: no series has two steps.
        TrainingError: the loss is no longer a number.
    """
    with _seeded(config.seed, panel.values.device):
        folds = _make_folds(panel, config, on_event)
        runs = [fold.run for fold in folds] or [
            Run(panel, config, listener) for listener in _listeners(config, on_event)
        ]
        correlations = no_correlations()
        with Crew(runs) as crew:
            if folds:
                best = _search(folds, crew, on_event)
                scores = [fold.run.scores(fold.held_out) for fold in folds]
                correlations = lag_correlations(scores)
                most = config.training.max_steps - best.best_step
                steps, score = min(math.ceil(CARRIED_SHARE * best.best_step), most), best.best_score
            else:
                steps, score = min(UNVALIDATED_STEPS, config.training.max_steps), None
            _go_on(crew, panel, steps)
    networks = (run.averaged for run in runs)
    forecaster = Forecaster(networks, correlations.to(panel.values.device)).eval()
    return Trained(forecaster, runs[0].step, score)


def _search(folds: list[_Fold], crew: Crew, on_event: OnEvent) -> Validated:
    """Train without the held-out windows, and go back to the step that forecast them best.

    Without early stopping the last step is taken for the best.
    """
    training = folds[0].run.config.training
    most = max(1, int(training.max_steps / (1 + CARRIED_SHARE)))
    every = max(1, most // CHECKS)
    for fold in folds:
        fold.run.begin("search", most)
    best = Validated(step=0, score=math.inf, best_step=0, best_score=math.inf)
    while best.step < most and best.step - best.best_step < PATIENCE * every:
        steps = min(every, most - best.step)
        scores = crew.each(partial(_Fold.advance, steps=steps), folds)
        score = sum(scores) / len(scores)
        if score < best.best_score or not training.early_stopping:
            best = Validated(best.step + steps, score, best.step + steps, score)
        else:
            best = replace(best, step=best.step + steps, score=score)
        on_event(best)
        if best.best_step == best.step:
            for fold in folds:
                fold.run.keep()
    for fold in folds:
        fold.run.finish()
        fold.run.go_back()
    return best


def _go_on(crew: Crew, panel: PanelTensors, steps: int) -> None:
    """Train with all the data."""
    for run in crew.runs:
        run.see(panel)
        run.begin("final", steps)
    crew.each(partial(Run.advance, steps=steps), crew.runs)
    for run in crew.runs:
        run.finish()


class _Fold(NamedTuple):
    """A training run, and what it must not see."""

    run: Run
    held_out: Batch

    def advance(self, steps: int) -> float:
        """Train on, then score the held-out windows."""
        self.run.advance(steps)
        return self.run.validate(self.held_out)


def _make_folds(panel: PanelTensors, config: ResolvedConfig, on_event: OnEvent) -> list[_Fold]:
    """Hold out for each member another end of the series, as far as they are long enough.

    For the first that is the last horizon of each series that can spare it, for the second the
    horizon before, ...: the choice of the stopping step should not hang on a single window.
    """
    longest = int(panel.ends.max())
    held = min(config.horizon, (longest - 1) // 2)
    if held == 0:
        return []
    n_folds = min(MOST_FOLDS, (longest - 1) // held - 1)
    return [
        _make_fold(panel, config, (held, held * (1 + member % n_folds)), listener)
        for member, listener in enumerate(_listeners(config, on_event))
    ]


def _make_fold(
    panel: PanelTensors, config: ResolvedConfig, place: tuple[int, int], on_event: OnEvent
) -> _Fold:
    held, shift = place
    spare = (panel.ends > shift + held).nonzero().squeeze(1)
    ends = panel.ends.index_add(0, spare, torch.full_like(spare, -shift))
    judges = spare[:: -(-len(spare) // MOST_VALIDATION_WINDOWS)]
    windows = Addresses(judges, ends[judges] - 1)
    held_out = gather(panel, windows, window_shape(config)._replace(horizon=held))
    return _Fold(Run(panel.truncated(ends), config, on_event), held_out)


def _listeners(config: ResolvedConfig, on_event: OnEvent) -> list[OnEvent]:
    """Only the first member tells how it goes: the others go the same way."""
    return [on_event, *[ignore] * (config.model.members - 1)]


@contextlib.contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch for the while, and give the caller its random state back."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield
