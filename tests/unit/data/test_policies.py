"""Policies: what becomes of duplicates, gaps and odd series, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from lstmcast.config import DataConfig
from lstmcast.data.duplicates import merge_rows
from lstmcast.data.fill import fill_gaps
from lstmcast.data.panel import Panel, build_panel
from lstmcast.data.table import read_table, table_from_frame
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

NAN = np.nan
TWICE = "id,ds,y\na,1,1\nb,1,5\na,3,7\na,1,2\na,2,\na,2,\na,1,\n"


def read(tmp_path: Path, content: str, **said: object) -> Panel:
    path = tmp_path / "table.csv"
    path.write_text(content)
    return build_panel(read_table(path, DataConfig.model_validate(said)))


# --- duplicates -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "values", "verb"),
    [
        ("sum", [3, NAN, 7, 5], "summed"),
        ("mean", [1.5, NAN, 7, 5], "averaged"),
        ("first", [1, NAN, 7, 5], "the first of them taken"),
        ("last", [NAN, NAN, 7, 5], "the last of them taken"),
    ],
)
def test_rows_for_one_time_become_one(
    tmp_path: Path, how: str, values: list[float], verb: str
) -> None:
    panel = read(tmp_path, TWICE, duplicates=how)
    assert panel.series_ids.tolist() == ["a", "b"]
    assert_array_equal(panel.values, values)
    assert panel.notes[1] == (
        f"rows for a time that has one already (3): {verb} (--duplicates {how})"
    )


def test_a_model_remembers_what_becomes_of_duplicates(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(TWICE)
    remembered = DataConfig(duplicates="sum", fill="zero")
    table = read_table(path, remembered=remembered)
    assert table.fill == "zero"
    assert_array_equal(build_panel(table).values, [3, 0, 7, 5])
    with pytest.raises(DataError, match="or say --duplicates sum"):
        read_table(path, DataConfig(duplicates="error"), remembered=remembered)


def test_rows_are_named_as_in_the_file_though_some_were_merged(tmp_path: Path) -> None:
    days = [f"2024-01-{day:02} 00:00,1" for day in (1, *range(1, 21))]
    content = "\n".join(["ds,y", *days, "2024-01-20 07:00,1"])
    with pytest.raises(DataError, match="row 23 '2024-01-20 07:00'"):
        read(tmp_path, content, duplicates="first", frequency="D")


def test_a_sum_that_no_number_can_hold() -> None:
    with pytest.raises(DataError, match="more than a number can hold"):
        merge_rows(np.zeros(2, dtype=np.int64), np.full((2, 1), 1.7e308), "sum")


# --- gaps -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "filled"),
    [
        ("none", [NAN, 1, NAN, NAN, 4, NAN, NAN, 3, NAN, 5, NAN, 7]),
        ("linear", [NAN, 1, 2, 3, 4, NAN, NAN, 3, 4, 5, 6, 7]),
        ("previous", [NAN, 1, 1, 1, 4, NAN, NAN, 3, 3, 5, 5, 7]),
        ("zero", [NAN, 1, 0, 0, 4, NAN, NAN, 3, 0, 5, 0, 7]),
    ],
)
def test_gaps_are_filled_between_values_of_one_series(how: str, filled: list[float]) -> None:
    values = np.array([NAN, 1, NAN, NAN, 4, NAN, NAN, 3, NAN, 5, NAN, 7])
    found = fill_gaps(values, np.array([0, 6, 12]), how)  # type: ignore[arg-type]
    assert_array_equal(found, filled)


def test_what_was_filled_is_said(tmp_path: Path) -> None:
    panel = read(tmp_path, "ds,y\n1,1\n2,\n4,4\n5,\n", fill="linear")
    assert_array_equal(panel.values, [1, 2, 3, 4, NAN])
    assert panel.notes[1:] == (
        "not observed: steps without a row (1), rows without a value (2)",
        "filled in, between observed steps: 2 (--fill linear)",
        "no value in the last rows, after which the forecast begins: 1 series ('y')",
    )


# --- odd series -----------------------------------------------------------------------------------


def test_odd_series_are_named(tmp_path: Path) -> None:
    rows = [f"{name},{day}," for name in ("silent", "mute") for day in (1, 2)]
    rows += [f"flat,{day},5" for day in range(1, 31)]
    rows += [f"early,{day},{day}" for day in range(1, 6)]
    rows += ["short,30,1"]
    panel = read(tmp_path, "\n".join(["id,ds,y", *rows]))
    assert panel.series_ids.tolist() == ["flat", "early", "short"]
    assert panel.lengths.tolist() == [30, 5, 1]
    assert panel.notes[1:] == (
        "left out, without any value: 2 series ('silent', 'mute')",
        "too short to train on, forecast all the same: 1 series ('short')",
        "constant, kept: 1 series ('flat')",
        "ended more than 10 steps before the last, kept: 1 series ('early')",
    )


def test_the_first_few_are_named(tmp_path: Path) -> None:
    rows = [f"s{k},{day},5" for k in range(2000) for day in (1, 2)]
    panel = read(tmp_path, "\n".join(["id,ds,y", *rows]))
    assert panel.notes[1] == "constant, kept: 2,000 series ('s0', 's1', 's2', 's3', 's4', ...)"


def test_magnitudes_of_all_sizes_live_in_one_panel() -> None:
    sizes = 10.0 ** np.arange(-12, 13)
    steps = np.arange(6)
    frame = pd.DataFrame(
        {
            "id": np.repeat([f"{size:g}" for size in sizes], len(steps)),
            "ds": np.tile(steps, len(sizes)),
            "y": (sizes[:, None] * (1 + steps) / 7).ravel(),
        }
    )
    panel = build_panel(table_from_frame(frame.drop(index=range(3, 150, 6))))
    assert np.isnan(panel.values).sum() == len(sizes)
    filled = build_panel(
        table_from_frame(frame.drop(index=range(3, 150, 6)), DataConfig(fill="linear"))
    )
    np.testing.assert_allclose(filled.values, frame["y"], rtol=1e-12)
    assert not any("constant" in note for note in filled.notes)
