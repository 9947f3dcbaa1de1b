"""Local hours train and forecast across a change of clocks, however they are written."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

QUICK = ("--set", "training.max_steps=2", "--set", "model.hidden_size=4", "-q")
# The first hours of days with 23 and with 25 hours.
CHANGES = [
    ("Europe/Berlin", "2024-03-31"),
    ("Europe/Berlin", "2024-10-27"),
    ("America/New_York", "2024-03-10"),
    ("America/New_York", "2024-11-03"),
]


def hours_of(zone: str, day: str) -> pd.DatetimeIndex:
    """Hours from ten days before a change of clocks to a day after it."""
    first = pd.Timestamp(day, tz=zone) - pd.Timedelta(days=10)
    return pd.date_range(first, periods=11 * 24, freq="h")


@pytest.mark.parametrize(("zone", "day"), CHANGES)
@pytest.mark.parametrize("form", ["naive", "offsets", "parquet"])
def test_hours_across_a_change_of_clocks(
    zone: str, day: str, form: str, tmp_path: Path, run: Run
) -> None:
    hours = hours_of(zone, day)
    model = tmp_path / "hours.lstm"
    times = {"naive": hours.strftime("%Y-%m-%d %H:%M"), "offsets": hours.astype(str)}.get(form)
    frame = pd.DataFrame({"ds": hours if times is None else times, "y": np.arange(len(hours))})
    known, whole = (tmp_path / f"{name}.{'csv' if form != 'parquet' else form}" for name in "ab")
    for path, rows in ((known, frame[:-25]), (whole, frame)):
        if form == "parquet":
            rows.to_parquet(path)
        else:
            rows.to_csv(path, index=False)
    said = ["--timezone", zone] if form == "naive" or day.startswith("2024-1") else []
    trained = run("train", known, "--horizon", "25", "-o", model, *said, *QUICK)
    assert trained.code == 0, trained.err
    later = [] if said else ["--timezone", zone]  # till spring the offset of winter is all there is
    ended = run("predict", model, known, *later)
    assert ended.code == 0, ended.err
    rendered = [row["ds"] for row in csv.DictReader(io.StringIO(ended.out))]
    expected = frame["ds"][-25:].astype(str)
    assert rendered == expected.tolist()
    # The data go on: the model's zone is remembered where it is one.
    assert run("predict", model, whole, *later).code == 0
    path = tmp_path / "forecast.parquet"
    assert run("predict", model, known, *later, "-o", path, "-q").code == 0
    kept = pd.read_parquet(path)["ds"]
    assert str(kept.dt.tz) == zone
    assert kept.tolist() == hours[-25:].tolist()


def test_an_unknown_zone_is_a_usage_error(data: Path, run: Run) -> None:
    ended = run("train", data, "--horizon", "2", "--timezone", "Berlin", "-o", "x.lstm")
    assert ended.code == 2
    assert "time zone 'Berlin' is unknown" in ended.err
