"""What two workers find together: torchrun --nproc-per-node 2 meeting.py PART."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import torch

from lstmcast.errors import TrainingError, UsageError
from lstmcast.nn.covariates import CovariateEncoder, CovariateSizes, FeatureSizes
from lstmcast.nn.distributed import Workers, joined
from lstmcast.nn.divergence import DivergenceError
from lstmcast.nn.events import Notice
from lstmcast.nn.training import Trained, fit
from lstmcast.nn.windows import Batch, PanelTensors, gather

sys.path.insert(0, str(Path(__file__).parent))
from test_course import config, waves


def of_rank(workers: Workers, panel: PanelTensors) -> PanelTensors:
    mine = torch.from_numpy(workers.deal(panel.ends.numpy()))
    values = [panel.values[panel.offsets[k] : panel.offsets[k] + panel.ends[k]] for k in mine]
    ends = panel.ends[mine]
    offsets = torch.cumsum(ends, 0) - ends
    return PanelTensors(torch.cat(values), offsets, ends, workers=workers)


def are_networks_alike(workers: Workers, trained: Trained) -> bool:
    weights = torch.cat([part.flatten() for part in trained.forecaster.state_dict().values()])
    return workers.are_alike(weights.numpy().tobytes())


def numbers(workers: Workers) -> None:
    rank = workers.rank
    assert (workers.size, workers.on_machine, workers.is_first) == (2, 2, rank == 0)
    assert workers.most(3 * rank) == 3
    assert workers.any(rank == 1)
    assert not workers.any(False)
    assert workers.sum(torch.tensor([1.0, rank])).tolist() == [2, 1]
    assert workers.gather(torch.full((rank * 2, 1), 7)).tolist() == [[7], [7]]
    assert workers.gather(torch.full((2 - rank,), rank)).tolist() == [0, 0, 1]
    assert workers.average([1.0 + rank, 5 * rank], [3 - 2 * rank, rank]) == [1.25, 5]
    parts = [torch.full((2, 1), float(rank)), torch.tensor(4.0 * rank)]
    workers.average_(parts, [0.25, 0.75][rank])
    assert parts[0].tolist() == [[0.75], [0.75]]
    assert parts[1].item() == 3
    assert workers.are_alike(b"same")
    assert not workers.are_alike(bytes([rank]))
    assert workers.share(1 + rank) == [(0, 1, 3), (1, 3, 3)][rank]
    assert workers.threads(1, 2) == workers.threads(1, 3) == 1
    assert workers.threads(4096, None) == 4096
    assert workers.mix(0, 5) != workers.mix(0, 6)
    for refused in (lambda: workers.share(rank), lambda: workers.deal(np.array([9]))):
        with pytest.raises(UsageError, match="2 workers, and 1 series that can be learnt from"):
            refused()


def covariates(workers: Workers) -> None:
    columns = torch.from_numpy(np.random.default_rng(0).normal(5, 2, (9, 2))).float()
    columns[3, 0] = torch.nan
    columns[:, 1] = torch.nan
    whole, shared = (
        CovariateEncoder(CovariateSizes(past=FeatureSizes(numbers=2))).past for _ in range(2)
    )
    whole.fit(columns)
    shared.fit(columns[2:] if workers.rank else columns[:2], workers)
    torch.testing.assert_close(shared.mean, whole.mean)
    torch.testing.assert_close(shared.spread, whole.spread)


def memory(workers: Workers) -> None:
    """One of them is short of memory: it says so at one step, and all halve their batches."""
    short = iter([False, False, workers.rank == 1])

    def read(*windows: Any) -> Batch:
        if next(short, False):
            raise MemoryError
        return gather(*windows)

    panel = of_rank(workers, waves(40, 30, 20, 35))
    events: list[object] = []
    with patch("lstmcast.nn.run.gather", read):
        trained = fit(panel, config(batch_size=40, max_steps=4), events.append)
    notices = [event for event in events if isinstance(event, Notice)]
    assert notices == [Notice("memory did not suffice: batches of 20 windows from now on")]
    assert are_networks_alike(workers, trained)


def divergence(workers: Workers) -> None:
    panel = of_rank(workers, waves(40, 30, 20, 35))
    if workers.rank == 1:
        panel = replace(panel, values=panel.values * 1e300)  # beyond what float32 holds
    with pytest.raises(DivergenceError) as found:
        fit(panel, config(learning_rate=1e30))
    assert workers.are_alike(str(found.value).encode())


def drift(workers: Workers) -> None:
    torch.manual_seed(0)
    panel = of_rank(workers, waves(40, 30, 20, 35))
    with pytest.raises(TrainingError, match="the workers came to different weights"):
        fit(panel, config().model_copy(update={"seed": workers.rank}))


if __name__ == "__main__":
    with joined("cpu") as found:
        for work in (numbers, covariates, divergence, drift, memory):
            work(found)
    print("met", flush=True)
