"""From one CSV with all of M4 monthly and dates to the first training step, and peak memory.

python benchmarks/reading.py
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from provenance import DATA, write_results


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "m4_monthly.csv")
        n_rows = write_table(table)
        first_step, peak = train(table, Path(folder, "m.lstm"))
        size = table.stat().st_size
    write_results(
        "reading",
        [
            {
                "rows": n_rows,
                "csv_mb": round(size / 1e6),
                "to_first_step_s": round(first_step, 1),
                "peak_gib": round(peak / 2**30, 2),
            }
        ],
    )


def write_table(path: Path) -> int:
    """Give the series of M4 monthly, published without dates, months that end in 2017."""
    frame = pd.read_parquet(DATA / "m4" / "monthly_train.parquet")
    length = frame.groupby("unique_id").ds.transform("max")
    month = np.datetime64("2017-12", "M") - (length - frame.ds).to_numpy()
    frame["ds"] = pd.Series(month.astype("datetime64[D]")).astype("datetime64[s]")
    frame.to_csv(path, index=False, date_format="%Y-%m-%d")
    return len(frame)


def train(table: Path, model: Path) -> tuple[float, int]:
    """Train a few steps; seconds to the line on the first one, and peak memory in bytes."""
    command = [sys.executable, "-m", "lstmcast", "train", str(table), "-o", str(model), "-v"]
    started = time.perf_counter()
    with subprocess.Popen(
        [*command, "--horizon", "18", "--set", "training.max_steps=24"],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if line.startswith("step 1 of"))
        first_step = time.perf_counter() - started
        process.stderr.read()
    assert process.returncode == 0
    return first_step, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


if __name__ == "__main__":
    main()
