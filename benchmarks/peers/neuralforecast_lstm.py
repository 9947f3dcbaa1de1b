"""Seconds that neuralforecast's LSTM takes for so many training steps on M4 monthly.

Runs in a virtual environment of its own: pip install neuralforecast, then
python peers/neuralforecast_lstm.py M4_MONTHLY_TRAIN.parquet PRECISION STEPS
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from importlib.metadata import version

import pandas as pd
from neuralforecast import NeuralForecast
from neuralforecast.models import LSTM

BATCH = 1024


def main() -> None:
    path, precision, steps = sys.argv[1], sys.argv[2], int(sys.argv[3])
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    frame = pd.read_parquet(path)
    seconds = {few: fit(frame, precision, few) for few in (2, steps + 2)}
    print(
        json.dumps(
            {
                "windows_per_second": BATCH * steps / (seconds[steps + 2] - seconds[2]),
                "neuralforecast": version("neuralforecast"),
            }
        )
    )


def fit(frame: pd.DataFrame, precision: str, steps: int) -> float:
    """Train for a few steps: the seconds of many less those of few are those of the steps."""
    model = LSTM(
        h=18,
        input_size=72,
        start_padding_enabled=True,
        encoder_hidden_size=128,
        decoder_hidden_size=128,
        batch_size=BATCH,
        windows_batch_size=BATCH,
        max_steps=steps,
        accelerator="cpu",
        precision=precision,
        enable_progress_bar=False,
        enable_model_summary=False,
        logger=False,
        enable_checkpointing=False,
    )
    started = time.perf_counter()
    NeuralForecast([model], freq=1).fit(frame)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
