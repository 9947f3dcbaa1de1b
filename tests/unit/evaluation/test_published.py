"""The scores of Naive2 on M4 are those that were published, to the last digit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, Windows
from lstmcast.evaluation.baselines import baselines_of
from lstmcast.evaluation.judgement import Course, judge

M4 = Path(__file__).parents[4] / "shared" / "data" / "m4"


# All six, and 13.564 and 1.912 over all series: `benchmarks/m4.py --naive2`.
@pytest.mark.parametrize(("frequency", "season"), [("quarterly", 4), ("weekly", 1), ("hourly", 24)])
@pytest.mark.skipif(not M4.exists(), reason="the series of M4 are not here")
def test_naive2_has_the_published_scores(frequency: str, season: int) -> None:
    parts = [pd.read_parquet(M4 / f"{frequency}_{part}.parquet") for part in ("train", "test")]
    frame = pd.concat(parts).sort_values(["unique_id", "ds"], kind="stable")
    ids, lengths = np.unique(frame.unique_id, return_counts=True)
    horizon = int(parts[1].groupby("unique_id").size().iloc[0])
    panel = Panel(
        values=frame.y.to_numpy(np.float64),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        first_steps=np.zeros(len(ids), dtype=np.int64),
        series_ids=ids.astype(object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("ds", ("y",), ("unique_id",)),
    )
    windows = Windows(np.arange(len(ids)), lengths - horizon - 1)
    course = Course(panel, windows, np.zeros(len(ids), dtype=np.int64), horizon, season)
    naive2 = {"naive2": baselines_of(course, ())["naive2"]}
    found = judge(course, naive2, "naive2").tables["naive2"].overall
    known = pd.read_csv(M4 / "benchmarks.csv", index_col="frequency").loc[frequency.title()]
    for metric in ("smape", "mase"):
        value = found[metric].value
        assert value is not None
        assert round(value, 3) == float(str(known[f"naive2_{metric}"]))
    assert found["owa"].value == 1
