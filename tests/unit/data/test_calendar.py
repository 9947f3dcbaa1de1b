from __future__ import annotations

import sys

import numpy as np
import pytest

from lstmcast.data.calendar import calendar_features, calendar_of
from lstmcast.data.frequency import INTEGER_STEPS, TimeAxis
from lstmcast.data.panel import Columns, Panel
from lstmcast.errors import UsageError


def axis(frequency: str, origin: str = "2024-01-01") -> TimeAxis:
    return TimeAxis(frequency, np.datetime64(origin, "us"), "%Y-%m-%d")


@pytest.mark.parametrize(
    ("frequency", "width"),
    [
        ("15min", 16),
        ("h", 16),
        ("D", 12),
        ("B", 12),
        ("W-MON", 4),
        ("MS", 4),
        ("QS-JAN", 4),
        ("YS-JAN", 2),
    ],
)
def test_each_frequency_has_its_features(frequency: str, width: int) -> None:
    features = calendar_features(axis(frequency), np.arange(40), "")
    assert features.shape == (40, width)
    assert features.dtype == np.float32
    assert np.abs(features).max() < 5


def test_integers_have_no_calendar() -> None:
    steps = TimeAxis(INTEGER_STEPS, 0, "")
    weeks = TimeAxis("W", 0, "")
    assert calendar_features(steps, np.arange(3), "").shape == (3, 0)
    assert calendar_features(weeks, np.arange(3), "").shape == (3, 0)


def test_days_of_the_week_repeat_and_differ() -> None:
    week = calendar_features(axis("D"), np.arange(14), "")[:, :6]
    np.testing.assert_allclose(week[:7], week[7:], atol=1e-5)
    assert len(np.unique(week[:7].round(3), axis=0)) == 7


def test_days_and_working_days_of_months() -> None:
    starts = calendar_features(axis("MS"), np.arange(2), "")[:, :2]
    january, february = [31 - 30.44, 23 - 21.74], [29 - 30.44, 21 - 21.74]
    np.testing.assert_allclose(starts, [january, february], atol=1e-5)
    ends = calendar_features(axis("ME", "2024-01-31"), np.arange(2), "")
    np.testing.assert_allclose(ends, calendar_features(axis("MS"), np.arange(2), ""), atol=1e-6)
    quarter = calendar_features(axis("QE-DEC", "2024-03-31"), np.arange(1), "")[0, 0]
    assert quarter == pytest.approx(91 / 3 - 30.44, abs=1e-5)


def test_holidays_on_the_day_before_and_after() -> None:
    pytest.importorskip("holidays", reason="the extra 'holidays' is not installed")
    days = calendar_features(axis("D", "2024-12-23"), np.arange(6), "DE")[:, -3:]
    # yesterday, today, tomorrow: the 25th and 26th are holidays, and none of the 23rd to 28th else
    assert days.tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]]
    hours = calendar_features(axis("h", "2024-12-24"), np.arange(48), "DE")[:, -2]
    assert hours.tolist() == [0] * 24 + [1] * 24
    months = calendar_features(axis("MS"), np.arange(12), "DE")[:, -1]
    assert months.tolist() == [1, 0, 1, 1, 3, 0, 0, 0, 0, 1, 0, 2]
    weeks = calendar_features(axis("W-MON", "2024-12-16"), np.arange(2), "DE")[:, -2:]
    assert weeks.tolist() == [[0, 0], [0, 2]]


def test_regions_have_holidays_of_their_own() -> None:
    pytest.importorskip("holidays", reason="the extra 'holidays' is not installed")
    epiphany = calendar_features(axis("D", "2024-01-06"), np.arange(1), "DE-BY")[0, -2]
    assert epiphany == 1
    for country in ("XX", "DE-QQ"):
        with pytest.raises(UsageError, match=f"holidays '{country}'.*Use a code"):
            calendar_features(axis("D"), np.arange(2), country)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(UsageError, match=r"pip install 'lstmcast\[holidays\]'"):
        calendar_features(axis("D"), np.arange(2), "DE")


def test_a_panel_looks_up_each_stretch_of_time_once() -> None:
    first = np.array([50, 0, 3, 1000, 49])
    lengths = np.array([5, 4, 4, 1, 2])
    panel = Panel(
        values=np.ones(lengths.sum()),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        first_steps=first,
        series_ids=np.array(list("abcde"), dtype=object),
        axis=axis("D"),
        columns=Columns("t", ("y",), ("id",)),
    )
    calendar = calendar_of(panel, 2, "")
    assert len(calendar.features) == 9 + 8 + 3  # steps 0 to 8, 49 to 56, 1000 to 1002
    for s, start in enumerate(first):
        steps = np.arange(start, start + lengths[s] + 2)
        rows = calendar.offsets[s] + np.arange(len(steps))
        expected = calendar_features(panel.axis, steps, "")
        np.testing.assert_array_equal(calendar.features[rows], expected)
