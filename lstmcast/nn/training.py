"""Training: random windows of the whole panel, and a stopping step found on held-out ends.

The learning rate stays constant after a short warm-up, and what is validated and kept is a running
average of the weights. So the network after any step is a finished one, as if the rate had been
annealed there, and the number of steps that validated best can be repeated on all the data.
"""

from __future__ import annotations

import contextlib
import copy
import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from lstmcast.errors import DataError, TrainingError
from lstmcast.nn.device import autocast
from lstmcast.nn.events import (
    OnEvent,
    Phase,
    PhaseFinished,
    PhaseStarted,
    Progress,
    Validated,
    ignore,
)
from lstmcast.nn.heads import pinball
from lstmcast.nn.networks import Forecaster, build_forecaster
from lstmcast.nn.scaling import fit_scale, standardise
from lstmcast.nn.windows import Addresses, Batch, PanelTensors, gather, window_sampler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lstmcast.config import ResolvedConfig

WARM_UP_STEPS = 50
UNVALIDATED_STEPS = 50  # where nothing says when to stop: an end to the warm-up, and no further
# The average of the weights reaches back over about the last tenth of the steps, however many:
# Karras et al. (2024), "Analyzing and improving the training dynamics of diffusion models", 3.1.
AVERAGED_SHARE = 0.1
CHECKS = 24  # validations in a full search
PATIENCE = 8  # validations in a row without a better score that end a search
SMALL_BATCH = 64  # windows; see _threads_for
MOST_VALIDATION_WINDOWS = 4096
ENOUGH_WINDOWS = 32  # to validate on: fewer in one fold ask for another
MOST_FOLDS = 3
REPORTS = 100  # losses read in a full phase: each reading waits for the device
# Spreads per step that a window can lose at the most: one wild window must not steer a batch.
MOST_LOSS = 5.0


@dataclass(frozen=True)
class Trained:
    """A network that is ready to forecast, and how it came to be."""

    forecaster: Forecaster
    steps: int
    validation_score: float | None  # mean pinball loss of the held-out windows, in spreads


def fit(panel: PanelTensors, config: ResolvedConfig, on_event: OnEvent = ignore) -> Trained:
    """Find the stopping step on the held-out ends of the series, then train on all of them.

    Series shorter than two horizons hold out less; where none has three steps, nothing can be
    validated, and a few steps leave the network close to its anchor.

    Raises:
        DataError: no series has two steps.
        TrainingError: the loss is no longer a number.
    """
    with _seeded(config.seed, panel.values.device), _threads_for(config.training.batch_size):
        best = _search(panel, config, on_event)
        steps = best.best_step if best else min(UNVALIDATED_STEPS, config.training.max_steps)
        run = _Run(panel, config, on_event)
        run.begin("final", steps)
        run.advance(steps)
        run.finish()
    return Trained(run.averaged, steps, best.best_score if best else None)


def window_loss(quantiles: Tensor, target: Tensor) -> Tensor:
    """Mean over windows of their pinball loss per observed step, in scaled units.

    `quantiles` [B, H, Q], `target` [B, H] with NaN where not observed.
    """
    observed = ~target.isnan()
    losses = pinball(quantiles, target.nan_to_num(0.0)) * observed
    per_window = losses.sum(dim=1) / observed.sum(dim=1).clamp(min=1)
    return per_window.clamp(max=MOST_LOSS).mean()


def _search(panel: PanelTensors, config: ResolvedConfig, on_event: OnEvent) -> Validated | None:
    """Train without the ends of the series, and find the step after which they are forecast best.

    A panel of few series is held out in several folds, one horizon further back each, since a
    single window would leave the choice to chance.
    """
    folds = _make_folds(panel, config, on_event)
    if not folds:
        return None
    most = config.training.max_steps
    every = max(1, most // CHECKS)
    for fold in folds:
        fold.run.begin("search", most)
    best = Validated(step=0, score=math.inf, best_step=0, best_score=math.inf)
    while best.step < most and best.step - best.best_step < PATIENCE * every:
        steps = min(every, most - best.step)
        scores = [fold.advance(steps) for fold in folds]
        best = _better(best, best.step + steps, sum(scores) / len(scores))
        on_event(best)
    for fold in folds:
        fold.run.finish()
    return best


class _Fold(NamedTuple):
    """A training run, and what it must not see."""

    run: _Run
    held_out: Batch

    def advance(self, steps: int) -> float:
        """Train on, then score the held-out windows."""
        self.run.advance(steps)
        return self.run.validate(self.held_out)


def _make_folds(panel: PanelTensors, config: ResolvedConfig, on_event: OnEvent) -> list[_Fold]:
    """Hold out the last horizon of each series that can spare it, then the one before, ..."""
    held = min(config.horizon, (int(panel.ends.max()) - 1) // 2)
    folds: list[_Fold] = []
    n_windows = 0
    while held and len(folds) < MOST_FOLDS and n_windows < ENOUGH_WINDOWS:
        shift = held * (len(folds) + 1)
        spare = (panel.ends > shift + held).nonzero().squeeze(1)
        if len(spare) == 0:
            break
        ends = panel.ends.index_add(0, spare, torch.full_like(spare, -shift))
        judges = spare[:: -(-len(spare) // MOST_VALIDATION_WINDOWS)]
        windows = Addresses(judges, ends[judges] - 1)
        held_out = gather(panel, windows, config.context_length, held)
        run = _Run(panel.truncated(ends), config, ignore if folds else on_event)
        folds.append(_Fold(run, held_out))
        n_windows += len(judges)
    return folds


def _better(best: Validated, step: int, score: float) -> Validated:
    if score < best.best_score:
        return Validated(step, score, best_step=step, best_score=score)
    return replace(best, step=step, score=score)


class _Run:
    """One pass of training from fresh weights: a network, its optimiser and its average."""

    def __init__(self, panel: PanelTensors, config: ResolvedConfig, on_event: OnEvent) -> None:
        self.panel, self.config, self.on_event = panel, config, on_event
        self.device = panel.values.device
        self.sampler = window_sampler(panel, _history(config), config.horizon)
        if len(self.sampler.series) == 0:
            raise DataError("no series has two steps: there is nothing to learn from.")
        self.forecaster = build_forecaster(config).to(self.device)
        self.averaged = copy.deepcopy(self.forecaster).eval()
        self.optimiser = torch.optim.AdamW(
            self.forecaster.parameters(),
            lr=config.training.learning_rate,
            weight_decay=config.training.weight_decay,
            fused=self.device.type in {"cpu", "cuda"},
        )
        self.step = 0
        self.losses = torch.zeros((), device=self.device)

    def begin(self, phase: Phase, steps: int) -> None:
        """Tell that the pass begins, and from now on now and then how it goes."""
        self.phase = phase
        self.report_every = max(1, steps // REPORTS)
        self.started = time.perf_counter()
        parameters = sum(weights.numel() for weights in self.forecaster.parameters())
        n_series = len(self.sampler.series)
        self.on_event(PhaseStarted(phase, steps, n_series, parameters, self.device.type))

    def advance(self, steps: int) -> None:
        """Take `steps` optimiser steps, each on freshly drawn windows."""
        for _ in range(steps):
            windows = self.sampler.draw(self.config.training.batch_size)
            batch = gather(self.panel, windows, self.config.context_length, self.config.horizon)
            self.losses += self._learn(batch)
            self.step += 1
            self._average()
            if self.step % self.report_every == 0:
                self._report()

    def validate(self, batch: Batch) -> float:
        """Score the averaged network on held-out windows: lower is better."""
        with torch.no_grad():
            return self._loss(self.averaged, batch).item()

    def finish(self) -> None:
        """Tell that the pass is over."""
        self.on_event(PhaseFinished(self.phase, self.step, time.perf_counter() - self.started))

    def _learn(self, batch: Batch) -> Tensor:
        for group in self.optimiser.param_groups:
            group["lr"] = self._learning_rate()
        loss = self._loss(self.forecaster, batch)
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.forecaster.parameters(), self.config.training.gradient_clip)
        self.optimiser.step()
        return loss.detach()

    def _loss(self, forecaster: Forecaster, batch: Batch) -> Tensor:
        scale = fit_scale(batch.context, self.config.season_length)
        with autocast(self.device, self.config.training.precision):
            quantiles = forecaster.scaled_quantiles(batch.context, scale, batch.target.shape[1])
        return window_loss(quantiles, standardise(batch.target, scale))

    def _learning_rate(self) -> float:
        return self.config.training.learning_rate * min(1.0, (self.step + 1) / WARM_UP_STEPS)

    def _average(self) -> None:
        weight = 1 / (1 + AVERAGED_SHARE * self.step)
        with torch.no_grad():
            for mean, newest in zip(
                self.averaged.parameters(), self.forecaster.parameters(), strict=True
            ):
                mean.lerp_(newest, weight)

    def _report(self) -> None:
        loss = self.losses.item() / self.report_every
        self.losses.zero_()
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss is no longer a number at step {self.step}: "
                "try a smaller --set training.learning_rate."
            )
        self.on_event(Progress(self.phase, self.step, loss, self._learning_rate()))


def _history(config: ResolvedConfig) -> int:
    """Steps behind a training cutoff, where the series has them: enough to see a season repeat."""
    return min(config.context_length, max(2, config.season_length + 2))


@contextlib.contextmanager
def _threads_for(batch_size: int) -> Iterator[None]:
    """Train on one thread where the batch is small, and give the caller his threads back.

    Threads that wait for each other at every step of a small LSTM win nothing (8.1 ms a step of 32
    windows on one thread, 9.1 ms on two), and beside other work they lose several times that.
    """
    threads = torch.get_num_threads()
    if batch_size <= SMALL_BATCH:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextlib.contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch for the while, and give the caller its random state back."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield
