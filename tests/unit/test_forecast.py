from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.data.forecast_file import read_forecast
from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel
from lstmcast.errors import DataError
from lstmcast.forecast import Forecast, Paths

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lstmcast.tables import Format

NINE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
MONTHS = TimeAxis("MS", np.datetime64("2024-01-01", "us"), "%Y-%m")
STEPS = TimeAxis("1", 10, "", spacing=5)
ONE = Columns("month", ("sales",))
MANY = Columns("month", ("sales",), ("shop",))

lawful = settings(max_examples=50, deadline=None)
seeds = st.integers(0, 2**32 - 1)
level_sets = st.lists(st.floats(1e-6, 1 - 1e-6), min_size=1, max_size=12).map(
    lambda levels: sorted({round(level, 9) for level in levels})
)


def random_forecast(seed: int, levels: Sequence[float] = NINE) -> Forecast:
    """Two series over three steps; some neighbouring quantiles are equal."""
    rng = np.random.default_rng(seed)
    gaps = rng.exponential(size=(2, 3, len(levels))) * (rng.random((2, 3, len(levels))) < 0.7)
    quantiles = 10 ** rng.uniform(-3, 6) * (rng.normal() + np.cumsum(gaps, axis=-1))
    return Forecast(
        series_ids=np.array(["north", "south"], dtype=object),
        steps=np.array([[3, 4, 5], [7, 8, 9]]),
        quantile_levels=tuple(levels),
        quantiles=quantiles,
        point=rng.normal(size=(2, 3)),
        axis=MONTHS,
        columns=MANY,
    )


def single(columns: Columns = ONE, axis: TimeAxis = MONTHS) -> Forecast:
    return Forecast(
        series_ids=np.array(["sales"], dtype=object),
        steps=np.array([[0, 1]]),
        quantile_levels=(0.1, 0.9),
        quantiles=np.array([[[1.0, 9.5], [2.0, 1e20]]]),
        point=np.array([[5.0, 0.1 + 0.2]]),
        axis=axis,
        columns=columns,
    )


@lawful
@given(seed=seeds, levels=level_sets)
def test_a_frame_comes_back_from_csv_as_it_was(seed: int, levels: list[float]) -> None:
    forecast = random_forecast(seed, levels)
    back = pd.read_csv(io.BytesIO(forecast.render("csv")))
    pd.testing.assert_frame_equal(back, forecast.to_frame(), check_exact=True)


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
@pytest.mark.parametrize("axis", [MONTHS, STEPS, replace(MONTHS, style="%d/%m/%Y")])
def test_a_file_comes_back_as_it_was(form: Format, axis: TimeAxis, tmp_path: Path) -> None:
    forecast = replace(random_forecast(0, (0.00001, 0.05, 0.5, 0.975)), axis=axis)
    panel = Panel(
        values=np.arange(10.0),
        offsets=np.array([0, 3, 10]),
        first_steps=np.zeros(2, dtype=np.int64),
        series_ids=forecast.series_ids,
        axis=axis,
        columns=MANY,
    )
    path = tmp_path / f"forecast.{form}"
    path.write_bytes(forecast.render(form))
    back = read_forecast(path, panel)
    assert back.quantile_levels == forecast.quantile_levels
    for name in ("series_ids", "steps", "quantiles", "point"):
        np.testing.assert_array_equal(getattr(back, name), getattr(forecast, name))


def test_csv_is_plain() -> None:
    assert single().render("csv").decode() == (
        "month,forecast,q0.1,q0.9\n2024-01,5,1,9.5\n2024-02,0.30000000000000004,2,1e+20\n"
    )


def test_csv_of_many_series_names_them() -> None:
    rows = random_forecast(1, ()).render("csv").decode().splitlines()
    assert rows[0] == "shop,month,forecast"
    assert [row.rsplit(",", 1)[0] for row in rows[1:]] == [
        *("north,2024-04", "north,2024-05", "north,2024-06"),
        *("south,2024-08", "south,2024-09", "south,2024-10"),
    ]


def test_csv_quotes_what_needs_it() -> None:
    ids = ['1,5" pipe', "two\nlines"]
    forecast = replace(
        random_forecast(2, ()),
        series_ids=np.array(ids, dtype=object),
        columns=Columns("month", ("sales",), ("what, exactly?",)),
    )
    header, *rows = csv.reader(io.StringIO(forecast.render("csv").decode(), newline=""))
    assert header == ["what, exactly?", "month", "forecast"]
    assert [row[0] for row in rows] == [ids[0]] * 3 + [ids[1]] * 3
    assert rows[0][1] == "2024-04"


def test_integer_steps_stay_integers() -> None:
    assert single(axis=STEPS).render("csv").decode().splitlines()[1:] == [
        "10,5,1,9.5",
        "15,0.30000000000000004,2,1e+20",
    ]
    assert single(axis=STEPS).to_frame()["month"].tolist() == [10, 15]


def test_json_is_one_document() -> None:
    document = json.loads(single().render("json"))
    assert document == {
        "frequency": "MS",
        "horizon": 2,
        "quantile_levels": [0.1, 0.9],
        "forecasts": [
            {"month": "2024-01", "forecast": 5.0, "q0.1": 1.0, "q0.9": 9.5},
            {"month": "2024-02", "forecast": 0.1 + 0.2, "q0.1": 2.0, "q0.9": 1e20},
        ],
    }
    assert single().render("json").endswith(b"}\n")


def test_parquet_keeps_timestamps() -> None:
    table = pq.read_table(io.BytesIO(single().render("parquet")))
    assert table.column_names == ["month", "forecast", "q0.1", "q0.9"]
    assert table.schema.field("month").type == pa.timestamp("us")
    assert table["month"].to_pylist()[1] == pd.Timestamp("2024-02-01")


def test_parquet_says_that_stamps_are_utc() -> None:
    axis = replace(MONTHS, style="%Y-%m-%dT%H:%M:%SZ", timezone="UTC")
    table = pq.read_table(io.BytesIO(single(axis=axis).render("parquet")))
    assert table.schema.field("month").type == pa.timestamp("us", tz="UTC")
    assert single(axis=axis).to_frame()["month"].tolist() == [
        "2024-01-01T00:00:00Z",
        "2024-02-01T00:00:00Z",
    ]


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
@pytest.mark.parametrize(
    ("columns", "name"),
    [
        (Columns("forecast", ("y",)), "forecast"),
        (Columns("t", ("y",), ("q0.9",)), "q0.9"),
        (Columns("t", ("y",), ("t",)), "t"),
    ],
)
def test_a_column_of_the_data_cannot_be_named_like_ours(
    columns: Columns, name: str, form: Format
) -> None:
    with pytest.raises(DataError, match=f"^column '{name}' of the data has the name of"):
        single(columns).render(form)


# --- paths ----------------------------------------------------------------------------------------


def some_paths(columns: Columns = MANY) -> Paths:
    return Paths(
        series_ids=np.array(["north", "south"], dtype=object),
        steps=np.array([[3, 4], [7, 8]]),
        values=np.arange(12.0).reshape(2, 3, 2),
        axis=MONTHS,
        columns=columns,
    )


def test_paths_are_a_long_table_a_path_after_the_other() -> None:
    rows = some_paths().render("csv").decode().splitlines()
    assert rows[:4] == [
        "shop,month,sample,value",
        "north,2024-04,1,0",
        "north,2024-05,1,1",
        "north,2024-04,2,2",
    ]
    assert rows[-1] == "south,2024-09,3,11"
    assert len(rows) == 13


def test_paths_as_json_and_parquet() -> None:
    document = json.loads(some_paths().render("json"))
    rows = document.pop("paths")
    assert document == {"frequency": "MS", "horizon": 2, "samples": 3}
    assert rows[7] == {"shop": "south", "month": "2024-09", "sample": 1, "value": 7.0}
    table = pq.read_table(io.BytesIO(some_paths().render("parquet")))
    assert table.schema.field("month").type == pa.timestamp("us")
    assert table.column_names == ["shop", "month", "sample", "value"]
    back = table["value"].to_numpy().reshape(2, 3, 2)
    np.testing.assert_array_equal(back, some_paths().values)


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("told", [random_forecast(0), some_paths()])
def test_blocks_of_rows_make_the_same_table(
    told: Forecast | Paths, form: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = told.render(form)
    monkeypatch.setattr("lstmcast.long_table.ROWS_AT_ONCE", 1)
    apart = told.render(form)
    if form == "csv":
        assert apart == whole
    else:
        assert pq.read_table(io.BytesIO(apart)).equals(pq.read_table(io.BytesIO(whole)))


def test_paths_have_a_frame() -> None:
    frame = some_paths().to_frame()
    assert frame["sample"].tolist() == [1, 1, 2, 2, 3, 3] * 2
    assert frame["value"].tolist() == list(range(12))


def test_a_column_of_the_data_cannot_be_named_like_one_of_paths() -> None:
    with pytest.raises(DataError, match=r"^column 'value' of the data has the name of"):
        some_paths(Columns("month", ("sales",), ("value",))).render("csv")
