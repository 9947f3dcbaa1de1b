"""Folders and patterns: many files as one table."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from lstmcast.cli.paths import output_path
from lstmcast.config import DataConfig
from lstmcast.data.places import series_names, several_files
from lstmcast.data.sources import open_source
from lstmcast.data.table import read_table
from lstmcast.errors import DataError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files in three formats, their columns in any order, and what is no table."""
    sales = tmp_path / "sales"
    sales.mkdir()
    (sales / "a.csv").write_text("shop,ds,y\nx,2024-01-01,1\nx,2024-01-02,2\n")
    lines = '{"y": 3, "ds": "2024-01-01", "shop": "y"}\n{"y": 4, "ds": "2024-01-02", "shop": "y"}\n'
    (sales / "b.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    more = {"ds": ["2024-01-03", "2024-01-01"], "shop": ["x", "z"], "note": ["", ""], "y": [5, 6]}
    pd.DataFrame(more).to_parquet(sales / "c.parquet")
    (sales / "d.csv").write_text("shop;y;ds\nx;7,5;2024-01-04\n")
    (sales / "README.md").write_text("not a table")
    (sales / "_SUCCESS.csv").write_text("")
    (sales / ".hidden.csv").write_text("")
    (sales / "deeper.csv").mkdir()
    return sales


def test_a_folder_is_one_table(folder: Path) -> None:
    table = read_table(folder)
    assert table.series_ids[table.codes].tolist() == ["x", "x", "y", "y", "x", "z", "x"]
    assert table.values.tolist() == [1, 2, 3, 4, 5, 6, 7.5]
    assert table.steps.tolist() == [0, 1, 0, 1, 2, 0, 3]
    assert table.notes == (
        f"4 files in {folder}",
        "d.csv: separated by semicolons; decimal comma",
        "time column 'ds' (daily, D), target column 'y', id column 'shop' (3 series)",
        "columns not used: 'note'",
    )


def test_a_pattern_is_one_table(folder: Path) -> None:
    table = read_table(f"{folder}/[ad].csv")
    assert table.values.tolist() == [1, 2, 7.5]
    with pytest.raises(DataError, match=r"sales/\*\.tsv: no file matches this pattern"):
        read_table(f"{folder}/*.tsv")


def test_a_file_whose_name_looks_like_a_pattern(tmp_path: Path) -> None:
    path = tmp_path / "[a].csv"
    path.write_text("ds,y\n1,2\n2,3\n")
    assert read_table(str(path)).values.tolist() == [2, 3]


@pytest.fixture
def lone(tmp_path: Path) -> Path:
    for name, first in (("north", 1), ("south", 3)):
        (tmp_path / f"{name}.csv").write_text(f"t,y,file\n{first},1,\n{first + 1},2,\n")
    return tmp_path


def test_files_without_ids_are_series_named_after_them(lone: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_table(lone)
    assert str(caught.value) == (
        f"{lone}, column 'file_': is this an id? No two of its 2 series share a time: say --id "
        "file_ if it tells series apart, or --id '' if the table is one series."
    )
    one = read_table(lone, DataConfig(id=""))
    assert one.series_ids.tolist() == ["y"]
    assert one.steps.tolist() == [0, 1, 2, 3]
    (lone / "south.csv").write_text("t,y\n2,3\n3,4\n")
    table = read_table(lone)
    assert table.series_ids.tolist() == ["north", "south"]
    assert table.columns.ids == ("file_",)
    assert table.notes[1] == (
        "each file is a series, named after it; --id '' makes one series of all"
    )
    again = read_table(lone, DataConfig(id="file_"))
    assert again.codes.tolist() == table.codes.tolist() == [0, 0, 1, 1]


def test_what_is_wrong_is_told_with_its_file(lone: Path) -> None:
    (lone / "south.csv").write_text("t,y\n1,1\n2,abc\n")
    (lone / "west.csv").write_text("t,y\n1,1\n2,def\n")
    with pytest.raises(DataError) as caught:
        read_table(lone)
    assert str(caught.value).startswith(
        f"{lone}, column 'y': south.csv, row 3 'abc', west.csv, row 3 'def': no finite number: "
    )


def test_a_time_in_two_files(lone: Path) -> None:
    (lone / "south.csv").write_text("t,y\n2,1\n3,1\n")
    with pytest.raises(DataError, match=r"'t': north\.csv, row 3 and south\.csv, row 2 are both"):
        read_table(lone, DataConfig(id=""))


def test_the_column_of_files_has_cells(lone: Path) -> None:
    source = open_source(lone, DataConfig())
    source.read(["file_"], ["y"])
    assert source.cells([3, 0], "file_") == [("south.csv", "south"), ("north.csv", "north")]


def test_a_time_twice_in_a_file_that_is_a_series(lone: Path) -> None:
    (lone / "south.csv").write_text("t,y\n2,1\n2,1\n")
    with pytest.raises(DataError, match=r"row 2 and south\.csv, row 3 are both '2' of series 'sou"):
        read_table(lone)


def test_a_file_without_a_column_that_is_needed(lone: Path) -> None:
    (lone / "south.csv").write_text("t,value,z\n1,1,2\n2,2,2\n")
    with pytest.raises(DataError) as caught:
        read_table(lone, DataConfig(target="y"))
    assert str(caught.value) == (
        f"{lone / 'south.csv'}: there is no column 'y' as in other files of {lone}: add it, or "
        "leave the file out."
    )


def test_a_damaged_file_is_named(lone: Path) -> None:
    packed = gzip.compress(b"t,y\n" + b"1,2\n" * 100_000)
    (lone / "south.csv.gz").write_bytes(packed[:-300])
    with pytest.raises(DataError, match=r"south\.csv\.gz: cannot be read: "):
        read_table(lone)


def test_missing_numbers_and_many_notes(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.tsv").write_text("ds\ty\n2024-01-01\t1\n2024-01-02\t\n")
    table = read_table(tmp_path)
    np.testing.assert_array_equal(table.values, [1, np.nan] * 3)
    assert table.notes[1] == "a.tsv and 2 more: separated by tabs"


def test_names_of_series(tmp_path: Path) -> None:
    names = ["a.csv", "b.csv.gz", "c.d.JSONL", "e"]
    assert series_names([tmp_path / name for name in names]) == ["a", "b", "c.d", "e"]
    twins = ["a.csv", "a.parquet"]
    assert series_names([tmp_path / name for name in twins]) == twins


def test_one_path_is_one_file(tmp_path: Path) -> None:
    assert several_files(tmp_path / "none.csv") is None
    assert several_files("-") is None


@pytest.mark.parametrize("data", ["{}", "{}/*.csv"])
def test_no_output_may_replace_one_of_the_files(lone: Path, data: str) -> None:
    with pytest.raises(UsageError, match="is an input of this command"):
        output_path(str(lone / "south.csv"), data.format(lone))
    assert output_path(str(lone / "new.csv"), data.format(lone)) == lone / "new.csv"
    assert output_path(str(lone / "new.csv"), f"{lone}/*.none") == lone / "new.csv"
