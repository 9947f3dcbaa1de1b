"""Where and with what a result was measured: columns that every result table carries."""

from __future__ import annotations

import csv
import os
import platform
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
DATA = Path(__file__).parents[2] / "shared" / "data"


def provenance() -> dict[str, str]:
    """Name the processor, the cores in use, and the versions that matter for speed and accuracy."""
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "python": platform.python_version(),
        "torch": version("torch"),
        "lstmcast": version("lstmcast"),
    }


def write_results(name: str, rows: list[dict[str, object]]) -> None:
    """Write rows as results/NAME.csv beside their provenance, and show them."""
    save_results(name, rows)
    for row in rows:
        show(row)


def save_results(name: str, rows: list[dict[str, object]]) -> None:
    """Write rows as results/NAME.csv; those that were measured before have their provenance."""
    RESULTS.mkdir(exist_ok=True)
    table = [row | provenance() | row for row in rows]
    with (RESULTS / f"{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, table[0])
        writer.writeheader()
        writer.writerows(table)


def show(row: dict[str, object]) -> None:
    print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
