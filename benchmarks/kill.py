"""A training that is killed fifty times, at random moments, and resumed each time.

python benchmarks/kill.py

After each kill, the checkpoint must be whole; the model that is written at last must be, byte for
byte, that of a training that was never killed. There is a checkpoint at every barrier, so that many
kills fall into the writing of one.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import safetensors.torch
from provenance import write_results

from lstmcast import checkpoint

DATA = Path(__file__).parents[1] / "sample_data" / "air_passengers.csv"
KILLS = 50
LONGEST = 0.8  # seconds of training before a kill
WORDS = (
    *("--horizon", "12", "--resume", "--verbose"),
    *("--set", "model.hidden_size=16", "--set", "model.members=2", "--set", "model.dropout=0.1"),
    *("--set", "training.max_steps=4000", "--set", "training.early_stopping=false"),
    *("--set", "training.checkpoint_seconds=0.001"),
)


def main() -> None:
    moments = np.random.default_rng(0).uniform(0, LONGEST, size=KILLS)
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = Path(folder, "whole.lstm"), Path(folder, "killed.lstm")
        subprocess.run(command(whole), check=True, capture_output=True)
        states = [state_after_kill(killed, moment) for moment in moments]
        subprocess.run(command(killed), check=True, capture_output=True)
        same = whole.read_bytes() == killed.read_bytes()
        left = sorted(path.name for path in Path(folder).iterdir())
    write_results(
        "kill",
        [
            {
                "kills": KILLS,
                "while_writing": sum(writing for _, writing in states),
                "broken_checkpoints": sum(step is None for step, _ in states),
                "step_at_last_kill": states[-1][0],
                "same_bytes": same,
                "files_left": len(left) - 2,
            }
        ],
    )


def command(model: Path) -> list[str]:
    return [sys.executable, "-m", "lstmcast", "train", str(DATA), "-o", str(model), *WORDS]


def state_after_kill(model: Path, seconds: float) -> tuple[int | None, bool]:
    """Kill a training after some seconds: the step that it had saved, and whether it was saving."""
    with subprocess.Popen(command(model), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        next(line for line in process.stderr if " up to " in line)
        time.sleep(seconds)
        process.kill()
    unfinished = checkpoint.beside(model)
    writing = any(model.parent.glob(".*.tmp"))
    if not unfinished.exists():
        return 0, writing
    try:
        header = checkpoint.read_header(unfinished)
        safetensors.torch.load_file(unfinished)
    except Exception as error:  # noqa: BLE001  # whatever is wrong with it
        print(error)
        return None, writing
    return header["standing"]["members"][0]["step"], writing


if __name__ == "__main__":
    main()
