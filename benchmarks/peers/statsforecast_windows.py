"""Forecasts of rolling windows by a model of statsforecast, fitted anew for each window.

Runs in a virtual environment of its own: pip install statsforecast, then
python peers/statsforecast_windows.py TABLE.parquet OUT.parquet MODEL HORIZON WINDOWS SEASON

Each window is forecast from all that lies before it, 3,000 steps at the most: AutoETS takes two
seconds for so many, and there are hundreds of windows of hourly series.
"""

from __future__ import annotations

import os
import sys
import warnings
from importlib.metadata import version

import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import AutoETS, AutoTheta

MODELS = {"AutoETS": AutoETS, "AutoTheta": AutoTheta}
MOST_STEPS = 3_000


def main() -> None:
    table, output, name, *numbers = sys.argv[1:]
    horizon, windows, season = map(int, numbers)
    warnings.filterwarnings("ignore")
    cores = len(os.sched_getaffinity(0))
    forecaster = StatsForecast([MODELS[name](season_length=season)], freq=1, n_jobs=cores)
    found = forecaster.cross_validation(
        df=pd.read_parquet(table),
        h=horizon,
        step_size=horizon,
        n_windows=windows,
        input_size=MOST_STEPS,
    )
    found = found.rename(columns={name: "forecast"})[["unique_id", "cutoff", "ds", "forecast"]]
    found.assign(tool=f"statsforecast {version('statsforecast')}").to_parquet(output)


if __name__ == "__main__":
    main()
