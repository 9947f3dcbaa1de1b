"""Every way in which a table can be wrong: the file, rows, column and values are named exactly."""

from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from lstmcast.config import DataConfig
from lstmcast.data.table import read_table
from lstmcast.errors import DataError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

DATES = "write dates such as 2024-01-31 or 2024-01-31 13:00, or whole numbers, alike in every row."
LONG_LINE = (
    "row {}: the line is longer than 8,388,608 characters, far more than a row of a table: look "
    "for missing line ends."
)
NUMBERS = "write finite numbers such as 1234.5, or leave the cell empty if the value is missing."


def refusal(path: Path, content: str | bytes, request: DataConfig | None = None) -> str:
    """What the user reads about a file, without its path."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as caught:
        read_table(path, request or DataConfig())
    sentence = str(caught.value)
    assert sentence.startswith(str(path))
    return sentence.removeprefix(str(path)).removeprefix(": ").removeprefix(", ")


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    return tmp_path / "sales.csv"


# --- the file -----------------------------------------------------------------------------------


def test_an_absent_file(csv: Path) -> None:
    with pytest.raises(DataError, match=r"sales\.csv: there is no such file\.$"):
        read_table(csv)


@pytest.mark.parametrize("name", ["folder", "folder.parquet"])
def test_a_directory(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(DataError, match="there is no table in this folder: none of its files"):
        read_table(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file(csv: Path) -> None:
    csv.write_text("ds,y\n1,2\n")
    csv.chmod(0)
    with pytest.raises(DataError, match="cannot be read: Permission denied"):
        read_table(csv)


def test_a_path_through_a_file(csv: Path) -> None:
    csv.write_text("ds,y\n1,2\n")
    with pytest.raises(DataError, match="cannot be read: Not a directory"):
        read_table(csv / "more.csv")


def test_a_damaged_gzip_file(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv.gz"
    path.write_bytes(gzip.compress(b"ds,y\n" + b"1,2\n" * 100_000)[:-300])
    with pytest.raises(DataError, match="cannot be read: "):
        read_table(path)


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file(csv: Path, content: str) -> None:
    assert refusal(csv, content) == "the file is empty; it needs a header line and rows below."


@pytest.mark.parametrize("content", ["ds,y", "ds,y\n", "\nds,y\n\n\n"])
def test_a_header_alone(csv: Path, content: str) -> None:
    assert refusal(csv, content) == "there is a header but no row below it."


def packed(content: bytes) -> bytes:
    """Pack content, at no time: tests are named alike whenever they are collected."""
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04....[Content_Types].xml", "an Excel workbook"),
        (b"PK\x03\x04....sales.csv", "a zip archive (unpack it first)"),
        (b"\xd0\xcf\x11\xe0rest", "an old Excel workbook"),
        (packed(packed(b"ds,y\n1,2\n")), "packed twice (unpack it first)"),
        (packed(b"PAR1rest"), "a Parquet file packed by gzip (unpack it first)"),
        (b"%PDF-1.7", "a PDF document"),
        (
            b"\n<!DOCTYPE html><html><body>Please log in</body>",
            "a web page or XML (a login page, perhaps: look at it in a browser)",
        ),
    ],
)
def test_a_file_of_another_kind(csv: Path, content: bytes, what: str) -> None:
    assert refusal(csv, content) == f"this is {what}; save the table as CSV in UTF-8."


def test_utf_16_without_its_mark(csv: Path) -> None:
    assert refusal(csv, "ds,y\n1,2\n".encode("utf-16-le")) == (
        "this is no text in UTF-8; save the table as CSV in UTF-8. If it is a text in UTF-16, give "
        "--encoding utf-16-le."
    )


@pytest.mark.parametrize("row", [b"\xe2\x82\xac,K\xf6ln,1", b"a,\x81,1", b"K\xf6ln,K\xc3\xb6ln,1"])
def test_a_row_in_another_encoding(csv: Path, row: bytes) -> None:
    content = b"id,ds,y\n\na,1,2\na,2,3\n" + row + b"\n"
    assert refusal(csv, content) == (
        "row 5: bytes that are no text in utf-8; say what it is with --encoding, or save the table "
        "as CSV in UTF-8."
    )


def test_a_row_that_is_not_in_the_encoding_given(csv: Path) -> None:
    assert "row 3: bytes that are no text in utf-8; say" in (
        refusal(csv, b"ds,y\n1,2\n2,\xf6\n", DataConfig(encoding="UTF8"))
    )


def test_bytes_that_are_no_text(csv: Path) -> None:
    assert refusal(csv, b"\xff\x01\x02ds,y\n1,2\n") == (
        "this is no text in UTF-8; save the table as CSV in UTF-8."
    )


@pytest.mark.parametrize("encoding", ["utf-99", "hex", "a\0b"])
def test_an_unknown_encoding(csv: Path, encoding: str) -> None:
    csv.write_text("ds,y\n1,2\n")
    with pytest.raises(UsageError, match=r"unknown; use a name such as utf-8, utf-16, cp1252"):
        read_table(csv, DataConfig(encoding=encoding))


@pytest.mark.parametrize("delimiter", ["", ";;", "\n", '"', "ä"])
def test_a_delimiter_that_cannot_be(csv: Path, delimiter: str) -> None:
    csv.write_text("ds,y\n1,2\n")
    with pytest.raises(UsageError, match="give one character such as ';'"):
        read_table(csv, DataConfig(delimiter=delimiter))


def test_a_damaged_parquet_file(tmp_path: Path) -> None:
    path = tmp_path / "sales.parquet"
    path.write_bytes(b"PAR1ds,y\n1,2\n")
    with pytest.raises(DataError, match=r"sales\.parquet: cannot be read as Parquet: "):
        read_table(path)


# --- the header and the shape of rows -------------------------------------------------------------


def test_columns_separated_by_spaces(csv: Path) -> None:
    assert refusal(csv, "ds    y\n1   2.5\n2  3.75\n") == (
        "row 1: the columns seem to be separated by spaces; save the table with commas between the "
        "cells."
    )


def test_two_delimiters_that_both_could_be(csv: Path) -> None:
    assert refusal(csv, "a,b;ds\n1,5;2\n2,5;3\n") == (
        "row 1: both commas and semicolons could separate the columns: say which with --delimiter."
    )


def test_no_header(csv: Path) -> None:
    assert refusal(csv, "2024-01-01,5\n2024-01-02,6\n") == (
        "row 1: the first line holds data ('2024-01-01, 5'), no names; put a header such as ds,y "
        "above it."
    )


def test_no_header_above_ids(csv: Path) -> None:
    assert refusal(csv, "a,2024-01-01,5\na,2024-01-02,6\n") == (
        "the header names a column '2024-01-01', which looks like data: put a header such as ds,y "
        "above the first row, or name the columns with --time and --target."
    )


def test_a_repeated_name(csv: Path) -> None:
    assert refusal(csv, "ds,y, y\n1,2,3\n") == (
        "row 1: columns 2, 3 are all named 'y'; give each a name of its own."
    )


def test_ragged_rows_behind_blank_lines_and_long_cells(csv: Path) -> None:
    content = 'ds,y,note\n\n1,2,"two\nlines"\n2,3\n3,4,x,y\n4,5,z\n'
    assert refusal(csv, content) == (
        "the header has 3 columns, but row 5 has 2 ('2, 3'), row 6 has 4 ('3, 4, x, y'): correct "
        "or remove these rows; a cell with a delimiter in it needs quotes around it."
    )


def test_many_ragged_rows_are_counted(csv: Path) -> None:
    sentence = refusal(csv, "ds,y\n" + "1\n" * 1_007)
    assert "row 2 has 1 ('1'), row 3 has 1 ('1'), " in sentence
    assert ", row 6 has 1 ('1'), and 1,002 more rows: " in sentence


def test_a_quote_that_is_never_closed(csv: Path) -> None:
    rows = "".join(f"{k},{k}\n" for k in range(40_000))
    sentence = refusal(csv, f'ds,y\n1,2\n"2,3\n{rows}')
    assert sentence.startswith("row 3: cannot be read as CSV (field larger than field limit")
    assert sentence.endswith('look for a quote that is opened (") and never closed.')


def test_a_cell_of_ten_megabytes(csv: Path) -> None:
    assert refusal(csv, "ds,y,z\n1,2,3\n2,3," + "x" * 10_000_000) == LONG_LINE.format(3)


def test_a_row_of_thirty_megabytes(csv: Path) -> None:
    header = ",".join(["ds", "y", *(f"x{k}" for k in range(3_000))])
    row = ",".join(["1", "2", *(["x" * 10_000] * 3_000)])
    assert refusal(csv, f"{header}\n{row}\n{row}\n", DataConfig(id="")) == LONG_LINE.format(2)


def test_a_row_of_many_megabytes_on_many_lines(csv: Path) -> None:
    cell = '"' + ("x" * 999 + "\n") * 100 + '"'
    header = ",".join(["ds", "y", *(f"x{k}" for k in range(250))])
    rows = "\n".join(",".join([f"{step}", "2", *([cell] * 250)]) for step in range(2))
    sentence = refusal(csv, f"{header}\n{rows}\n", DataConfig(id=""))
    assert sentence.startswith("cannot be read as CSV: straddling object")


# --- cells ----------------------------------------------------------------------------------------


def test_targets_that_are_no_numbers(csv: Path) -> None:
    content = (
        'ds,note,y\n2024-01-01,"a\nb",1\n\n2024-01-02,c,abc\n2024-01-03,d,1.5\n2024-01-04,d,"1,5"\n'
    )
    assert refusal(csv, content) == (
        f"column 'y': row 5 'abc', row 7 '1,5': no finite number: {NUMBERS}"
    )


@pytest.mark.parametrize("value", ["inf", "-Infinity", "1e400", "0x10", "1_0", "12%", "1e", "++1"])
def test_targets_that_look_like_numbers(csv: Path, value: str) -> None:
    content = f"ds,y\n2024-01-01,1\n2024-01-02,{value}\n"
    assert refusal(csv, content) == f"column 'y': row 3 '{value}': no finite number: {NUMBERS}"


def test_more_bad_cells_than_are_shown(csv: Path) -> None:
    content = "ds,y\n" + "".join(f"{k},{k}x\n" for k in range(7)) + "7,8\n"
    assert refusal(csv, content) == (
        "column 'y': row 2 '0x', row 3 '1x', row 4 '2x', row 5 '3x', row 6 '4x', and 2 more: no "
        f"finite number: {NUMBERS}"
    )


def test_no_number_at_all(csv: Path) -> None:
    assert refusal(csv, "ds,y\n1,\n2,NA\n") == "column 'y': there is no number in any row."


def test_a_long_cell_is_cut_and_control_characters_are_escaped(csv: Path) -> None:
    sentence = refusal(csv, f"ds,y\n1,1\n2,{'x' * 500}\n3,\x1b[31m\n")
    assert f"row 3 '{'x' * 39}…', row 4 '\\x1b[31m'" in sentence


def test_missing_times(csv: Path) -> None:
    assert refusal(csv, "ds,y\n2024-01-01,1\n,2\n  ,3\n") == (
        "column 'ds': row 3 '', row 4 '  ': the time is missing: fill it in or remove the row."
    )


def test_missing_ids(csv: Path) -> None:
    assert refusal(csv, "sku,ds,y\na,1,1\n,2,2\n NA,3,2\n") == (
        "column 'sku': row 3 '': the id is missing: fill it in or remove the row, or say --id '' "
        "if the column names no series."
    )
    assert refusal(csv, "id,ds,y\na,1,1\n,2,2\n") == (
        "column 'id': row 3 '': the id is missing: fill it in or remove the row."
    )


def test_times_that_are_no_times(csv: Path) -> None:
    assert refusal(csv, "ds,y\nfoo,1\nbar,2\n") == (
        f"column 'ds': row 2 'foo', row 3 'bar': neither a date nor a whole number: {DATES}"
    )


def test_times_unlike_the_others(csv: Path) -> None:
    content = "ds,y\n2024/01/03,1\n2024-01-04,1\n2024-01-05,1\n2024-02-30,1\n7,1\n"
    assert refusal(csv, content) == (
        "column 'ds': row 2 '2024/01/03', row 5 '2024-02-30', row 6 '7': no date (of the years "
        f"1000 to 4999) written like 2024-01-31, as most rows are: {DATES}"
    )


def test_ambiguous_days_and_months(csv: Path) -> None:
    assert refusal(csv, "ds,y\n01/02/2024,1\n02/03/2024,1\n") == (
        "column 'ds': row 2 '01/02/2024', row 3 '02/03/2024': month first or day first? Both are "
        "possible in every row: say --day-first or --no-day-first, or write 2024-01-31 instead."
    )


def test_problems_of_all_columns_are_told_together(csv: Path) -> None:
    sentences = refusal(csv, "id,ds,y\na,2024-01-01,x\n,2024-01-02,2\na,never,3\n").split("\n")
    assert [sentence.removeprefix(f"{csv}, ")[:25] for sentence in sentences] == [
        "column 'ds': row 4 'never",
        "column 'id': row 3 '': th",
        "column 'y': row 2 'x': no",
    ]


# --- rows together --------------------------------------------------------------------------------


def test_a_time_twice_in_one_series(csv: Path) -> None:
    assert refusal(csv, "ds,y\n\n2024-01-02,1\n2024-01-01,1\n2024-01-02,3\n") == (
        "column 'ds': row 3 and row 5 are both '2024-01-02': keep one row for each time of a "
        "series, or say --duplicates sum (mean, last, first), or name the column that tells the "
        "series apart with --id."
    )


def test_a_time_twice_in_some_series(csv: Path) -> None:
    content = "id,ds,y\na,2,1\nb,2,1\na,1,1\nb,2,2\nb,2,3\na,1,4\n"
    assert refusal(csv, content) == (
        "column 'ds': row 3 and row 5 are both '2' of series 'b', row 5 and row 6 are both '2' of "
        "series 'b', row 4 and row 7 are both '1' of series 'a': keep one row for each time of a "
        "series, or say --duplicates sum (mean, last, first), or name all columns that tell the "
        "series apart with --id."
    )


def test_many_repeated_times_are_counted(csv: Path) -> None:
    assert "row 6 and row 7 are both '1', and 4 more: keep" in refusal(csv, "ds,y\n" + "1,1\n" * 10)


def test_one_row_for_each_series(csv: Path) -> None:
    assert refusal(csv, "id,ds,y\na,2024-01-01,1\nb,2024-01-02,1\n") == (
        "column 'ds': no series has two rows, so there is no spacing to infer the frequency from: "
        "give --frequency, or name the column that tells the series apart with --id."
    )


def test_one_stray_day_among_weeks(csv: Path) -> None:
    days = ["01", "08", "15", "16", "22", "29"]
    assert refusal(csv, "ds,y\n" + "".join(f"2024-01-{day},1\n" for day in days)) == (
        "column 'ds': row 5 '2024-01-16': off the spacing of most rows (W-MON): correct them, or "
        "give --frequency D if the steps between are missing."
    )


def test_one_stray_integer(csv: Path) -> None:
    steps = [10, 20, 31, 40, 50, 60, 70, 80, 90, 100]
    assert refusal(csv, "t,y\n" + "".join(f"{step},1\n" for step in steps)) == (
        "column 't': row 4 '31': off the spacing of most rows (10): correct them, or give "
        "--frequency 1 if the steps between are missing."
    )


@pytest.mark.parametrize(
    "days", [[45292, 45323, 45352], [45474, 45505], [45292, 45658, 46023], [43921, 44012, 44196]]
)
def test_excel_dates_of_months_quarters_and_years(csv: Path, days: list[int]) -> None:
    sentence = refusal(csv, "t,y\n" + "".join(f"{day},1\n" for day in days))
    assert "look like Excel's serial dates (45292 is 2024-01-01): format the column" in sentence
    assert sentence.startswith(f"column 't': row 2 '{days[0]}', row 3 ")


def test_series_that_disagree(csv: Path) -> None:
    months = [("a", month) for month in (1, 4, 7, 10)] + [("b", month) for month in (2, 5, 8)]
    rows = "".join(f"{name},2024-{month:02d}-01,1\n" for name, month in months)
    assert refusal(csv, f"id,ds,y\n{rows}") == (
        "column 'ds': series do not share a frequency: most rows are QS-JAN, but not those of 'b' "
        "(QS-FEB). Split the table, or give --frequency MS if the steps between are missing, or a "
        "longer one with --resample to bring all to it."
    )


def rows_of(name: str, start: str, periods: int, frequency: str) -> str:
    stamps = pd.date_range(start, periods=periods, freq=frequency).strftime("%Y-%m-%d %H:%M")
    return "".join(f"{name},{stamp},1\n" for stamp in stamps)


@pytest.mark.parametrize(
    ("one", "other", "usual", "found"),
    [
        (("2024-01-01", 60, "D"), ("2023-01-01", 40, "MS"), "D", "MS"),
        (("2024-01-01", 60, "D"), ("2010-01-01", 300, "MS"), "MS", "D"),
        (("2024-01-01", 60, "W-MON"), ("2024-01-07", 50, "W-SUN"), "W-MON", "W-SUN"),
        (("2024-01-01", 60, "MS"), ("2024-01-01", 50, "ME"), "MS", "ME"),
        (("2024-01-01", 60, "h"), ("2024-01-01", 20, "30min"), "h", "30min"),
        (("2024-01-01", 90, "30min"), ("2024-01-01", 50, "h"), "30min", "h"),
        (("2024-01-01 06:00", 60, "D"), ("2024-01-01 07:00", 20, "D"), "D", "D"),
        (("2024-01-01", 60, "QS"), ("2024-02-01", 30, "QS-FEB"), "QS-JAN", "QS-FEB"),
        (("2024-01-01", 60, "W-MON"), ("2023-01-02", 9, "4W-MON"), "W-MON", "4W-MON"),
    ],
)
def test_series_with_frequencies_of_their_own(
    csv: Path, one: tuple[str, int, str], other: tuple[str, int, str], usual: str, found: str
) -> None:
    content = "id,ds,y\n" + rows_of("a", *one) + rows_of("b", *other)
    sentence = refusal(csv, content)
    which = "a" if usual != one[2] and found == one[2] else "b"
    assert f"most rows are {usual}, but not those of '{which}' ({found})." in sentence


def test_series_with_rows_here_and_there_are_no_disagreement(csv: Path) -> None:
    rng = np.random.default_rng(3)
    content = "id,ds,y\n" + rows_of("a", "2024-01-01", 500, "D")
    for number in range(200):
        days = pd.date_range("2024-01-01", periods=60)[rng.random(60) < 0.25]
        content += "".join(f"s{number},{day:%Y-%m-%d} 00:00,1\n" for day in days)
    csv.write_text(content)
    assert read_table(csv).axis.frequency == "D"


def test_a_series_that_disagrees_and_has_no_frequency_of_its_own(csv: Path) -> None:
    times = ["2024-01-02 01:17", "2024-01-05 09:41", "2024-01-17 22:05", "2024-01-30 13:13"]
    content = "id,ds,y\n" + rows_of("a", "2024-01-01", 60, "D")
    sentence = refusal(csv, content + "".join(f"b,{time},1\n" for time in times))
    assert "most rows are D, but not those of 'b'. Split the table" in sentence


def test_series_of_one_row_each_beside_others(csv: Path) -> None:
    csv.write_text("id,t,y\na,2024-01-01,1\nb,2024-01-02,1\n")
    assert len(read_table(csv, DataConfig(frequency="D")).steps) == 2


def test_one_stray_row_of_a_series_among_many(csv: Path) -> None:
    content = (
        "id,ds,y\n" + rows_of("a", "2020-01-01", 40, "MS") + rows_of("b", "2020-01-01", 9, "MS")
    )
    assert refusal(csv, content + "b,2021-01-15 00:00,1\n") == (
        "column 'ds': row 51 '2021-01-15 00:00': off the spacing of most rows (MS): correct them, "
        "or give --frequency D if the steps between are missing."
    )


def test_times_off_the_frequency_given(csv: Path) -> None:
    csv.write_text("ds,y\n2024-01-01,1\n2024-02-01,1\n\n2024-02-15,1\n2024-03-01,1\n")
    with pytest.raises(DataError) as caught:
        read_table(csv, DataConfig(frequency="MS"))
    assert str(caught.value) == (
        f"{csv}, column 'ds': row 5 '2024-02-15': off the frequency 'MS': correct these rows, or "
        "give a --frequency that every row fits."
    )


@pytest.mark.parametrize(
    ("frequency", "off"),
    [("W-TUE", 4), ("2W", 2), ("B", 0), ("QS", 3), ("ME", 4), ("2h", 0), ("D", 0), ("5D", 3)],
)
def test_how_many_mondays_stand_off_a_frequency(csv: Path, frequency: str, off: int) -> None:
    csv.write_text("ds,y\n2024-01-01,1\n2024-01-08,1\n2024-01-15,1\n2024-01-22,1\n")
    if not off:
        assert len(read_table(csv, DataConfig(frequency=frequency)).steps) == 4
        return
    with pytest.raises(DataError) as caught:
        read_table(csv, DataConfig(frequency=frequency))
    assert str(caught.value).count(" '2024-") == off


def test_integer_steps_for_dates(csv: Path) -> None:
    csv.write_text("ds,y\n2024-01-01,1\n2024-01-02,1\n")
    with pytest.raises(DataError, match=r"sales\.csv, column 'ds': frequency '1' stands for "):
        read_table(csv, DataConfig(frequency="1"))


@pytest.mark.parametrize("times", ["2024-01-01,1\n2024-01-02,1\n", "1,1\n2,2\n"])
def test_an_unknown_frequency(csv: Path, times: str) -> None:
    csv.write_text(f"ds,y\n{times}")
    with pytest.raises(UsageError, match="frequency 'fortnight' is unknown: use one of us, ms"):
        read_table(csv, DataConfig(frequency="fortnight"))


def test_a_stray_year_among_minutes(csv: Path) -> None:
    rows = "".join(f"a,2024-01-01 00:{minute:02d},1\n" for minute in range(60))
    assert refusal(csv, f"id,ds,y\n{rows}b,1900-01-01 00:00,1\nb,2024-01-01 00:02,1\n") == (
        "column 'ds': from row 62 ('1900-01-01 00:00') to row 63 ('2024-01-01 00:02') of series "
        "'b' there are 65,217,602 steps, far more than rows: correct a stray time, or give a "
        "longer --frequency."
    )


def test_a_stray_integer_step_far_away(csv: Path) -> None:
    content = "t,y\n1,1\n2,1\n3,1\n999999999999999999,1\n-999999999999999999,1\n"
    assert "from row 6 ('-999999999999999999') to row 2 ('1') there are" in refusal(csv, content)
