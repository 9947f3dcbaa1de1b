"""Numbers in cells: what counts as a number, as missing, or as wrong."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from lstmcast.data.numerals import NULLS, looks_like_number, parse_numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1.0),
        ("-2.50", -2.5),
        (" 3 ", 3.0),
        ("+4", 4.0),
        (".5", 0.5),
        ("6.", 6.0),
        ("1E3", 1e3),
    ],
)
def test_numbers(text: str, number: float) -> None:
    values, wrong = parse_numbers(pa.chunked_array([[text]]))
    assert values.tolist() == [number]
    assert not wrong.any()
    assert looks_like_number(text)


@pytest.mark.parametrize("text", [*NULLS, "  ", " NA "])
def test_missing_numbers(text: str) -> None:
    values, wrong = parse_numbers(pa.chunked_array([[text, "1"]]))
    assert math.isnan(values[0])
    assert not wrong.any()
    assert looks_like_number(text)


def test_blocks_without_a_text() -> None:
    empty = pa.array([], pa.string())
    assert parse_numbers(pa.chunked_array([empty, ["1"], empty]))[0].tolist() == [1]
    assert parse_numbers(pa.chunked_array([empty]))[0].tolist() == []


def test_a_null_is_missing() -> None:
    values, wrong = parse_numbers(pa.chunked_array([[None, "1"]]))
    assert math.isnan(values[0])
    assert wrong.tolist() == [False, False]


@pytest.mark.parametrize(
    "text", ["x", "1,5", "1_0", "0x1", "1 2", "inf", "1e", "٣", "-", "z", "-z1", "1" * 400]
)
def test_wrong_numbers(text: str) -> None:
    assert parse_numbers(pa.chunked_array([[text]]))[1].tolist() == [True]
