"""Time stamps: one format for a whole column, read and written alike."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lstmcast.data.problems import CellsError
from lstmcast.data.stamps import looks_like_date, parse_times, write_stamps


@pytest.mark.parametrize(
    ("texts", "style", "first"),
    [
        (["1949-01", "1949-12"], "%Y-%m", "1949-01-01"),
        (["2024/1", "2024/12"], "%Y/%-m", "2024-01-01"),
        (["2024-01-31"], "%Y-%m-%d", "2024-01-31"),
        (["2024/01/31"], "%Y/%m/%d", "2024-01-31"),
        (["2024.01.31"], "%Y.%m.%d", "2024-01-31"),
        (["2024-1-5", "2024-12-31"], "%Y-%-m-%-d", "2024-01-05"),
        (["1/31/2024", "2/1/2024"], "%-m/%-d/%Y", "2024-01-31"),
        (["01/02/2024", "31/01/2024"], "%d/%m/%Y", "2024-02-01"),
        (["31.01.2024"], "%d.%m.%Y", "2024-01-31"),
        (["20240131", "20240201"], "%Y%m%d", "2024-01-31"),
        (["2024-01-31 13:45"], "%Y-%m-%d %H:%M", "2024-01-31T13:45"),
        (["2024-01-31T13:45:10"], "%Y-%m-%dT%H:%M:%S", "2024-01-31T13:45:10"),
        (["1/31/2024 9:05", "1/31/2024 10:05"], "%-m/%-d/%Y %-H:%M", "2024-01-31T09:05"),
        (["2024-01-31 13:45:10.5"], "%Y-%m-%d %H:%M:%S.%1f", "2024-01-31T13:45:10.5"),
        (["2024-01-31 13:45:10.123"], "%Y-%m-%d %H:%M:%S.%3f", "2024-01-31T13:45:10.123"),
        (["2024-01-31 00:00:00.000001"], "%Y-%m-%d %H:%M:%S.%f", "2024-01-31T00:00:00.000001"),
        (["2024-01-31 00:00:00.000000000"], "%Y-%m-%d %H:%M:%S.%f", "2024-01-31"),
        ([" 2024-01-31 ", "2024-02-01"], "%Y-%m-%d", "2024-01-31"),
        (["1700-01-01", "2999-12-31"], "%Y-%m-%d", "1700-01-01"),
    ],
)
def test_styles_that_are_read(texts: list[str], style: str, first: str) -> None:
    times = parse_times(pa.array(texts))
    assert times.style == style
    assert times.values[0] == np.datetime64(first)
    assert times.values.dtype == "datetime64[us]"
    assert not times.utc


@pytest.mark.parametrize(
    ("text", "style", "written"),
    [
        ("2024-01-31T13:45:00Z", "%Y-%m-%dT%H:%M:%SZ", "2024-01-31T13:45:00Z"),
        ("2024-01-31 13:45:00 UTC", "%Y-%m-%d %H:%M:%S UTC", "2024-01-31 13:45:00 UTC"),
        ("2024-01-31 13:45+02:00", "%Y-%m-%d %H:%M+00:00", "2024-01-31 11:45+00:00"),
        ("2024-01-31 13:45-0500", "%Y-%m-%d %H:%M+0000", "2024-01-31 18:45+0000"),
        ("2024-01-31 23:45-05", "%Y-%m-%d %H:%M+00", "2024-02-01 04:45+00"),
        ("2024-01-31 13:45 +0200", "%Y-%m-%d %H:%M +0000", "2024-01-31 11:45 +0000"),
    ],
)
def test_offsets_become_utc(text: str, style: str, written: str) -> None:
    times = parse_times(pa.array([text]))
    assert (times.style, times.utc) == (style, True)
    assert write_stamps(style, times.values.astype("datetime64[us]")).tolist() == [written]


def test_offsets_may_differ_as_they_do_in_summer() -> None:
    times = parse_times(pa.array(["2024-03-30T00:00:00+01:00", "2024-04-01T00:00:00+02:00"]))
    assert (
        times.values.tolist()
        == np.array(["2024-03-29T23:00", "2024-03-31T22:00"], dtype="datetime64[us]").tolist()
    )


@pytest.mark.parametrize(
    ("texts", "integers"),
    [
        (["1", "2", "+3", "-4"], [1, 2, 3, -4]),
        (["1949", "1950"], [1949, 1950]),
        (["20240131", "20241301"], [20240131, 20241301]),
        (["202401", "202402"], [202401, 202402]),
        (["999999999999999999"], [999999999999999999]),
    ],
)
def test_whole_numbers_are_steps(texts: list[str], integers: list[int]) -> None:
    times = parse_times(pa.array(texts))
    assert times.values.tolist() == integers
    assert times.values.dtype == np.int64
    assert times.style == ""


@pytest.mark.parametrize(
    ("texts", "which", "sentence"),
    [
        (["2024-01-01", "", " "], [1, 2], "the time is missing"),
        (["x", "2024.5"], [0, 1], "neither a date nor a whole number"),
        (["1.5", "2.5"], [0, 1], "neither a date nor a whole number"),
        (["1" * 19], [0], "neither a date nor a whole number"),
        (["2024-01-01", "5"], [1], "written like 2024-01-31, as most rows are"),
        (["2024-01-01", "2024-01-02", "2024-01-01 10:00"], [2], "written like 2024-01-31, as"),
        (["1/2/24", "2024-01-01"], [0], "written like 2024-01-31, as"),
        (["2024-02-29", "2023-02-29"], [1], "no date"),
        (["0999-12-31", "1000-01-01", "4999-12-31", "5000-01-01"], [0, 3], "years 1000 to 4999"),
        (["2024-01-01T10:00Z", "2024-01-01T10:00"], [1], "written like 2024-01-31T13:45Z"),
        (["01/02/2024", "03/04/2024"], [0, 1], "month first or day first?"),
        (["13/01/2024", "01/13/2024"], [0], "written like 01/31/2024, as"),
        (["13/01/2024", "14/01/2024", "01/13/2024"], [2], "written like 31/01/2024, as"),
    ],
)
def test_times_that_are_refused(texts: list[str], which: list[int], sentence: str) -> None:
    with pytest.raises(CellsError, match=sentence.replace("?", r"\?")) as caught:
        parse_times(pa.array(texts))
    assert caught.value.which.tolist() == which


def test_writing_keeps_the_shape() -> None:
    stamps = np.array([["2024-01-05", "1949-12-31"]], dtype="datetime64[us]")
    written = write_stamps("%-d.%-m.%Y %-H:%M:%S.%2f", stamps)
    assert written.tolist() == [["5.1.2024 0:00:00.00", "31.12.1949 0:00:00.00"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2024-01-31", True), (" 31/01/2024 ", True), ("2024", False), ("1.5", False), ("x", False)],
)
def test_what_looks_like_a_date(text: str, *, expected: bool) -> None:
    assert looks_like_date(text) is expected
