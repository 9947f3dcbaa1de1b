"""What training anew in a backtest is worth: never, from scratch, or from a warm start.

python benchmarks/refits.py [--panels "air passengers" monthly] [--seeds N] [--windows N]

Rolling windows without overlap at the end of each series, by the defaults of lstmcast. Of M4, 1,000
monthly series of the training part are taken, and 500 steps; nothing of the test part is read.

Told are MASE and the seconds of all trainings and forecasts, medians over the seeds; the ways of a
panel are timed in turn.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING

from breadth import SETS
from breadth import read as read_set
from m4_rules import FREQUENCIES, panel_of, read_train
from provenance import provenance, read_results, show, write_table

import lstmcast

if TYPE_CHECKING:
    from lstmcast import Config, Panel

    Row = dict[str, object]

RESULTS = "refits"
SMALL = {"air passengers": "air_passengers", "arrivals": "arrivals"}
M4 = ("monthly",)
WAYS = {"never": (0, False), "from scratch": (1, False), "warm start": (1, True)}
SAMPLE, STEPS = 1_000, 500


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*SMALL, *M4]
    parser.add_argument("--panels", nargs="+", choices=names, default=names)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--windows", type=int, default=4)
    arguments = parser.parse_args()
    for name in arguments.panels:
        panel, horizon, steps = read(name)
        found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
        for seed in range(arguments.seeds):
            training = {"max_steps": steps} if steps else {}
            said = {"horizon": horizon, "seed": seed, "training": training}
            config = lstmcast.Config.model_validate(said)
            for way in WAYS:
                found[way].append(measure(panel, way, arguments.windows, config))
        for way, told in found.items():
            mase, seconds = (statistics.median(part) for part in zip(*told, strict=True))
            row: Row = {
                "panel": name,
                "refit": way,
                "windows": arguments.windows,
                "seeds": arguments.seeds,
                "mase": round(mase, 4),
                "seconds": round(seconds, 1),
            }
            show(row)
            keep(row | provenance())


def read(name: str) -> tuple[Panel, int, int | None]:
    """Return a panel, the horizon, and the steps of each training if not the default."""
    if name in SMALL:
        return read_set(SMALL[name]).panel, SETS[SMALL[name]].horizon, None
    return panel_of(name, read_train(name, SAMPLE)), FREQUENCIES[name].horizon, STEPS


def measure(panel: Panel, way: str, windows: int, config: Config) -> tuple[float, float]:
    """Return the MASE of a backtest and the seconds that it took."""
    refit, warm_start = WAYS[way]
    plan = lstmcast.BacktestPlan(windows=windows, refit=refit, warm_start=warm_start)
    started = time.perf_counter()
    evaluation = lstmcast.evaluate(panel, plan, config=config)
    value = evaluation.scores[evaluation.subject]["mase"].value
    assert value is not None
    return value, time.perf_counter() - started


def keep(row: Row) -> None:
    """Merge a row into the result, in the place of the same measurement."""
    rows = {(row["panel"], row["refit"]): row for row in [*read_results(RESULTS), row]}
    write_table(RESULTS, list(rows.values()))


if __name__ == "__main__":
    main()
