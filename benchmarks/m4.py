"""M4 by frequency with the defaults of `lstmcast train`: MASE and sMAPE by the M4 rules.

python benchmarks/m4.py weekly yearly [--seeds 3]

The training part goes to `lstmcast train` as a CSV of integer steps, as published, with the one
thing that it lacks: --frequency says what a step is. The test part is read only to score what
`lstmcast predict` wrote.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from provenance import DATA, write_results

if TYPE_CHECKING:
    from collections.abc import Sequence

HORIZON = {"yearly": 6, "quarterly": 8, "monthly": 18, "weekly": 13, "daily": 14, "hourly": 48}
FREQUENCY = {
    "yearly": "YS",
    "quarterly": "QS",
    "monthly": "MS",
    "weekly": "W",
    "daily": "D",
    "hourly": "h",
}
# Of the scores, by the M4 rules.
SEASON = {"yearly": 1, "quarterly": 4, "monthly": 12, "weekly": 1, "daily": 1, "hourly": 24}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("frequencies", nargs="+", choices=list(HORIZON))
    parser.add_argument("--seeds", type=int, default=1)
    arguments = parser.parse_args()
    for frequency in arguments.frequencies:
        rows = [measure(frequency, seed) for seed in range(arguments.seeds)]
        write_results(f"m4_{frequency}", rows)


def measure(frequency: str, seed: int, more: Sequence[str] = ()) -> dict[str, object]:
    train = pd.read_parquet(DATA / "m4" / f"{frequency}_train.parquet")
    test = pd.read_parquet(DATA / "m4" / f"{frequency}_test.parquet")
    with tempfile.TemporaryDirectory() as folder:
        table, model, output = (str(Path(folder, name)) for name in ("t.csv", "m.lstm", "f.csv"))
        train.to_csv(table, index=False)
        started = time.perf_counter()
        given = {
            "--horizon": HORIZON[frequency],
            "--frequency": FREQUENCY[frequency],
            "--seed": seed,
        }
        options = [str(part) for option in given.items() for part in option]
        lstmcast("train", table, "-o", model, *options, *more)
        trained = time.perf_counter()
        lstmcast("predict", model, table, "-o", output)
        predicted = time.perf_counter()
        forecast = pd.read_csv(output)
    errors = test.merge(forecast, on=["unique_id", "ds"], how="left", validate="one_to_one")
    scale = in_sample_errors(train, SEASON[frequency])
    naive = test.merge(train.groupby("unique_id").y.last().rename("last"), on="unique_id")
    return {
        "frequency": frequency,
        "seed": seed,
        "series": test.unique_id.nunique(),
        "smape": round(smape(errors.y, errors.forecast), 3),
        "mase": round(mase(errors, errors.forecast, scale), 4),
        "naive_mase": round(mase(naive, naive["last"], scale), 4),
        "train_s": round(trained - started, 1),
        "predict_s": round(predicted - trained, 1),
    }


def lstmcast(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "lstmcast", *arguments], check=True)


def in_sample_errors(train: pd.DataFrame, season: int) -> pd.Series:
    changes = (train.y - train.groupby("unique_id").y.shift(season)).abs()
    return changes.groupby(train.unique_id).mean()


def smape(actual: pd.Series, forecast: pd.Series) -> float:
    return float(np.mean(200 * (actual - forecast).abs() / (actual.abs() + forecast.abs())))


def mase(rows: pd.DataFrame, forecast: pd.Series, scale: pd.Series) -> float:
    mae = (rows.y - forecast).abs().groupby(rows.unique_id).mean()
    return float((mae / scale[mae.index]).mean())


if __name__ == "__main__":
    main()
