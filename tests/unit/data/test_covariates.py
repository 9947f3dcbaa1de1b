"""Covariate columns: numbers and categories, past, known ahead and static, beside the values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from lstmcast.config import DataConfig
from lstmcast.data.covariates import recode
from lstmcast.data.features import Covariates, FeatureNames
from lstmcast.data.panel import Columns, Panel, build_panel, truncate
from lstmcast.data.table import read_table, table_from_frame
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

SHOPS = """shop,day,sold,visits,promo,weather,size,kind
b,3,,,yes,,7,small
a,1,1,10,yes,sun,5,large
a,2,,20, no ,rain,,large
a,4,2,40,,sun,5,
b,1,3,,no,sun,7,small
a,6,,,no,NA,5,large
a,5,,,,,5,large
"""
ROLES = {"past": "visits", "known": "promo,weather", "static": "size,kind", "target": "sold"}


def read(tmp_path: Path, content: str, **said: object) -> Panel:
    path = tmp_path / "table.csv"
    path.write_text(content)
    return build_panel(read_table(path, DataConfig.model_validate(said)))


def refusal(tmp_path: Path, content: str, **said: object) -> str:
    with pytest.raises(DataError) as caught:
        read(tmp_path, content, **said)
    return str(caught.value).removeprefix(str(tmp_path / "table.csv")).lstrip(":, ")


def test_covariates_stand_beside_the_values(tmp_path: Path) -> None:
    panel = read(tmp_path, SHOPS, **ROLES)
    assert panel.series_ids.tolist() == ["b", "a"]
    assert_array_equal(panel.values, [3, 1, np.nan, np.nan, 2])  # no step after the last value
    assert panel.offsets.tolist() == [0, 1, 5]
    assert_array_equal(panel.past.numbers, [[np.nan], [10], [20], [np.nan], [40]])
    assert panel.vocabularies == {
        "promo": ("no", "yes"),
        "weather": ("rain", "sun"),
        "kind": ("large", "small"),
    }
    assert panel.covariates == Covariates(
        past=FeatureNames(("visits",)),
        known=FeatureNames((), ("promo", "weather")),
        static=FeatureNames(("size",), ("kind",)),
    )
    assert panel.known_offsets.tolist() == [0, 3, 9]  # to the last step that has one of them
    assert panel.known.categories.tolist() == [
        *([0, 1], [-1, -1], [1, -1]),
        *([1, 1], [0, 0], [-1, -1], [-1, 1], [-1, -1], [0, -1]),
    ]
    assert panel.static.numbers.tolist() == [[7], [5]]
    assert panel.static.categories.tolist() == [[1], [0]]
    assert panel.notes[1:] == (
        ("covariates: past 'visits'; known ahead 'promo', 'weather'; static 'size', 'kind'"),
        "categories, not numbers: 'promo', 'weather', 'kind'",
        "rows after the last value of a series, on its future: 3",
        "not observed: steps without a row (1), rows without a value (1)",
        "too short to train on, forecast all the same: 1 series ('b')",
    )


def test_without_known_covariates_series_end_with_their_last_row(tmp_path: Path) -> None:
    panel = read(tmp_path, SHOPS, past="visits", target="sold", id="shop")
    assert panel.lengths.tolist() == [3, 6]
    assert panel.past.numbers.shape == (9, 1)
    assert panel.known.numbers.shape == (9, 0)
    assert panel.known_offsets.tolist() == panel.offsets.tolist()


def test_known_covariates_that_end_with_the_series(tmp_path: Path) -> None:
    panel = read(tmp_path, "t,y,x\n1,1,5\n2,2,6\n3,,\n", time="t", target="y", known="x")
    assert_array_equal(panel.values, [1, 2])
    assert panel.known_offsets.tolist() == [0, 2]
    cut = truncate(panel, np.array([1]))
    assert cut.known.numbers.ravel().tolist() == [5, 6]


def test_numbers_that_are_codes(tmp_path: Path) -> None:
    content = "t,y,kind,x\n1,1,2,1\n2,2,10,2\n3,3,,3\n4,4, 2.0,4\n"
    panel = read(tmp_path, content, target="y", past="kind,x", categorical="kind")
    assert panel.vocabularies == {"kind": ("10", "2")}
    assert panel.past.categories.ravel().tolist() == [1, 0, -1, 1]
    assert panel.past.numbers.ravel().tolist() == [1, 2, 3, 4]


def test_booleans_are_categories() -> None:
    frame = pd.DataFrame({"ds": [1, 2], "y": [1.0, 2.0], "open": [True, False]})
    panel = build_panel(table_from_frame(frame, DataConfig(known="open")))
    assert panel.vocabularies == {"open": ("False", "True")}
    assert panel.known.categories.ravel().tolist() == [1, 0]


def test_each_target_has_the_covariates_of_its_rows(tmp_path: Path) -> None:
    content = "t,a,b,x,z\n1,1,,5,k\n2,2,3,6,k\n3,,4,7,k\n4,,,8,k\n"
    panel = read(tmp_path, content, target="a,b", past="x", static="z", time="t")
    assert_array_equal(panel.values, [1, 2, 3, 4])
    assert panel.past.numbers.ravel().tolist() == [5, 6, 6, 7]
    assert panel.static.categories.tolist() == [[0], [0]]
    ahead = read(tmp_path, content, target="a,b", known="x", time="t")
    assert ahead.known_offsets.tolist() == [0, 4, 7]
    assert ahead.known.numbers.ravel().tolist() == [5, 6, 7, 8, 6, 7, 8]


def test_silent_series_leave_with_their_covariates(tmp_path: Path) -> None:
    content = "id,t,y,x,z\na,1,,1,5\nb,1,1,2,6\nb,2,2,3,6\n"
    panel = read(tmp_path, content, past="x", static="z", target="y", id="id")
    assert panel.past.numbers.ravel().tolist() == [2, 3]
    assert panel.static.numbers.ravel().tolist() == [6]


def test_covariates_of_merged_rows_are_those_of_the_last(tmp_path: Path) -> None:
    content = "t,y,x,z\n1,1,5,k\n1,2,6,k\n2,3,7,k\n"
    said = {"target": "y", "past": "x", "static": "z"}
    assert read(tmp_path, content, duplicates="sum", **said).past.numbers.ravel().tolist() == [6, 7]
    first = read(tmp_path, content, duplicates="first", **said)
    assert first.past.numbers.ravel().tolist() == [5, 7]
    assert first.values.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"past": "promo"}, "column 'promo' cannot play two roles"),
        ({"past": "vists"}, "no column 'vists' for --past (did you mean 'visits'?)"),
        ({"categorical": "sold"}, "column 'sold' for --categorical is no covariate: name it with"),
    ],
)
def test_roles_that_cannot_be(tmp_path: Path, said: dict[str, str], sentence: str) -> None:
    assert refusal(tmp_path, SHOPS, **(ROLES | said)).startswith(sentence)


def test_cells_that_cannot_be(tmp_path: Path) -> None:
    content = "day,y,x\n1,1,5\n2,2,many\n3,3,6\n"
    assert refusal(tmp_path, content, target="y", past="x") == (
        "column 'x': row 3 'many': no finite number: write finite numbers such as 1234.5, or leave "
        "the cell empty if the value is missing, or name the column with --categorical as well."
    )
    dates = "day,y,x\n1,1,2024-01-01\n2,2,2024-01-02\n"
    assert "holds dates, which are no covariate" in refusal(
        tmp_path, dates, time="day", target="y", past="x"
    )


@pytest.mark.parametrize(("column", "one", "two"), [("size", "5", "6"), ("kind", "p", "q")])
def test_static_covariates_do_not_change(tmp_path: Path, column: str, one: str, two: str) -> None:
    content = f"id,day,y,{column}\na,1,1,{one}\nb,1,1,{two}\na,2,2,\na,3,3,{two}\n"
    assert refusal(tmp_path, content, static=column, target="y").startswith(
        f"column '{column}': row 2 ('{one}') and row 5 ('{two}') of series 'a' differ, but a "
        "static covariate has one value for each series"
    )


def test_a_model_remembers_its_covariates(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("day,y,x,promo\n1,1,1,1\n2,2,1,0\n")
    remembered = DataConfig(target="y", past="x", known=("promo",), categorical="promo")
    columns = read_table(path, remembered=remembered).columns
    assert columns == Columns("day", ("y",), past=("x",), known=("promo",), categorical=("promo",))
    assert columns.settings()["known"] == "promo"
    assert read_table(path, DataConfig(past=""), remembered=remembered).columns.past == ()
    with pytest.raises(DataError, match=r"trained with covariate 'z' \(--static\): the table has"):
        read_table(path, remembered=DataConfig(static="z"))


def test_text_where_a_model_knows_numbers_is_told(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("day,y,x\n1,1,a\n2,2,b\n")
    with pytest.raises(DataError, match="column 'x': row 2 'a', row 3 'b': no finite number"):
        read_table(path, remembered=DataConfig(target="y", past="x"))


def test_categories_of_another_table(tmp_path: Path) -> None:
    panel = read(tmp_path, SHOPS, **ROLES)
    recoded, unseen = recode(panel, {"promo": ("maybe", "yes"), "weather": ("rain", "sun")})
    assert unseen == {"promo": ("no",), "kind": ("large", "small")}
    assert recoded.known.categories[:, 0].tolist() == [-1, -1, 1, 1, -1, -1, -1, -1, -1]
    assert recoded.known.categories[:, 1].tolist() == panel.known.categories[:, 1].tolist()
    assert recoded.static.categories.ravel().tolist() == [-1, -1]
    assert recoded.vocabularies["promo"] == ("maybe", "yes")
    assert recode(recoded, {})[0].known.categories.max() == -1


def test_all_series_of_a_wide_table_share_its_covariates(tmp_path: Path) -> None:
    content = "day,s_1,s_2,open,town\n1,1,,yes,k\n2,2,3,no,k\n3,,,yes,k\n"
    panel = read(tmp_path, content, wide=True, known="open", static="town")
    assert panel.series_ids.tolist() == ["s_1", "s_2"]
    assert_array_equal(panel.values, [1, 2, 3])
    assert panel.known.categories.ravel().tolist() == [1, 0, 1, 0, 1]
    assert panel.known_offsets.tolist() == [0, 3, 5]
    assert panel.static.categories.tolist() == [[0], [0]]
