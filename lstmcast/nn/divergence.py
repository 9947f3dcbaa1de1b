"""Why a loss is no number: the window that it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from lstmcast.errors import TrainingError
from lstmcast.nn.windows import take

if TYPE_CHECKING:
    from lstmcast.nn.run import Run
    from lstmcast.nn.windows import Draw


class DivergenceError(TrainingError):
    """The loss is no number at any learning rate that was tried; says where it comes from."""

    def __init__(self, step: int, window: tuple[int, int, int], share: str) -> None:
        self.step = step
        self.worker, self.series, self.cutoff = window  # the series is one of the worker's
        self.share = share
        super().__init__(self.sentence(f"series number {self.series}", f"entry {self.cutoff}"))

    def sentence(self, series: str, cutoff: str) -> str:
        """Say it to a person, given how the window's series and last step are called."""
        return (
            f"the loss is no longer a number at step {self.step}, in {self.share}, "
            f"the first of {series} with its context up to {cutoff}; lower learning rates did not "
            "help: look at the values before and after that time, or try a smaller "
            "--set training.learning_rate."
        )


def find_cause(run: Run, taken: int) -> DivergenceError:
    """Take `taken` steps again from the settled state, and look at the windows of the next one.

    One window at a time: that is slow, and needed once. Of several workers, each looks at its own.
    """
    run.replay(taken)
    draw = run.draw()
    single = [take(draw, slice(k, k + 1)) for k in range(len(draw.mirrored))]
    bad = [k for k, window in enumerate(single) if not _learnable(run, window)]
    first = single[bad[0] if bad else 0].windows
    row = [len(bad), len(single), run.workers.rank, int(first.series), int(first.cutoffs)]
    rows = run.workers.gather(torch.tensor([row]))
    n_bad, n_windows = rows[:, :2].sum(dim=0).tolist()
    share = f"{n_bad or n_windows:,} of its {n_windows:,} windows"
    worker, series, cutoff = rows[int((rows[:, 0] > 0).int().argmax()), 2:].tolist()
    return DivergenceError(run.step, (worker, series, cutoff), share)


def _learnable(run: Run, window: Draw) -> bool:
    """Tell whether the loss of a window, and all of its gradient, are numbers."""
    loss = run.loss(run.read(window), run.network)
    weights = list(run.network.parameters())
    gradients = torch.autograd.grad(loss, weights, allow_unused=True, materialize_grads=True)
    return all(bool(part.isfinite().all()) for part in (loss, *gradients))
