"""Time zones: no hour is lost or doubled when clocks change, however the user writes times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from lstmcast.config import DataConfig
from lstmcast.data.panel import SeriesTable, build_panel
from lstmcast.data.problems import CellsError
from lstmcast.data.table import read_table, table_from_frame
from lstmcast.data.zones import Clocked, find_zone, localize, to_days, to_wall, zone_of_offsets
from lstmcast.errors import DataError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

ZONES = ["Europe/Berlin", "America/New_York"]
CHANGES = {
    "Europe/Berlin": ("2024-03-30", "2024-10-26"),
    "America/New_York": ("2024-03-09", "2024-11-02"),
}


def hours_around(zone: str, change: int, frequency: str = "h") -> pd.DatetimeIndex:
    """Three days around a change of clocks, to the hour after local midnight."""
    start = pd.Timestamp(CHANGES[zone][change], tz=zone)
    return pd.date_range(start, periods=72 if frequency == "h" else 288, freq=frequency)


def table_of(path: Path, texts: pd.Index, said: DataConfig | None = None) -> SeriesTable:
    pd.DataFrame({"ds": texts, "y": np.arange(len(texts))}).to_csv(path, index=False)
    return read_table(path, said or DataConfig())


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("change", [0, 1])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("frequency", ["h", "15min"])
def test_local_hours_without_a_zone(
    zone: str, change: int, backwards: bool, frequency: str, tmp_path: Path
) -> None:
    hours = hours_around(zone, change, frequency)[:: -1 if backwards else 1]
    texts = hours.strftime("%-d %b %Y %H:%M")
    table = table_of(tmp_path / "hours.csv", texts, DataConfig(timezone=zone))
    assert table.axis.frequency == frequency
    assert table.axis.timezone == zone
    np.testing.assert_array_equal(np.sort(table.steps), np.arange(len(hours)))
    assert np.all(np.diff(table.steps) == (-1 if backwards else 1))
    rendered = table.axis.render(table.axis.stamps(table.steps))
    assert rendered.tolist() == texts.tolist()
    walls = hours.tz_localize(None).to_numpy()
    np.testing.assert_array_equal(table.axis.local(table.steps), walls)


@pytest.mark.parametrize("zone", ZONES)
def test_offsets_that_change_tell_the_zone(zone: str, tmp_path: Path) -> None:
    texts = hours_around(zone, 1).astype(str)
    table = table_of(tmp_path / "hours.csv", texts)
    assert (table.axis.timezone, table.axis.frequency) == (zone, "h")
    assert f"are those of {zone}; --timezone names another zone" in table.notes[1]
    assert table.axis.render(table.axis.stamps(table.steps)).tolist() == texts.tolist()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("form", ["parquet", "frame"])
def test_the_zone_of_a_column_of_timestamps_is_kept(zone: str, form: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"ds": hours_around(zone, 0), "y": np.arange(72.0)})
    frame.to_parquet(tmp_path / "hours.parquet")
    table = table_from_frame(frame) if form == "frame" else read_table(tmp_path / "hours.parquet")
    assert (table.axis.timezone, table.axis.frequency) == (zone, "h")
    assert len(table.notes) == 1
    assert table.steps.tolist() == list(range(72))


@pytest.mark.parametrize(
    ("texts", "said", "frequency"),
    [
        (pd.date_range("2024-03-20", periods=20, tz="Europe/Berlin").astype(str), None, "D"),
        (pd.date_range("2024-03-20", periods=20).strftime("%Y-%m-%d"), "Europe/Berlin", "D"),
        # In Sao Paulo, 4 November 2018 began at one o'clock.
        (pd.date_range("2018-10-20", periods=20).strftime("%Y-%m-%d"), "America/Sao_Paulo", "D"),
        (pd.date_range("2018-10-20", periods=20).astype(str), "America/Sao_Paulo", "D"),
        (
            pd.date_range("2024-01-01", periods=8, freq="MS", tz="Europe/Paris").astype(str),
            "",
            "MS",
        ),
        (pd.date_range("2024-03-04", periods=8, freq="7D").strftime("%G-W%V"), "UTC", "W-MON"),
    ],
)
def test_local_days_and_months(
    texts: pd.Index, said: str | None, frequency: str, tmp_path: Path
) -> None:
    table = table_of(tmp_path / "days.csv", texts, DataConfig(timezone=said or None))
    assert table.axis.frequency == frequency
    assert np.diff(table.steps).tolist() == [1] * (len(texts) - 1)
    assert table.axis.render(table.axis.stamps(table.steps)).tolist() == texts.tolist()
    steps, on_axis = table.axis.steps_of(table.axis.stamps(table.steps))
    assert on_axis.all()
    assert steps.tolist() == table.steps.tolist()


def test_a_day_that_begins_late_is_a_day() -> None:
    days = pd.date_range("2018-10-20", periods=20)
    days = days.tz_localize("America/Sao_Paulo", nonexistent="shift_forward")
    table = table_from_frame(pd.DataFrame({"ds": days, "y": np.arange(20)}))
    assert table.axis.frequency == "D"
    assert table.steps.tolist() == list(range(20))
    stamps = table.axis.stamps(table.steps).astype("datetime64[us]")
    np.testing.assert_array_equal(stamps, days.tz_convert("UTC").tz_localize(None).to_numpy())
    assert str(to_wall("America/Sao_Paulo", stamps)[15]) == "2018-11-04T01:00:00.000000"
    assert str(to_days("America/Sao_Paulo", stamps)[15]) == "2018-11-04T00:00:00.000000"


def test_several_series_in_any_order(tmp_path: Path) -> None:
    hours = hours_around("Europe/Berlin", 1)
    frame = pd.concat(
        [pd.DataFrame({"id": name, "ds": hours, "y": np.arange(72.0)}) for name in "ab"]
    ).sort_values("ds", kind="stable")
    frame["ds"] = frame["ds"].dt.tz_localize(None)
    frame.to_csv(tmp_path / "hours.csv", index=False)
    panel = build_panel(read_table(tmp_path / "hours.csv", DataConfig(timezone="Europe/Berlin")))
    assert panel.values.tolist() == list(range(72)) * 2


def refusal(path: Path, texts: pd.Index, said: DataConfig) -> str:
    with pytest.raises(DataError) as caught:
        table_of(path, texts, said)
    return str(caught.value).removeprefix(f"{path}, ")


def test_hours_that_the_order_of_rows_does_not_tell(tmp_path: Path) -> None:
    hours = hours_around("Europe/Berlin", 1).strftime("%Y-%m-%d %H:%M")
    said = DataConfig(timezone="Europe/Berlin")
    for texts in (hours.delete(26), hours[np.random.default_rng(0).permutation(72)]):
        assert "'2024-10-27 02:00': the clocks of Europe/Berlin showed this time twice, and" in (
            refusal(tmp_path / "hours.csv", texts, said)
        )


@pytest.mark.parametrize("rows", [slice(0, 27), slice(27, 40)])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_series_that_begins_or_ends_when_clocks_go_back(
    rows: slice, backwards: bool, tmp_path: Path
) -> None:
    hours = hours_around("Europe/Berlin", 1)[rows]
    texts = hours.strftime("%Y-%m-%d %H:%M")[:: -1 if backwards else 1]
    table = table_of(tmp_path / "hours.csv", texts, DataConfig(timezone="Europe/Berlin"))
    stamps = np.sort(table.axis.stamps(table.steps))
    np.testing.assert_array_equal(stamps, hours.tz_convert("UTC").tz_localize(None).to_numpy())


def test_an_hour_that_there_never_was(tmp_path: Path) -> None:
    hours = pd.date_range("2024-03-31", periods=9, freq="h").strftime("%Y-%m-%d %H:%M")
    assert refusal(tmp_path / "hours.csv", hours, DataConfig(timezone="Europe/Berlin")) == (
        "column 'ds': row 4 '2024-03-31 02:00': no such time: the clocks of Europe/Berlin skipped "
        "it. Correct these rows, or give the --timezone that they were written in."
    )


@pytest.mark.parametrize("zone", ZONES)
def test_hours_that_look_like_a_change_of_clocks(zone: str, tmp_path: Path) -> None:
    texts = hours_around(zone, 1).strftime("%Y-%m-%d %H:%M")
    sentence = refusal(tmp_path / "hours.csv", texts, DataConfig())
    assert f"this looks like clocks that were set back (as in {zone}): give the --tim" in sentence


def test_offsets_of_no_zone(tmp_path: Path) -> None:
    texts = pd.Index(["2024-01-01T00:00+01:00", "2024-01-01T01:00+01:00", "2024-01-01T02:00+05:00"])
    assert refusal(tmp_path / "hours.csv", texts, DataConfig()) == (
        "column 'ds': row 4 '2024-01-01T02:00+05:00': off the usual +01:00, and no time zone has "
        "all these offsets: write all times in one zone, such as UTC, or give the --timezone to "
        "convert them to."
    )


def test_a_fixed_offset_is_not_remembered(tmp_path: Path) -> None:
    texts = hours_around("Europe/Berlin", 0).astype(str)
    path = tmp_path / "hours.csv"
    winter = table_of(path, texts[:24]).axis
    assert winter.timezone == "+01:00"
    pd.DataFrame({"ds": texts, "y": 1}).to_csv(path, index=False)
    later = read_table(path, remembered=DataConfig(timezone=winter.timezone))
    assert later.axis.timezone == "Europe/Berlin"
    later = read_table(path, remembered=DataConfig(timezone="America/New_York"))
    assert later.axis.timezone == "America/New_York"


@pytest.mark.parametrize(
    "name", ["Europe/Berlim", "", "../etc/passwd", "Europe", "+24:00", "02:00"]
)
def test_zones_that_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match=r"is unknown.*: give a name such as Europe/Berlin or UTC"):
        find_zone(name)


def test_an_unknown_zone_of_a_table(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"did you mean Europe/Berlin\?"):
        table_of(tmp_path / "a.csv", pd.Index(["2024-01-01"]), DataConfig(timezone="Europe/Berlim"))


def test_a_zone_that_is_not_well_known() -> None:
    hours = pd.date_range("2024-03-20", periods=24 * 40, freq="h", tz="Asia/Beirut")
    instants = hours.tz_convert("UTC").tz_localize(None).to_numpy()
    minutes = ((hours.tz_localize(None).to_numpy() - instants) // np.timedelta64(1, "m")).astype(
        int
    )
    zone, _ = zone_of_offsets(instants, minutes)
    np.testing.assert_array_equal(to_wall(zone, instants), hours.tz_localize(None).to_numpy())


def test_a_time_that_stands_three_times_in_a_doubled_hour() -> None:
    wall = np.array(["2024-10-27T02:00", "2024-10-27T03:00"], dtype="datetime64[us]")
    rows = Clocked(np.array([0, 0, 0, 1]), np.zeros(4, dtype=np.int64))
    with pytest.raises(CellsError, match="showed this time twice"):
        localize(wall, "Europe/Berlin", rows)


@pytest.mark.parametrize("start", ["2024-10-26 22:00", "2024-10-26 23:00"])
def test_steps_that_pass_over_one_of_two_equal_hours(start: str, tmp_path: Path) -> None:
    hours = pd.date_range(pd.Timestamp(start, tz="UTC"), periods=30, freq="2h")
    texts = hours.tz_convert("Europe/Berlin").strftime("%Y-%m-%d %H:%M")
    table = table_of(tmp_path / "hours.csv", texts, DataConfig(timezone="Europe/Berlin"))
    assert table.axis.frequency == "2h"
    assert table.steps.tolist() == list(range(30))
    assert table.axis.render(table.axis.stamps(table.steps)).tolist() == texts.tolist()
