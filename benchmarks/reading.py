"""How long large tables take to read, and peak memory, each in a process of its own.

python benchmarks/reading.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from provenance import DATA, write_results

READ = """
import sys
from lstmcast.data.panel import build_panel
from lstmcast.data.table import read_table
panel = build_panel(read_table(sys.argv[1]))
print(len(panel.values), panel.n_series)
"""
MANY_SERIES, STEPS = 1_000_000, 50


def main() -> None:
    results: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        csv, parquet = Path(folder, "m4_monthly.csv"), Path(folder, "m4_monthly.parquet")
        write_m4(csv, parquet)
        million = Path(folder, "million.parquet")
        write_million(million)
        for table in (csv, parquet, million):
            results += [measure(table, "panel", ["-c", READ, str(table)])]
        model = str(Path(folder, "m.lstm"))
        command = ["-m", "lstmcast", "train", str(csv), "-o", model, "-v", "--horizon", "18"]
        steps = ["--set", "training.max_steps=24"]
        results.append(measure(csv, "first training step", [*command, *steps]))
    write_results("reading", results)


def write_m4(csv: Path, parquet: Path) -> None:
    """Give the series of M4 monthly, published without dates, months that end in 2017."""
    frame = pd.read_parquet(DATA / "m4" / "monthly_train.parquet")
    length = frame.groupby("unique_id").ds.transform("max")
    month = np.datetime64("2017-12", "M") - (length - frame.ds).to_numpy()
    frame["ds"] = pd.Series(month.astype("datetime64[D]")).astype("datetime64[s]")
    frame.to_csv(csv, index=False, date_format="%Y-%m-%d")
    frame.to_parquet(parquet)


def write_million(path: Path) -> None:
    """Write a million series of random numbers with texts for ids, a few at a time."""
    rng = np.random.default_rng(0)
    at_once = MANY_SERIES // 20
    days = np.tile(np.datetime64("2024-01-01") + np.arange(STEPS), at_once)
    schema = pa.schema([("id", pa.string()), ("ds", pa.timestamp("us")), ("y", pa.float64())])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, MANY_SERIES, at_once):
            names = [f"series_{k:07d}" for k in range(start, start + at_once)]
            numbers = rng.normal(size=at_once * STEPS)
            ids = np.repeat(np.array(names, dtype=object), STEPS)
            writer.write_table(
                pa.table([pa.array(ids), pa.array(days).cast("timestamp[us]"), numbers], schema)
            )


def measure(table: Path, until: str, arguments: list[str]) -> dict[str, object]:
    """Seconds, and peak memory, of a process up to a point that its output tells."""
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        mark = "step 1 of" if until == "first training step" else ""
        next(line for line in process.stdout if line.startswith(mark))
        seconds = time.perf_counter() - started
        process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return {
        "table": table.name,
        "mb": round(table.stat().st_size / 1e6),
        "until": until,
        "seconds": round(seconds, 1),
        "peak_gib": round(usage.ru_maxrss / 2**20, 2),
    }


if __name__ == "__main__":
    main()
