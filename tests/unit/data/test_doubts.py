"""Guesses that the rows speak against: refused, with the option that settles them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lstmcast.config import DataConfig
from lstmcast.data.table import read_table
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

DAYS = [f"2024-01-{day:02}" for day in range(1, 11)]


def refusal(path: Path, said: DataConfig | None = None) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path, said or DataConfig())
    return str(caught.value).removeprefix(f"{path}, ")


@pytest.mark.parametrize("stray", ["1900-01-01", "2204-01-01"])
def test_a_row_far_from_the_others_is_no_time(tmp_path: Path, stray: str) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("ds,y\n" + "".join(f"{day},1\n" for day in [*DAYS, stray]))
    assert "row 12" in refusal(path)
    assert refusal(path).endswith(
        "steps, far more than rows: correct a stray time, or say --frequency D if there is nothing "
        "in between."
    )
    assert len(read_table(path, DataConfig(frequency="D")).codes) == 11
    # What a model remembers is not what the user says of this table.
    assert "row 12" in refusal(path, None)
    with pytest.raises(DataError, match="far more than rows"):
        read_table(path, remembered=DataConfig(frequency="D"))


def test_a_gap_between_many_rows_is_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    days = [*DAYS, *(day.replace("2024", "2014") for day in DAYS)]
    path.write_text("ds,y\n" + "".join(f"{day},1\n" for day in days))
    assert read_table(path).steps.max() == 3652 + 9


def test_the_series_that_has_the_stray_row_is_named(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    rows = [f"{name},{day},1" for name in "abc" for day in DAYS]
    path.write_text("\n".join(["shop,ds,y", *rows, "b,2034-01-01,1"]) + "\n")
    assert refusal(path).startswith(
        "column 'ds': from row 21 ('2024-01-10') to row 32 ('2034-01-01') of series 'b' there are "
        "3,644 steps"
    )


def test_series_that_share_no_time_may_be_one(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("ds,weekday,y\n2024-01-01,Mon,1\n2024-01-02,Tue,2\n2024-01-08,Mon,3\n")
    assert refusal(path) == (
        "column 'weekday': is this an id? No two of its 2 series share a time: say --id weekday if "
        "it tells series apart, or --id '' if the table is one series."
    )
    said = DataConfig(id="weekday", frequency="D")
    assert read_table(path, said).series_ids.tolist() == ["Mon", "Tue"]
    assert read_table(path, DataConfig(id="")).series_ids.tolist() == ["y"]
    remembered = DataConfig(id="weekday", frequency="D")
    assert len(read_table(path, remembered=remembered).series_ids) == 2


def test_a_column_that_is_named_as_ids_are_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("ds,item,y\n2024-01-01,a,1\n2024-01-02,a,2\n2025-01-01,b,3\n2025-01-02,b,4\n")
    assert read_table(path).series_ids.tolist() == ["a", "b"]


def test_ids_that_are_nearly_alike_are_told(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    names = ["Caf\u00e9", "Cafe\u0301", "cafe ", "CAFE", "bar"]
    rows = [f"{day},{name},1" for name in names for day in DAYS[:2]]
    path.write_text("\n".join(["ds,shop,y", *rows]) + "\n", "utf-8")
    assert (
        read_table(path)
        .notes[-1]
        .startswith("ids that differ in spaces, capitals or spelling only, kept apart: 4 series (")
    )
