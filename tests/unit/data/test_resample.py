"""Resampling: events and irregular times become one row for each period of a frequency."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np
import pandas as pd
import pytest

from lstmcast.config import DataConfig, Resample
from lstmcast.data.panel import build_panel
from lstmcast.data.resample import label_periods
from lstmcast.data.stamps import Times
from lstmcast.data.table import read_table, table_from_frame
from lstmcast.errors import DataError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = """shop,when,sold
b,2024-03-05 10:15,2
a,2024-03-01 09:00,1
a,2024-03-01 17:30,4
b,2024-03-05 10:15,3
a,2024-03-04 12:00,
a,2024-03-03 12:00,7
b,2024-03-05 09:15,9
"""


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.csv"
    path.write_text(EVENTS)
    return path


@pytest.mark.parametrize(
    ("how", "first", "second"),
    [
        ("sum", [5, 0, 7, np.nan], [14]),
        ("mean", [2.5, np.nan, 7, np.nan], [14 / 3]),
        ("max", [4, np.nan, 7, np.nan], [9]),
        ("last", [4, np.nan, 7, np.nan], [3]),
    ],
)
def test_events_of_days(
    events: Path, how: Resample, first: list[float], second: list[float]
) -> None:
    table = read_table(events, DataConfig(frequency="D", resample=how))
    panel = build_panel(table)
    assert panel.series_ids.tolist() == ["b", "a"]
    np.testing.assert_allclose(panel.values, [*second, *first])
    assert panel.axis.frequency == "D"
    ends = panel.axis.stamps(panel.first_steps + panel.lengths)
    assert panel.axis.render(ends).tolist() == ["2024-03-06 00:00", "2024-03-05 00:00"]
    assert table.notes[-1] == f"7 rows gathered into 4 periods by {how}"
    if how == "sum":
        assert "filled in, between observed steps: 1 (--fill zero)" in panel.notes


@pytest.mark.parametrize(
    ("frequency", "named", "stamp"),
    [
        ("15min", "15min", "2024-05-15T13:45"),
        ("h", "h", "2024-05-15T13"),
        ("7h", "7h", "2024-05-15T07"),
        ("D", "D", "2024-05-15"),
        ("W", "W-MON", "2024-05-13"),
        ("W-SUN", "W-SUN", "2024-05-12"),
        ("W-WED", "W-WED", "2024-05-15"),
        ("2W", "2W-MON", "2024-05-13"),
        ("B", "B", "2024-05-15"),
        ("MS", "MS", "2024-05-01"),
        ("ME", "ME", "2024-05-31"),
        ("BMS", "BMS", "2024-05-01"),
        ("BME", "BME", "2024-05-31"),
        ("QS", "QS-JAN", "2024-04-01"),
        ("QE", "QE-DEC", "2024-06-30"),
        ("QS-FEB", "QS-FEB", "2024-05-01"),
        ("QE-OCT", "QE-OCT", "2024-07-31"),
        ("6MS", "6MS", "2024-01-01"),
        ("YS", "YS-JAN", "2024-01-01"),
        ("YE", "YE-DEC", "2024-12-31"),
        ("YE-JUN", "YE-JUN", "2024-06-30"),
        ("2YS", "2YS-JAN", "2024-01-01"),
    ],
)
def test_the_stamp_of_a_period(frequency: str, named: str, stamp: str) -> None:
    frame = pd.DataFrame({"ds": ["2024-05-15 13:50", "2024-05-15 13:51"], "y": [1, 2]})
    table = table_from_frame(frame, DataConfig(frequency=frequency, resample="sum"))
    assert table.axis.frequency == named
    assert table.axis.stamps(table.steps).tolist() == [np.datetime64(stamp, "us").item()]
    assert table.values.tolist() == [3]


def test_business_days_take_in_the_weekend() -> None:
    days = np.arange("2024-05-02", "2024-05-08", dtype="datetime64[D]").astype("datetime64[us]")
    periods, labels = label_periods(Times(days, "%Y-%m-%d"), "B")
    assert periods.values[labels].astype("datetime64[D]").astype(str).tolist() == [
        *("2024-05-02", "2024-05-03", "2024-05-03", "2024-05-03", "2024-05-06", "2024-05-07"),
    ]


@pytest.mark.parametrize("frequency", ["15min", "h", "D", "MS", "ME", "QS", "QE", "YS", "W-MON"])
@pytest.mark.parametrize("how", get_args(Resample))
def test_pandas_gathers_alike(frequency: str, how: Resample) -> None:
    rng = np.random.default_rng(5)
    seconds = rng.integers(0, 10**8 if frequency[-1] in "NSE" else 10**6, 500)
    frame = pd.DataFrame(
        {
            "id": rng.choice(["a", "b", "c"], 500),
            "ds": np.datetime64("2024-02-29", "s") + np.sort(seconds),
            "y": np.where(rng.random(500) < 0.1, np.nan, rng.normal(size=500)),
        }
    )
    shuffled = frame.sample(frac=1, random_state=2)
    said = DataConfig(frequency=frequency, resample=how)
    panel = build_panel(table_from_frame(shuffled, said))
    sides = {"closed": "left", "label": "left"} if frequency.startswith("W") else {}
    for number, name in enumerate(panel.series_ids):
        series = frame[frame["id"] == name].set_index("ds")["y"]
        reference = series.resample(frequency, **sides).agg(how)
        if how == "sum":  # before the first and after the last value there are no zeros
            counts = series.resample(frequency, **sides).count().to_numpy()
            inside = np.maximum.accumulate(counts) * np.maximum.accumulate(counts[::-1])[::-1]
            reference[inside == 0] = np.nan
        mine = panel.values[panel.offsets[number] : panel.offsets[number + 1]]
        np.testing.assert_allclose(mine, reference.to_numpy())
        first = panel.axis.stamps(panel.first_steps[number : number + 1])
        assert first[0] == reference.index[0]


def test_days_of_a_zone() -> None:
    hours = pd.date_range("2024-03-30", periods=71, freq="h", tz="Europe/Berlin")
    frame = pd.DataFrame({"ds": hours, "y": 1.0})
    table = table_from_frame(frame, DataConfig(frequency="D", resample="sum"))
    assert table.values.tolist() == [24, 23, 24]
    rendered = table.axis.render(table.axis.stamps(table.steps)).tolist()
    assert rendered == ["2024-03-30 00:00:00+01:00", "2024-03-31 00:00:00+01:00",
                        "2024-04-01 00:00:00+02:00"]  # fmt: skip


def test_hours_of_a_zone_that_is_half_an_hour_off() -> None:
    minutes = pd.date_range("2024-03-30 10:00", periods=120, freq="min", tz="Asia/Kolkata")
    frame = pd.DataFrame({"ds": minutes, "y": 1.0})
    table = table_from_frame(frame, DataConfig(frequency="h", resample="sum"))
    assert table.values.tolist() == [60, 60]


def test_data_on_the_grid_stay_as_they_are(events: Path) -> None:
    events.write_text("ds,y\n2024-01-01,1\n2024-02-01,\n2024-04-01,4\n")
    plain = build_panel(read_table(events, DataConfig(frequency="MS")))
    for how in ("mean", "last", "max"):
        panel = build_panel(read_table(events, DataConfig(frequency="MS", resample=how)))
        np.testing.assert_array_equal(panel.values, plain.values)
        assert panel.axis == plain.axis


def test_repeated_whole_numbers(events: Path) -> None:
    events.write_text("t,y\n1,1\n1,2\n2,5\n4,4\n")
    panel = build_panel(read_table(events, DataConfig(frequency="1", resample="sum")))
    assert panel.values.tolist() == [3, 5, 0, 4]


def test_a_last_period_that_is_not_over() -> None:
    hours = pd.date_range("2024-03-01", periods=24 * 5 + 13, freq="h")
    frame = pd.DataFrame({"ds": hours, "y": 1.0})
    said = DataConfig(frequency="D", resample="sum")
    note = "the last period, 2024-03-06 00:00, may not be over: its rows end earlier than in any"
    assert any(text.startswith(note) for text in table_from_frame(frame, said).notes)
    whole = table_from_frame(frame[: 24 * 5], said).notes
    assert not any("may not be over" in text for text in whole)


def test_a_model_remembers_how_rows_were_gathered(events: Path) -> None:
    remembered = DataConfig(frequency="D", resample="max", target="sold")
    table = read_table(events, remembered=remembered)
    assert table.values.tolist()[:2] == [9, 4]


def test_no_period_to_gather(events: Path) -> None:
    with pytest.raises(UsageError, match="--resample sum needs to know how long a period is: give"):
        read_table(events, DataConfig(resample="sum"))
    with pytest.raises(UsageError, match="frequency 'fortnight' is unknown"):
        read_table(events, DataConfig(resample="sum", frequency="fortnight"))
    with pytest.raises(DataError, match="frequency '1' stands for integer steps"):
        read_table(events, DataConfig(resample="sum", frequency="1"))


def test_a_stray_year_leaves_a_panel_nearly_empty(events: Path) -> None:
    events.write_text("ds,y\n2024-01-01 00:00,1\n1900-01-01 00:00,2\n2024-01-01 00:00,3\n")
    with pytest.raises(DataError, match=r"from row 3 .* to row 4 .*far more than rows"):
        read_table(events, DataConfig(frequency="min", resample="sum"))
