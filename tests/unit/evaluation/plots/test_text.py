"""The fan in text: each curve by its own signs, at the width of the terminal."""

from __future__ import annotations

import numpy as np
import pytest

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel
from lstmcast.errors import UsageError
from lstmcast.evaluation.plots.text import ROWS, Line, fan_in_text
from lstmcast.forecast import Forecast

MONTHS = TimeAxis("MS", np.datetime64("2000-01-01", "us"), "%Y-%m")
STEPS = TimeAxis("1", 1990, "")
PAST, HORIZON = 24, 6
BRAILLE = {chr(code) for code in range(0x2801, 0x2900)}


def drawn(
    values: list[list[float]],
    width: int = 80,
    *,
    axis: TimeAxis = MONTHS,
    levels: tuple[float, ...] = (0.1, 0.25, 0.5, 0.75, 0.9),
    series: tuple[str, ...] = (),
) -> list[Line]:
    """Draw forecasts of 20 after 24 steps, with intervals that are 100 wide from end to end."""
    n_series, length = np.shape(values)
    ids = np.array([f"s{k}" for k in range(n_series)], dtype=object)
    columns = Columns("month", ("sales",), ("shop",) if n_series > 1 else ())
    panel = Panel(
        values=np.array(values, dtype=np.float64).ravel(),
        offsets=np.arange(n_series + 1) * length,
        first_steps=np.zeros(n_series, dtype=np.int64),
        series_ids=ids,
        axis=axis,
        columns=columns,
    )
    point = np.full((n_series, HORIZON), 20.0)
    forecast = Forecast(
        series_ids=ids,
        steps=np.tile(PAST + np.arange(HORIZON), (n_series, 1)),
        quantile_levels=levels,
        quantiles=point[..., None] + 100 * (np.array(levels) - 0.5),
        point=point,
        axis=axis,
        columns=columns,
    )
    return fan_in_text(panel, forecast, series, width)


def chart(lines: list[Line]) -> list[Line]:
    """Return the rows of the first chart, the highest first."""
    return lines[1 : 1 + ROWS]


def signs(lines: list[Line]) -> set[str]:
    return {sign for line in lines for sign in line.signs} - {" "}


def test_history_median_and_intervals_have_signs_of_their_own() -> None:
    lines = chart(drawn([[20.0] * PAST]))
    assert signs(lines) - BRAILLE == {"•", "░", "▒"}
    (median,) = (line.signs for line in lines if "•" in line.signs)
    first = median.index("•")
    assert set(median[:first]) <= BRAILLE
    assert set(median[first:]) == {"•"}
    columns = [[line.signs.ljust(80)[k] for line in lines] for k in range(80)]
    last = next(c for c in reversed(columns) if "•" in c)
    assert [k for k, sign in enumerate(last) if sign in "░▒•"] == list(range(16))
    assert last.index("▒") < last.index("•") < len(last) - 1 - last[::-1].index("▒")
    outer, inner = (sum(sign in kind for sign in last) for kind in ("░▒•", "▒•"))
    assert outer / inner == pytest.approx(80 / 50, rel=0.15)


def test_the_legend_says_what_the_signs_mean() -> None:
    legend = drawn([[20.0] * PAST])[-1].signs
    assert legend.endswith("history   • forecast   ░ 80 % interval   ▒ 50 % interval")
    came = drawn([[20.0] * (PAST + 2)])[-1].signs
    assert "• forecast   × actual   ░" in came
    assert drawn([[20.0] * PAST], levels=(0.5,))[-1].signs.endswith("history   • forecast")


def test_what_came_is_a_cross_at_each_step_of_it() -> None:
    lines = chart(drawn([[20.0] * PAST + [60.0, np.nan, 60.0]]))
    assert sum(line.signs.count("×") for line in lines) == 2


def test_gaps_are_blank_and_a_lone_observation_is_seen() -> None:
    values = [20.0] * 10 + [np.nan] * 5 + [20.0] + [np.nan] * 5 + [20.0] * 3
    (row,) = (line.signs for line in chart(drawn([values])) if "•" in line.signs)
    history = row[: row.index("•")]
    assert len(history.split()) == 3
    assert len(history.split()[1]) == 1


@pytest.mark.parametrize("width", [40, 80, 100])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = drawn([[1e6] * PAST], width)
    assert max(len(line.words + line.signs) for line in lines) == width


def test_a_legend_is_folded_between_its_entries() -> None:
    lines = drawn([[20.0] * (PAST + 2)], 40)
    first, second = (line.signs for line in lines[-2:])
    assert first.endswith("• forecast   × actual")
    assert second == "░ 80 % interval   ▒ 50 % interval"


def test_axes_tell_values_and_dates() -> None:
    lines = drawn([list(np.linspace(0, 2_000_000, PAST))])
    assert any(line.words == "2,000,000 ┤" for line in lines)
    dates = lines[2 + ROWS].words.split()
    assert "2001" in dates
    assert "2002" in dates
    steps = drawn([[20.0] * PAST], axis=STEPS)[2 + ROWS].words.split()
    assert {"1995", "2000"} <= set(steps)
    rule = lines[1 + ROWS].words
    assert rule.count("┬") >= len(dates)


def test_series_stand_one_below_the_other_three_at_the_most() -> None:
    lines = drawn([[20.0] * PAST] * 5)
    titles = [line.words for line in lines if line.words.startswith("sales: ")]
    assert titles == ["sales: s0", "sales: s1", "sales: s2"]
    assert lines[-1].words == "3 of 5 series shown: name others with --series"
    chosen = drawn([[20.0] * PAST] * 5, series=("s4",))
    assert chosen[0].words == "sales: s4"
    with pytest.raises(UsageError, match="the forecast has no series 's9'"):
        drawn([[20.0] * PAST] * 5, series=("s9",))


def test_a_series_without_a_past_is_drawn_too() -> None:
    lines = chart(drawn([[np.nan] * PAST], levels=(0.5,)))
    assert signs(lines) == {"•"}
