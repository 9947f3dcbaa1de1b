"""AirPassengers, last 36 months: three windows of 12, training strictly before each, five seeds.

python benchmarks/air_passengers.py
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from provenance import write_results

import lstmcast

DATA = Path(__file__).parents[1] / "sample_data" / "air_passengers.csv"


def main() -> None:
    panel = lstmcast.build_panel(lstmcast.read_table(DATA))
    rows: list[dict[str, object]] = []
    for seed in range(5):
        started = time.perf_counter()
        evaluation = lstmcast.evaluate(
            panel,
            lstmcast.BacktestPlan(horizon=12, windows=3),
            config=lstmcast.Config(horizon=12, seed=seed),
        )
        seconds = round(time.perf_counter() - started, 1)
        row: dict[str, object] = {"seed": seed}
        methods = evaluation.scores.items()
        row |= {name: round(scores["mae"].value or 0, 2) for name, scores in methods}
        rows.append(row | {"seconds": seconds})
    medians = {name: statistics.median(float(str(row[name])) for row in rows) for name in rows[0]}
    write_results("air_passengers", [*rows, medians | {"seed": "median"}])


if __name__ == "__main__":
    main()
