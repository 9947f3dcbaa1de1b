"""One network in training: it learns from random windows, and its weights are averaged.

The learning rate stays constant after a short warm-up, and the running average of the weights is
what is validated and kept. So the network after any step is a finished one, as if the rate had been
annealed there.
"""

from __future__ import annotations

import copy
import math
import time
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from lstmcast.errors import DataError, TrainingError
from lstmcast.nn.device import autocast
from lstmcast.nn.events import OnEvent, Phase, PhaseFinished, PhaseStarted, Progress
from lstmcast.nn.networks import Network, build_network
from lstmcast.nn.scaling import Scale, fit_scale, standardise
from lstmcast.nn.windows import (
    Batch,
    PanelTensors,
    WindowShape,
    gather,
    sizes_of,
    window_sampler,
)

if TYPE_CHECKING:
    from lstmcast.config import ResolvedConfig

WARM_UP_STEPS = 50
# The average of the weights reaches back over about the last tenth of the steps, however many:
# Karras et al. (2024), "Analyzing and improving the training dynamics of diffusion models", 3.1.
AVERAGED_SHARE = 0.1
REPORTS = 100  # losses read in a full phase: each reading waits for the device


class Run:
    """Training of one network from fresh weights: the network, its optimiser and its average.

    Fresh weights come from torch's generator, and with them the seed of the run's own, so that what
    a run does hangs on no other that is beside it.
    """

    def __init__(self, panel: PanelTensors, config: ResolvedConfig, on_event: OnEvent) -> None:
        self.config, self.on_event = config, on_event
        self.halted = False
        self.see(panel)
        if len(self.sampler.series) == 0:
            raise DataError("no series has two steps: there is nothing to learn from.")
        self.device = panel.values.device
        self.network = build_network(config, sizes_of(panel)).to(self.device)
        self.distribution = self.network.head.distribution
        self.generator = torch.Generator(self.device)
        self.generator.manual_seed(int(torch.randint(2**62, ())))
        if panel.covariates is not None:
            self.network.covariates.fit(panel.covariates)
        self.averaged = copy.deepcopy(self.network).eval()
        self.network.draw_from(self.generator)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(),
            lr=config.training.learning_rate,
            weight_decay=config.training.weight_decay,
            fused=self.device.type in {"cpu", "cuda"},
        )
        self.step = 0
        self.keep()

    def see(self, panel: PanelTensors) -> None:
        """Draw windows from `panel` from now on."""
        self.panel = panel
        self.sampler = window_sampler(panel, _history(self.config), self.config.horizon)

    def keep(self) -> None:
        """Remember this state of training."""
        states = (
            self.network.state_dict(),
            self.averaged.state_dict(),
            self.optimiser.state_dict(),
        )
        self.kept = self.step, copy.deepcopy(states)

    def go_back(self) -> None:
        """Take up the state of training that was remembered last."""
        self.step, (network, averaged, optimiser) = self.kept
        self.network.load_state_dict(network)
        self.averaged.load_state_dict(averaged)
        self.optimiser.load_state_dict(optimiser)

    def begin(self, phase: Phase, steps: int) -> None:
        """Tell that a phase begins, and from now on now and then how it goes."""
        self.phase, self.first_step = phase, self.step
        self.report_every = max(1, steps // REPORTS)
        self.losses = torch.zeros((), device=self.device)
        self.started = time.perf_counter()
        of_one = sum(weights.numel() for weights in self.network.parameters())
        parameters = of_one * self.config.model.members
        n_series = len(self.sampler.series)
        self.on_event(PhaseStarted(phase, steps, n_series, parameters, self.device.type))

    def advance(self, steps: int) -> None:
        """Take `steps` optimiser steps, each on freshly drawn windows; fewer once `halted`."""
        shape = window_shape(self.config)
        for _ in range(steps):
            if self.halted:
                return
            windows = self.sampler.draw(self.config.training.batch_size, self.generator)
            batch = gather(self.panel, windows, shape)
            self.losses += self._learn(batch)
            self.step += 1
            self._average()
            if (self.step - self.first_step) % self.report_every == 0:
                self._report()

    def validate(self, batch: Batch) -> float:
        """Score the averaged network on held-out windows: lower is better."""
        with torch.no_grad():
            return self._loss(self.averaged, batch).item()

    def scores(self, batch: Batch) -> Tensor:
        """Normal scores [B, H] of held-out targets under the averaged network."""
        with torch.no_grad():
            scale = self._scale(batch)
            with autocast(self.device, self.config.training.precision):
                parameters = self.averaged(batch.inputs, scale)
            return self.averaged.shape.outlook.score(parameters, batch.target, scale)

    def finish(self) -> None:
        """Tell that the phase is over."""
        seconds = time.perf_counter() - self.started
        self.on_event(PhaseFinished(self.phase, self.step - self.first_step, seconds))

    def _learn(self, batch: Batch) -> Tensor:
        for group in self.optimiser.param_groups:
            group["lr"] = self._learning_rate()
        loss = self._loss(self.network, batch)
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.config.training.gradient_clip)
        self.optimiser.step()
        return loss.detach()

    def _loss(self, network: Network, batch: Batch) -> Tensor:
        scale = self._scale(batch)
        with autocast(self.device, self.config.training.precision):
            parameters = network(batch.inputs, scale, standardise(batch.target, scale))
        losses = self.distribution.loss(parameters, batch.target, scale)
        observed = self.distribution.observed(batch.target, scale)
        return window_loss(losses, observed, self.distribution.most_loss)

    def _scale(self, batch: Batch) -> Scale:
        counts = self.distribution.counts
        return fit_scale(batch.inputs.context, self.config.season_length, counts=counts)

    def _learning_rate(self) -> float:
        return self.config.training.learning_rate * min(1.0, (self.step + 1) / WARM_UP_STEPS)

    def _average(self) -> None:
        weight = 1 / (1 + AVERAGED_SHARE * self.step)
        with torch.no_grad():
            for mean, newest in zip(
                self.averaged.parameters(), self.network.parameters(), strict=True
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
        step = self.step - self.first_step
        self.on_event(Progress(self.phase, step, loss, self._learning_rate()))


def window_shape(config: ResolvedConfig) -> WindowShape:
    """Say what a config reads of a window."""
    return WindowShape(config.context_length, config.horizon, config.lags)


def window_loss(losses: Tensor, observed: Tensor, most: float) -> Tensor:
    """Mean over windows of their loss per observed step, each `most` at the most.

    One wild window must not steer a batch. `losses` and `observed` are [B, H].
    """
    per_window = (losses * observed).sum(dim=1) / observed.sum(dim=1).clamp(min=1)
    return per_window.clamp(max=most).mean()


def _history(config: ResolvedConfig) -> int:
    """Steps behind a training cutoff, where the series has them: enough to see a season repeat."""
    return min(config.context_length, max(2, config.season_length + 2))
