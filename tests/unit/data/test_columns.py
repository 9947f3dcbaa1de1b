"""Which column plays which role: named, remembered, well known, or the only one that can."""

from __future__ import annotations

import pytest

from lstmcast.config import DataConfig
from lstmcast.data.columns import column_kinds, find_columns
from lstmcast.errors import DataError

DATES = ["2024-01-01", "2024-01-02", ""]
INTEGERS = ["1", "-2", "+3"]
NUMBERS = ["1", "NA", "2.5e3"]
TEXTS = ["1", "NA", "x"]
NOTHING = ["", "NaN", " "]


def find(
    table: dict[str, list[str]],
    request: DataConfig | None = None,
    remembered: DataConfig | None = None,
) -> tuple[str, ...]:
    """The columns for time, target and ids of a table of texts."""
    kinds = column_kinds(list(table), list(map(list, zip(*table.values(), strict=True))))
    columns = find_columns(kinds, request or DataConfig(), remembered)
    return columns.time, *columns.targets, *columns.ids


def test_kinds_of_columns() -> None:
    names = ["a", "b", "c", "d", "e"]
    rows = zip(DATES, INTEGERS, NUMBERS, TEXTS, NOTHING, strict=True)
    assert column_kinds(names, list(map(list, rows))) == {
        "a": "dates",
        "b": "integers",
        "c": "numbers",
        "d": "text",
        "e": "empty",
    }


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ({"ds": DATES, "y": NUMBERS}, ("ds", "y")),
        ({"Date": DATES, "Target": NUMBERS, "Item ID": INTEGERS}, ("Date", "Target", "Item ID")),
        ({"when": DATES, "passengers": INTEGERS}, ("when", "passengers")),
        ({"when": DATES, "sold": NUMBERS, "shop": TEXTS}, ("when", "sold", "shop")),
        ({"sold": NUMBERS, "shop": TEXTS, "step": INTEGERS}, ("step", "sold", "shop")),
        ({"month": DATES, "year": INTEGERS, "y": NUMBERS}, ("month", "y")),
        ({"when": DATES, "hour": INTEGERS, "y": NUMBERS}, ("when", "y")),
        ({"ds": DATES, "updated": DATES, "y": NUMBERS}, ("ds", "y")),
        ({"ds": INTEGERS, "hour": INTEGERS, "y": NUMBERS}, ("ds", "y")),
        ({"ds": TEXTS, "y": TEXTS, "id": TEXTS}, ("ds", "y", "id")),
        ({"ds": DATES, "y": TEXTS}, ("ds", "y")),
        ({"ds": DATES, "value": NUMBERS, "temperature": NUMBERS}, ("ds", "value")),
        ({"ds": DATES, "sold": NOTHING}, ("ds", "sold")),
        ({"ds": DATES, "sold": NUMBERS, "comment": NOTHING}, ("ds", "sold")),
        ({"": INTEGERS, "ds": DATES, "sold": NUMBERS}, ("ds", "sold")),
        ({"": DATES, "sold": NUMBERS}, ("", "sold")),
        ({"": INTEGERS, "sold": NUMBERS}, ("", "sold")),
        ({"ds": DATES, "y": NUMBERS, "id": INTEGERS, "shop": TEXTS}, ("ds", "y", "id")),
    ],
)
def test_columns_that_nobody_named(table: dict[str, list[str]], found: tuple[str, ...]) -> None:
    assert find(table) == found


def test_columns_that_the_user_named() -> None:
    table = {"ds": DATES, "y": NUMBERS, "id": TEXTS, "a": DATES, "b": NUMBERS, "c": INTEGERS}
    request = DataConfig(time="a", target="b", id="c")
    assert find(table, request) == ("a", "b", "c")
    assert find(table, DataConfig(target="b")) == ("ds", "b", "id")
    assert find(table, DataConfig(id="")) == ("ds", "y")


def test_a_named_column_frees_its_role_for_another() -> None:
    table = {"date": DATES, "timestamp": DATES, "y": NUMBERS, "value": NUMBERS}
    assert find(table, DataConfig(time="date", target="y")) == ("date", "y")


def test_columns_that_a_model_remembers() -> None:
    table = {"a": DATES, "b": DATES, "c": NUMBERS, "d": NUMBERS, "e": TEXTS, "f": TEXTS}
    remembered = DataConfig(time="b", target="d", id="f")
    assert find(table, None, remembered) == ("b", "d", "f")
    assert find(table, DataConfig(target="c"), remembered) == ("b", "c", "f")
    assert find(table, DataConfig(target="d", id=""), remembered) == ("b", "d")


def test_a_model_whose_columns_are_not_in_the_table() -> None:
    table = {"ds": DATES, "y": NUMBERS, "id": TEXTS}
    assert find(table, None, DataConfig(time="month", target="sales", id="shop")) == (
        "ds",
        "y",
        "id",
    )


def test_a_remembered_column_yields_to_a_named_one() -> None:
    table = {"ds": DATES, "y": NUMBERS, "x": NUMBERS}
    remembered = DataConfig(time="ds", target="x", id="y")
    assert find(table, DataConfig(target="y"), remembered) == ("ds", "y")


@pytest.mark.parametrize(
    ("table", "request_", "sentence"),
    [
        (
            {"date": DATES, "time": DATES, "y": NUMBERS},
            DataConfig(),
            "columns 'date', 'time' could each be the time column: name one with --time.",
        ),
        (
            {"year": INTEGERS, "month": INTEGERS, "y": NUMBERS},
            DataConfig(),
            (
                "columns 'year', 'month' could each be the time column: if they tell the time "
                "together, write it as one column, such as 2024-01-31 13:00."
            ),
        ),
        (
            {"ds": DATES, "a": NUMBERS, "b": INTEGERS},
            DataConfig(),
            (
                "columns 'a', 'b' could each be the target column: name one with --target, several "
                "with --target a,b, or say --wide if each of them is a series."
            ),
        ),
        (
            {"ds": DATES, "y": NUMBERS, "shop": TEXTS, "town": TEXTS},
            DataConfig(),
            (
                "columns 'shop', 'town' could each be the id column: name one with --id, several "
                "that name a series together with --id shop,town, or say --id '' if there is one "
                "series."
            ),
        ),
        (
            {"ds": DATES, "id": INTEGERS},
            DataConfig(),
            "no target column found (no column is left): name it with --target.",
        ),
        (
            {"x": NUMBERS, "y": NUMBERS},
            DataConfig(),
            "no time column found (only 'x', 'y' left to choose from): name it with --time.",
        ),
        (
            {"month": DATES, "passengers": NUMBERS},
            DataConfig(target="pasengers"),
            (
                "no column 'pasengers' for --target (did you mean 'passengers'?): the table has "
                "'month', 'passengers'."
            ),
        ),
        (
            {"ds": DATES, "y": NUMBERS},
            DataConfig(id="shop"),
            "no column 'shop' for --id: the table has 'ds', 'y'.",
        ),
        (
            {"ds": DATES, "y": NUMBERS},
            DataConfig(time="", target="y"),
            "no column '' for --time: the table has 'ds', 'y'.",
        ),
        (
            {"ds": DATES, "y": NUMBERS},
            DataConfig(target="y", id="y"),
            "column 'y' cannot play two roles: name another for one of them.",
        ),
        (
            {"ds": DATES, "y": NUMBERS} | {f"x{k}": NUMBERS for k in range(30)},
            DataConfig(target="z"),
            "no column 'z' for --target: the table has 'ds', 'y', "
            + ", ".join(f"'x{k}'" for k in range(18))
            + " and 12 more.",
        ),
    ],
)
def test_columns_that_cannot_be_told(
    table: dict[str, list[str]], request_: DataConfig, sentence: str
) -> None:
    with pytest.raises(DataError) as caught:
        find(table, request_)
    assert str(caught.value) == sentence


def test_a_column_named_like_data_may_be_named_by_the_user() -> None:
    table = {"0": DATES, "1": NUMBERS}
    with pytest.raises(DataError, match="the header names a column '0', which looks like data"):
        find(table)
    assert find(table, DataConfig(time="0", target="1")) == ("0", "1")


def test_a_model_remembers_that_there_is_one_series() -> None:
    table = {"ds": DATES, "y": NUMBERS, "weekday": TEXTS}
    assert find(table) == ("ds", "y", "weekday")
    assert find(table, None, DataConfig(id="")) == ("ds", "y")
    assert find(table, DataConfig(id="weekday"), DataConfig(id="")) == ("ds", "y", "weekday")


def test_a_text_that_can_only_be_the_target_is_it() -> None:
    assert find({"ds": DATES, "sold": TEXTS}) == ("ds", "sold")
    assert find({"ds": DATES, "sold": NUMBERS, "shop": TEXTS}) == ("ds", "sold", "shop")


def test_a_part_of_time_that_holds_texts_is_the_time() -> None:
    assert find({"quarter": TEXTS, "sold": NUMBERS}) == ("quarter", "sold")


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (
            {"date": DATES, "time": ["10:00", "11:00"], "load": NUMBERS},
            (
                "column 'time' holds the time of day: write it and 'date' as one column, such as "
                "2024-01-31 13:00, or say --time date if that tells the time by itself."
            ),
        ),
        (
            {"year": INTEGERS, "Jan": NUMBERS, "Feb": NUMBERS, "March": NUMBERS},
            (
                "the time seems to run across the header as well as down ('Jan', 'Feb', ...): "
                "write one row for each time, with the whole of it in one column, such as "
                "2024-01-31."
            ),
        ),
        (
            {"week": INTEGERS, "2021": NUMBERS, "2022": NUMBERS, "2023": NUMBERS},
            (
                "the time seems to run across the header as well as down ('2021', '2022', ...): "
                "write one row for each time, with the whole of it in one column, such as "
                "2024-01-31."
            ),
        ),
    ],
)
def test_a_time_in_several_places(table: dict[str, list[str]], sentence: str) -> None:
    rows = [[cells[k % len(cells)] for cells in table.values()] for k in range(3)]
    with pytest.raises(DataError) as caught:
        find_columns(column_kinds(list(table), rows))
    assert str(caught.value) == sentence


def test_a_clock_beside_the_time_that_was_said_is_left() -> None:
    table = {"date": DATES, "sunrise": ["6:00 am", "6:01 am", "6:02 am"], "load": NUMBERS}
    assert find(table, DataConfig(time="date")) == ("date", "load")
