"""JSON Lines and arrays of objects: what is read, and which line cannot be."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from lstmcast.config import DataConfig
from lstmcast.data.table import read_table
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from lstmcast.data.panel import SeriesTable

LINES = """{"id": "a", "ds": "2024-01-01", "y": 1.5}
{"ds": "2024-01-02", "id": "a", "y": 2}

{"id": "b", "ds": "2024-01-01", "y": null, "more": {"x": [1]}}
{"id": "b", "ds": "2024-01-02", "y": 4}
"""
REMEDY = 'write one object on each line, such as {"ds": "2024-01-31", "y": 1.5}.'


def read(folder: Path, content: str | bytes, said: DataConfig | None = None) -> SeriesTable:
    path = folder / "table"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, said or DataConfig())


def refusal(folder: Path, content: str | bytes, said: DataConfig | None = None) -> str:
    with pytest.raises(DataError) as caught:
        read(folder, content, said)
    return str(caught.value).removeprefix(str(folder / "table"))


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_lines(tmp_path: Path, ending: str, encoding: str, pack: type) -> None:
    table = read(tmp_path, pack(LINES.replace("\n", ending).encode(encoding)))
    assert table.series_ids.tolist() == ["a", "b"]
    assert table.steps.tolist() == [0, 1, 0, 1]
    np.testing.assert_array_equal(table.values, [1.5, 2, np.nan, 4])
    assert table.axis.style == "%Y-%m-%d"
    assert table.notes[0] == f"{tmp_path / 'table'}: read as utf-16" or encoding != "utf-16"


def test_an_array(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in LINES.splitlines() if line]
    for indent in (None, 2):
        table = read(tmp_path, json.dumps(rows, indent=indent))
        np.testing.assert_array_equal(table.values, [1.5, 2, np.nan, 4])
    rows[2]["ds"] = "never"
    assert refusal(tmp_path, json.dumps(rows)).startswith(", column 'ds': entry 3 'never': no date")


def test_what_pandas_writes(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a", "a"], "ds": ["2024-01", "2024-02"], "y": [1.0, np.nan]})
    for lines in (True, False):
        frame.to_json(tmp_path / "table", orient="records", lines=lines)
        np.testing.assert_array_equal(read_table(tmp_path / "table").values, [1, np.nan])


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        ('{"t": 1, "y": "1,5"}\n{"t": 2, "y": "2"}', [1.5, 2]),
        ('{"t": 1, "y": true}\n{"t": 2, "y": false}', [1, 0]),
        ('{"t": 1, "y": NaN}\n{"t": 2, "y": 2}', [np.nan, 2]),
        ('{"t": 1}\n{"t": 2, "y": 2}', [np.nan, 2]),
        ('{"t": 1, "y": null}\n{"t": 2, "y": 2}', [np.nan, 2]),
        (
            '{"t": 1, "y": 1234567890123456789}\n{"t": 2, "y": -1e-3}',
            [1234567890123456789, -1e-3],
        ),
        ('{"t": 1, "y": 1}\n' * 1 + '{"t": 2, "y": 2.5}', [1, 2.5]),
    ],
)
def test_values(tmp_path: Path, lines: str, values: list[float]) -> None:
    table = read(tmp_path, lines, DataConfig(time="t", target="y"))
    np.testing.assert_array_equal(table.values, values)
    assert table.axis.frequency == "1"


def test_a_column_that_begins_late(tmp_path: Path) -> None:
    rows = "".join(f'{{"t": {k}, "y": null}}\n' for k in range(300))
    table = read(tmp_path, rows + '{"t": 300, "y": "7"}\n')
    assert table.values[-1] == 7


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            '{"t": 1, "y": 1}\n{"t": 2, "y": 2\n',
            f", row 2: this is no JSON object on one line (Expecting ',' delimiter): {REMEDY}",
        ),
        (
            '{"t": 1,\n "y": 1}\n',
            (
                ", row 1: this is no JSON object on one line (Expecting property name enclosed in "
                f"double quotes): {REMEDY}"
            ),
        ),
        ('{"t": 1, "y": 1}\n[1]\n', f", row 2: this is no JSON object but '[1]': {REMEDY}"),
        ("[[1], [2]]", f", entry 1: this is no JSON object but '[1]': {REMEDY}"),
        (
            '{"t": 1, "y": ' + "[" * 100_000,
            f", row 1: this is no JSON object on one line (too deep): {REMEDY}",
        ),
        (
            '{"t": 1, "y": 1}\n\n{"t": 2, "y": "x"}\n',
            (
                ", column 'y': row 3 'x': unlike the values above it: write only texts, or only "
                "numbers; no list and no object."
            ),
        ),
        (
            '{"id": "a", "t": 1, "y": 1}\n' * 300 + '{"id": ["a"], "t": 2, "y": 1}\n',
            (
                ", column 'id': row 301 '[\"a\"]': unlike the values above it: write only "
                "texts, or only numbers; no list and no object."
            ),
        ),
        (
            '{"id": "a\\u0000", "t": 1, "y": 1}\n',
            (
                ", column 'id': row 1 'a\\x00': there is a NUL byte in the cell: the file is "
                "damaged; write the cell anew."
            ),
        ),
        (
            '{"t": 1, "y": 1}\n{"t": 2, "y": 1e400}\n',
            ", column 'y': row 2 '1e400': too large for a number.",
        ),
        (
            '{"t": 1, "y": 1}\n{"t": 1, "y": 3}\n',
            (
                ", column 't': row 1 and row 2 are both '1': keep one row for each time of "
                "a series, or say --duplicates sum (mean, last, first), or name the column that "
                "tells the series apart with --id."
            ),
        ),
        (
            "[{]",
            (
                ": cannot be read as JSON: Expecting property name enclosed in double quotes: "
                "line 1 column 3 (char 2)."
            ),
        ),
        (
            '{"t": 1, "y": 1, "y": 2}\n',
            f", row 1: this is no JSON object on one line (a key stands twice in it): {REMEDY}",
        ),
        ('{"t": 1, "y": null}\n{"t": 2}\n', ", column 'y': there is no number in any row."),
        (
            '{"id": "a", "t": 1, "y": null}\n{"id": 7, "t": 1, "y": 2}\n',
            (
                ", column 'id': row 2 '7': unlike the values above it: write only texts, or only "
                "numbers; no list and no object."
            ),
        ),
        ("{}\n", ": no time column found (no column is left): name it with --time."),
    ],
)
def test_what_is_refused(tmp_path: Path, content: str, sentence: str) -> None:
    assert refusal(tmp_path, content) == sentence


def test_a_target_in_texts_is_found(tmp_path: Path) -> None:
    table = read(tmp_path, '{"t": 1, "sold": "1,5"}\n{"t": 2, "sold": "2"}\n')
    assert (table.columns.targets, table.values.tolist()) == (("sold",), [1.5, 2])


def test_half_a_letter(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, '{"id": "\\ud800", "t": 1, "y": 1}\n')
    assert sentence.startswith(": cannot be read as JSON Lines: ")


def test_an_array_that_is_too_large(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, gzip.compress(b'[{"t":1,' + b" " * (64 << 20)))
    assert sentence.startswith(": this is a JSON array of more than 64 MB: write one object on")
