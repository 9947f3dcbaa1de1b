"""What a run learns from, step by step; windows of several steps are read at once.

For small batches, what is worked out of the windows before any weight has a say would take about as
long as the weights themselves: it is a hundred small operations, whatever the number of windows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from lstmcast.nn.windows import Addresses, Draw, take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from lstmcast.nn.features import WindowFeatures
    from lstmcast.nn.run import Run

AT_ONCE = 200_000  # steps of windows: some 20 MB


class Example(NamedTuple):
    """What is told of windows, and what came after them."""

    features: WindowFeatures
    target: Tensor  # [B, H], NaN where it is not observed


class Feed:
    """The windows that a run draws for its next `steps`."""

    def __init__(self, run: Run, steps: int) -> None:
        self.run, self.steps = run, steps
        self.ready: Iterator[Example] = iter(())

    def next(self) -> Example:
        """Return the windows of the next step."""
        example = next(self.ready, None)
        if example is None:
            self.ready = self._read()
            example = next(self.ready)
        return example

    def _read(self) -> Iterator[Example]:
        config = self.run.config
        window = config.context_length + config.horizon
        n_steps = max(1, min(self.steps, AT_ONCE // (window * self.run.batch_size)))
        self.steps -= n_steps
        draws = [self.run.draw() for _ in range(n_steps)]
        whole = self.run.read(_together(draws))
        size = len(draws[0].mirrored)
        return (take(whole, slice(k * size, (k + 1) * size)) for k in range(n_steps))


def _together(draws: list[Draw]) -> Draw:
    windows, mirrored, slopes = zip(*draws, strict=True)
    addresses = Addresses(*(torch.cat(parts) for parts in zip(*windows, strict=True)))
    return Draw(addresses, torch.cat(mirrored), torch.cat(slopes))
