"""One report tells every kind of problem of a table, and what is left when they are set aside."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from lstmcast.config import DataConfig
from lstmcast.data.doctor.diagnosis import Diagnosis, diagnose, diagnose_source
from lstmcast.data.doctor.extra_columns import find_leaks
from lstmcast.data.doctor.findings import Place
from lstmcast.data.doctor.mending import mend
from lstmcast.data.doctor.seasons import season_candidates
from lstmcast.data.frame import open_frame
from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, build_panel
from lstmcast.data.partial import Partial
from lstmcast.data.problems import Problem
from lstmcast.data.table import read_source
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

SICK = """\
day,shop,sales,n
2024-01-01,a,1,3
2024-01-02,a, 2,3
2024-01-03,a,oops,3
day,shop,sales,n
2024-01-04,a,4,3
2024-01-05,a,5,3
2024-01-05,a,5,3
,a,6,3
2024-01-06,a,7,3
2024-01-06,a,8,3
2024-01-07,,9,3
2024-13-08,a,9,3
2024-01-08,a,9,3
2024-01-08 06:00,a,9,3
2024-01-09,a,1e999,3
2024-01-10,a,11,3
"""


def diagnosed(text: str, folder: Path, horizon: int = 1, **said: str) -> Diagnosis:
    path = folder / "table.csv"
    path.write_text(text)
    return diagnose(path, DataConfig.model_validate(said), horizon).diagnosis


def test_every_kind_of_problem_is_told_at_once(tmp_path: Path) -> None:
    diagnosis = diagnosed(SICK, tmp_path, target="sales")
    told = {each.kind: (each.column, each.count, each.places) for each in diagnosis.problems}
    assert told == {
        "missing time": ("day", 1, (Place("row 9", detail="''"),)),
        "missing id": ("shop", 1, (Place("row 12", detail="''"),)),
        "no number": (
            "sales",
            2,
            (Place("row 4", detail="'oops'"), Place("row 16", detail="'1e999'")),
        ),
        "bad time": (
            "day",
            2,
            (Place("row 13", detail="'2024-13-08'"), Place("row 15", detail="'2024-01-08 06:00'")),
        ),
        "repeated row": ("day", 1, (Place("row 8", detail="'2024-01-05'"),)),
        "conflicting row": ("day", 1, (Place("row 11", detail="'2024-01-06'"),)),
    }
    assert all(each.consequence and each.remedy for each in diagnosis.findings)


def test_what_is_left_is_looked_at(tmp_path: Path) -> None:
    facts = diagnosed(SICK, tmp_path, target="sales").facts
    assert facts is not None
    assert facts.columns == {"time": "day", "target": "sales", "id": "shop"}
    assert (facts.frequency, facts.first_time, facts.last_time) == (
        "daily, D",
        "2024-01-01",
        "2024-01-10",
    )
    assert (facts.n_series, facts.n_observed, facts.n_missing) == (1, 7, 3)
    assert [*facts.steps] == [10, 10, 10]
    assert [*facts.values] == [1, 5, 11]
    assert [season.length for season in facts.seasons] == [7]


def test_a_time_off_the_frequency_is_told(tmp_path: Path) -> None:
    rows = [f"2024-{month:02}-01,{month}" for month in range(1, 13)]
    rows[4] = "2024-05-02,5"
    diagnosis = diagnosed("\n".join(["ds,y", *rows]), tmp_path, frequency="MS")
    (problem,) = diagnosis.problems
    assert (problem.kind, problem.places) == (
        "off the frequency",
        (Place("row 6", detail="'2024-05-02'"),),
    )
    assert diagnosis.facts is not None
    assert diagnosis.facts.n_missing == 1


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("a,b\n1,2\n3,4\n", "no time column found"),
        ("ds,y\n2024-01-01,\n2024-01-02,\n", "column 'y': there is no number in any row."),
        ("ds,y\n2024-01-01,x\n2024-01-02,y\n", "no number"),
    ],
)
def test_where_no_rows_are_to_blame_the_rest_cannot_be_looked_at(
    text: str, remedy: str, tmp_path: Path
) -> None:
    diagnosis = diagnosed(text, tmp_path, target="b" if "b" in text else "y")
    assert not diagnosis.is_complete
    assert diagnosis.facts is None
    assert remedy in diagnosis.problems[-1].remedy
    assert diagnosis.problems[-1].places == ()


def test_where_every_row_is_to_blame_only_that_is_told(tmp_path: Path) -> None:
    diagnosis = diagnosed("ds,y\n01/02/2024,1\n02/02/2024,2\n", tmp_path)
    (problem,) = diagnosis.findings
    assert (problem.kind, problem.count) == ("bad time", 2)
    assert "month first or day first" in problem.remedy
    assert not diagnosis.is_complete


def test_marks_in_doubt_are_told_once_since_no_cell_can_be_read_past_them(tmp_path: Path) -> None:
    text = 'day,visitors\n2024-01-01,"1,204"\n2024-01-02,"1,310"\n'
    diagnosis = diagnosed(text, tmp_path)
    assert [(each.kind, each.count) for each in diagnosis.findings] == [("ambiguous number", 2)]
    assert not diagnosis.is_complete
    assert not diagnosed(text, tmp_path, thousands=",").problems


def test_series_without_a_value_are_told_though_a_panel_has_none(tmp_path: Path) -> None:
    rows = "".join(
        f"2024-01-{day:02},{shop},{value}\n"
        for day in range(1, 20)
        for shop, value in (("a", day % 7), ("b", ""))
    )
    diagnosis = diagnosed(f"day,shop,sales\n{rows}", tmp_path)
    [found] = [each for each in diagnosis.findings if each.kind == "series without a value"]
    assert (found.severity, found.count, found.places) == ("warning", 1, (Place("b"),))


def test_a_table_of_which_half_must_be_set_aside_is_not_judged_by_the_other_half(
    tmp_path: Path,
) -> None:
    days = [f"2024-01-{day:02}" for day in range(1, 11)]
    text = "\n".join(["ds,y", *(f"{day},{k}" for k in range(3) for day in days)])
    diagnosis = diagnosed(text, tmp_path)
    assert [each.kind for each in diagnosis.findings] == ["conflicting row"]
    assert not diagnosis.is_complete


def test_what_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        diagnose(tmp_path / "no.csv", DataConfig())


def test_a_diagnosis_is_one_document(tmp_path: Path) -> None:
    document = json.loads(
        json.dumps(diagnosed(SICK, tmp_path, target="sales").to_dict(), allow_nan=False)
    )
    assert list(document) == ["data", "healthy", "complete", "facts", "notes", "findings"]
    assert document["healthy"] is False
    assert document["facts"]["values"] == {"least": 1, "median": 5, "most": 11}
    assert document["facts"]["seasons"][0] == {
        "length": 7,
        "strength": None,
        "n_series": 0,
        "share_strong": 0.0,
    }
    assert document["findings"][0]["kind"] == "missing time"
    assert diagnosed("ds,y\nx,1\n", tmp_path).to_dict()["facts"] is None


def test_a_column_that_is_the_target_to_come_is_a_leak() -> None:
    y = np.random.default_rng(0).standard_normal(40).round(3)
    frame = pd.DataFrame({"t": range(40), "y": y, "same": 2 * y, "other": y[::-1]})
    frame["next"] = frame["y"].shift(-3)
    frame["broken"] = np.where(y > 0, np.inf, 1.0)
    source = open_frame(frame, DataConfig())
    leaks = [
        (each.column, each.places[0].detail)
        for each in diagnose_source(source, DataConfig(time="t", target="y"), 6).findings
        if each.kind == "leak"
    ]
    assert leaks == [
        ("same", "is the target on another scale at the same step"),
        ("next", "equals the target 3 steps ahead"),
    ]
    assert not [
        each
        for each in diagnose_source(source, DataConfig(time="t", target="y"), 2).findings
        if each.column == "next"
    ]


def test_a_row_that_no_longer_is_one_of_a_series_gives_no_leak() -> None:
    y = np.random.default_rng(0).standard_normal(20)
    source = open_frame(pd.DataFrame({"t": range(20), "y": y, "same": y}), DataConfig())
    table = read_source(source, DataConfig(time="t", target="y"))
    panel = build_panel(table)
    assert len(list(find_leaks(source, table, panel, 1))) == 1
    fewer = replace(table, codes=table.codes[1:], steps=table.steps[1:], values=table.values[1:])
    assert not list(find_leaks(source, fewer, panel, 1))


def test_rows_of_what_is_left_are_told_by_their_rows_in_the_file() -> None:
    frame = pd.DataFrame({"t": range(10), "y": [0.0, 1, 2, 3, 4, 5, 6, 7, 8, np.inf]})
    at = [np.array(rows) for rows in ([0, 1, 4], [9], [2])]
    mended = mend(
        Partial(open_frame(frame, DataConfig())),
        [Problem("t", at[0], "", "bad time"), Problem("y", at[1], "", "no number")],
    )
    assert mended.origin_rows(np.arange(7)).tolist() == [2, 3, 5, 6, 7, 8, 9]
    assert mended.cells([0, 6], "t") == [("row 2", "2"), ("row 9", "9")]
    again = mend(mended, [Problem("t", at[2], "", "repeated row")])
    raw = again.read(["t"], ["y"])
    assert raw.texts["t"].texts.to_pylist() == ["3", "5", "6", "7", "8", "9"]
    np.testing.assert_array_equal(raw.numbers["y"].values, [3, 5, 6, 7, 8, np.nan])
    assert raw.numbers["y"].wrong.tolist() == []
    assert again.read(["y"], []).texts["y"].texts.to_pylist()[-1] == ""


@pytest.mark.parametrize(
    ("frequency", "lengths"),
    [
        ("h", [24, 168]),
        ("30min", [48, 336]),
        ("25h", []),
        ("s", [3600, 604800]),
        ("D", [7, 365]),
        ("B", [5, 261]),
        ("W-SUN", [52]),
        ("2W-SUN", [26]),
        ("MS", [12]),
        ("QS-JAN", [4]),
        ("YS-JAN", []),
    ],
)
def test_the_seasons_that_people_expect(frequency: str, lengths: list[int]) -> None:
    axis = TimeAxis(frequency, np.datetime64("2024-01-01", "us"), "%Y-%m-%d")
    zero = np.zeros(1, dtype=np.int64)
    panel = Panel(
        np.zeros(2_000_000),
        np.array([0, 2_000_000]),
        zero,
        np.array(["s"], dtype=object),
        axis,
        Columns("t", ("y",)),
    )
    assert season_candidates(panel) == lengths
