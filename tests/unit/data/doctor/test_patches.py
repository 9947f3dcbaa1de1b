"""Safe repairs, each with its line in the log; what is not safe stays."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pandas as pd

from lstmcast.config import DataConfig
from lstmcast.data.doctor.diagnosis import diagnose
from lstmcast.data.doctor.patches import Repair, repair
from lstmcast.data.frame import open_frame
from lstmcast.data.sources import open_source

if TYPE_CHECKING:
    from pathlib import Path

SICK = """\
day, shop ,sales,comment
2024-01-01,"north, old",1.50,"said ""no"" twice"
2024-01-02,"north, old",oops,
 2024-01-03,"north, old",3,x
day,shop,sales,comment
2024-01-03,"north, old",3,x
2024-01-04,"north, old", 4 ,y
,"north, old",5,z
2024-01-05,"north, old",-inf,z
"""
FIXED = """\
day,shop,sales,comment
2024-01-01,"north, old",1.50,"said ""no"" twice"
2024-01-02,"north, old",,
2024-01-03,"north, old",3,x
2024-01-04,"north, old",4,y
2024-01-05,"north, old",,z
"""
LOG = """\
row,column,old,new,why
,,,,{path}: the header repeated in row 5 skipped
3,sales,oops,,no number
4,day, 2024-01-03,2024-01-03,spaces around the text
6,,"2024-01-03,""north, old"",3,x",,row repeated
7,sales, 4 ,4,spaces around the text
8,,",""north, old"",5,z",,row without a time
9,sales,-inf,,no number
"""


def repaired(text: str, folder: Path, **said: str) -> Repair:
    path = folder / "table.csv"
    path.write_text(text)
    told = DataConfig.model_validate(said)
    found = repair(open_source(path, told), told)
    assert found is not None
    return found


def test_every_safe_repair_and_its_line_in_the_log(tmp_path: Path) -> None:
    mended = repaired(SICK, tmp_path, id="shop")
    assert mended.table_bytes(".csv").decode() == FIXED
    assert mended.log_bytes().decode() == LOG.format(path=tmp_path / "table.csv")
    assert mended.is_sound


def test_a_parquet_file_holds_targets_as_numbers_and_all_else_as_texts(tmp_path: Path) -> None:
    text = "day,id,y\n2024-01-01,007,1.5\n2024-01-02,007,x\n2024-01-03,007,2\n"
    mended = repaired(text, tmp_path)
    frame = pd.read_parquet(io.BytesIO(mended.table_bytes(".parquet")))
    assert frame["y"].tolist()[::2] == [1.5, 2.0]
    assert frame["y"].isna().tolist() == [False, True, False]
    assert frame["id"].tolist() == ["007"] * 3
    assert frame["day"].tolist() == ["2024-01-01", "2024-01-02", "2024-01-03"]


def test_the_files_of_a_folder_stay_series_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "shops"
    folder.mkdir()
    (folder / "north.csv").write_text("day,sold\n2024-01-01,1\n2024-01-02,2\n")
    (folder / "south.csv").write_text("day,sold\n2024-01-01,3\n2024-01-02,x\n")
    diagnosis, mended = diagnose(folder, DataConfig(), mend=True)
    assert [(each.kind, each.count) for each in diagnosis.problems] == [("no number", 1)]
    assert mended is not None
    assert mended.is_sound
    assert mended.table_bytes(".csv").decode() == (
        "day,sold,file\n2024-01-01,1,north\n2024-01-02,2,north\n"
        "2024-01-01,3,south\n2024-01-02,,south\n"
    )


def test_what_may_be_true_stays(tmp_path: Path) -> None:
    text = (
        "day,id,y\n2024-01-01,a,1\n2024-01-02,a,2\n2024-01-02,a,3\n2024-01-03,,4\n2024-13-01,a,5\n"
        "2024-01-04,a,6\n2024-01-05,a,7\n"
    )
    mended = repaired(text, tmp_path)
    assert mended.table_bytes(".csv").decode() == text
    assert mended.log.empty
    assert not mended.is_sound


def test_rows_that_differ_in_a_column_without_a_role_are_no_repetition(tmp_path: Path) -> None:
    text = "day,y,promo\n2024-01-01,1,0\n2024-01-02,2,0\n2024-01-02,2,1\n2024-01-03,3,0\n"
    mended = repaired(text, tmp_path, target="y")
    assert mended.table_bytes(".csv").decode() == text
    assert not mended.is_sound


def test_ids_that_spaces_tell_apart_stay_apart(tmp_path: Path) -> None:
    text = "day,id,y\n2024-01-01,a,1\n2024-01-02,a,2\n2024-01-01,a ,3\n2024-01-02,a ,4\n"
    mended = repaired(text, tmp_path)
    assert mended.table_bytes(".csv").decode() == text
    assert mended.is_sound


def test_a_frame_is_repaired_too() -> None:
    frame = pd.DataFrame(
        {"day": pd.to_datetime(["2024-01-01", "2024-01-02", ""]), "y": [1.5, float("inf"), 3]}
    )
    mended = repair(open_frame(frame, DataConfig()), DataConfig())
    assert mended is not None
    assert mended.table_bytes(".csv") == b"day,y\n2024-01-01,1.5\n2024-01-02,\n"
    assert mended.log.to_numpy().tolist() == [
        ["1", "y", "inf", "", "no number"],
        ["2", "", ",3.0", "", "row without a time"],
    ]


def test_a_table_without_roles_cannot_be_repaired() -> None:
    assert (
        repair(open_frame(pd.DataFrame({"a": [1], "b": [2]}), DataConfig()), DataConfig()) is None
    )
