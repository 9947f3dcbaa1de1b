"""Where and with what a result was measured: columns that every result table carries."""

from __future__ import annotations

import csv
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    write_table(name, [row | provenance() for row in rows])
    for row in rows:
        show(row)


def write_table(name: str, table: Sequence[Mapping[str, object]]) -> None:
    """Write rows as results/NAME.csv as they are."""
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / f"{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(key for row in table for key in row)))
        writer.writeheader()
        writer.writerows(table)


def read_results(name: str) -> list[dict[str, object]]:
    """Read results/NAME.csv, every cell a text; no rows where there is no such file."""
    path = RESULTS / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


def show(row: Mapping[str, object]) -> None:
    print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
