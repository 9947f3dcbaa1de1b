"""Forecast files: what was written comes back, and what is no forecast is refused."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from lstmcast.data.forecast_file import read_forecast
from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel
from lstmcast.errors import DataError
from lstmcast.forecast import Forecast

if TYPE_CHECKING:
    from lstmcast.tables import Format

FORMATS: tuple[Format, ...] = ("csv", "json", "parquet")
BERLIN = "Europe/Berlin"
AXES = [
    TimeAxis("MS", np.datetime64("2020-01-01", "us"), "%Y-%m"),
    TimeAxis("D", np.datetime64("2020-03-01", "us"), "%d/%m/%Y"),
    TimeAxis("D", np.datetime64("2020-03-01", "us"), "%-m/%-d/%Y"),
    TimeAxis("D", np.datetime64("2020-03-01", "us"), "%Y%m%d"),
    TimeAxis("h", np.datetime64("2020-03-01", "us"), "%Y-%m-%dT%H:%M:%SZ", timezone="UTC"),
    TimeAxis("h", np.datetime64("2020-03-01", "us"), "%{ms}", timezone="UTC"),
    TimeAxis("h", np.datetime64("2020-03-28T21:00", "us"), "%d/%m/%Y %H:%M", timezone=BERLIN),
    TimeAxis("h", np.datetime64("2020-10-24T19:00", "us"), "%d/%m/%Y %H:%M", timezone=BERLIN),
    TimeAxis("h", np.datetime64("2020-03-28T21:00", "us"), "%Y-%m-%dT%H%:z", timezone=BERLIN),
    TimeAxis("D", np.datetime64("2020-03-26", "us"), "%Y-%m-%d", timezone=BERLIN),
    TimeAxis("D", np.datetime64("2020-03-26", "us"), "%Y-%m-%dT%H%:z", timezone=BERLIN),
    TimeAxis("QS-JAN", np.datetime64("2020-01-01", "us"), "%YQ%q"),
    TimeAxis("W-MON", np.datetime64("2020-01-06", "us"), "%G-W%V"),
    TimeAxis("15min", np.datetime64("2020-03-01", "us"), "%Y-%m-%d %H:%M:%S.%3f"),
    TimeAxis("1", 100, "", spacing=10),
    TimeAxis("1", 20_200_101, ""),  # integers that look like dates
]
IDS = st.lists(
    st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=8)
    | st.sampled_from(["NA", "007", "a,b", '"', "1e5", "null", "two words"]),
    min_size=1,
    max_size=4,
    unique=True,
)


def panel_of(axis: TimeAxis, ids: list[str] | None = None, length: int = 5) -> Panel:
    n_series = len(ids or ["y"])
    return Panel(
        values=np.arange(float(n_series * length)),
        offsets=np.arange(n_series + 1) * length,
        first_steps=np.arange(n_series),
        series_ids=np.array(ids or ["y"], dtype=object),
        axis=axis,
        columns=Columns("when", ("y",), ("who",) if ids else ()),
    )


def forecast_of(panel: Panel, horizon: int = 3, seed: int = 0) -> Forecast:
    rng = np.random.default_rng(seed)
    quantiles = np.sort(rng.normal(0, 1e3, (panel.n_series, horizon, 3)), axis=-1)
    steps = (panel.first_steps + panel.lengths)[:, None] + np.arange(horizon)
    return Forecast(
        series_ids=panel.series_ids,
        steps=steps,
        quantile_levels=(0.1, 0.5, 0.975),
        quantiles=quantiles,
        point=quantiles[..., 1],
        axis=panel.axis,
        columns=panel.columns,
    )


def assert_same(read: Forecast, written: Forecast) -> None:
    assert read.series_ids.tolist() == written.series_ids.tolist()
    assert read.quantile_levels == written.quantile_levels
    assert (read.axis, read.columns) == (written.axis, written.columns)
    assert_array_equal(read.steps, written.steps)
    assert_array_equal(read.point, written.point)
    assert_array_equal(read.quantiles, written.quantiles)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("axis", AXES, ids=lambda axis: f"{axis.frequency} {axis.style}")
def test_a_forecast_comes_back_from_its_file(form: Format, axis: TimeAxis, tmp_path: Path) -> None:
    for ids in (None, ["north", "south"]):
        panel = panel_of(axis, ids)
        written = forecast_of(panel)
        path = tmp_path / f"forecast.{form}"
        path.write_bytes(written.render(form))
        assert_same(read_forecast(path, panel), written)


@settings(max_examples=50, deadline=None)
@given(ids=IDS, form=st.sampled_from(FORMATS), seed=st.integers(0, 999))
def test_any_ids_and_numbers_come_back(ids: list[str], form: Format, seed: int) -> None:
    panel = panel_of(AXES[0], ids)
    written = forecast_of(panel, horizon=1 + seed % 5, seed=seed)
    with TemporaryDirectory() as folder:
        path = Path(folder, f"forecast.{form}")
        path.write_bytes(written.render(form))
        assert_same(read_forecast(path, panel), written)


def test_rows_may_be_shuffled_and_series_left_out(tmp_path: Path) -> None:
    panel = panel_of(AXES[1], ["a", "b", "c"])
    written = forecast_of(panel)
    frame = written.to_frame().query("who != 'b'").sample(frac=1, random_state=3)
    path = tmp_path / "forecast.txt"
    frame.to_csv(path, index=False)
    read = read_forecast(path, panel)
    kept = [written.series_ids.tolist().index(name) for name in read.series_ids]
    assert sorted(kept) == [0, 2]
    assert_array_equal(read.steps, written.steps[kept])
    assert_array_equal(read.quantiles, written.quantiles[kept])


def test_a_date_that_reads_both_ways_is_read_as_the_data_are_written(tmp_path: Path) -> None:
    path = tmp_path / "forecast.csv"
    path.write_text("when,forecast\n06/03/2020,1\n07/03/2020,2\n")
    assert read_forecast(path, panel_of(AXES[1])).steps.tolist() == [[5, 6]]


def refusal(tmp_path: Path, content: str | bytes, name: str = "forecast.csv") -> str:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(DataError) as caught:
        read_forecast(path, panel_of(AXES[0], ["a", "b"]))
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(DataError, match="there is no such file"):
        read_forecast(Path("nowhere.csv"), panel_of(AXES[0]))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("forecast.csv", b"", "CSV"),
        ("forecast.csv", b"who,when,forecast\na,\xff,1\n", "CSV"),
        ("forecast.json", b"{", "JSON"),
        ("forecast.json", b"[1]", "JSON"),
        ("forecast.json", b'{"forecasts": [1]}', "JSON"),
        ("forecast.parquet", b"PAR1 and then nothing", "PARQUET"),
    ],
)
def test_a_file_that_cannot_be_read(name: str, content: bytes, kind: str, tmp_path: Path) -> None:
    message = refusal(tmp_path, content, name)
    assert message.startswith(f"this is no forecast: not read as {kind}: ")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "who,when,y\na,2020-06,1\n",
            "this is no forecast of these data: no column is named 'forecast', only who, when, y.",
        ),
        ("who,when,forecast\n", "this forecast has a header but no row."),
        (
            "who,when,forecast\nz,2020-06,1\n",
            "column 'who': the data have no series 'z': give the data that it was made from.",
        ),
        (
            "who,when,forecast\na,June,1\n",
            "column 'when': 'June' is not a time like 2024-01, as in the data.",
        ),
        (
            "who,when,forecast\na,01.06.2020,1\na,01.07.2020,1\n",
            "column 'when': '01.06.2020' is not a time like 2024-01, as in the data.",
        ),
        (
            "who,when,forecast\na,2020-06,1\na,2020-07,2\nb,2020-06,3\n",
            "series 'a' has 2 rows, but 'b' has 1: give the whole forecast.",
        ),
        (
            "who,when,forecast\na,2020-06,1\na,2020-08,2\n",
            "the rows of series 'a' do not follow each other: give the whole forecast.",
        ),
        (
            "who,when,forecast,q0.1\na,2020-06,1,0\na,2020-07,2,many\n",
            "column 'q0.1', row 2 below the header: 'many' is no finite number.",
        ),
        (
            "who,when,forecast\na,2020-06,\n",
            "column 'forecast', row 1 below the header: '' is no finite number.",
        ),
    ],
)
def test_a_table_that_is_no_forecast_of_the_data(rows: str, message: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, rows) == message


def test_times_off_the_axis_of_the_data(tmp_path: Path) -> None:
    path = tmp_path / "forecast.csv"
    path.write_text("when,forecast\n155,1\n")
    with pytest.raises(DataError, match="'155' is no time step of the data"):
        read_forecast(path, panel_of(AXES[14]))
    path.write_text("when,forecast\n2020-06,1\n")
    with pytest.raises(DataError, match="'2020-06' is not an integer, as in the data"):
        read_forecast(path, panel_of(AXES[14]))
    frame = pd.DataFrame({"when": [pd.Timestamp("2020-06-15")], "forecast": [1.0]})
    frame.to_parquet(tmp_path / "forecast.parquet")
    with pytest.raises(DataError, match="'2020-06-15 00:00:00' is no time step of the data"):
        read_forecast(tmp_path / "forecast.parquet", panel_of(AXES[0]))


def test_a_local_time_that_the_clocks_skipped(tmp_path: Path) -> None:
    path = tmp_path / "forecast.csv"
    path.write_text("when,forecast\n29/03/2020 01:00,1\n29/03/2020 02:00,1\n")
    with pytest.raises(
        DataError, match="'29/03/2020 02:00' is not a time like 31/01/2024 13:45 in"
    ):
        read_forecast(path, panel_of(AXES[6]))


def test_a_number_that_json_cannot_hold(tmp_path: Path) -> None:
    document = {"forecasts": [{"who": "a", "when": "2020-06", "forecast": None}]}
    message = refusal(tmp_path, json.dumps(document), "forecast.json")
    assert message == "column 'forecast', row 1 below the header: '' is no finite number."
