"""What is known of the future: rows that are needed, read from a file, or absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from lstmcast.config import DataConfig
from lstmcast.data.future import future_rows, read_future, require_known
from lstmcast.data.panel import Panel, build_panel
from lstmcast.data.table import read_table
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

SHOPS = """shop,day,sold,price,promo
a,2024-01-01,1,10,no
a,2024-01-02,2,11,yes
a,2024-01-03,,12,yes
b,2024-01-01,5,20,no
"""
SAID = DataConfig(target="sold", known="price,promo")


@pytest.fixture
def panel(tmp_path: Path) -> Panel:
    return read(tmp_path, SHOPS, SAID)


def read(tmp_path: Path, content: str, said: DataConfig) -> Panel:
    path = tmp_path / "table.csv"
    path.write_text(content)
    return build_panel(read_table(path, said))


def with_future(tmp_path: Path, panel: Panel, content: str) -> Panel:
    path = tmp_path / "future.csv"
    path.write_text(content)
    return read_future(path, panel)


def test_the_rows_that_a_forecast_needs(panel: Panel) -> None:
    frame = future_rows(panel, 2)
    assert list(frame) == ["shop", "day", "price", "promo"]
    assert frame["shop"].tolist() == ["a", "a", "b", "b"]
    assert frame["day"].tolist() == ["2024-01-03", "2024-01-04", "2024-01-02", "2024-01-03"]
    assert_array_equal(frame["price"], [12, np.nan, np.nan, np.nan])
    assert frame["promo"].fillna("").tolist() == ["yes", "", "", ""]


def test_absent_rows_are_listed(panel: Panel) -> None:
    require_known(panel, 0)
    with pytest.raises(DataError) as caught:
        require_known(panel, 2)
    assert str(caught.value) == (
        "known covariates ('price', 'promo') are absent for 'a' at 2024-01-04, 'b' at 2024-01-02, "
        "'b' at 2024-01-03: 'lstmcast future MODEL DATA -o need.csv' writes the rows that are "
        "needed; fill them in and give them with --future need.csv."
    )
    with pytest.raises(DataError, match=r"'b' at 2024-01-02, and 4 more: "):
        require_known(panel, 5)


def test_rows_of_a_file_are_added(tmp_path: Path, panel: Panel) -> None:
    content = (
        "promo,day,shop,price,remark\n"
        "maybe,2024-01-03,b,22,x\n"
        "no,2024-01-02,b,21,x\n"
        "no,2024-01-04,a,13,x\n"
        "no,2024-01-03,a,99,x\n"
        "no,2024-01-01,a,77,x\n"
        "no,2024-01-02,c,66,x\n"
    )
    known = with_future(tmp_path, panel, content)
    assert known.known_offsets.tolist() == [0, 4, 7]
    assert known.known.numbers.ravel().tolist() == [10, 11, 99, 13, 20, 21, 22]
    assert known.vocabularies["promo"] == ("maybe", "no", "yes")
    assert known.known.categories.ravel().tolist() == [1, 2, 1, 1, 1, 1, 0]
    require_known(known, 2)
    assert_array_equal(known.values, panel.values)


def test_what_future_writes_and_a_user_fills_in_is_enough(tmp_path: Path, panel: Panel) -> None:
    frame = future_rows(panel, 3).fillna({"price": 1.5, "promo": "no"})
    known = with_future(tmp_path, panel, frame.to_csv(index=False))
    require_known(known, 3)
    assert future_rows(known, 3).equals(frame)


def test_one_row_serves_all_targets_of_a_series(tmp_path: Path) -> None:
    content = "shop,town,day,a,b,x\ns,t,1,1,,5\ns,t,2,2,3,6\ns,t,3,,4,7\n"
    said = DataConfig(id="shop,town", target="a,b", known="x", time="day")
    panel = read(tmp_path, content, said)
    frame = future_rows(panel, 2)
    assert frame["day"].tolist() == [3, 4, 5]
    assert_array_equal(frame["x"], [7, np.nan, np.nan])
    known = with_future(tmp_path, panel, "shop,town,day,x\ns,t,5,9\ns,t,4,8\nq,t,4,8\n")
    require_known(known, 2)
    assert known.known.numbers.ravel().tolist() == [5, 6, 7, 8, 9, 6, 7, 8, 9]


def test_a_series_without_an_id(tmp_path: Path) -> None:
    panel = read(tmp_path, "day,y,x\n1,1,5\n2,2,6\n", DataConfig(target="y", known="x"))
    known = with_future(tmp_path, panel, "x,day\n7,3\n")
    require_known(known, 1)
    assert list(future_rows(panel, 1)) == ["day", "x"]


def test_a_stray_time_does_not_fill_the_memory(tmp_path: Path, panel: Panel) -> None:
    content = "shop,day,price,promo\na,2024-01-03,1,no\nb,4024-01-03,1,no\n" + "".join(
        f"b,{year}-01-03,1,no\n" for year in range(3000, 3003)
    )
    grown = with_future(tmp_path, panel, content)
    assert grown.known_offsets[-1] > 700_000
    hourly = read(
        tmp_path,
        "h,y,x\n2024-01-01 00:00,1,1\n2024-01-01 01:00,1,1\n2024-01-01 02:00,1,1\n",
        DataConfig(known="x", target="y"),
    )
    with pytest.raises(DataError, match=r"row 3: '4024-01-03 00:00' is 17,\d+,\d+ steps after"):
        with_future(tmp_path, hourly, "h,x\n2024-01-01 03:00,1\n4024-01-03 00:00,1\n")


def test_a_panel_without_known_covariates_needs_nothing(tmp_path: Path) -> None:
    require_known(read(tmp_path, "day,y\n1,1\n2,2\n", DataConfig()), 12)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("shop,day,price\na,2024-01-03,1\n", "no column 'promo', which the future needs beside"),
        (
            "shop,day,price,promo\na,2024-01-03,much,no\n",
            "column 'price': row 2 'much': no finite number",
        ),
        (
            "shop,day,price,promo\na,2024-01-03,1,no\na,2024-01-03,2,no\n",
            "column 'day': row 2 and row 3 are both '2024-01-03' of one series",
        ),
        (
            "shop,day,price,promo\na,2024-13-03,1,no\n",
            "column 'day': '2024-13-03' is not a time like",
        ),
        (
            "shop,day,price,promo\na,2024-01-03 07:00,1,no\n",
            "column 'day': '2024-01-03 07:00' is",
        ),
    ],
)
def test_files_that_cannot_be(tmp_path: Path, panel: Panel, content: str, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        with_future(tmp_path, panel, content)
    message = str(caught.value).removeprefix(str(tmp_path / "future.csv")).lstrip(":, ")
    assert message.startswith(sentence)
