"""Time stamps: one format for a whole column, read and written alike."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.problems import CellsError
from lstmcast.data.shapes import looks_like_date
from lstmcast.data.stamps import parse_times
from lstmcast.data.styles import write_stamps


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
        (["2024Q2", "2024Q3"], "%YQ%q", "2024-04-01"),
        (["2024-q4"], "%Y-q%q", "2024-10-01"),
        (["Q1 2024"], "Q%q %Y", "2024-01-01"),
        (["2024-W05"], "%G-W%V", "2024-01-29"),
        (["2025W01"], "%GW%V", "2024-12-30"),
        (["2020-W53-7"], "%G-W%V-%u", "2021-01-03"),
        (["2024M1", "2024M12"], "%YM%-m", "2024-01-01"),
        (["Jan 2024", "May 2024"], "%b %Y", "2024-01-01"),
        (["May 2024"], "%b %Y", "2024-05-01"),
        (["MAY-2024", "JUNE-2024"], "%^B-%Y", "2024-05-01"),
        (["2024 jan"], "%Y %!b", "2024-01-01"),
        (["1 Jan 2024", "31 Jan 2024"], "%-d %b %Y", "2024-01-01"),
        (["31-JAN-2024"], "%d-%^b-%Y", "2024-01-31"),
        (["January 31, 2024"], "%B %d, %Y", "2024-01-31"),
        (["1/31/2024 1:05 PM"], "%-m/%-d/%Y %-I:%M %p", "2024-01-31T13:05"),
        (["1/31/2024 12:05:30 am"], "%-m/%-d/%Y %I:%M:%S %!p", "2024-01-31T00:05:30"),
        (["2024-01-31 13"], "%Y-%m-%d %H", "2024-01-31T13"),
        (["20240131T1305"], "%Y%m%dT%H%M", "2024-01-31T13:05"),
        (["20240131 130501"], "%Y%m%d %H%M%S", "2024-01-31T13:05:01"),
        (["202401", "202412"], "%Y%m", "2024-01-01"),
        (["2024013113", "2024013114"], "%Y%m%d%H", "2024-01-31T13"),
        (["202401311305"], "%Y%m%d%H%M", "2024-01-31T13:05"),
        (["20240131130509"], "%Y%m%d%H%M%S", "2024-01-31T13:05:09"),
    ],
)
def test_styles_that_are_read(texts: list[str], style: str, first: str) -> None:
    times = parse_times(pa.array(texts))
    assert times.style == style
    assert times.values[0] == np.datetime64(first)
    assert times.values.dtype == "datetime64[us]"
    assert times.timezone is None


@pytest.mark.parametrize(
    ("text", "style", "zone"),
    [
        ("2024-01-31T13:45:00Z", "%Y-%m-%dT%H:%M:%SZ", "UTC"),
        ("2024-01-31 13:45:00 UTC", "%Y-%m-%d %H:%M:%S UTC", "UTC"),
        ("2024-01-31 13:45+02:00", "%Y-%m-%d %H:%M%:z", "+02:00"),
        ("2024-01-31 13:45-0500", "%Y-%m-%d %H:%M%z", "-05:00"),
        ("2024-01-31 23:45-05", "%Y-%m-%d %H:%M%#z", "-05:00"),
        ("2024-01-31 13:45 +0530", "%Y-%m-%d %H:%M %z", "+05:30"),
        ("2024-01-31 13:45+00:00", "%Y-%m-%d %H:%M%:z", "UTC"),
    ],
)
def test_an_offset_is_a_zone(text: str, style: str, zone: str) -> None:
    times = parse_times(pa.array([text]))
    assert (times.style, times.timezone, times.notes) == (style, zone, ())
    axis = TimeAxis("h", times.values.astype("datetime64[us]")[0], style, timezone=zone)
    assert axis.render(axis.stamps(np.array([0]))).tolist() == [text]


def test_instants_are_converted_to_the_zone_that_is_said() -> None:
    for text, style in [
        ("2024-01-31T13:45Z", "%Y-%m-%dT%H:%M%:z"),
        ("2024-01-31T15:45+02:00", "%Y-%m-%dT%H:%M%:z"),
        ("1706708700", "%{s}"),
    ]:
        times = parse_times(pa.array([text]), timezone="Europe/Berlin")
        assert times.values[0] == np.datetime64("2024-01-31T13:45")
        assert (times.style, times.timezone) == (style, "Europe/Berlin")


@pytest.mark.parametrize(
    ("texts", "integers"),
    [
        (["1", "2", "+3", "-4"], [1, 2, 3, -4]),
        (["1949", "1950"], [1949, 1950]),
        (["20240131", "20241301"], [20240131, 20241301]),
        (["202400", "202401"], [202400, 202401]),
        (["150001", "301301"], [150001, 301301]),
        (["99999999", "100000000"], [99999999, 100000000]),
        (["12345678901", "12345678902"], [12345678901, 12345678902]),
        (["2024013124", "17"], [2024013124, 17]),
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
        (["1" * 21], [0], "neither a date nor a whole number"),
        (["2024-01-01", "5"], [1], "written like 2024-01-31, as most rows are"),
        (["2024-01-01", "2024-01-02", "2024-01-01 10:00"], [2], "written like 2024-01-31, as"),
        (["1/2/24", "2024-01-01"], [0], "written like 2024-01-31, as"),
        (["2024-02-29", "2023-02-29"], [1], "no date"),
        (["0999-12-31", "1000-01-01", "4999-12-31", "5000-01-01"], [0, 3], "years 1000 to 4999"),
        (["2024-01-01T10:00Z", "2024-01-01T10:00"], [1], "written like 2024-01-31T13:45Z"),
        (["01/02/2024", "03/04/2024"], [0, 1], "month first or day first?"),
        (["13/01/2024", "01/13/2024"], [0], r"written like 01/31/2024 \(month first\), as"),
        (
            ["13/01/2024", "14/01/2024", "01/13/2024"],
            [2],
            r"written like 31/01/2024 \(day first\), as",
        ),
        (["01/02/2024", "13/02/2024", "02/13/2024"], [1], r"like 01/31/2024 \(month first\), as"),
        (["Jan-24", "Feb-24"], [0, 1], "years of two digits may be of any century"),
        (["31-Jan-24 10:00", "1/2/24"], [0, 1], "years of two digits"),
        (["Foo 2024"], [0], "neither a date nor a whole number"),
        (["Jan 2024", "Febr 2024"], [1], "written like Jan 2024, as most rows are"),
        (["2024Q1", "2024Q5"], [1], "written like 2024Q1"),
        (["2020-W53", "2024-W53", "2024-W00"], [1, 2], "written like 2024-W05"),
        (["2024-01-31 12:00 AM", "2024-01-31 13:00 PM"], [1], "written like 2024-01-31 01:45 PM"),
        (["2024-01-31 24:00", "2024-01-31 23:60", "2024-01-31 00:00"], [0, 1], "no date"),
        (["2024-01-31 10:00+02:00", "2024-01-31 10:00+02:60"], [1], "no date"),
        (["45292.0", "45323.5"], [0, 1], "look like Excel's serial dates"),
        (["1704067200.5", "x"], [0, 1], "neither a date"),
        ([*(f"2024{k:02}" for k in range(1, 14))], [12], "written like 202401, as most rows are"),
        ([*(f"202401{k:02}" for k in range(1, 31)), "20240132"], [30], "written like 20240131"),
    ],
)
def test_times_that_are_refused(texts: list[str], which: list[int], sentence: str) -> None:
    with pytest.raises(CellsError, match=sentence.replace("?", r"\?")) as caught:
        parse_times(pa.array(texts))
    assert caught.value.which.tolist() == which


@pytest.mark.parametrize(
    ("texts", "style", "unit"),
    [
        (["1704067200", "999999999"], "%{s}", "seconds"),
        (["1704067200.0", "1704067200.25"], "%{s}.%2f", "seconds"),
        (["1704067200000", "999999999999"], "%{ms}", "milliseconds"),
        (["1704067200000.0"], "%{ms}.0", "milliseconds"),
        (["1704067200000000"], "%{us}", "microseconds"),
        (["1704067200000000000", "999999999999999000"], "%{ns}", "nanoseconds"),
    ],
)
def test_counts_since_1970(texts: list[str], style: str, unit: str) -> None:
    times = parse_times(pa.array(texts))
    assert (times.style, times.values[0]) == (style, np.datetime64("2024-01-01"))
    assert times.timezone == "UTC"
    assert times.notes == (f"times are {unit} since 1970, read as dates",)


@pytest.mark.parametrize(("day_first", "day"), [(True, "2024-02-01"), (False, "2024-01-02")])
def test_the_order_of_day_and_month_can_be_said(day_first: bool, day: str) -> None:
    times = parse_times(pa.array(["01/02/2024", "03/04/2024"]), day_first=day_first)
    assert times.values[0] == np.datetime64(day)
    with pytest.raises(CellsError, match="first") as caught:
        parse_times(pa.array(["01/02/2024", "13/04/2024", "04/13/2024"]), day_first=day_first)
    assert caught.value.which.tolist() == [2 if day_first else 1]
    assert parse_times(pa.array(["2024-01-02"]), day_first=day_first).style == "%Y-%m-%d"


@pytest.mark.parametrize(
    ("texts", "noted"),
    [(["45292", "45293"], True), (["45292"], False), (["1", "45293"], False)],
)
def test_integers_that_may_be_days_of_excel_are_noted(texts: list[str], noted: bool) -> None:
    assert bool(parse_times(pa.array(texts)).notes) is noted


def test_writing_keeps_the_shape() -> None:
    stamps = np.array([["2024-01-05", "1949-12-31"]], dtype="datetime64[us]")
    written = write_stamps("%-d.%-m.%Y %-H:%M:%S.%2f", stamps)
    assert written.tolist() == [["5.1.2024 0:00:00.00", "31.12.1949 0:00:00.00"]]


def test_writing_with_offsets() -> None:
    stamps = np.array(["2024-01-05T02:00", "2024-01-05T02:00"], dtype="datetime64[us]")
    offsets = np.array([120, -330])
    for style, written in [
        ("%H:%M%:z", ["02:00+02:00", "02:00-05:30"]),
        ("%H%z", ["02+0200", "02-0530"]),
        ("%H%#z", ["02+02", "02-0530"]),
        ("%{s}", ["1704412800", "1704439800"]),
    ]:
        assert write_stamps(style, stamps, offsets).tolist() == written


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Q1 2024", True), ("31-Jan-24", True), ("Jan", False), ("20240131", False)],
)
def test_what_else_looks_like_a_date(text: str, expected: bool) -> None:
    assert looks_like_date(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2024-01-31", True), (" 31/01/2024 ", True), ("2024", False), ("1.5", False), ("x", False)],
)
def test_what_looks_like_a_date(text: str, *, expected: bool) -> None:
    assert looks_like_date(text) is expected
