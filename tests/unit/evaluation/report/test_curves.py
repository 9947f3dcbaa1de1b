"""What is shown of series: read back as a browser reads it, and never less without a word."""

from __future__ import annotations

import base64
import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from made_reports import evaluation_of, panel_of, report_of

from lstmcast.data.frequency import TimeAxis
from lstmcast.evaluation.backtest import BacktestPlan
from lstmcast.evaluation.report import scope as scopes
from lstmcast.evaluation.report.contents import select
from lstmcast.evaluation.report.curves import IN_A_PART, curves_of, in_units
from lstmcast.evaluation.report.scope import left_out, scope_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.evaluation.report.contents import Report

RNG = np.random.default_rng(0)
STEPS = TimeAxis("1", 1990, "", spacing=10)


@dataclass(frozen=True)
class Unpacked:
    """Everything that a page knows of its series."""

    times: NDArray[np.float64]  # [T]
    last: NDArray[np.int32]  # [S]
    errors: NDArray[np.float32]  # [S, 2]
    values: NDArray[np.float64]  # [S, V]


def unpack(report: Report) -> Unpacked:
    chosen = select(report)
    curves = curves_of(
        report.evaluation,
        report.forecast,
        chosen.scope,
        chosen.shown,
        chosen.errors[chosen.shown],
    )
    parts = [gzip.decompress(base64.b64decode(part)) for part in curves.parts]
    last: list[NDArray[np.int32]] = []
    errors, values = [], []
    for part in parts:
        n = min(IN_A_PART, len(chosen.shown) - IN_A_PART * len(last))
        first, rest = np.frombuffer(part[: 8 * n], "<f8"), part[8 * n :]
        exponents, rest = np.frombuffer(rest[: 4 * n], "<i4"), rest[4 * n :]
        last.append(np.frombuffer(rest[: 4 * n], "<i4"))
        errors.append(np.frombuffer(rest[4 * n : 12 * n], "<f4").reshape(n, 2))
        numbers = np.frombuffer(rest[12 * n :], "<u2").reshape(n, chosen.scope.width)
        told = (first[:, None] + numbers) * 10.0 ** exponents[:, None]
        values.append(np.where(numbers == 65_535, np.nan, told))
    return Unpacked(
        times=np.cumsum(np.frombuffer(gzip.decompress(base64.b64decode(curves.times)), "<f8")),
        last=np.concatenate(last),
        errors=np.concatenate(errors),
        values=np.concatenate(values),
    )


def ramp(length: int, start: float = 10.0) -> NDArray[np.float64]:
    return start + np.arange(length, dtype=float)


# --- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        [104.0, 622.0, 394.65, np.nan],
        [0.0, 0.0, 0.0, np.nan],
        [-3.0, 5.0, np.nan, np.nan],
        [1e-12, 3.1e-12, 2e-12, np.nan],
        [-1e15, 1e15, 0.0, np.nan],
        [1e9, 1e9 + 0.25, 1e9 + 0.5, np.nan],
        [3.14159, 3.14159, 3.14159, np.nan],
        [np.nan, np.nan, np.nan, np.nan],
        [1e300, -1e300, np.inf, np.nan],
    ],
)
def test_a_value_is_told_to_a_6500th_of_the_range_of_its_series(row: list[float]) -> None:
    values = np.array([row])
    units = in_units(values)
    with np.errstate(over="ignore"):
        told = (units.first[:, None] + units.numbers) * 10.0 ** units.exponents[:, None]
    told = np.where(units.numbers == 65_535, np.nan, told)
    finite = np.where(np.isfinite(values), values, np.nan)
    reach = np.nanmax(np.append(finite, 0.0)) - np.nanmin(np.append(finite, 0.0))
    spread = np.ptp(finite[~np.isnan(finite)]) if (~np.isnan(finite)).any() else 0.0
    np.testing.assert_allclose(told, finite, rtol=1e-6, atol=(spread or reach) / 6500)


def test_whole_numbers_are_told_as_they_are() -> None:
    values = RNG.integers(-30_000, 30_000, size=(4, 50)).astype(float)
    units = in_units(values)
    assert (units.exponents <= 0).all()
    told = (units.first[:, None] + units.numbers) * 10.0 ** units.exponents[:, None]
    np.testing.assert_allclose(told, values, rtol=0, atol=1e-9)


# --- curves ---------------------------------------------------------------------------------------


def test_history_windows_and_forecast_stand_where_the_page_reads_them() -> None:
    panel = panel_of(ramp(40), ramp(30, 500.0))
    report = report_of(evaluation_of(panel, BacktestPlan(3, 2, 3), errors=0.5))
    scope = select(report).scope
    assert (scope.history, scope.behind, scope.channels) == (40, (6, 3), 5)
    found = unpack(report)
    second = found.values[1]
    np.testing.assert_allclose(second[:10], np.nan)
    np.testing.assert_allclose(second[10:40], ramp(30, 500.0))
    windows = second[40:70].reshape(2, 3, 5)
    np.testing.assert_allclose(windows[..., 0], 524.5 + np.arange(6).reshape(2, 3))
    np.testing.assert_allclose(windows[0, 0, 1:], 524.5 + 4 * np.array([-0.4, 0.4, -0.25, 0.25]))
    np.testing.assert_allclose(second[70:].reshape(3, 5)[:, 0], 529.0)


def test_times_are_those_that_clocks_show() -> None:
    evaluation = evaluation_of(panel_of(ramp(40), ramp(30)))
    found = unpack(report_of(evaluation))
    shown = found.times.astype("datetime64[ms]").astype("datetime64[D]").astype(str)
    assert [shown[place] for place in found.last] == ["2018-04-01", "2017-06-01"]
    assert (shown[0], shown[-1]) == ("2015-01-01", "2018-07-01")


def test_whole_numbers_are_times_too() -> None:
    found = unpack(report_of(evaluation_of(panel_of(ramp(40), axis=STEPS))))
    assert found.times.tolist() == [*range(1990, 1990 + 430, 10)]


def test_series_that_are_centuries_apart_do_not_fill_the_time_between() -> None:
    panel = panel_of(ramp(40), ramp(40))
    panel.first_steps[1] = 10_000
    found = unpack(report_of(evaluation_of(panel, BacktestPlan(3)), refusal="no"))
    assert len(found.times) == 80


def test_what_was_not_judged_and_gaps_are_no_numbers() -> None:
    gappy = ramp(40)
    gappy[5:9] = np.nan
    found = unpack(report_of(evaluation_of(panel_of(gappy, ramp(4)))))
    assert np.isnan(found.values[0, 5:9]).all()
    assert np.isnan(found.values[1, 40:-15]).all()
    assert np.isnan(found.errors[1]).all()
    assert not np.isnan(found.values[1, -15:]).any()


def test_many_series_come_in_parts() -> None:
    panel = panel_of(*(ramp(40, float(number)) for number in range(IN_A_PART + 3)))
    found = unpack(report_of(evaluation_of(panel, errors=0.5)))
    np.testing.assert_allclose(found.values[:, 39], 39.0 + np.arange(IN_A_PART + 3))


# --- how much is shown ----------------------------------------------------------------------------


def test_a_small_panel_is_shown_whole() -> None:
    evaluation = evaluation_of(panel_of(ramp(200), ramp(100)))
    scope = scope_of(evaluation, None)
    assert (scope.history, scope.rounds) == (200, (0, 1, 2))
    assert [band.percent for band in scope.bands] == ["80", "50"]
    assert left_out(evaluation, scope) == []


def test_of_many_intervals_two_are_drawn_and_that_is_said() -> None:
    levels = (0.025, 0.1, 0.3, 0.5, 0.7, 0.9, 0.975)
    evaluation = evaluation_of(panel_of(ramp(60)), levels=levels)
    scope = scope_of(evaluation, None)
    assert [band.percent for band in scope.bands] == ["95", "40"]
    assert left_out(evaluation, scope) == ["2 of the 3 intervals are drawn"]


@pytest.mark.parametrize("levels", [(), (0.5,), (0.1, 0.5), (0.2, 0.9)])
def test_without_a_central_interval_points_alone_are_drawn(levels: tuple[float, ...]) -> None:
    evaluation = evaluation_of(panel_of(ramp(60)), levels=levels)
    scope = scope_of(evaluation, None)
    assert (scope.bands, scope.channels) == ((), 1)
    assert left_out(evaluation, scope) == []


@pytest.mark.parametrize(
    ("few", "shown"),
    [
        (10_000, (400, 5, 2)),
        (4_000, (8 * 12 + 15, 5, 2)),
        (1_400, (4 * 12 + 15, 5, 2)),
        (1_200, (4 * 12 + 15, 5, 1)),
        (700, (2 * 12 + 9, 3, 1)),
        (10, (2 * 12 + 3, 1, 1)),
    ],
)
def test_less_is_shown_of_each_where_there_are_many(
    few: int, shown: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scopes, "FEW_VALUES", few)
    evaluation = evaluation_of(panel_of(*[ramp(400)] * 10), BacktestPlan(3, 5))
    scope = scope_of(evaluation, None)
    history, rounds, bands = shown
    assert (scope.history, len(scope.rounds), len(scope.bands)) == shown
    assert scope.n_series == 10
    told = " | ".join(left_out(evaluation, scope))
    assert (f"the last {history} steps of each series are shown" in told) == (history < 400)
    assert ("judged" in told) == (rounds < 5)
    assert ("1 of the 2 intervals" in told) == (bands < 2)


def test_series_are_left_out_last_and_never_the_worst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scopes, "FEW_VALUES", 10)
    monkeypatch.setattr(scopes, "MOST_VALUES", 25 * 45)
    noise = RNG.normal(size=(100, 400))
    errors = np.tile(np.arange(100.0) % 50, 3)[:, None]
    evaluation = evaluation_of(panel_of(*noise), errors=errors)
    report = report_of(evaluation)
    chosen = select(report)
    assert chosen.scope.n_series == len(chosen.shown) == 25
    mase = evaluation.verdict.tables["lstm"].by_series["mase"]
    assert np.argmax(mase) in chosen.shown
    assert np.argmin(mase) in chosen.shown
    assert left_out(evaluation, chosen.scope)[0].startswith("25 of the 100 series are in the page")
    assert len(unpack(report).values) == 25
