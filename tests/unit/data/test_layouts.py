"""Several ids, several targets, and wide tables: which series a table holds, and their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from lstmcast.config import DataConfig
from lstmcast.data.forecast_file import read_forecast
from lstmcast.data.panel import Columns, Panel, build_panel
from lstmcast.data.table import read_table
from lstmcast.errors import DataError
from lstmcast.forecast import Forecast

if TYPE_CHECKING:
    from pathlib import Path

STORES = """date,store,item,sold,price
2024-01-01,s1,a,1,9
2024-01-02,s1,a,2,
2024-01-01,s1,b,3,7
2024-01-02,s2,a,4,6
2024-01-01,s2,a,5,5
2024-01-03,s1,a,,
"""
WIDE = "date,store_1,store_2,store_10\n2024-01-01,1,,\n2024-01-02,,5,\n2024-01-03,3,6,\n"


def read(tmp_path: Path, content: str, **said: object) -> Panel:
    path = tmp_path / "table.csv"
    path.write_text(content)
    return build_panel(read_table(path, DataConfig.model_validate(said)))


def refusal(tmp_path: Path, content: str, **said: object) -> str:
    with pytest.raises(DataError) as caught:
        read(tmp_path, content, **said)
    return str(caught.value).removeprefix(f"{tmp_path / 'table.csv'}: ")


def forecast_of(panel: Panel) -> Forecast:
    point = np.arange(2.0 * panel.n_series).reshape(-1, 2)
    return Forecast(
        series_ids=panel.series_ids,
        steps=(panel.first_steps + panel.lengths)[:, None] + np.arange(2),
        quantile_levels=(0.5,),
        quantiles=point[..., None],
        point=point,
        axis=panel.axis,
        columns=panel.columns,
        id_parts=panel.id_parts,
    )


# --- several ids ----------------------------------------------------------------------------------


@pytest.mark.parametrize("names", ["store,item", " store , item", ["store", "item"]])
def test_columns_that_name_a_series_together(tmp_path: Path, names: object) -> None:
    panel = read(tmp_path, STORES, id=names, target="sold")
    assert panel.series_ids.tolist() == ["s1/a", "s1/b", "s2/a"]
    assert panel.lengths.tolist() == [3, 1, 2]
    assert_array_equal(panel.values, [1, 2, np.nan, 3, 5, 4])
    assert panel.columns == Columns("date", ("sold",), ("store", "item"))
    assert panel.notes[0].endswith("id columns 'store', 'item' (3 series)")
    frame = forecast_of(panel).to_frame()
    assert list(frame) == ["store", "item", "date", "forecast", "q0.5"]
    assert frame["store"].tolist() == ["s1", "s1", "s1", "s1", "s2", "s2"]
    assert frame["item"].tolist() == ["a", "a", "b", "b", "a", "a"]


def test_a_column_whose_name_holds_a_comma(tmp_path: Path) -> None:
    content = 'date,"a,b",a,b,y\n2024-01-01,p,q,r,1\n2024-01-02,p,q,r,2\n'
    assert read(tmp_path, content, id="a,b").columns.ids == ("a,b",)
    assert read(tmp_path, content, id=["a", "b"]).columns.ids == ("a", "b")
    assert read(tmp_path, content, id='"a,b",b').columns.ids == ("a,b", "b")


def test_names_that_only_slashes_tell_apart(tmp_path: Path) -> None:
    content = "date,a,b,y\n1,x/y,z,1\n1,x,y/z,2\n1,x\\,y,3\n"
    panel = read(tmp_path, content, id="a,b")
    assert panel.series_ids.tolist() == [r"x\/y/z", r"x/y\/z", r"x\\/y"]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ("store,itm", "no column 'itm' for --id (did you mean 'item'?): the table has "),
        ("store,store", "column 'store' cannot play two roles: "),
        ("store,sold", "column 'sold' cannot play two roles: "),
        ("store\n,item", "no column 'store\n,item' for --id"),
    ],
)
def test_names_of_ids_that_cannot_be(tmp_path: Path, names: str, sentence: str) -> None:
    assert refusal(tmp_path, STORES, id=names, target="sold").startswith(sentence)


def test_rows_that_share_all_ids_are_named(tmp_path: Path) -> None:
    content = STORES + "2024-01-01,s2,a,9,9\n"
    assert "row 6 and row 8 are both '2024-01-01' of series 's2/a'" in refusal(
        tmp_path, content, id="store,item", target="sold"
    ).replace("column 'date': ", "")


# --- several targets ------------------------------------------------------------------------------


def test_each_target_of_each_series_is_a_series(tmp_path: Path) -> None:
    panel = read(tmp_path, STORES, id="store,item", target="sold,price")
    assert panel.series_ids.tolist() == [
        *("s1/a/sold", "s1/a/price", "s1/b/sold", "s1/b/price", "s2/a/sold", "s2/a/price"),
    ]
    assert panel.lengths.tolist() == [2, 1, 1, 1, 2, 2]  # no empty cells at the ends
    assert_array_equal(panel.values, [1, 2, 9, 3, 7, 5, 4, 5, 6])
    assert panel.notes[0].endswith(
        "target columns 'sold', 'price', id columns 'store', 'item' (3 series) for each target"
    )
    assert panel.notes[1] == (
        "each series begins with its first value and ends with its last: 3 empty cells before and "
        "after are no part of it"
    )
    frame = forecast_of(panel).to_frame()
    assert list(frame) == ["store", "item", "target", "date", "forecast", "q0.5"]
    assert frame["target"].tolist()[:4] == ["sold", "sold", "price", "price"]


def test_several_targets_of_one_series(tmp_path: Path) -> None:
    panel = read(tmp_path, "t,a,b\n1,1,2\n2,3,4\n", time="t", target=["b", "a"])
    assert panel.series_ids.tolist() == ["b", "a"]
    assert_array_equal(panel.values, [2, 4, 1, 3])
    assert list(forecast_of(panel).to_frame()) == ["target", "t", "forecast", "q0.5"]


def test_an_id_column_cannot_be_named_like_ours(tmp_path: Path) -> None:
    content = "date,target,a,b\n1,x,1,2\n"
    panel = read(tmp_path, content, id="target", target="a,b")
    with pytest.raises(DataError, match="column 'target' of the data has the name of a column"):
        forecast_of(panel).to_frame()


# --- wide tables ----------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [{}, {"wide": True}])
def test_a_column_for_each_series(tmp_path: Path, said: dict[str, object]) -> None:
    panel = read(tmp_path, WIDE, **said)
    assert panel.series_ids.tolist() == ["store_1", "store_2"]
    assert_array_equal(panel.values, [1, np.nan, 3, 5, 6])
    assert panel.first_steps.tolist() == [0, 1]
    assert panel.notes == (
        "time column 'date' (daily, D), a column for each of 3 series",
        "left out, without any value: 1 series ('store_10')",
        (
            "each series begins with its first value and ends with its last: 1 empty cells before "
            "and after are no part of it"
        ),
        "not observed: steps without a row (0), rows without a value (1)",
    )
    assert list(forecast_of(panel).to_frame()) == ["series", "date", "forecast", "q0.5"]


def test_any_numbers_are_series_where_the_user_says_so(tmp_path: Path) -> None:
    content = "date,north,south,y,remark\n2024-01-01,1,2,3,x\n2024-01-02,1,2,3,y\n"
    panel = read(tmp_path, content, wide=True)
    assert panel.series_ids.tolist() == ["north", "south", "y"]
    assert "columns not used: 'remark'" in panel.notes
    some = read(tmp_path, content, wide=True, target="south,y")
    assert some.series_ids.tolist() == ["south", "y"]


@pytest.mark.parametrize(
    ("header", "wide"),
    [
        ("date,store_1,store_2", True),
        ("date,1,2", True),
        ("ds,MT_001,MT_370", True),
        ("month,Y1,Y2", True),
        ("date,north,south", False),
        ("date,sales_1,price_1", False),
    ],
)
def test_wide_tables_are_found_by_the_names_of_columns(
    tmp_path: Path, header: str, wide: bool
) -> None:
    content = f"{header}\n2024-01-01,1,2\n2024-01-02,3,4\n"
    if wide:
        assert read(tmp_path, content).columns.wide
        assert not read(tmp_path, content, target=header.split(",")[2]).columns.wide
    else:
        assert "several with --target" in refusal(tmp_path, content)
    assert refusal(tmp_path, content, wide=False).endswith(
        "or say --wide if each of them is a series."
    )


def test_a_text_or_a_known_target_speaks_against_a_wide_table(tmp_path: Path) -> None:
    texts = "date,shop,x_1,x_2\n2024-01-01,a,1,2\n"
    assert "--wide" in refusal(tmp_path, texts)
    known = "date,y,x_1,x_2\n2024-01-01,5,1,2\n2024-01-02,5,1,2\n"
    assert read(tmp_path, known).columns == Columns("date", ("y",))


@pytest.mark.parametrize(
    ("content", "said", "sentence"),
    [
        (WIDE, {"wide": True, "id": "store_1"}, "a wide table has a column for each series, and"),
        ("date,a\n2024-01-01,x\n", {"wide": True}, "no column of numbers is left beside the time"),
        ("2024-01-01,a\n2024-01-02,1\n", {"wide": True}, "the header names a column '2024-01-01'"),
        ("id,V1,V2,V3\na,1,2,3\n", {}, "time seems to run across the header ('V1', 'V2', ...)"),
        (
            "id,2024-01-01,2024-01-02,2024-01-03\na,1,2,3\n",
            {},
            "time seems to run across the header ('2024-01-01', '2024-01-02', ...)",
        ),
    ],
)
def test_wide_tables_that_cannot_be(
    tmp_path: Path, content: str, said: dict[str, object], sentence: str
) -> None:
    assert refusal(tmp_path, content, **said).startswith(sentence)


def test_a_stray_time_in_a_table_of_many_series_does_not_fill_the_memory(tmp_path: Path) -> None:
    header = ",".join(["h", *(f"s{k}" for k in range(1000))])
    times = ["2020-01-01 00:00", "2020-01-01 01:00", "2022-01-01 00:00"]
    rows = [",".join([time, *["1"] * 1000]) for time in times]
    assert "there are 17,543 steps, far more than rows" in refusal(
        tmp_path, "\n".join([header, *rows])
    )


def test_a_model_remembers_the_layout_and_takes_other_series(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("date,north,south\n2024-01-01,1,2\n2024-01-02,1,2\n")
    trained = DataConfig(time="date", wide=True)
    assert read_table(path, remembered=trained).series_ids.tolist() == ["north", "south"]
    assert read_table(path, DataConfig(target="north"), remembered=trained).columns == Columns(
        "date", ("north",), wide=True
    )


# --- forecasts of them, written and read again ----------------------------------------------------


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (STORES, {"id": "store,item", "target": "sold"}),
        (STORES, {"id": "store,item", "target": "sold,price"}),
        (WIDE, {}),
    ],
)
def test_forecasts_are_read_back(
    tmp_path: Path, content: str, said: dict[str, object], ending: str
) -> None:
    panel = read(tmp_path, content, **said)
    written = forecast_of(panel)
    path = tmp_path / f"forecast.{ending}"
    path.write_bytes(written.render(ending))  # type: ignore[arg-type]
    again = read_forecast(path, panel)
    assert again.series_ids.tolist() == written.series_ids.tolist()
    assert again.to_frame().equals(written.to_frame())


def test_a_forecast_of_other_series(tmp_path: Path) -> None:
    panel = read(tmp_path, STORES, id="store,item", target="sold")
    frame = pd.DataFrame({"store": ["s9"], "item": ["a"], "date": ["2024-01-01"], "forecast": [1]})
    frame.to_csv(tmp_path / "forecast.csv", index=False)
    with pytest.raises(DataError, match=r"columns 'store, item': the data have no series 's9/a'"):
        read_forecast(tmp_path / "forecast.csv", panel)
