"""How long judging takes: all metrics of a large panel, and a backtest of a whole one.

python benchmarks/evaluation.py [metrics] [backtest]

metrics: forecasts of 100,000 windows, 18 steps ahead at 9 levels, drawn at random: every metric of
all windows together, by step, by round and by series, for one method, and then for two, with the
skill of the one against the other, its interval and the test. In a process of its own, whose peak
memory is told beside that before the judging began.

backtest: 10,000 monthly series of M4, three windows of 18 steps each, forecast by a model (a short
training, which is not timed: forecasts take as long after it) and judged beside five naive methods,
`lstmcast evaluate --json`, whole process.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from m4_rules import FREQUENCIES, read_train
from provenance import write_results

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, Windows
from lstmcast.evaluation.judgement import Course, judge
from lstmcast.evaluation.metrics import Told
from lstmcast.levels import NINE

SERIES, HORIZON, HISTORY = 100_000, 18, 72
BACKTESTED, WINDOWS = 10_000, 3
MONTHLY = FREQUENCIES["monthly"]


def main() -> None:
    wanted = sys.argv[1:] or ["metrics", "backtest"]
    rows: list[dict[str, object]] = []
    if "metrics" in wanted:
        for methods in (1, 2):
            with get_context("spawn").Pool(1) as pool:
                rows.append(pool.apply(metrics, [methods]))
    if "backtest" in wanted:
        rows.append(backtest())
    write_results("evaluation", rows)


def metrics(n_methods: int) -> dict[str, object]:
    rng = np.random.default_rng(0)
    length = HISTORY + HORIZON
    panel = Panel(
        values=rng.gamma(9, 10, size=SERIES * length),
        offsets=length * np.arange(SERIES + 1),
        first_steps=np.zeros(SERIES, dtype=np.int64),
        series_ids=np.arange(SERIES).astype(str).astype(object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("step", ("value",), ("series",)),
    )
    windows = Windows(np.arange(SERIES), np.full(SERIES, HISTORY - 1))
    course = Course(panel, windows, np.zeros(SERIES, dtype=np.int64), HORIZON, 12)
    methods = {str(number): told(rng) for number in range(n_methods)}
    before = peak()
    started = time.perf_counter()
    judge(course, methods, "0")
    seconds = time.perf_counter() - started
    return {
        "what": f"all metrics of {SERIES:,} series x {HORIZON} steps x {len(NINE)} levels",
        "methods": n_methods,
        "seconds": round(seconds, 2),
        "peak_gib": round(peak(), 2),
        "before_gib": round(before, 2),
    }


def told(rng: np.random.Generator) -> Told:
    quantiles = np.sort(rng.gamma(9, 10, size=(SERIES, HORIZON, len(NINE))), axis=-1)
    return Told(quantiles[..., 4].copy(), quantiles, NINE)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def backtest() -> dict[str, object]:
    train = read_train("monthly", BACKTESTED)
    with tempfile.TemporaryDirectory() as folder:
        table, model = Path(folder, "t.parquet"), Path(folder, "m.lstm")
        train.to_parquet(table, index=False)
        options = ["--frequency", MONTHLY.alias, "--horizon", str(MONTHLY.horizon)]
        short = ["--set", "training.max_steps=20"]
        run("train", table, "-o", model, *options, *short)
        started = time.perf_counter()
        run("evaluate", model, table, "--windows", WINDOWS, "--json")
        seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return {
        "what": f"backtest of {BACKTESTED:,} monthly series, {WINDOWS} windows, whole process",
        "methods": 6,
        "seconds": round(seconds, 2),
        "peak_gib": round(memory, 2),
        "before_gib": "",
    }


def run(*words: object) -> None:
    command = [sys.executable, "-m", "lstmcast", *map(str, words), "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
