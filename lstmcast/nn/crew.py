"""A crew trains the members of a forecaster side by side, each on its share of the cores."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Self, TypeVar

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from lstmcast.nn.run import Run

SMALL_BATCH = 64  # windows; see Crew

T = TypeVar("T")
R = TypeVar("R")


class Crew:
    """Threads for some runs: a context, in which torch computes with no more than their share.

    Threads that share the steps of one small LSTM wait for each other at each of them, threads that
    train an LSTM each do not. Three members on two cores, a step of all of them, one after the
    other on one core, on both, and side by side: 31, 23 and 18 ms on the air passengers, 58, 40 and
    31 ms on M4 weekly. For small batches torch gets one thread even where cores are left.

    Each member has a thread, even if there are fewer cores: three that took turns on two threads
    needed the time of four, 36 ms a step on M4 weekly against 26.
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = runs
        self.found = torch.get_num_threads()
        workers = runs[0].workers
        threads = workers.threads(self.found, runs[0].config.threads)
        # Workers meet at every step, and must all meet for the same network.
        side_by_side = runs[0].device.type == "cpu" and workers.size == 1
        at_once = (len(runs) if threads > 1 else 1) if side_by_side else 1
        small = runs[0].config.training.batch_size <= SMALL_BATCH
        self.share = 1 if small else max(1, threads // at_once)
        self.pool = ThreadPoolExecutor(at_once) if at_once > 1 else None

    def __enter__(self) -> Self:
        torch.set_num_threads(self.share)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if error is not None:
            for run in self.runs:
                run.halted = True
        if self.pool is not None:
            self.pool.shutdown()
        torch.set_num_threads(self.found)

    def each(self, work: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        """Do `work` on each of `parts`, which share no run, and return what came of each.

        An error of one is raised when all have ended: they are together again whatever happens.
        """
        if self.pool is None:
            return [work(part) for part in parts]
        futures = [self.pool.submit(work, part) for part in parts]
        wait(futures)
        return [future.result() for future in futures]
