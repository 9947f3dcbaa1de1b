"""Share of training time outside forward, backward and optimiser step, on M4 monthly.

python benchmarks/training_share.py

A round times real steps (draw, gather, learn, average the weights, report, and the validations that
fall on them) and as many bare ones, which learn from one ready batch; rounds alternate.
"""

from __future__ import annotations

import itertools
import statistics
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from provenance import DATA, write_results

from lstmcast.config import Config, DataConfig
from lstmcast.data.panel import build_panel
from lstmcast.data.table import table_from_frame
from lstmcast.nn.feed import Feed
from lstmcast.nn.folds import Fold, make_folds
from lstmcast.nn.training import CHECKS
from lstmcast.nn.windows import to_tensors
from lstmcast.workflow import plan

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 9
STEPS = 20


def main() -> None:
    frame = pd.read_parquet(DATA / "m4" / "monthly_train.parquet")
    request = DataConfig(time="ds", target="y", id="unique_id")
    panel = build_panel(table_from_frame(frame, request))
    config = plan(panel, Config(horizon=18)).config
    tensors = to_tensors(panel, torch.device("cpu"))
    fold = make_folds(tensors, config)[0]
    standing = Feed(fold.run, 1)  # the same windows at every step
    standing.ready = itertools.repeat(standing.next())
    every = config.training.max_steps // CHECKS
    rows = []
    for _ in range(ROUNDS):
        real = seconds(lambda: advance(fold))
        validation = seconds(fold.validate) * STEPS / every
        bare = seconds(lambda: [fold.run._learn(standing) for _ in range(STEPS)])
        rows.append((real, validation, bare))
    real, validation, bare = np.array(rows).T
    write_results(
        "training_share",
        [
            {
                "series": panel.n_series,
                "batch_size": config.training.batch_size,
                "step_ms": round(1000 * statistics.median(real / STEPS), 1),
                "outside_share": round(statistics.median(1 - bare / real), 4),
                "with_validation": round(statistics.median(1 - bare / (real + validation)), 4),
            }
        ],
    )


def advance(fold: Fold) -> None:
    fold.run.advance(STEPS)
    fold.run.settle()  # as at a barrier


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
