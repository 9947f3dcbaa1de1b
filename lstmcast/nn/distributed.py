"""Workers: processes that train one model together, as torchrun starts them.

Each keeps a share of the series, and all have the same networks: gradients are averaged at every
step, and whatever one of them meets is decided on by all. All of it is here; one process is
`ALONE`, for which everything below is what it has itself.

Numbers and flags go over Gloo, from host to host, so that no step waits for a GPU to tell them.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
import torch.distributed as dist
from torch._C._distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from lstmcast.errors import DataError, LstmcastError, ModelFileError, TrainingError, UsageError
from lstmcast.nn.device import choose_device

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray
    from torch import Tensor
    from torch._C._distributed_c10d import Store

# As long as workers may take to read the same table, or to save a checkpoint, one after the other.
MOST_WAITING = timedelta(minutes=5)
SECONDS_TO_LET_GO = 0.1
FAILURE = "failure"  # where a worker leaves the error that ends it
KINDS = {kind.exit_code: kind for kind in (UsageError, DataError, ModelFileError, TrainingError)}


class WorkerLostError(TrainingError):
    """Another worker does not answer any more."""


class Share(NamedTuple):
    """What a worker has of the series that can be learnt from: those from `begin` to `end`."""

    begin: int
    end: int
    total: int  # series of all workers

    @property
    def weight(self) -> float:
        """The share of the whole that it is."""
        return (self.end - self.begin) / self.total

    def of(self, batch_size: int) -> int:
        """Return the windows of a batch that are drawn here: one at the least."""
        return max(1, batch_size * self.end // self.total - batch_size * self.begin // self.total)


@dataclass(frozen=True)
class Workers:
    """The place of this process among its like. All must call the same methods in the same order.

    Raises:
        WorkerLostError: another worker has ended, or does not answer.
        LstmcastError: another worker ended with this error; it is told to the first one.
    """

    rank: int = 0
    size: int = 1
    on_machine: int = 1  # workers that share the cores of this machine
    store: Store | None = None  # outlives the workers

    @property
    def is_first(self) -> bool:
        """Whether this is the one that talks and writes."""
        return self.rank == 0

    def any(self, flag: bool) -> bool:  # noqa: FBT001 - as any() itself
        """Tell whether some worker says so."""
        return self.most(int(flag)) > 0

    def most(self, number: int) -> int:
        """Return the largest number of all workers."""
        if self.size == 1:
            return number
        told = torch.tensor(number)
        self._together(lambda: dist.all_reduce(told, dist.ReduceOp.MAX))
        return int(told)

    def sum(self, tensor: Tensor) -> Tensor:
        """Add up the tensors of all workers, which have one shape."""
        if self.size == 1:
            return tensor
        total = tensor.clone()
        self._together(lambda: dist.all_reduce(total))
        return total

    def gather(self, rows: Tensor) -> Tensor:
        """Return the rows [n, ...] of all workers, one after another; n may differ."""
        if self.size == 1:
            return rows
        counts = torch.zeros(self.size, dtype=torch.long)
        counts[self.rank] = len(rows)
        counts = self.sum(counts)
        padded = rows.new_zeros(int(counts.max()), *rows.shape[1:])
        padded[: len(rows)] = rows
        parts = [torch.empty_like(padded) for _ in range(self.size)]
        self._together(lambda: dist.all_gather(parts, padded))
        return torch.cat([part[:n] for part, n in zip(parts, counts.tolist(), strict=True)])

    def average(self, scores: Sequence[float], weights: Sequence[float]) -> list[float]:
        """Return the means of some scores over all workers."""
        if self.size == 1:
            return list(scores)
        weight = torch.tensor(weights, dtype=torch.float64)
        mine = torch.tensor(scores, dtype=torch.float64)
        # Where there is nothing to score, there is no weight either.
        weighted = torch.where(weight > 0, mine * weight, 0.0)
        total, whole = self.sum(torch.stack([weighted, weight]))
        return list((total / whole).tolist())

    def average_(self, tensors: Sequence[Tensor], weight: float) -> None:
        """Replace tensors by their weighted means over all workers, in one go."""
        if self.size == 1:
            return
        total = self.sum(torch.cat([tensor.flatten() for tensor in tensors]) * weight)
        parts = total.split([tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))

    def are_alike(self, what: bytes) -> bool:
        """Tell whether all workers have the same bytes."""
        if self.size == 1:
            return True
        digest = hashlib.blake2b(what, digest_size=8).digest()
        found = self.gather(torch.tensor([int.from_bytes(digest, "big", signed=True)]))
        return bool((found == found[0]).all())

    def demand_same(self, what: str) -> None:
        """Refuse to begin where workers have found something else.

        Raises:
            UsageError: another worker says something else than `what`.
        """
        if not self.are_alike(what.encode()):
            raise UsageError(
                "the workers do not have the same data, settings and files: give all of them the "
                "same command, and on several machines the same files, the same versions and the "
                "same kind of hardware."
            )

    def share(self, n_series: int) -> Share:
        """Return the share of a worker that can learn from `n_series` of its own.

        Raises:
            UsageError: a worker has none, but others have.
        """
        counts = self.gather(torch.tensor([n_series]))
        total = int(counts.sum())
        if total and not counts.all():
            raise self._too_many(int(counts.count_nonzero()))
        end = int(counts[: self.rank + 1].sum())
        return Share(end - n_series, end, total)

    def deal(self, lengths: NDArray[np.int64], rank: int | None = None) -> NDArray[np.int64]:
        """Return which of the series [S] of some lengths are a worker's, by default this one's.

        The longest first, each to the next: all get as many, and of all lengths.

        Raises:
            UsageError: there are more workers than series.
        """
        if len(lengths) < self.size:
            raise self._too_many(len(lengths))
        longest_first = np.argsort(-lengths, kind="stable")
        return np.sort(longest_first[self.rank if rank is None else rank :: self.size])

    def threads(self, found: int, wanted: int | None) -> int:
        """Return the threads to compute with: those `wanted`, or `found` by torch, shared out.

        torchrun tells each of several workers to take one, as long as nobody says otherwise.
        """
        if self.size == 1:
            return wanted or found
        return max(1, (wanted or os.cpu_count() or 1) // self.on_machine, 0 if wanted else found)

    def mix(self, seed: int, step: int) -> int:
        """Return a seed of this worker's own for the steps after `step`."""
        return int(np.random.SeedSequence((seed, self.rank, step)).generate_state(1, np.uint64)[0])

    def report(self, error: LstmcastError) -> None:
        """Leave an error for the first worker to tell, when this one is gone."""
        if self.store is not None and not self.is_first and not isinstance(error, WorkerLostError):
            told = [error.exit_code, f"worker {self.rank + 1} of {self.size}: {error}"]
            self.store.set(FAILURE, json.dumps(told))

    def _together(self, work: Callable[[], object]) -> None:
        try:
            work()
        except RuntimeError as error:
            raise self._why_lost() from error

    def _why_lost(self) -> LstmcastError:
        try:
            if self.store is not None and self.store.check([FAILURE]):
                code, sentence = json.loads(self.store.get(FAILURE))
                return KINDS[code](sentence)
        except (RuntimeError, ValueError, KeyError):
            pass  # the store is on a machine that is gone, too
        return WorkerLostError(f"one of {self.size} workers was lost, and training ended.")

    def _too_many(self, most: int) -> UsageError:
        return UsageError(
            f"{self.size} workers, and {most:,} series that can be learnt from: each worker needs "
            f"series of its own, so start {most:,} at the most."
        )


ALONE = Workers()


@contextmanager
def joined(device: str) -> Iterator[Workers]:
    """Meet the other workers, if torchrun started this process, for training on a device.

    Raises:
        UsageError: the device is not here, or not one for each worker.
        WorkerLostError: the others did not come.
    """
    if not dist.is_torchelastic_launched() or int(os.environ["WORLD_SIZE"]) == 1:
        yield ALONE
        return
    backend = _backend(device)
    try:
        shared, rank, size = next(iter(rendezvous("env://", timeout=MOST_WAITING)))
        # What workers that torchrun has restarted left there must not be found again.
        store = PrefixStore(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"), shared)
        dist.init_process_group(
            backend, store=store, rank=rank, world_size=size, timeout=MOST_WAITING
        )
    except RuntimeError as error:
        raise WorkerLostError("not all workers came: training did not begin.") from error
    workers = Workers(rank, size, int(os.environ["LOCAL_WORLD_SIZE"]), store)
    try:
        yield workers
    except LstmcastError as error:
        workers.report(error)
        raise
    finally:
        dist.destroy_process_group()
        # Gloo's threads may still hold what was sent last: if Python ends before they have let go
        # of it, for which they need its lock, the process aborts.
        time.sleep(SECONDS_TO_LET_GO)


def _backend(device: str) -> str:
    """Choose how tensors travel; on GPUs each worker takes one for itself."""
    kind = choose_device(device).type
    if kind == "cpu":
        return "gloo"
    here, place = torch.cuda.device_count(), int(os.environ["LOCAL_RANK"])
    if kind != "cuda" or place >= here:
        raise UsageError(
            f"{os.environ['LOCAL_WORLD_SIZE']} workers on this machine, and {here} CUDA devices: "
            "each worker needs one, so start fewer of them, or use --device cpu."
        )
    torch.cuda.set_device(place)
    return "cpu:gloo,cuda:nccl"
