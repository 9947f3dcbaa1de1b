"""Parquet files: columns of every type, what is left out, and what is damaged."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.config import DataConfig
from lstmcast.data.table import read_table
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from lstmcast.data.panel import SeriesTable

DAYS = pd.date_range("2024-01-01", periods=3)
SAID = DataConfig(target="y")
LARGE: Any = pd.ArrowDtype(pa.large_string())


def read(folder: Path, columns: dict[str, Any], said: DataConfig = SAID) -> SeriesTable:
    path = folder / "table"
    pd.DataFrame(columns).to_parquet(path)
    return read_table(path, said)


@pytest.mark.parametrize(
    ("times", "style"),
    [
        (DAYS, "%Y-%m-%d"),
        (DAYS.date, "%Y-%m-%d"),
        (DAYS + pd.Timedelta("1h"), "%Y-%m-%d %H:%M:%S"),
        (DAYS.tz_localize("UTC"), "%Y-%m-%d %H:%M:%S%:z"),
        (DAYS.astype(str), "%Y-%m-%d"),
        (pd.Categorical(DAYS.astype(str)), "%Y-%m-%d"),
        (DAYS.to_period("D"), "%Y-%m-%d"),
    ],
)
def test_times(tmp_path: Path, times: Any, style: str) -> None:
    table = read(tmp_path, {"ds": times, "y": [1, 2, 3]})
    assert table.axis.style == style
    assert table.axis.frequency == "D"
    assert table.steps.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "numbers",
    [
        [1, 2, 3],
        np.array([1, 2, 3], dtype="float32"),
        np.array([1, 2, 3], dtype="uint8"),
        [Decimal("1.0"), Decimal("2.0"), Decimal("3.0")],
        ["1,0", "2,0", "3"],
        pd.Categorical(["1", "2", "3"]),
    ],
)
def test_numbers(tmp_path: Path, numbers: Any) -> None:
    assert read(tmp_path, {"ds": DAYS, "y": numbers}).values.tolist() == [1, 2, 3]


def test_numbers_that_are_missing_or_truths(tmp_path: Path) -> None:
    table = read(tmp_path, {"ds": DAYS, "y": pd.array([True, None, False], dtype="boolean")})
    np.testing.assert_array_equal(table.values, [1, np.nan, 0])


@pytest.mark.parametrize(
    ("ids", "read_as"),
    [
        (["a", "a", "b"], ["a", "b"]),
        ([7, 7, 8], ["7", "8"]),
        ([0.5, 0.5, 1.0], ["0.5", "1.0"]),
        ([b"a", b"a", b"b"], ["a", "b"]),
        (pd.Categorical(["b", "b", "a"], categories=["a", "b", "c"]), ["b", "a"]),
        (pd.Categorical([2, 2, 1]), ["2", "1"]),
        (pd.array(["a", "a", "b"], dtype=LARGE), ["a", "b"]),
    ],
)
def test_ids(tmp_path: Path, ids: Any, read_as: list[str]) -> None:
    columns = {"id": ids, "ds": DAYS[[0, 1, 0]], "y": [1, 2, 3]}
    assert read(tmp_path, columns).series_ids.tolist() == read_as


def test_ids_of_many_row_groups(tmp_path: Path) -> None:
    names = [f"s{k % 7}" for k in range(70)]
    table = pa.table({"id": names, "ds": [k // 7 for k in range(70)], "y": list(range(70))})
    pq.write_table(table, tmp_path / "table", row_group_size=9)
    read = read_table(tmp_path / "table")
    assert read.series_ids[read.codes].tolist() == names
    assert read.values.tolist() == list(range(70))


@pytest.mark.parametrize("missing", [[None, "a", "a"], pd.Categorical([None, "a", "a"])])
def test_a_missing_id_is_named_by_its_row(tmp_path: Path, missing: Any) -> None:
    with pytest.raises(DataError, match="column 'id': row 0 '': the id is missing"):
        read(tmp_path, {"id": missing, "ds": DAYS, "y": [1, 2, 3]})


def test_nested_columns_are_left_out(tmp_path: Path) -> None:
    columns = {"ds": DAYS, "y": [1, 2, 3], "tags": [["a"], [], ["b"]]}
    table = read(tmp_path, columns)
    assert table.notes[0] == f"{tmp_path / 'table'}: nested columns left out: 'tags'"
    with pytest.raises(DataError, match="no column 'tags' for --id: the table has 'ds', 'y'"):
        read(tmp_path, columns, DataConfig(id="tags"))


def test_a_row_number_of_pandas_is_no_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"ds": DAYS, "y": [1, 2, 3]}).iloc[[0, 2]]
    frame.to_parquet(tmp_path / "table")
    assert read_table(tmp_path / "table", DataConfig(frequency="D")).columns.targets == ("y",)


def test_times_in_the_index_of_a_frame_are_a_column(tmp_path: Path) -> None:
    pd.DataFrame({"y": [1, 2, 3]}, index=DAYS.rename("day")).to_parquet(tmp_path / "table")
    assert read_table(tmp_path / "table").columns.time == "day"


def test_a_target_of_another_type(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="column 'y': it holds values of the type timestamp"):
        read(tmp_path, {"ds": DAYS, "y": DAYS})


def test_a_target_that_is_empty(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="column 'y': there is no number in any row"):
        read(tmp_path, {"ds": DAYS, "y": [None, None, None]})


def test_times_that_are_empty(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="column 'ds': row 0 '', row 1 '', row 2 '': the time is"):
        read(tmp_path, {"ds": [None, None, None], "y": [1, 2, 3]}, DataConfig(time="ds"))


def test_no_row(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="table: there is no row"):
        read(tmp_path, {"ds": DAYS[:0], "y": []})


def test_a_name_twice(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([1])], names=["ds", "ds"])
    pq.write_table(table, tmp_path / "table")
    with pytest.raises(DataError, match="two columns are named 'ds'; rename one of them"):
        read_table(tmp_path / "table")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(4, 2_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_any_damage_is_a_sentence(damage: list[tuple[int, int]]) -> None:
    with TemporaryDirectory() as folder:
        read(Path(folder), {"ds": DAYS.tz_localize("Europe/Berlin"), "y": [1, 2, 3]})
        path = Path(folder, "table")
        damaged = bytearray(path.read_bytes())
        for place, byte in damage:
            damaged[place % (len(damaged) - 4) + 4] = byte
        path.write_bytes(damaged)
        with suppress(DataError):
            read_table(path)


def test_damage_is_told_in_words_that_can_be_printed(tmp_path: Path) -> None:
    path = tmp_path / "sales.parquet"
    pd.DataFrame({"ds": [1, 2], "y": [1.0, 2.0]}).to_parquet(path)
    content = bytearray(path.read_bytes())
    content[-60:-8] = b"\x0e\n" * 26  # the description of the columns, near the end
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_table(path)
    assert str(caught.value).isprintable()
    assert str(caught.value).endswith(".")
