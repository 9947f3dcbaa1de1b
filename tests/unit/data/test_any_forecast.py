"""Forecasts of any tool: which columns they have, and which windows they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from lstmcast.config import DataConfig
from lstmcast.data.any_forecast import Said, find_roles, read_any_forecast, with_room
from lstmcast.data.panel import build_panel
from lstmcast.data.table import table_from_frame
from lstmcast.errors import DataError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from lstmcast.data.panel import Panel

NAN = np.nan


def panel_of(n_months: int = 12, **columns: str) -> Panel:
    """Two shops with a value each month of 2023."""
    months = pd.date_range("2023-01-01", periods=n_months, freq="MS").strftime("%Y-%m-%d")
    frame = pd.DataFrame(
        {
            "month": np.tile(months, 2),
            "shop": np.repeat(["a", "b"], n_months),
            "sold": np.arange(2.0 * n_months),
        }
    ).rename(columns=columns)
    return build_panel(table_from_frame(frame, DataConfig(id=columns.get("shop", "shop"))))


def written(folder: Path, text: str, ending: str = "csv") -> Path:
    path = folder / f"forecast.{ending}"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("names", "point", "quantiles"),
    [
        (["forecast", "q0.1", "q0.9"], "forecast", {0.1: "q0.1", 0.9: "q0.9"}),
        (["yhat", "yhat_lower"], "yhat", {}),
        (["0.1", "0.5", "mean"], "mean", {0.1: "0.1", 0.5: "0.5"}),
        (["0.1", "0.5", "0.9"], "0.5", {0.1: "0.1", 0.5: "0.5", 0.9: "0.9"}),
        (["p10", "P50", "p_97.5"], "P50", {0.1: "p10", 0.5: "P50", 0.975: "p_97.5"}),
        (["LSTM", "LSTM-lo-80", "LSTM-hi-80.0"], "LSTM", {0.1: "LSTM-lo-80", 0.9: "LSTM-hi-80.0"}),
        (["AutoETS"], "AutoETS", {}),
        (["AutoETS", "AutoETS-lo-95"], "AutoETS", {0.025: "AutoETS-lo-95"}),
    ],
)
def test_columns_are_found_by_their_names(
    names: list[str], point: str, quantiles: dict[float, str]
) -> None:
    roles = find_roles(["shop", "month", *names], panel_of(), Said())
    assert (roles.time, roles.ids, roles.point) == ("month", ("shop",), point)
    assert dict(roles.quantiles) == quantiles
    assert list(roles.quantiles) == sorted(quantiles)


def test_what_is_said_wins() -> None:
    names = ["unique_id", "ds", "A", "B", "A-lo-80", "B-lo-80", "low", "made"]
    said = Said(time="ds", id=("unique_id",), point="B", cutoff="made")
    roles = find_roles(names, panel_of(), said)
    assert roles == ("ds", ("unique_id",), "B", {0.1: "B-lo-80"}, "made")
    said = Said(time="ds", id=("unique_id",), point="B", quantiles={0.2: "low"})
    assert find_roles(names, panel_of(), said).quantiles == {0.2: "low"}


@pytest.mark.parametrize(
    ("names", "said", "message"),
    [
        (["month", "shop", "A", "B"], Said(), r"which column is the forecast\? It may be"),
        (["month", "shop", "A"], Said(point="B"), "the forecast has no column 'B', only"),
        (
            ["month", "shop", "A", "B", "A-lo-80", "B-lo-80"],
            Said(),
            "several columns are the quantile 0.1: 'A-lo-80' and 'B-lo-80'",
        ),
    ],
)
def test_what_must_be_said_is_a_usage_error(names: list[str], said: Said, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        find_roles(names, panel_of(), said)


def test_a_forecast_needs_times_ids_and_numbers() -> None:
    with pytest.raises(DataError, match=r"no column 'month', as the data have.*--forecast-time"):
        find_roles(["ds", "shop", "A"], panel_of(), Said())
    with pytest.raises(DataError, match="no column holds a forecast"):
        find_roles(["month", "shop"], panel_of(), Said())


ROWS = "shop,month,forecast,q0.1\nb,2023-09-01,1,0\na,2023-11-01,4,3\na,2023-10-01,2,1\n"


def test_windows_begin_where_a_series_is_forecast_from(tmp_path: Path) -> None:
    given = read_any_forecast(written(tmp_path, ROWS), panel_of())
    assert given.series.tolist() == [0, 1]
    assert given.cutoffs.tolist() == [8, 7]  # September and August
    np.testing.assert_array_equal(given.point, [[2, 4], [1, NAN]])
    np.testing.assert_array_equal(given.quantiles[..., 0], [[1, 3], [0, NAN]])
    assert given.levels == (0.1,)


def test_several_forecasts_of_a_series_are_told_apart_by_their_cutoff(tmp_path: Path) -> None:
    rows = (
        "shop,month,cutoff,Theta\n"
        "a,2023-10-01,2023-09-01,1\na,2023-11-01,2023-09-01,2\n"
        "a,2023-11-01,2023-10-01,3\na,2023-12-01,2023-10-01,4\n"
    )
    given = read_any_forecast(written(tmp_path, rows), panel_of())
    assert given.cutoffs.tolist() == [8, 9]
    np.testing.assert_array_equal(given.point, [[1, 2], [3, 4]])


def test_times_may_be_written_in_iso_where_the_data_are_not(tmp_path: Path) -> None:
    rows = "shop,month,forecast\na,2023-10-01 00:00:00,1\na,2023-11-01 00:00:00,2\n"
    given = read_any_forecast(written(tmp_path, rows), panel_of())
    assert given.cutoffs.tolist() == [8]


def test_parquet_and_json_lines_are_read(tmp_path: Path) -> None:
    frame = pd.DataFrame({"shop": ["a"], "month": pd.to_datetime(["2023-10-01"]), "yhat": [1.5]})
    frame.to_parquet(tmp_path / "f.parquet")
    lines = written(tmp_path, '{"shop": "a", "month": "2023-10-01", "yhat": 1.5}\n', "jsonl")
    for path in (tmp_path / "f.parquet", lines):
        given = read_any_forecast(path, panel_of())
        np.testing.assert_array_equal(given.point, [[1.5]])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("c,2023-10-01,1\n", "the data have no series 'c', of which the forecast is"),
        ("a,2023-10-01,1\na,2023-10-01,2\n", "several rows for one time of one series.*--cutoff"),
        ("a,2023-10-02,1\n", "no time step of the data"),
        ("a,soon,1\n", "is not a time like"),
        ("a,2023-10-01,much\n", "no finite number"),
    ],
)
def test_rows_that_do_not_fit_are_data_errors(rows: str, message: str, tmp_path: Path) -> None:
    path = written(tmp_path, "shop,month,forecast\n" + rows)
    with pytest.raises(DataError, match=message):
        read_any_forecast(path, panel_of())


def test_a_row_before_its_cutoff_is_a_data_error(tmp_path: Path) -> None:
    path = written(tmp_path, "shop,month,cutoff,y\na,2023-10-01,2023-10-01,1\n")
    with pytest.raises(DataError, match="a row is not after its cutoff"):
        read_any_forecast(path, panel_of())


def test_a_forecast_may_begin_with_the_data() -> None:
    panel = panel_of(4)
    longer, windows = with_room(panel, np.array([0, 1, 1]), np.array([-1, 1, -3]))
    assert windows.cutoffs.tolist() == [0, 4, 0]
    assert longer.first_steps.tolist() == [-1, -3]
    np.testing.assert_array_equal(longer.values, [NAN, 0, 1, 2, 3, NAN, NAN, NAN, 4, 5, 6, 7])
    same, windows = with_room(panel, np.array([1]), np.array([2]))
    assert same is panel
    assert windows.cutoffs.tolist() == [2]
