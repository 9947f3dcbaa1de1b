"""Tables that are read: from files, pipes, standard input and frames, and what is said of them."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lstmcast.config import DataConfig
from lstmcast.data.panel import Columns, build_panel
from lstmcast.data.table import read_table, table_from_frame
from lstmcast.errors import DataError

SALES = """shop,date,sold,price
b,2024-03,3,1.5
a,2024-01,1,1.5
a,2024-02,,1.5
b,2024-01,5,1.5
"""


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    path = tmp_path / "sales.csv"
    path.write_text(SALES)
    return path


def test_a_table_and_what_is_said_of_it(sales: Path) -> None:
    table = read_table(sales, DataConfig(target="sold"))
    assert table.series_ids.tolist() == ["b", "a"]
    assert table.codes.tolist() == [0, 1, 1, 0]
    assert table.steps.tolist() == [2, 0, 1, 0]
    np.testing.assert_array_equal(table.values, [3, 1, np.nan, 5])
    assert table.columns == Columns("date", ("sold",), ("shop",))
    assert table.axis.frequency == "MS"
    assert table.axis.style == "%Y-%m"
    assert build_panel(table).notes == (
        "time column 'date' (monthly, MS), target column 'sold', id column 'shop' (2 series)",
        "columns not used: 'price'",
        "not observed: steps without a row (1), rows without a value (1)",
        "no value in the last rows, after which the forecast begins: 1 series ('a')",
    )
    assert table.codes.dtype == np.int32
    assert table.steps.dtype == np.int64


def test_one_series(tmp_path: Path) -> None:
    path = tmp_path / "air.csv"
    path.write_text("month,passengers\n1949-01,112\n1949-02,118\n")
    table = read_table(path)
    assert table.series_ids.tolist() == ["passengers"]
    assert table.notes == (
        "time column 'month' (monthly, MS), target column 'passengers', no id column: one series",
    )
    assert table.axis.render(table.axis.stamps(np.arange(2, 4))).tolist() == ["1949-03", "1949-04"]


def test_integer_steps(tmp_path: Path) -> None:
    path = tmp_path / "steps.csv"
    path.write_text("id,t,y\na,3600,1\na,7200,2\nb,0,3\nb,10800,4\n")
    table = read_table(path)
    assert table.steps.tolist() == [1, 2, 0, 3]
    assert (table.axis.origin, table.axis.spacing) == (0, 3600)
    assert table.notes[0].startswith("time column 't' (integer steps, 3600 apart), ")


def test_integer_steps_whose_meaning_is_said(tmp_path: Path) -> None:
    path = tmp_path / "steps.csv"
    path.write_text("t,y\n1,1\n2,2\n40,3\n")
    table = read_table(path, DataConfig(frequency="W"))
    assert (table.axis.frequency, table.axis.spacing, table.axis.origin) == ("W", 1, 1)
    assert "(weekly, W)" in table.notes[0]


@pytest.mark.parametrize("frequency", [None, "1"])
def test_one_integer_step(tmp_path: Path, frequency: str | None) -> None:
    path = tmp_path / "steps.csv"
    path.write_text("t,y\n7,1\n")
    axis = read_table(path, DataConfig(frequency=frequency)).axis
    assert (axis.frequency, axis.spacing, axis.origin) == ("1", 1, 7)


def test_uneven_integer_steps_that_are_meant(tmp_path: Path) -> None:
    path = tmp_path / "steps.csv"
    path.write_text("t,y\n0,1\n10,1\n20,1\n30,1\n41,1\n")
    assert read_table(path, DataConfig(frequency="1")).steps.tolist() == [0, 10, 20, 30, 41]


@pytest.mark.parametrize(
    ("given", "kept", "steps"),
    [("D", "D", [0, 7, 21]), ("W", "W-MON", [0, 1, 3]), ("W-MON", "W-MON", [0, 1, 3])],
)
def test_the_frequency_given(tmp_path: Path, given: str, kept: str, steps: list[int]) -> None:
    path = tmp_path / "weeks.csv"
    path.write_text("ds,y\n2024-01-01,1\n2024-01-08,2\n2024-01-22,3\n")
    table = read_table(path, DataConfig(frequency=given))
    assert table.axis.frequency == kept
    assert table.steps.tolist() == steps


def test_one_row_and_a_frequency(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("ds,y\n2024-01-15 06:00,1\n")
    axis = read_table(path, DataConfig(frequency="D")).axis
    assert axis.render(axis.stamps(np.array([1]))).tolist() == ["2024-01-16 06:00"]


def test_stamps_with_offsets(tmp_path: Path) -> None:
    path = tmp_path / "hours.csv"
    path.write_text("ds,y\n2024-03-31T01:00+01:00,1\n2024-03-31T03:00+02:00,2\n")
    table = read_table(path)
    assert table.notes[0].startswith("time column 'ds' (hourly, h, in Europe/Berlin), target")
    assert table.notes[1] == (
        "offsets +01:00 and +02:00 are those of Europe/Berlin; --timezone names another zone"
    )
    future = table.axis.render(table.axis.stamps(np.array([2])))
    assert future.tolist() == ["2024-03-31T04:00+02:00"]


def test_columns_that_a_model_remembers(sales: Path) -> None:
    remembered = DataConfig(time="date", target="price", id="shop")
    trained = Columns("date", ("price",), ("shop",))
    assert read_table(sales, remembered=remembered).columns == trained
    assert read_table(sales, DataConfig(target="sold"), remembered=remembered).columns == (
        Columns("date", ("sold",), ("shop",))
    )
    frame = pd.read_csv(sales)
    assert table_from_frame(frame, remembered=remembered).columns == trained


def test_several_columns_could_be_meant(sales: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_table(sales)
    assert str(caught.value) == (
        f"{sales}: columns 'sold', 'price' could each be the target column: name one with "
        "--target, several with --target sold,price, or say --wide if each of them is a series."
    )


@pytest.mark.parametrize("spelled", [str, Path])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_spellings_of_a_file(tmp_path: Path, spelled: type, ending: str, mark: str) -> None:
    path = tmp_path / "table.csv"
    rows = [mark + '"ds", y ,"a, b"', "2024-01-01, 1 ,", "", ' 2024-01-02," 2","x\ny"', "", ""]
    path.write_bytes(ending.join(rows).encode())
    table = read_table(spelled(path), DataConfig(id=""))
    assert table.values.tolist() == [1, 2]
    assert table.columns == Columns("ds", ("y",))


@pytest.mark.parametrize("cell", ["", "NA", "NaN", "nan", "null", "None", "#N/A", "N/A", ".", '""'])
@pytest.mark.parametrize("other", ["1", " 1"])
def test_missing_values(tmp_path: Path, cell: str, other: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"ds,y\n1,{other}\n2,{cell}\n3,3\n")
    np.testing.assert_array_equal(read_table(path).values, [1, np.nan, 3])


def test_ids_that_look_like_nothing_or_numbers(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("id,ds,y\nNA,1,1\nNA,2,2\n007,1,1\nnull,1,5\n a ,1,1\n")
    assert read_table(path).series_ids.tolist() == ["NA", "007", "null", " a "]


def test_a_file_of_many_blocks(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    ids = np.repeat(np.arange(50_000), 20)
    frame = pd.DataFrame({"id": ids, "ds": np.tile(np.arange(20), 50_000), "y": ids / 7})
    frame.to_csv(path, index=False)
    assert path.stat().st_size > 2 * 2**23
    panel = build_panel(read_table(path))
    assert panel.series_ids.tolist() == list(map(str, range(50_000)))
    np.testing.assert_array_equal(panel.values, ids / 7)


def test_a_packed_file(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv.gz"
    path.write_bytes(gzip.compress(SALES.encode()))
    assert len(read_table(path, DataConfig(target="sold")).values) == 4


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_named_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(SALES,))
    writer.start()
    table = read_table(path, DataConfig(target="sold"))
    writer.join()
    assert len(table.values) == 4


def read_stdin(script: str, content: bytes) -> str:
    """Run a script in a process of its own, with content on its standard input."""
    code = f"from lstmcast.data.table import read_table\n{script}"
    done = subprocess.run(
        [sys.executable, "-c", code], input=content, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def test_standard_input() -> None:
    assert read_stdin("print(read_table('-').values.sum())", b"ds,y\n1,2\n2,3.5\n") == "5.5"


def in_parquet() -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame({"ds": [1, 2], "y": [2, 3.5]}).to_parquet(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"ds\ty\n1\t2\n2\t3.5\n",
        b"ds;y\n1;2\n2;3,5\n",
        gzip.compress(b"ds,y\n1,2\n2,3.5\n", mtime=0),
        b'{"ds": 1, "y": 2}\n{"ds": 2, "y": 3.5}\n',
        b'[{"ds": 1, "y": 2}, {"ds": 2, "y": 3.5}]',
        "ds,y\n1,2\n2,3.5\n".encode("utf-16"),
        in_parquet(),
    ],
)
def test_standard_input_of_any_format(content: bytes) -> None:
    assert read_stdin("print(read_table('-').values.sum())", content) == "5.5"


def test_messages_about_standard_input() -> None:
    script = "try: read_table('-')\nexcept Exception as error: print(error)"
    assert read_stdin(script, b"ds,y\n1,x\n2,2\n").startswith(
        "standard input, column 'y': row 2 'x'"
    )
    assert read_stdin(script, b"") == (
        "standard input: the file is empty; it needs a header line and rows below."
    )


def test_standard_input_in_this_process(monkeypatch: pytest.MonkeyPatch, sales: Path) -> None:
    with sales.open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert len(read_table("-", DataConfig(target="sold")).values) == 4


def test_standard_input_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match="standard input: it is closed"):
        read_table("-")


def test_a_parquet_file(tmp_path: Path, sales: Path) -> None:
    path = tmp_path / "sales.parquet"
    pd.read_csv(sales).to_parquet(path)
    request = DataConfig(target="sold")
    one, two = read_table(sales, request), read_table(path, request)
    np.testing.assert_array_equal(one.values, two.values)
    np.testing.assert_array_equal(one.steps, two.steps)
    assert (one.axis, one.columns, one.notes) == (two.axis, two.columns, two.notes)


@pytest.mark.parametrize(
    ("times", "written"),
    [
        (pd.to_datetime(["2024-01-31", "2024-02-29"]), "2024-03-31"),
        (pd.to_datetime(["2024-01-01 00:00", "2024-01-01 06:00"]), "2024-01-01 12:00:00"),
        (pd.to_datetime(["2024-01-01T00:00", "2024-01-01T00:30"], utc=True), None),
        (pd.to_datetime(["2024-01-01 00:00:00.5", "2024-01-01 00:00:01.0"]), None),
        (pd.PeriodIndex(["2024Q1", "2024Q2"], freq="Q"), "2024-07-01"),
        (pd.Index(["2024/01", "2024/02"]), "2024/03"),
        (pd.Index(pd.to_datetime(["2024-01-01", "2024-01-08"]).date), "2024-01-15"),
        (pd.Categorical(["2024-01", "2024-02"]), "2024-03"),
    ],
)
def test_times_of_a_frame(times: pd.Index, written: str | None) -> None:
    table = table_from_frame(pd.DataFrame({"ds": times, "y": [1, 2]}))
    rendered = table.axis.render(table.axis.stamps(np.array([2])))[0]
    if written:
        assert rendered == written
    again = table_from_frame(
        pd.DataFrame({"ds": [rendered], "y": [3]}), DataConfig(frequency=table.axis.frequency)
    )
    assert again.axis.origin == table.axis.stamps(np.array([2]))[0]


@pytest.mark.parametrize(
    "target",
    [
        [1.0, None, 3.0],
        pd.array([1, None, 3], dtype="Int64"),
        pd.array(["1", None, "3"], dtype="string"),
        pd.array(["1", "NA", " 3"], dtype=object),
    ],
)
def test_targets_of_a_frame(target: object) -> None:
    table = table_from_frame(pd.DataFrame({"ds": [1, 2, 3], "y": target}))
    np.testing.assert_array_equal(table.values, [1, np.nan, 3])


def test_a_target_of_a_frame_with_a_decimal_comma() -> None:
    table = table_from_frame(pd.DataFrame({"ds": [1, 2, 3], "sold": ["1,5", None, "3"]}))
    np.testing.assert_array_equal(table.values, [1.5, np.nan, 3])
    assert table.notes[0] == "the data frame: decimal comma"
    frame = pd.DataFrame({"ds": [1, 2], "y": ["1,234", "2"]})
    with pytest.raises(DataError, match="the data frame, column 'y': row 0 '1,234': is this 1234"):
        table_from_frame(frame)
    assert table_from_frame(frame, DataConfig(decimal=",")).values.tolist() == [1.234, 2]


def test_ids_of_a_frame_become_texts() -> None:
    ids = pd.array([7, "7", 8], dtype=object)
    frame = pd.DataFrame({"id": ids, "ds": [1, 2, 1], "y": [1, 2, 3]}, index=[5, 5, 5])
    table = table_from_frame(frame)
    assert table.series_ids.tolist() == ["7", "8"]
    assert table.codes.tolist() == [0, 0, 1]


def test_problems_of_a_frame_are_told_by_position() -> None:
    frame = pd.DataFrame({"id": ["a", None], "ds": [None, "2024-01-01"], "y": [1.0, np.inf]})
    with pytest.raises(DataError) as caught:
        table_from_frame(frame)
    places = [line.split(":")[0] for line in str(caught.value).split("\n")]
    assert places == [
        "the data frame, column 'ds'",
        "the data frame, column 'id'",
        "the data frame, column 'y'",
    ]
    assert "column 'y': row 1 'inf': no finite number" in str(caught.value)


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (pd.DataFrame({"ds": [], "y": []}), "the data frame: there is no row."),
        (
            pd.DataFrame([[1, 2]], columns=["ds", "ds"]),
            "the data frame: two columns are named 'ds'",
        ),
        (
            pd.DataFrame({"id": [["a"], ["b"]], "ds": [1, 2], "y": [1, 2]}),
            "column 'id' holds lists, not texts or times.",
        ),
        (pd.DataFrame({0: [1], 1: [2]}), "the data frame: no time column found"),
    ],
)
def test_frames_that_are_refused(frame: pd.DataFrame, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        table_from_frame(frame)


def test_a_frame_is_left_as_it_was() -> None:
    frame = pd.DataFrame({"ds": [1, 2], "y": [1, 2]})
    before = io.StringIO()
    frame.to_csv(before)
    table_from_frame(frame)
    after = io.StringIO()
    frame.to_csv(after)
    assert before.getvalue() == after.getvalue()


def test_the_order_of_day_and_month_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_text("ds,y\n01/02/2024,1\n01/03/2024,2\n")
    axis = read_table(path, DataConfig(day_first=True)).axis
    assert (axis.day_first, axis.frequency) == (True, "MS")
    remembered = DataConfig(day_first=True)
    assert read_table(path, remembered=remembered).axis == axis
    other = read_table(path, DataConfig(day_first=False), remembered=remembered).axis
    assert (other.day_first, other.frequency) == (False, "D")


def test_counts_since_1970_stay_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "hours.csv"
    path.write_text("time,y\n1704067200,1\n1704070800,2\n1704074400,3\n")
    table = read_table(path)
    assert table.notes == (
        "time column 'time' (hourly, h, in UTC), target column 'y', no id column: one series",
        "times are seconds since 1970, read as dates",
    )
    future = table.axis.render(table.axis.stamps(np.array([3])))
    assert future.dtype.kind == "i"
    assert future.tolist() == [1704078000]
