"""How a phase goes, told some hundred times: to a person every step would be noise."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from lstmcast.nn.events import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lstmcast.nn.events import Phase
    from lstmcast.nn.run import Taken

REPORTS = 100  # in a full phase


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
