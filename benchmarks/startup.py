"""How long a user waits for a process: --help, and predict against importing torch and pandas.

python benchmarks/startup.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from provenance import write_results

DATA = str(Path(__file__).parents[1] / "sample_data" / "air_passengers.csv")
RUNS = 15


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = str(Path(folder, "air.lstm"))
        subprocess.run(lstmcast("train", DATA, "-o", model, "--horizon", "12", "-q"), check=True)
        commands = {
            "help": lstmcast("--help"),
            "predict": lstmcast("predict", model, DATA),
            "imports": [sys.executable, "-c", "import torch, pandas"],
        }
        # In turn, so that whatever else the machine does falls on all alike.
        times = [
            {name: seconds(command) for name, command in commands.items()} for _ in range(RUNS)
        ]
    median = {name: statistics.median(run[name] for run in times) for name in commands}
    ratio = statistics.median(run["predict"] / run["imports"] for run in times)
    write_results(
        "startup",
        [
            {
                "help_s": round(median["help"], 3),
                "predict_s": round(median["predict"], 3),
                "import_torch_pandas_s": round(median["imports"], 3),
                "predict_over_imports": round(ratio, 3),
                "runs": RUNS,
            }
        ],
    )


def lstmcast(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).parent / "lstmcast"), *arguments]


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
