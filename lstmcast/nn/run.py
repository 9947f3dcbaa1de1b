"""One network in training: it learns from random windows, and its weights are averaged.

The learning rate stays constant after a short warm-up, and the running average of the weights is
what is validated and kept. So the network after any step is a finished one, as if the rate had been
annealed there.
"""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from lstmcast.errors import DataError, ModelFileError
from lstmcast.nn.augmentation import draw_slopes, tilt
from lstmcast.nn.device import autocast
from lstmcast.nn.divergence import find_cause
from lstmcast.nn.features import features_of, scale_of
from lstmcast.nn.feed import Example, Feed
from lstmcast.nn.losses import window_loss, window_weights
from lstmcast.nn.memory import OUT_OF_MEMORY, is_out_of_memory
from lstmcast.nn.networks import Network, build_network
from lstmcast.nn.optimiser import AdamW
from lstmcast.nn.reports import Taken
from lstmcast.nn.scaling import mirror, standardise
from lstmcast.nn.windows import (
    Batch,
    Draw,
    PanelTensors,
    WindowShape,
    gather,
    sizes_of,
    window_sampler,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lstmcast.config import ResolvedConfig

WARM_UP_STEPS = 50
# The average of the weights reaches back over about the last tenth of the steps, however many:
# Karras et al. (2024), "Analyzing and improving the training dynamics of diffusion models", 3.1.
AVERAGED_SHARE = 0.1
# A loss that is no number comes of a rate that is too high, as a rule.
LOWER_RATE = 0.25
MOST_RETRIES = 4
WINDOWS, DROPOUT = "windows", "dropout"  # what is left to chance, each with its own generator


class RunState(NamedTuple):
    """A state to come back to: copies of all that a step reads and changes."""

    step: int
    tensors: Mapping[str, Tensor]


class Run:
    """Training of one network: the network, its optimiser and its average.

    It begins with the weights of `start`, or with fresh ones from torch's generator, and with them
    comes the seed of the run's own: what a run does hangs on no other that is beside it.
    """

    def __init__(
        self,
        panel: PanelTensors,
        config: ResolvedConfig,
        start: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.config = config
        self.batch_size = config.training.batch_size
        self.halted = self.starved = False
        self.workers = panel.workers
        self.see(panel)
        if self.share.total == 0:
            raise DataError("no series has two steps: there is nothing to learn from.")
        self.device = panel.device
        self.network = build_network(config, sizes_of(panel)).to(self.device)
        self.distribution = self.network.head.distribution
        self.seed = int(torch.randint(2**62, ()))
        self.chances = {
            WINDOWS: torch.Generator(panel.values.device),
            DROPOUT: torch.Generator(self.device),
        }
        self._seed_chances(self.seed)
        if start is not None:
            _load_weights(self.network, start)
        elif panel.covariates is not None:
            self.network.covariates.fit(panel.covariates, self.workers)
        self.averaged = copy.deepcopy(self.network).eval()
        self.network.draw_from(self.chances[DROPOUT])
        self.optimiser = AdamW(self.network, config)
        self.step, self.rate_factor, self.retries = 0, 1.0, 0
        self.live = self._name_tensors()
        self.settle()
        self.keep()

    def see(self, panel: PanelTensors) -> None:
        """Draw windows from `panel` from now on."""
        self.panel = panel
        self.sampler = window_sampler(panel, _history(self.config), self.config.horizon)
        self.share = self.workers.share(len(self.sampler.series))

    def settle(self) -> None:
        """Remember this state as one to come back to, should the steps after it fail."""
        self._part_ways()
        self.settled = self._copy()

    def keep(self) -> None:
        """Remember the settled state as the best so far."""
        self.kept = self.settled

    def go_back(self, state: RunState) -> None:
        """Take up a state of training, as the one to come back to."""
        self._load(state)
        self.settled = state

    def _load(self, state: RunState) -> None:
        self.step = state.step
        with torch.no_grad():
            for name, tensor in self.live.items():
                tensor.copy_(state.tensors[name])
        for name, generator in self.chances.items():
            generator.set_state(state.tensors[name])
        self._part_ways()

    def _part_ways(self) -> None:
        """Let each of several workers draw its own windows.

        Their chances follow from the step, so that the state of one of them is that of all.
        """
        if self.workers.size > 1:
            self._seed_chances(self.workers.mix(self.seed, self.step))

    def _seed_chances(self, seed: int) -> None:
        for generator in self.chances.values():
            generator.manual_seed(seed)

    def advance(self, steps: int, due: Callable[[], bool] = lambda: False) -> Taken:
        """Take `steps` optimiser steps from the settled state, fewer once something is `due`.

        Each is on freshly drawn windows. Where a loss is no number, all steps since the best state
        are taken again at a lower learning rate: those just before it are as bad, as a rule.

        Raises:
            DivergenceError: nor did they end well at the lowest of these rates.
        """
        begin, origin, notices = self.step, self.settled, []
        taken = self._take(steps, due)
        while (bad := taken.first_bad) is not None:
            if self.retries == MOST_RETRIES:
                self._load(origin)
                raise find_cause(self, bad)
            origin = self.kept
            self.retries += 1
            self.rate_factor *= LOWER_RATE
            failed = self.step - len(taken.losses) + bad + 1
            notices.append(
                f"the loss was no number at step {failed:,}: going on from step {origin.step:,} "
                f"at {self.rate_factor:g} of the learning rate"
            )
            self._load(origin)
            taken = self._take(begin + steps - self.step, due)
        return taken.last(max(0, self.step - begin))._replace(notices=notices)

    def replay(self, steps: int) -> None:
        """Take steps whose losses are known to be numbers."""
        self._take(steps, lambda: False)

    def draw(self) -> Draw:
        """Draw the windows of the next step: of several workers, those that are this one's."""
        generator = self.chances[WINDOWS]
        windows = self.sampler.draw(self.share.of(self.batch_size), generator)
        chance = torch.rand(len(windows.series), device=generator.device, generator=generator)
        slopes = draw_slopes(len(chance), self.config, generator)
        return Draw(windows, chance < self.config.training.mirrored, slopes)

    def read(self, draw: Draw) -> Example:
        """Read windows of the panel, upside down and with trends as they were drawn."""
        shape = window_shape(self.config)
        batch = gather(self.panel, draw.windows, shape)
        if self.config.training.tilted:
            batch = tilt(batch, shape, scale_of(batch.inputs, self.network.shape), draw.slopes)
        return self.look(batch, draw.mirrored.to(self.device))

    def look(self, batch: Batch, mirrored: Tensor | None = None) -> Example:
        """Work out what the network is told of some windows, some of them `mirrored` [B]."""
        scale = scale_of(batch.inputs, self.network.shape)
        if mirrored is not None:
            scale = mirror(scale, mirrored)
        return Example(features_of(batch.inputs, scale, self.network.shape), batch.target)

    def _take(self, steps: int, due: Callable[[], bool]) -> Taken:
        """Take steps; what is told of them stays on the device until the last one is taken."""
        feed = Feed(self, steps)
        told: list[Tensor] = []
        rates: list[float] = []
        times: list[float] = []
        for _ in range(steps):
            if self.halted or due():
                break
            rates.append(self._learning_rate())
            told += self._learn(feed)
            self.step += 1
            self._average()
            times.append(time.monotonic())
        if self.workers.any(self.starved):
            self.starved = False
            raise MemoryError(OUT_OF_MEMORY)
        pairs = torch.stack(told).view(-1, 2) if told else torch.empty(0, 2)
        losses, norms = pairs.T.tolist()
        return Taken(losses, norms, rates, times)

    def _learn(self, feed: Feed) -> tuple[Tensor, Tensor]:
        """Take a step on the next windows of `feed`; return its loss and the gradient's norm."""
        self.optimiser.forget_gradients()
        loss = self._differentiate(feed)
        return loss, self.optimiser.step(self._learning_rate())

    def _differentiate(self, feed: Feed) -> Tensor:
        """Return the loss of the next windows of all workers, and leave its gradient."""
        try:
            example = feed.next()
            share = self.config.training.relative_weight
            weights = window_weights(example.features.scale, share)
            loss = self.loss(example, self.network, weights)
            loss.backward()
            loss = loss.detach()
        except (RuntimeError, MemoryError) as error:
            if self.workers.size == 1 or not is_out_of_memory(error):
                raise
            # The others wait for this gradient: they learn of it when the steps are taken.
            self.starved, loss = True, torch.zeros((), device=self.device)
        if self.workers.size > 1:
            parts = [_gradient(weights) for weights in self.network.parameters()]
            self.workers.average_([*parts, loss], self.share.weight)
        return loss

    def loss(self, example: Example, network: Network, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss of some windows under the network in training, or its average."""
        features, target = example
        with autocast(self.device, self.config.training.precision):
            ahead = network(features, standardise(target, features.scale))
        parameters = ahead[:, : target.shape[1]]
        losses = self.distribution.loss(parameters, target, features.scale)
        observed = self.distribution.observed(target, features.scale)
        return window_loss(losses, observed, self.distribution.most_loss, weights)

    def _learning_rate(self) -> float:
        warm_up = min(1.0, (self.step + 1) / WARM_UP_STEPS)
        return self.config.training.learning_rate * self.rate_factor * warm_up

    def _average(self) -> None:
        weight = 1 / (1 + AVERAGED_SHARE * self.step)
        with torch.no_grad():
            for mean, newest in zip(
                self.averaged.parameters(), self.network.parameters(), strict=True
            ):
                mean.lerp_(newest, weight)

    def _name_tensors(self) -> dict[str, Tensor]:
        """Name the tensors that training changes in place; generators have their state apart."""
        named = {f"network.{name}": t for name, t in self.network.state_dict().items()}
        named |= {f"averaged.{name}": t for name, t in self.averaged.state_dict().items()}
        return named | {f"optimiser.{name}": t for name, t in self.optimiser.tensors().items()}

    def _copy(self) -> RunState:
        copies = {name: tensor.clone() for name, tensor in self.live.items()}
        states = {name: generator.get_state() for name, generator in self.chances.items()}
        return RunState(self.step, copies | states)


def _load_weights(network: Network, weights: Mapping[str, Tensor]) -> None:
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:  # names or shapes, which torch alone knows
        raise ModelFileError(
            "the weights of the model to begin with do not fit its settings."
        ) from error


def window_shape(config: ResolvedConfig) -> WindowShape:
    """Say what a config reads of a window."""
    patch_length = config.model.decoder_patch_length
    return WindowShape(config.context_length, config.horizon, config.lags, patch_length)


def _history(config: ResolvedConfig) -> int:
    """Steps behind a training cutoff, where the series has them: enough to see a season repeat."""
    return min(config.context_length, max(2, config.season_length + 2))


def _gradient(weights: Tensor) -> Tensor:
    """Return the gradient of some weights, which is zero where the loss does not hang on them."""
    return torch.zeros_like(weights) if weights.grad is None else weights.grad
