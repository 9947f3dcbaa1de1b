"""What calibration does to intervals, on M4: coverage of 80 % and 95 %, and MSIS.

python benchmarks/calibration.py [--frequency hourly monthly] [--seeds N] [--sample N]

One training of each frequency with the defaults; forecasts of the test part with calibration and
with --no-calibration. What is calibrated is learnt from the training part alone. MSIS is that of
the interval of 95 %, by the rules of M4.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from m4 import read, seconds
from m4_rules import FREQUENCIES, Told, lay_out, scores
from provenance import provenance, read_results, show, write_table

LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
WAYS = {"calibrated": "--calibration", "not calibrated": "--no-calibration"}
RESULTS = "calibration"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--frequency", nargs="+", choices=FREQUENCIES, default=["hourly", "monthly"]
    )
    parser.add_argument("--seeds", type=int, default=1, metavar="N")
    parser.add_argument("--sample", type=int, metavar="N")
    arguments = parser.parse_args()
    for frequency in arguments.frequency:
        for seed in range(arguments.seeds):
            rows = measure(frequency, seed, arguments.sample)
            for row in rows:
                show(row)
            if arguments.sample is None:
                keep([row | provenance() for row in rows])


def measure(frequency: str, seed: int, sample: int | None) -> list[dict[str, object]]:
    rules = FREQUENCIES[frequency]
    train, truth = read(frequency, sample)
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        table, model, output = (Path(folder, name) for name in ("t.parquet", "m", "f.parquet"))
        train.to_parquet(table, index=False)
        options = ["--frequency", rules.alias, "--horizon", rules.horizon, "--seed", seed]
        seconds("train", table, "-o", model, "--quiet", *options)
        for way, option in WAYS.items():
            levels = ",".join(map(str, LEVELS))
            seconds("predict", model, table, "-o", output, "--quantile-levels", levels, option)
            columns = ["forecast", *(f"q{level}" for level in LEVELS)]
            point, *quantiles = lay_out(pd.read_parquet(output), truth.ids, columns)
            told = Told(point, quantiles[0], quantiles[-1])
            found = scores(truth, told)
            inside = (quantiles[1] <= truth.actual) & (truth.actual <= quantiles[3])
            by_step = inside.mean(axis=0)
            rows.append(
                {
                    "frequency": frequency,
                    "seed": seed,
                    "way": way,
                    "coverage_80": round(float(inside.mean()), 4),
                    "lowest_of_a_step": round(float(np.min(by_step)), 4),
                    "highest_of_a_step": round(float(np.max(by_step)), 4),
                    "coverage_95": round(found["coverage_95"], 4),
                    "msis": round(found["msis"], 3),
                    "mase": round(found["mase"], 4),
                }
            )
    return rows


def keep(found: list[dict[str, object]]) -> None:
    """Merge rows into the result, in the place of those of the same measurement."""
    rows = {
        (str(row["frequency"]), str(row["seed"]), str(row["way"])): row
        for row in [*read_results(RESULTS), *found]
    }
    write_table(RESULTS, list(rows.values()))


if __name__ == "__main__":
    main()
