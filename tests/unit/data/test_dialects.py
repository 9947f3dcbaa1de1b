"""CSV files as programs and people write them: what is understood, and what is said of it."""

from __future__ import annotations

import bz2
import gzip
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from lstmcast.config import DataConfig
from lstmcast.data.table import read_table
from lstmcast.errors import DataError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from lstmcast.data.panel import SeriesTable

PLAIN = "ds,y\n2024-01-01,1.5\n2024-01-02,2\n"


def read(folder: Path, content: str | bytes, said: DataConfig | None = None) -> SeriesTable:
    path = folder / "table"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, said or DataConfig())


def said_of(table: SeriesTable) -> str:
    """The note on how the file is written, without its name."""
    assert len(table.notes) > 1
    return table.notes[0].partition("table: ")[2]


def refusal(folder: Path, content: str | bytes, said: DataConfig | None = None) -> str:
    with pytest.raises(DataError) as caught:
        read(folder, content, said)
    return str(caught.value).removeprefix(str(folder / "table"))


@pytest.mark.parametrize(
    ("content", "values", "note"),
    [
        ("ds;y\n1;1,5\n2;2\n", [1.5, 2], "separated by semicolons; decimal comma"),
        ("ds;y\n1;1.5\n2;2\n", [1.5, 2], "separated by semicolons"),
        ("ds\ty\n1\t1.5\n2\t2\n", [1.5, 2], "separated by tabs"),
        ("ds|y\n1|1.5\n2|2\n", [1.5, 2], "separated by bars"),
        ("sep=;\nds;y\n1;3\n2;4\n", [3, 4], "separated by semicolons; header found in row 2"),
        ('"sep=,"\nds,y\n1,3\n2,4\n', [3, 4], "header found in row 2"),
        ("'ds','y'\n'1','1.5'\n'2','2'\n", [1.5, 2], "quoted by '"),
        ('ds,y\n1,"1,5"\n2,"2"\n', [1.5, 2], "decimal comma"),
        ('ds,y\n1,"1,234.5"\n2,7\n', [1234.5, 7], "thousands grouped by commas"),
        ('ds,y\n1,"1,234"\n2,"1,234,567"\n', [1234, 1234567], "thousands grouped by commas"),
        (
            "ds;y\n1;1.234.567\n2;7,5\n",
            [1234567, 7.5],
            "separated by semicolons; decimal comma; thousands grouped by points",
        ),
        (
            "ds\ty\n1\t1 234,5\n2\t7\n",
            [1234.5, 7],
            "separated by tabs; decimal comma; thousands grouped by spaces",
        ),
        ("ds,y\n1,1\u202f234.5\n2,7\n", [1234.5, 7], "thousands grouped by spaces"),
        ("ds,y\n1,1\u00a0234\n2,7\n", [1234, 7], "thousands grouped by spaces"),
        ("ds,y\n1,1'234.50\n2,7\n", [1234.5, 7], "thousands grouped by apostrophes"),
        ("ds,y\n1,1\u2019234\n2,7\n", [1234, 7], "thousands grouped by apostrophes"),
        ("# source: here, there\n# more\nds,y\n1,3\n2,4\n", [3, 4], "header found in row 3"),
        ("Sales of 2024\n\nds,y\n1,3\n2,4\n", [3, 4], "header found in row 3"),
        ("Sales of 2024,,\n,,\nds,y,z\n1,3,\n2,4,\n", [3, 4], "header found in row 3"),
        ("# ds,y\n1,3\n2,4\n", [3, 4], ""),
        ("ds,y\n1,3\nds,y\n2,4\n", [3, 4], "the header repeated in row 3 skipped"),
        ("\ufeffds,y\n1,3\n\ufeffds,y\n2,4\n", [3, 4], "the header repeated in row 3 skipped"),
        ("ds,y\n1,3\n,\n2,4\n,\n", [3, 4], "2 blank rows skipped"),
        ("ds,y,\n1,3,\n2,4,\n", [3, 4], ""),
        ("ds,y,,\n1,3,,\n2,4,,\n", [3, 4], ""),
        ("ds,y\n1,3,\n2,4,\n", [3, 4], ""),
        ("ds,y\n1,3\n  \n2,4\n,,,\n", [3, 4], ""),
        ("ds,y\r1,3\r2,4\r", [3, 4], ""),
        ("ds , y\n 1 , 3\n 2 , 4\n", [3, 4], ""),
        ("ds,y,note\n1,3,a|b\n2,4,c|d\n", [3, 4], ""),
    ],
)
def test_what_is_found_by_itself(
    tmp_path: Path, content: str, values: list[float], note: str
) -> None:
    table = read(tmp_path, content, DataConfig(id=""))
    assert table.values.tolist() == values
    assert table.columns.time == "ds"
    if note:
        assert said_of(table) == note
    else:
        assert table.notes[0].startswith("time column 'ds'")


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", "read as utf-16"),
        ("utf-32", "read as utf-32"),
        ("cp1252", "read as cp1252"),
        ("latin-1", "read as cp1252"),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, note: str) -> None:
    table = read(tmp_path, "id,ds,y\nKöln,1,2\nKöln,2,3\n".encode(encoding))
    assert table.series_ids.tolist() == ["Köln"]
    assert said_of(table) == note if note else table.notes[0].startswith("time")


def test_an_encoding_that_is_given(tmp_path: Path) -> None:
    content = "id,ds,y\nКазань,1,2\nКазань,2,3\n".encode("cp1251")
    table = read(tmp_path, content, DataConfig(encoding="windows-1251"))
    assert table.series_ids.tolist() == ["Казань"]
    assert said_of(table) == "read as cp1251"


def test_an_encoding_that_shows_late(tmp_path: Path) -> None:
    rows = "".join(f"a,{k},{k}\n" for k in range(300_000))
    content = f"id,ds,y\n{rows}".encode() + b"K\xf6ln,1,2\n"
    assert read(tmp_path, content).series_ids.tolist() == ["a", "Köln"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, "zstd", "lz4"])
def test_packing_is_seen_whatever_the_name(tmp_path: Path, pack: object, encoding: str) -> None:
    content = PLAIN.encode(encoding)
    if isinstance(pack, str):
        (tmp_path / "packed").write_bytes(b"")
        with pa.CompressedOutputStream(str(tmp_path / "packed"), pack) as stream:
            stream.write(content)
        packed = (tmp_path / "packed").read_bytes()
    else:
        assert callable(pack)
        packed = pack(content)
    assert read(tmp_path, packed).values.tolist() == [1.5, 2]


@pytest.mark.parametrize(
    ("said", "values"),
    [
        (DataConfig(decimal=","), [1.234, 12]),
        (DataConfig(thousands=","), [1234, 12]),
        (DataConfig(thousands=",", decimal="."), [1234, 12]),
        (DataConfig(decimal="."), [1234, 12]),
        (DataConfig(thousands=""), [1.234, 12]),
    ],
)
def test_marks_that_are_given(tmp_path: Path, said: DataConfig, values: list[float]) -> None:
    assert read(tmp_path, 'ds,y\n1,"1,234"\n2,12\n', said).values.tolist() == values


def test_marks_that_are_given_rule_over_plain_numbers(tmp_path: Path) -> None:
    table = read(tmp_path, "ds,y\n1,1.234\n2,12\n", DataConfig(thousands="."))
    assert table.values.tolist() == [1234, 12]


def test_marks_that_cannot_both_be(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--decimal and --thousands must differ"):
        read(tmp_path, PLAIN, DataConfig(decimal=",", thousands=","))


@pytest.mark.parametrize(("delimiter", "name"), [(";", "y"), ("semicolon", "y"), (",", "5")])
def test_a_delimiter_that_is_given(tmp_path: Path, delimiter: str, name: str) -> None:
    content = "a,b;ds\n1,5;2\n2,5;3\n"
    said = DataConfig(delimiter=delimiter, time="ds" if name == "y" else "a")
    if name == "y":
        assert read(tmp_path, content, said).values.tolist() == [1.5, 2.5]
    else:
        assert "column 'b;ds': row 2 '5;2', row 3 '5;3': no finite" in (
            refusal(tmp_path, content, said.model_copy(update={"target": "b;ds"}))
        )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            'ds,y\n1,"1,234"\n2,12\n',
            (
                ", column 'y': row 2 '1,234': is this 1234 or 1.234? Both are possible in every "
                "row of the file: give --thousands ',' or --decimal ','."
            ),
        ),
        (
            "ds;y\n1;12\n2;1.234\n",
            (
                ", column 'y': row 3 '1.234': is this 1.234 or 1234? Both are possible in every "
                "row of the file: give --decimal '.' or --thousands '.'."
            ),
        ),
        (
            'ds,y\n1,"1,5"\n2,1.5\n3,2.5\n',
            (
                ", column 'y': row 2 '1,5': no finite number: write finite numbers such as 1234.5, "
                "or leave the cell empty if the value is missing."
            ),
        ),
        (
            "Sales, 2024\nid,ds,y\na,1,2\n",
            (
                ", row 1: the header has 2 columns, but the rows below have 3: remove what stands "
                "above the header, name every column, and put quotes around cells with a delimiter "
                "in them."
            ),
        ),
        (
            "ds,y,z\n1,2,3\n2,3,4\nSource: the office\n",
            (
                ": the header has 3 columns, but row 4 has 1 ('Source: the office'): correct or "
                "remove these rows; a cell with a delimiter in it needs quotes around it."
            ),
        ),
        (
            'ds,y,note\n1,2,"a\n2,3,b\n3,4,c\n',
            (
                ", row 2: cannot be read as CSV (unexpected end of data): look for a quote that is "
                'opened (") and never closed.'
            ),
        ),
        (
            "id,ds,y\na\0,1,2\na,2,3\n",
            (
                ", column 'id': row 2 'a\\x00': there is a NUL byte in the cell: the file is "
                "damaged; write the cell anew."
            ),
        ),
        (
            "d\0s,y\n1,2\n2,3\n",
            ", row 1: there is a control character in the name 'd\\x00s': remove it.",
        ),
        (
            ",,y\n1,3,4\n2,4,4\n",
            ", row 1: several columns have no name; give each a name of its own.",
        ),
        ("\n \n", ": the file is empty; it needs a header line and rows below."),
        ('""\n""\n', ": there is a header but no row below it."),
    ],
)
def test_what_is_refused(tmp_path: Path, content: str, sentence: str) -> None:
    assert refusal(tmp_path, content) == sentence


@pytest.mark.parametrize(
    "cell",
    [
        *("$5", "5 €", "5%", "(12)", "12-", "1_000", "0x1F", "１２", "1e400", "inf", "-", "--"),
        *("#DIV/0!", "#VALUE!", "#REF!", "1 2", "1.2.3", "12,34,567.0", "0,123.5", "5 EUR"),
    ],
)
def test_cells_that_are_refused(tmp_path: Path, cell: str) -> None:
    sentence = refusal(tmp_path, f'ds,y\n1,2\n2,"{cell}"\n3,1.5\n')
    assert f"column 'y': row 3 '{cell}': no finite number: " in sentence


@pytest.mark.parametrize("cell", ["n.a.", "#N/A", "(null)", "missing", "?", "..", "NA", "<NA>"])
def test_cells_that_are_missing(tmp_path: Path, cell: str) -> None:
    table = read(tmp_path, f"ds;y\n1;2\n2;{cell}\n3;1,5\n")
    np.testing.assert_array_equal(table.values, [2, np.nan, 1.5])


def test_one_column_settles_the_marks_of_another(tmp_path: Path) -> None:
    content = "ds;y\n1;1.234\n2;5\n" + "3;7,5\n"
    assert read(tmp_path, content).values.tolist() == [1234, 5, 7.5]


@pytest.mark.parametrize("name", ["ORC", "BZh", "BZh9", "Obj"])
def test_a_name_that_begins_like_another_format(tmp_path: Path, name: str) -> None:
    table = read(tmp_path, f"{name},ds\n1,1\n2,2\n", DataConfig(target=name))
    assert table.values.tolist() == [1, 2]


def test_a_quote_within_a_cell_is_a_letter(tmp_path: Path) -> None:
    table = read(tmp_path, 'id,ds,y\n5" pipe,1,2\n5" pipe,2,3\n6",1,4\n')
    assert table.series_ids.tolist() == ['5" pipe', '6"']


def test_a_column_that_plays_no_role_settles_the_marks(tmp_path: Path) -> None:
    said = DataConfig(target="y", id="")
    content = 'ds,y,z,w\n1,"1,234",1.2,1.2.3\n2,"12,345",2.3,x\n'
    assert read(tmp_path, content, said).values.tolist() == [1234, 12345]
    content = 'ds,y,id\n1.5,"1,234",a\n2.5,"12,345",a\n'
    assert "is this 1234 or 1.234?" in refusal(tmp_path, content, DataConfig(time="ds"))
    content = 'ds,y,z\n1,"1,234",a1.2\n2,"12,345",2.3\n'
    assert "is this 1234 or 1.234?" in refusal(tmp_path, content, said)


def test_amounts_with_a_unit_are_named(tmp_path: Path) -> None:
    content = "date;ventes\n14/02/2024;1\u00a0234,50 €\n15/02/2024;999,00 €\n"
    assert ", column 'ventes': row 2 '1\\xa0234,50 €', row 3 '999,00 €': no finite number" in (
        refusal(tmp_path, content)
    )


def test_a_zero_before_the_mark_settles_it(tmp_path: Path) -> None:
    assert read(tmp_path, "ds;y\n1;1.234\n2;0.125\n").values.tolist() == [1.234, 0.125]


def test_rows_are_counted_as_in_an_editor_behind_skipped_ones(tmp_path: Path) -> None:
    content = "# made by hand\n\nds,y\n1,3\n,\nds,y\n   \n2,4\n2,5\n"
    assert "row 8 and row 9 are both '2'" in refusal(tmp_path, content)


def test_a_nul_below_a_repeated_header(tmp_path: Path) -> None:
    content = "ds,y\n1,1\nds,y\n2\0,2\n"
    assert ", column 'ds': row 4 '2\\x00': there is a NUL byte" in refusal(tmp_path, content)


def test_many_repeated_headers_are_not_all_listed(tmp_path: Path) -> None:
    table = read(tmp_path, "ds,y\n" + "".join(f"{k},1\nds,y\n" for k in range(7)))
    assert said_of(table) == "the header repeated in row 3, 5, 7, 9, 11, ... skipped"


def test_a_row_that_only_looks_blank_is_judged(tmp_path: Path) -> None:
    content = "ds,y,note\n1,3,\n,,a note\n2,4,\n"
    assert "row 3 '': the time is missing" in refusal(tmp_path, content, DataConfig(id=""))


def test_a_nul_behind_a_repeated_header_is_named_by_its_row(tmp_path: Path) -> None:
    content = "ds,y\n1,2\nds,y\n2,3\n\x003,4\n"
    assert refusal(tmp_path, content).startswith(", column 'ds': row 5 '\\x003': there is a NUL")
