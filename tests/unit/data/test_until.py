"""Tables as they were known at some time: no later row has a say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from lstmcast.config import DataConfig
from lstmcast.data.panel import build_panel
from lstmcast.data.table import read_table
from lstmcast.errors import DataError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "time,shop,sold\n"


def values_until(folder: Path, rows: str, as_of: str, **said: object) -> list[float]:
    path = folder / "table.csv"
    path.write_text(HEADER + rows)
    table = read_table(path, DataConfig.model_validate(said), as_of=as_of)
    values: list[float] = build_panel(table).values.tolist()
    return values


DAYS = "2024-01-01,a,1\n2024-01-02,a,2\n2024-01-03,a,3\n2024-01-04,a,4\n"


@pytest.mark.parametrize(
    ("as_of", "kept"),
    [("2024-01-03", 3), ("2024-01-02T23:00", 2), ("2024-01-04", 4), ("2030-01-01", 4)],
)
def test_rows_up_to_a_day_are_kept(as_of: str, kept: int, tmp_path: Path) -> None:
    assert values_until(tmp_path, DAYS, as_of) == [1, 2, 3, 4][:kept]


def test_a_date_counts_as_a_whole_day(tmp_path: Path) -> None:
    hours = "".join(f"2024-01-01 {h:02}:00,a,{h}\n" for h in range(24)) + "2024-01-02 00:00,a,24\n"
    assert values_until(tmp_path, hours, "2024-01-01") == [*range(24)]
    assert values_until(tmp_path, hours, "2024-01-01T05:00") == [*range(6)]


def test_times_may_be_told_as_in_the_data(tmp_path: Path) -> None:
    months = "2024-01,a,1\n2024-02,a,2\n2024-03,a,3\n"
    assert values_until(tmp_path, months, "2024-02") == [1, 2]


def test_whole_numbers_are_steps(tmp_path: Path) -> None:
    steps = "1,a,1\n2,a,2\n3,a,3\n"
    assert values_until(tmp_path, steps, "2") == [1, 2]
    with pytest.raises(UsageError, match="--as-of 2024-01-01: the times of the data are whole"):
        values_until(tmp_path, steps, "2024-01-01")


def test_instants_are_compared_in_the_zone_of_the_data(tmp_path: Path) -> None:
    rows = "".join(f"2024-07-01T{h:02}:00:00+02:00,a,{h}\n" for h in range(20, 24))
    rows += "".join(f"2024-07-02T{h:02}:00:00+02:00,a,{24 + h}\n" for h in range(3))
    zone = {"timezone": "Europe/Berlin"}
    assert values_until(tmp_path, rows, "2024-07-01", **zone) == [20, 21, 22, 23]
    assert values_until(tmp_path, rows, "2024-07-01T22:00", **zone) == [20, 21, 22]
    assert values_until(tmp_path, rows, "2024-07-01T20:00+00:00", **zone) == [20, 21, 22]


def test_a_zone_is_refused_where_the_data_have_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the times of the data have no zone"):
        values_until(tmp_path, DAYS, "2024-01-02T00:00+01:00")


@pytest.mark.parametrize("as_of", ["tomorrow", "2024-13-01", ""])
def test_what_is_no_time_is_refused(as_of: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="write a date such as 2024-01-31"):
        values_until(tmp_path, DAYS, as_of)


def test_a_time_before_all_rows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no row is as early as --as-of 2023-12-31\."):
        values_until(tmp_path, DAYS, "2023-12-31")


def test_later_rows_have_no_say_whatever_they_hold(tmp_path: Path) -> None:
    later = (
        "2024-01-05,a,x\n"  # no number
        "2024-01-06,,5\n"  # no id
        "2024-01-07,b,7\n2024-01-07,b,8\n"  # twice
    )
    assert values_until(tmp_path, DAYS + later, "2024-01-04", id="shop") == [1, 2, 3, 4]


def test_errors_name_rows_as_they_stand_in_the_file(tmp_path: Path) -> None:
    rows = "2024-01-09,a,9\n2024-01-01,a,1\n2024-01-08,a,8\n2024-01-02,a,x\n"
    with pytest.raises(DataError, match="row 5"):
        values_until(tmp_path, rows, "2024-01-03", target="sold")


def test_unreadable_times_are_told_as_ever(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no date"):
        values_until(tmp_path, DAYS + "soon,a,5\n", "2024-01-02")


def test_ids_and_covariates_of_later_rows_are_unknown(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    days = pd.date_range("2024-01-01", periods=6).astype(str)
    frame = pd.DataFrame({"time": days, "sold": range(6), "price": range(6)})
    frame["weather"] = ["dry", "wet", "dry", "wet", "dry", "snow"]
    frame.to_csv(path, index=False)
    said = DataConfig(target="sold", known=("price", "weather"))
    panel = build_panel(read_table(path, said, as_of="2024-01-05"))
    assert panel.vocabularies["weather"] == ("dry", "wet")
    assert len(panel.known.numbers) == 5
    assert np.isfinite(panel.values).all()
