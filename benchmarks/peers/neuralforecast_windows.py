"""Forecasts of rolling windows by a network of neuralforecast, trained once before the first.

Runs in a virtual environment of its own: pip install neuralforecast, then
python peers/neuralforecast_windows.py TABLE.parquet OUT.parquet MODEL HORIZON WINDOWS SEASON

Everything is as it is by default. What has no default: NHITS sees two horizons, as in the examples
of its documentation (LSTM's default is three). Columns beside unique_id, ds and y are covariates
known ahead; with them NHITS scales its inputs, as in the tutorial on such covariates (LSTM always
does).
"""

from __future__ import annotations

import logging
import sys
import warnings
from importlib.metadata import version
from typing import Any

import pandas as pd
from neuralforecast import NeuralForecast
from neuralforecast.models import LSTM, NHITS

SILENT = {
    "accelerator": "cpu",
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "logger": False,
    "enable_checkpointing": False,
}


def main() -> None:
    table, output, name, *numbers = sys.argv[1:]
    horizon, windows, _ = map(int, numbers)
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    frame = pd.read_parquet(table)
    known = frame.columns.difference(["unique_id", "ds", "y"]).tolist()
    found = NeuralForecast([model(name, horizon, known)], freq=1).cross_validation(
        frame, n_windows=windows, step_size=horizon
    )
    found = found.rename(columns={name: "forecast"})[["unique_id", "cutoff", "ds", "forecast"]]
    found.assign(tool=f"neuralforecast {version('neuralforecast')}").to_parquet(output)


def model(name: str, horizon: int, known: list[str]) -> Any:
    given: dict[str, Any] = {"futr_exog_list": known} if known else {}
    if name == "LSTM":
        return LSTM(h=horizon, **given, **SILENT)
    scaled = {"scaler_type": "robust"} if known else {}
    return NHITS(h=horizon, input_size=2 * horizon, **given, **scaled, **SILENT)


if __name__ == "__main__":
    main()
