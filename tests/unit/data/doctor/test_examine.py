"""Examples of what the doctor says of series with one trouble each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from lstmcast.config import DataConfig
from lstmcast.data.doctor.examine import examine, short_known
from lstmcast.data.doctor.findings import Finding, Place
from lstmcast.data.doctor.leaks import Leak, find_leak, steps_unknown_ahead
from lstmcast.data.doctor.strengths import season_strengths
from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, build_panel
from lstmcast.data.table import read_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAN = np.nan
NOISE = np.random.default_rng(3).standard_normal(60).round(3)
ROOT = Path(__file__).parents[4]
SHARED = ROOT.parent / "shared" / "data"


def panel_of(*series: list[float] | NDArray[np.floating[Any]], first: int = 0) -> Panel:
    lengths = [len(values) for values in series]
    return Panel(
        values=np.concatenate([np.asarray(values, dtype=float) for values in series]),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        first_steps=np.full(len(series), first, dtype=np.int64),
        series_ids=np.array([f"shop {s}" for s in range(len(series))], dtype=object),
        axis=TimeAxis("D", np.datetime64("2024-01-01", "us"), "%d.%m.%Y"),
        columns=Columns("day", ("sales",), ("shop",)),
    )


def only(panel: Panel, *seasons: int, horizon: int = 1) -> Finding:
    (found,) = examine(panel, seasons, horizon)
    return found


def test_clean_series_have_no_finding() -> None:
    assert examine(panel_of(NOISE, 100 + NOISE.cumsum()), (7,)) == []


def test_a_place_is_told_in_the_words_of_the_user() -> None:
    values = 100 + NOISE
    values[31] = 160
    found = only(panel_of(100 + NOISE[::-1], values, first=2))
    assert (found.kind, found.severity, found.count, found.n_series) == ("outlier", "warning", 1, 1)
    (place,) = found.places
    assert (place.where, place.time) == ("shop 1", "03.02.2024")
    assert place.detail.startswith("160, ")


def test_few_of_many_places_are_named() -> None:
    found = only(panel_of(*([5.0, 5.0, 5.0] for _ in range(9))))
    assert (found.kind, found.count, found.n_series) == ("constant series", 9, 9)
    assert [place.where for place in found.places] == [f"shop {k}" for k in range(5)]
    assert found.places[0] == Place("shop 0", "01.01.2024", "always 5")


@pytest.mark.parametrize(
    ("values", "kind", "detail"),
    [
        ([*NOISE[:20], *12 * [NAN], *NOISE[20:]], "long gap", "12 steps not observed"),
        ([*NOISE[:9], *6 * [NAN], *NOISE[9:20]], "many steps not observed", "23% of the steps"),
        ([NAN, NAN], "series without a value", ""),
        ([1.0], "short series", "1 observed"),
        ([1, 0, 0, 4, 0, 2, 0, 0, 1, 3], "intermittent series", "50% zeros"),
        ([*(20 + NOISE), -999, *(20 - NOISE)], "negative value", "-999"),
        ([*(200 + NOISE), -201, *(200 - NOISE)], "negative value", "-201"),
        ([*NOISE[:30], *10 * [0.5], *NOISE[30:]], "flat run", "10 times 0.5 in a row"),
        ([*NOISE, *(NOISE + 50)], "level shift", "by +"),
        (
            [*(500 + NOISE), *(0.5 + NOISE / 1000)],
            "unit jump",
            "values from here on are about 0.001 times as large",
        ),
    ],
)
def test_each_kind(values: list[float], kind: str, detail: str) -> None:
    found = {each.kind: each for each in examine(panel_of(values))}
    assert kind in found
    assert found[kind].places[0].detail[: len(detail)] == detail
    assert found[kind].consequence
    assert found[kind].remedy


def test_a_series_that_ended_early_is_told_by_its_last_time() -> None:
    found = only(panel_of(NOISE, NOISE, NOISE[:40]), 7)
    assert found.kind == "series that ended early"
    assert found.places == (Place("shop 2", "09.02.2024", "20 steps before most others"),)


def test_ids_that_differ_in_spaces_and_capitals_only_are_told() -> None:
    panel = panel_of(NOISE, NOISE, NOISE)
    panel.series_ids[:] = ["north east", "North  East ", "northern"]
    found = only(panel)
    assert (found.kind, found.count) == ("ids alike", 2)
    assert [place.where for place in found.places] == ["north east", "North  East "]


def test_series_that_all_end_on_their_own_are_not_early() -> None:
    assert examine(panel_of(*(NOISE[:n] for n in (10, 20, 30, 40)))) == []


def test_short_is_measured_by_season_and_horizon() -> None:
    panel = panel_of(NOISE[:20])
    assert examine(panel, (7,), horizon=13) == []
    assert only(panel, 7, horizon=14).kind == "short series"


def test_a_list_price_that_moves_by_steps_has_no_level_shift() -> None:
    assert examine(panel_of(np.repeat([10.0, 12.0, 11.5, 19.0], 20))) == []


def test_shops_that_close_every_weekend_and_sensors_that_sleep_every_night_stand_still() -> None:
    week = np.tile([1.0, 1, 1, 1, 1, 0, 0], 9)[:60]
    night = np.tile([1.0] * 8 + [0.0] * 12, 3)
    assert "flat run" not in {each.kind for each in examine(panel_of(week * (20 + NOISE)))}
    assert "flat run" not in {each.kind for each in examine(panel_of(night * (20 + NOISE)))}


def test_a_peak_that_comes_every_year_is_no_outlier() -> None:
    december = 100 + NOISE + 40 * (np.arange(60) % 12 == 11)
    assert examine(panel_of(december), (12,)) == []
    december[40] += 40
    assert only(panel_of(december), 12).kind == "outlier"


def test_a_leak_of_a_smooth_series_is_told_from_its_past() -> None:
    smooth = panel_of(NOISE.cumsum().cumsum())
    assert find_leak(smooth, smooth.values) == Leak(0, equal=True)
    past = np.append(NAN, smooth.values[:-1])
    assert find_leak(smooth, past, range(12)) is None


def test_a_straight_line_proves_no_leak() -> None:
    line = panel_of(np.arange(50.0))
    assert find_leak(line, 3 * line.values) is None
    assert find_leak(panel_of(NOISE), np.ones(60)) is None
    assert find_leak(panel_of(NOISE[:5]), NOISE[:5]) is None


def test_a_leak_in_dollars_here_and_yen_there() -> None:
    panel = panel_of(NOISE, NOISE[::-1])
    both = np.concatenate([2 * NOISE, 300 * NOISE[::-1] + 5])
    assert find_leak(panel, both) == Leak(0, equal=False)


def test_known_covariates_that_end_early_are_told_by_series() -> None:
    panel = panel_of(NOISE[:20], NOISE[:30], first=1)
    found = short_known(panel, np.array([27, 33]), 6)
    assert found is not None
    assert found.places == (Place("shop 1", "31.01.2024", "4 steps of the horizon lack them"),)
    assert short_known(panel, np.array([27, 37]), 6) is None


def test_steps_that_no_known_covariate_reaches() -> None:
    ends = np.array([10, 10, 10, 10])
    known = np.array([16, 14, 10, 3])
    assert steps_unknown_ahead(ends, known, 6).tolist() == [0, 2, 6, 6]


def test_strength_needs_three_seasons() -> None:
    panel = panel_of(np.tile([1.0, 5.0, 2.0, 9.0], 2), np.tile([1.0, 5.0, 2.0, 9.0], 3), [1.0])
    strengths = season_strengths(panel, (4, 1, 8))
    np.testing.assert_array_equal(strengths[:, 0], [NAN, 1.0, NAN])
    assert np.isnan(strengths[:, 1:]).all()


def test_strength_of_a_straight_line_and_of_a_constant_is_none() -> None:
    panel = panel_of(1e6 + 3 * np.arange(60.0), np.full(60, 4.0))
    np.testing.assert_allclose(season_strengths(panel, (7, 12)), 0, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "season", "low", "high"),
    [
        ("air_passengers.csv", 12, 0.7, 1.0),
        ("australian_arrivals.csv", 4, 0.5, 1.0),
        ("co2_mauna_loa.csv", 52, 0.8, 1.0),
    ],
)
def test_samples_are_seasonal_and_healthy(name: str, season: int, low: float, high: float) -> None:
    panel = build_panel(read_table(ROOT / "sample_data" / name))
    assert examine(panel, (season,)) == []
    strengths = season_strengths(panel, (season,))
    assert ((strengths > low) & (strengths <= high)).all()


@pytest.mark.parametrize(
    ("path", "kind", "series", "time"),
    [
        # The pilots' strike of 1989, the lockdown of 2020, the storm Sandy of 2012.
        ("validation/ansett_weekly.parquet", "flat run", "ADL-PER | Economy", "1989-08-21"),
        ("validation/bicimad_daily.parquet", "flat run", "bicimad_daily", "2020-03-16"),
        ("corpus/bike_sharing_hourly.parquet", "flat run", None, "2012-10-29 00:00:00"),
        ("corpus/gefcom2012_load_hourly.parquet", "level shift", "zone10", "2008-01-02 00:00:00"),
    ],
)
def test_what_happened_is_found(path: str, kind: str, series: str | None, time: str) -> None:
    if not (SHARED / path).exists():
        pytest.skip("the shared benchmark series are not here")
    panel = build_panel(
        read_table(SHARED / path, DataConfig(time="ds", target="y", id="unique_id"))
    )
    season = {"W": 52, "D": 7}.get(panel.axis.frequency[0], 168)
    found = {each.kind: each for each in examine(panel, (season,))}
    assert (series or found[kind].places[0].where, time) in {
        (place.where, place.time) for place in found[kind].places
    }
