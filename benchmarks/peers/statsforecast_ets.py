"""Seconds that statsforecast's AutoETS takes to fit and forecast the series of a Parquet table.

Runs in a virtual environment of its own: pip install statsforecast, then
python peers/statsforecast_ets.py TABLE.parquet
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version

import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import AutoETS


def main() -> None:
    frame = pd.read_parquet(sys.argv[1])
    some = frame[frame.unique_id.isin(frame.unique_id.unique()[:10])]
    fit(some)  # what is compiled at the first call is no cost of the series
    started = time.perf_counter()
    fit(frame)
    print(
        json.dumps(
            {
                "series": frame.unique_id.nunique(),
                "s": round(time.perf_counter() - started, 1),
                "statsforecast": version("statsforecast"),
            }
        )
    )


def fit(frame: pd.DataFrame) -> pd.DataFrame:
    forecaster = StatsForecast([AutoETS(season_length=12)], freq=1, n_jobs=-1)
    return pd.DataFrame(forecaster.forecast(df=frame, h=18))


if __name__ == "__main__":
    main()
