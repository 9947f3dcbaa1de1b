"""Frequencies: the spacing that explains stamps, seasons, and steps written as stamps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lstmcast.data.fitting import infer_frequency
from lstmcast.data.frequency import (
    INTEGER_STEPS,
    TimeAxis,
    describe,
    longer_seasons,
    season_length,
)
from lstmcast.data.grid import alias_of, parse_frequency
from lstmcast.data.problems import CellsError
from lstmcast.data.spacing import OffSpacingError
from lstmcast.errors import DataError, UsageError


@pytest.mark.parametrize(
    ("stamps", "frequency"),
    [
        (["1949-01", "1949-02"], "MS"),
        (["1949-01", "1949-02", "1949-03"], "MS"),
        (["1949-01", "1950-01"], "YS-JAN"),
        (["1949-07", "1951-07", "1952-07"], "YS-JUL"),
        (["1949-01", "1949-07", "1950-01", "1951-07"], "6MS"),
        (["2024-01", "2024-04", "2025-10"], "QS-JAN"),
        (["2024-02", "2024-05"], "QS-FEB"),
        (["2024-01-31", "2024-02-29", "2024-04-30"], "ME"),
        (["2023-02-28", "2024-02-29"], "YE-FEB"),
        (["2024-03-31", "2024-06-30"], "QE-DEC"),
        (["2024-01-31", "2024-04-30"], "QE-OCT"),
        (["2024-03-01", "2024-04-01", "2024-05-01", "2024-06-03"], "BMS"),
        (["2024-01-31", "2024-02-29", "2024-03-29"], "BME"),
        (["2024-01-01", "2024-01-08", "2024-01-29"], "W-MON"),
        (["2024-01-07", "2024-01-21"], "2W-SUN"),
        (["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"], "D"),
        (["2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"], "D"),
        (["2024-01-01T06", "2024-01-02T06", "2024-01-03T06"], "D"),
        (["2024-01-01T06", "2024-01-08T06"], "W-MON"),
        (["2024-01-01T06", "2024-02-01T06"], "MS"),
        (["2024-01-01T00", "2024-01-01T01", "2024-01-03T05"], "h"),
        (["2024-01-01T00:07", "2024-01-01T00:22", "2024-01-01T01:07"], "15min"),
        (["2024-01-01T00:00:00.25", "2024-01-01T00:00:00.5"], "250ms"),
        (["2024-01-01T00:00:00.000001", "2024-01-01T00:00:00.000003"], "2us"),
    ],
)
def test_frequencies_of_a_few_stamps(stamps: list[str], frequency: str) -> None:
    assert infer_frequency(np.array(stamps, dtype="datetime64[us]")) == frequency


def test_business_days_need_two_weeks_without_a_weekend() -> None:
    days = pd.bdate_range("2024-01-01", periods=12).to_numpy()
    assert infer_frequency(days[:9]) == "D"
    assert infer_frequency(days[:10]) == "B"
    assert infer_frequency(np.append(days, np.datetime64("2024-01-13"))) == "D"


def test_mondays_wednesdays_and_fridays_are_business_days() -> None:
    days = pd.bdate_range("2024-01-01", periods=12, freq="C", weekmask="Mon Wed Fri").to_numpy()
    assert infer_frequency(days) == "B"


def test_series_are_judged_one_by_one_and_share_a_grid() -> None:
    # Mondays of series 0 fall between Mondays of series 1, so their union is regular only weekly.
    stamps = np.array(["2024-01-01", "2024-01-15", "2024-01-08", "2024-01-15", "2024-01-22"])
    codes = np.array([0, 0, 1, 1, 1], dtype=np.int32)
    assert infer_frequency(stamps.astype("datetime64[us]"), codes) == "W-MON"


def test_repeated_stamps_of_different_series() -> None:
    months = np.array(["2024-01", "2024-02", "2024-03"] * 2, dtype="datetime64[us]")
    assert infer_frequency(months, np.repeat(np.arange(2, dtype=np.int32), 3)) == "MS"


@pytest.mark.parametrize("stamps", [["2024-01-01"], ["2024-01-01", "2024-01-01"]])
def test_one_stamp_has_no_frequency(stamps: list[str]) -> None:
    with pytest.raises(DataError, match="no series has two rows, so there is no spacing"):
        infer_frequency(np.array(stamps, dtype="datetime64[us]"))


@pytest.mark.parametrize(
    ("stamps", "which", "advice"),
    [
        (pd.date_range("2024-01-01", periods=9, freq="7D"), [3], "(W-MON): correct them, or"),
        (pd.date_range("2024-01-01", periods=9, freq="MS"), [3], "(MS): correct them, or"),
        (pd.date_range("2024-01-01", periods=9, freq="h"), [3], "(h): correct them, or give"),
    ],
)
def test_stamps_off_the_usual_spacing(
    stamps: pd.DatetimeIndex, which: list[int], advice: str
) -> None:
    moved = stamps.to_numpy().copy()
    moved[3] += np.timedelta64(1, "D") if advice[1] != "h" else np.timedelta64(1, "s")
    with pytest.raises(CellsError) as caught:
        infer_frequency(moved)
    assert advice in str(caught.value)
    assert set(which) <= set(caught.value.which.tolist())


@pytest.mark.parametrize(
    ("frequency", "season"),
    [
        ("1", 1),
        ("us", 1_000_000),
        ("ms", 1_000),
        ("s", 3_600),
        ("10s", 360),
        ("min", 1_440),
        ("5min", 288),
        ("15min", 96),
        ("30min", 48),
        ("h", 24),
        ("2h", 12),
        ("7h", 24),
        ("5h", 1),
        ("25h", 1),
        ("24h", 7),
        ("D", 7),
        ("2D", 1),
        ("7D", 52),
        ("B", 5),
        ("2B", 1),
        ("W", 52),
        ("W-THU", 52),
        ("2W-MON", 26),
        ("4W", 13),
        ("5W", 1),
        ("MS", 12),
        ("ME", 12),
        ("BMS", 12),
        ("2MS", 6),
        ("5MS", 1),
        ("6ME", 2),
        ("QS", 4),
        ("QE-DEC", 4),
        ("2QS-JAN", 2),
        ("YS-JAN", 1),
        ("YE", 1),
        ("3YS", 1),
    ],
)
def test_seasons(frequency: str, season: int) -> None:
    assert season_length(frequency) == season


@pytest.mark.parametrize(
    ("alias", "advice"),
    [
        ("M", r"spelled otherwise: use MS \(month starts\) or ME \(month ends\)\.$"),
        ("2Q", r"spelled otherwise: use QS \(quarter starts\) or QE \(quarter ends\)\.$"),
        ("A-DEC", r"use YS \(year starts\) or YE \(year ends\)\.$"),
        ("15T", r"use min \(minutes\)\.$"),
        ("H", r"use h \(hours\)\.$"),
        ("d", r"use D \(days\)\.$"),
        ("monthly", r"use MS \(month starts\) or ME \(month ends\)\.$"),
        ("", "unknown: use one of us, ms, s, min, h, D, B, W, MS,"),
        ("1", "unknown: use one of"),
        ("fortnight", "unknown: use one of"),
        ("w-mon", "unknown: use one of|spelled otherwise"),
        ("W-Mon", "unknown: use one of"),
        ("SMS", "no regular grid: use one of"),
        ("bh", "no regular grid: use one of"),
        ("C", "no regular grid: use one of"),
        ("ns", "no regular grid: use one of"),
        ("WOM-3FRI", "no regular grid: use one of"),
        ("0D", "use between 1 and 1,000,000 units a step"),
        ("-1h", "use between 1 and 1,000,000 units a step"),
        ("9999999D", "use between 1 and 1,000,000 units a step"),
        ("99999999999999999999D", "unknown|use between"),
    ],
)
def test_aliases_that_are_refused(alias: str, advice: str) -> None:
    with pytest.raises(UsageError, match=rf"^frequency '.*'.*({advice})"):
        parse_frequency(alias)


@pytest.mark.parametrize(
    ("given", "origin", "alias"),
    [
        ("60min", "2024-01-01", "h"),
        ("W", "2024-01-03", "W-WED"),
        ("14D", "2024-01-03", "2W-WED"),
        ("QS", "2024-02-01", "QS-FEB"),
        ("QE", "2024-01-31", "QE-OCT"),
        ("YE", "2024-06-30", "YE-JUN"),
        ("BQE", "2024-03-29", "BQE-DEC"),
        ("2QS", "2024-01-01", "6MS"),
        ("36MS", "2024-01-01", "3YS-JAN"),
        ("B", "2024-01-01", "B"),
        ("90s", "2024-01-01", "90s"),
    ],
)
def test_an_alias_is_named_after_its_origin(given: str, origin: str, alias: str) -> None:
    assert alias_of(parse_frequency(given), np.datetime64(origin, "us")) == alias


@pytest.mark.parametrize(
    ("frequency", "words"),
    [
        ("MS", "monthly, MS"),
        ("W-SUN", "weekly, W-SUN"),
        ("B", "business days, B"),
        ("15min", "15min"),
        ("1", "integer steps"),
    ],
)
def test_a_frequency_in_words(frequency: str, words: str) -> None:
    assert describe(frequency) == words


def test_the_future_in_the_users_own_words() -> None:
    axis = TimeAxis("MS", np.datetime64("1949-01-01", "us"), "%Y-%m")
    stamps = axis.stamps(np.array([[144, 145], [-1, 0]]))
    assert axis.render(stamps).tolist() == [["1961-01", "1961-02"], ["1948-12", "1949-01"]]


def test_integer_steps_stay_integers() -> None:
    axis = TimeAxis("W", 100, "", spacing=10)
    stamps = axis.stamps(np.array([[0, 1], [2, 300]]))
    assert stamps.dtype == np.int64
    assert axis.render(stamps).tolist() == [[100, 110], [120, 3100]]


def test_no_step_at_all() -> None:
    axis = TimeAxis("h", np.datetime64("2024-01-01", "us"), "%Y-%m-%d %H:%M")
    assert axis.render(axis.stamps(np.empty((3, 0), dtype=np.int64))).shape == (3, 0)


@pytest.mark.parametrize("frequency", ["YS-JAN", "MS", "D", "B", "1000000h"])
def test_a_horizon_past_the_last_year(frequency: str) -> None:
    axis = TimeAxis(frequency, np.datetime64("2024-01-01", "us"), "%Y-%m-%d")
    with pytest.raises(UsageError, match="past the year 9999: use a shorter horizon"):
        axis.stamps(np.array([1, 10**10]))


def test_ten_thousand_business_days_are_not_too_far() -> None:
    axis = TimeAxis("B", np.datetime64("2024-01-01", "us"), "%Y-%m-%d")
    assert axis.render(axis.stamps(np.array([10_000]))).tolist() == ["2062-05-01"]


def test_local_time_of_an_axis_without_a_zone() -> None:
    axis = TimeAxis("h", np.datetime64("2024-01-01", "us"), "%Y-%m-%d %H:%M")
    np.testing.assert_array_equal(axis.local(np.arange(3)), axis.stamps(np.arange(3)))


@pytest.mark.parametrize(
    ("frequency", "season", "longer"),
    [
        ("h", 24, (168,)),
        ("30min", 48, (336,)),
        ("6h", 4, (28,)),
        ("D", 7, (365,)),
        ("B", 5, (261,)),
        ("W-SUN", 52, ()),
        ("MS", 12, ()),
        ("YS", 1, ()),
        ("5h", 1, ()),
        (INTEGER_STEPS, 24, (168,)),
        (INTEGER_STEPS, 7, (365,)),
        (INTEGER_STEPS, 12, ()),
    ],
)
def test_longer_seasons(frequency: str, season: int, longer: tuple[int, ...]) -> None:
    assert longer_seasons(frequency, season) == longer


@pytest.mark.parametrize(
    ("frequency", "periods"),
    [
        *(("s", 200), ("15min", 200), ("h", 200), ("6h", 200), ("D", 400), ("2D", 200), ("B", 400)),
        *(("W-SUN", 100), ("W-WED", 100), ("2W-MON", 60), ("4W-MON", 60), ("MS", 60), ("ME", 60)),
        *(("BMS", 80), ("BME", 80), ("QS-JAN", 40), ("QE-DEC", 40), ("6MS", 30), ("YS-JAN", 40)),
        *(("YE-JUN", 40), ("2YS-JAN", 30)),
    ],
)
def test_one_stray_stamp_changes_no_frequency(frequency: str, periods: int) -> None:
    stamps = pd.date_range("2001-01-01", periods=periods, freq=frequency).to_numpy()
    for seed in range(5):
        rng = np.random.default_rng(seed)
        kept = stamps[rng.random(periods) < 0.8]
        stray = kept[len(kept) // 2] + np.timedelta64(int(rng.integers(1, 1000)), "ms")
        with pytest.raises(OffSpacingError) as caught:
            infer_frequency(np.append(kept, stray))
        assert caught.value.usual == frequency
        assert caught.value.which.tolist() == [len(kept) // 2 + 1]


def test_a_stray_saturday_among_years_of_business_days() -> None:
    days = pd.bdate_range("2020-01-01", periods=500).to_numpy()
    with pytest.raises(OffSpacingError, match=r"\(B\).*--frequency D if the steps between"):
        infer_frequency(np.append(days, np.datetime64("2020-06-06")))
    weekends = pd.date_range("2020-01-04", periods=20, freq="W-SAT").to_numpy()
    assert infer_frequency(np.append(days, weekends)) == "D"


@pytest.mark.parametrize(
    ("first", "months", "frequency"),
    [("2024-01-15", 1, "MS"), ("2024-01-28T06", 1, "MS"), ("2024-02-15", 3, "QS-FEB")],
)
def test_months_told_by_any_day_of_theirs(first: str, months: int, frequency: str) -> None:
    origin = pd.Timestamp(first)
    stamps = np.array([origin + pd.DateOffset(months=months * k) for k in range(20)])
    assert infer_frequency(stamps.astype("datetime64[us]")) == frequency
    axis = TimeAxis(frequency, np.datetime64(first, "us"), "%Y-%m-%dT%H")
    np.testing.assert_array_equal(axis.stamps(np.arange(20)), stamps.astype("datetime64[us]"))
    steps, on_axis = axis.steps_of(stamps.astype("datetime64[us]"))
    assert steps.tolist() == list(range(20))
    assert on_axis.all()
    next_days = np.asarray(stamps + pd.Timedelta(days=1)).astype("datetime64[us]")
    assert not axis.steps_of(next_days)[1].any()


def test_stamps_without_any_spacing() -> None:
    seconds = np.random.default_rng(0).integers(0, 10**6, 100).cumsum()
    with pytest.raises(DataError, match="not evenly spaced: no spacing holds half of the rows"):
        infer_frequency(seconds.astype("datetime64[s]"))


def test_business_quarters_that_mostly_end_with_the_calendars() -> None:
    quarters = pd.date_range("1990-01-01", periods=40, freq="BQE-DEC")
    like_calendar = quarters.is_quarter_end
    kept = quarters[like_calendar | (np.arange(40) % 10 == 0)]
    assert infer_frequency(kept.to_numpy()) == "BQE-DEC"
