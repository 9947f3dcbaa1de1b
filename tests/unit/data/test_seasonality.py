"""Seasons are found where a panel repeats itself, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel
from lstmcast.data.seasonality import MOST_SERIES, confirm_seasons, find_season_length

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAN = np.nan
WEEK = [5.0, 4.0, 4.5, 5.0, 7.0, 12.0, 9.0]
QUARTERS = [1.0, 5.0, 2.0, 9.0]


def season_of(*series: list[float] | NDArray[np.floating[Any]]) -> int:
    return find_season_length(panel_of(*series))


def panel_of(*series: list[float] | NDArray[np.floating[Any]]) -> Panel:
    lengths = [len(values) for values in series]
    return Panel(
        values=np.concatenate([np.asarray(values, dtype=float) for values in series]),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        first_steps=np.zeros(len(series), dtype=np.int64),
        series_ids=np.array([f"series {s}" for s in range(len(series))], dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("step", ("value",), ("id",)),
    )


def noise(*shape: int, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal(shape)


def pattern(season: int) -> NDArray[np.float64]:
    """Any shape of a season, as far from a sine as days in a week are."""
    return noise(season, seed=season)


@pytest.mark.parametrize("season", [3, 4, 5, 7, 12, 24, 52, 168])
def test_the_season_of_one_series(season: int) -> None:
    series = np.tile(pattern(season), 8)
    assert season_of(series) == season
    assert season_of(series + 0.2 * noise(len(series))) == season


@pytest.mark.parametrize("season", [4, 7, 12, 24])
def test_the_season_of_a_panel_under_noise_trends_and_gaps(season: int) -> None:
    steps = np.arange(10 * season)
    panel = 100 + 2 * pattern(season)[steps % season] + noise(20, len(steps), seed=season)
    panel += np.linspace(-1, 1, 20)[:, None] * steps
    panel[noise(*panel.shape) > 1.3] = NAN
    assert season_of(*panel) == season


def test_a_season_that_series_share_at_different_phases_and_lengths() -> None:
    wave = np.tile(WEEK, 12)
    assert season_of(wave[3:70], wave[5:], 1e9 * wave[1:40], [1.0, 2.0], []) == 7


@pytest.mark.parametrize("factor", [1e-300, 1e-12, 1e12, 1e300])
def test_the_unit_of_the_data_changes_nothing(factor: float) -> None:
    assert season_of(factor * np.tile(QUARTERS, 20)) == 4


def test_series_are_not_read_into_each_other() -> None:
    weeks = np.tile(WEEK, 16)
    assert season_of(weeks) == 7
    assert season_of(noise(60), *weeks.reshape(14, 8)) == 1


def test_every_series_counts_alike() -> None:
    loud = 1e6 * noise(70)
    assert season_of(loud, *(np.tile(WEEK, 10) for _ in range(3))) == 7


def test_the_season_is_found_at_the_end_of_long_series() -> None:
    assert season_of(np.concatenate([noise(3000), np.tile(WEEK, 160)])) == 7


def test_large_panels_are_judged_by_a_share_of_their_series() -> None:
    every_other = [np.tile(QUARTERS, 8), noise(32)] * MOST_SERIES
    assert season_of(*every_other) == 4
    assert season_of(*every_other[1:], []) == 1


@pytest.mark.parametrize("shape", [(1, 40), (1, 1000), (20, 40), (20, 200)])
def test_white_noise_has_no_season(shape: tuple[int, int]) -> None:
    assert season_of(*noise(*shape)) == 1


def test_a_short_series_of_noise_hardly_ever_has_a_season() -> None:
    assert sum(season_of(series) > 1 for series in noise(200, 30)) <= 5


@pytest.mark.parametrize("shape", [(1, 40), (1, 200), (1, 1000), (20, 40), (20, 200)])
def test_random_walks_have_no_season(shape: tuple[int, int]) -> None:
    assert season_of(*noise(*shape).cumsum(axis=1)) == 1


@pytest.mark.parametrize("slope", [0.1, 0.3, 1 / 3, 1.1, np.pi, 12345.678, -0.7])
@pytest.mark.parametrize("level", [0, 1000])
def test_rounding_errors_of_a_straight_line_are_no_season(slope: float, level: float) -> None:
    assert season_of(level + slope * np.arange(200)) == 1
    assert season_of(np.full(200, slope).cumsum()) == 1


def test_curves_have_no_season() -> None:
    steps = np.linspace(0, 5, 120)
    assert season_of(np.exp(steps), steps**2, np.sqrt(steps)) == 1


def test_a_season_of_two_steps_is_found_as_twice_that() -> None:
    assert season_of(np.tile([1.0, 2.0], 50)) == 4


@pytest.mark.parametrize(
    "series",
    [
        [[1.0]],
        [[1.0], [2.0]],
        [[1.0], []],
        [[1.0, 2.0]],
        [QUARTERS],
        [[3.0] * 60],
        [[0.1] * 60],
        [[0.0] * 60],
        [[NAN] * 60],
        [[NAN] * 59 + [1.0]],
        [[0.0] * 59 + [1e12]],
        [[1.0, NAN] * 30],
    ],
)
def test_what_does_not_move_or_is_too_short_has_no_season(series: list[list[float]]) -> None:
    assert season_of(*series) == 1


def days_and_weeks(weeks: int) -> NDArray[np.float64]:
    """Hours whose days differ by the day of the week, as those of a city do."""
    hours = np.arange(168 * weeks)
    day, week = pattern(24)[hours % 24], pattern(7)[hours // 24 % 7]
    return day * (1 + 0.5 * week)


def test_a_longer_season_is_confirmed_where_it_shows() -> None:
    both = days_and_weeks(6)
    assert confirm_seasons(panel_of(both + 0.2 * noise(len(both))), 24, (168,)) == (168,)
    days = np.tile(pattern(24), 42)
    assert confirm_seasons(panel_of(days + 0.2 * noise(len(days))), 24, (168,)) == ()
    assert confirm_seasons(panel_of(days), 24, (168,)) == (), "nothing is left of it"


def test_a_longer_season_needs_two_of_it() -> None:
    assert confirm_seasons(panel_of(days_and_weeks(1)), 24, (168,)) == ()
    assert confirm_seasons(panel_of(days_and_weeks(3)), 24, (168,)) == (168,)
    assert confirm_seasons(panel_of([1.0], [1.0, 2.0]), 24, (168,)) == ()
    assert confirm_seasons(panel_of(days_and_weeks(3)), 24, ()) == ()
