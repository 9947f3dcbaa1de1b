"""How a phase goes, told some hundred times: to a person every step would be noise."""

from __future__ import annotations

import math
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from lstmcast.nn.events import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lstmcast.nn.events import Phase

REPORTS = 100  # in a full phase


class Taken(NamedTuple):
    """How steps went, one value for each: loss, norm of the gradient, learning rate, clock."""

    losses: list[float]
    gradient_norms: list[float]
    learning_rates: list[float]
    times: list[float]
    notices: Sequence[str] = ()  # of steps that had to be taken again

    def last(self, n: int) -> Taken:
        """Return the last `n` steps."""
        begin = len(self.losses) - n
        return Taken(
            self.losses[begin:],
            self.gradient_norms[begin:],
            self.learning_rates[begin:],
            self.times[begin:],
        )

    @property
    def first_bad(self) -> int | None:
        """The first step whose loss or gradient is no number, counted from 0."""
        pairs = enumerate(zip(self.losses, self.gradient_norms, strict=True))
        return next((k for k, pair in pairs if not all(map(math.isfinite, pair))), None)


class Reports:
    """Sums steps up to reports."""

    def __init__(self, phase: Phase, steps: int, taken: int) -> None:
        self.phase, self.step = phase, taken
        self.every = max(1, steps // REPORTS)
        self.waiting: list[tuple[float, float]] = []  # loss and norm of the gradient

    def of(self, taken: Taken) -> Iterator[Progress]:
        """Report on some more steps."""
        steps = zip(taken.losses, taken.gradient_norms, taken.learning_rates, strict=True)
        for loss, norm, rate in steps:
            self.step += 1
            self.waiting.append((loss, norm))
            if self.step % self.every == 0:
                losses, norms = zip(*self.waiting, strict=True)
                self.waiting.clear()
                yield Progress(self.phase, self.step, fmean(losses), rate, fmean(norms))
