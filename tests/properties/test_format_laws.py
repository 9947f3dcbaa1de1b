"""Laws of the formats: any dialect reads back equal; damage ends in a sentence."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lstmcast.config import DataConfig
from lstmcast.data.dialect import CONTROL
from lstmcast.data.numerals import ALL_MARKS, Marks, take_shapes, to_numbers
from lstmcast.data.panel import build_panel
from lstmcast.data.table import read_table
from lstmcast.data.text_file import UTF8_LETTER
from lstmcast.errors import LstmcastError

if TYPE_CHECKING:
    from lstmcast.data.panel import SeriesTable

lawful = settings(max_examples=100, deadline=None)
NAMES = st.text(
    st.characters(codec="cp1252", exclude_categories=["Cc", "Cs"], exclude_characters="'"),
    min_size=1,
    max_size=6,
).filter(lambda name: name.strip() == name and name.casefold() not in ("id", "ds", "y"))
NUMBERS = st.one_of(
    st.integers(-(10**9), 10**9).map(float),
    st.decimals(-(10**6), 10**6, places=2).map(float),
)
PACKINGS = {"": bytes, "gzip": gzip.compress, "bz2": bz2.compress}


@st.composite
def dialects(draw: st.DrawFn) -> dict[str, Any]:
    """How a program might write a CSV; what cannot be told apart is left out."""
    marks = draw(st.sampled_from(ALL_MARKS))
    return {
        "marks": marks,
        "delimiter": draw(st.sampled_from(",;\t|")),
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        "ending": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "encoding": draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])),
        "above": draw(st.sampled_from(["", "# written by hand", "Sales of all shops", "\n"])),
        "pack": PACKINGS[draw(st.sampled_from(sorted(PACKINGS)))],
    }


def written(number: float, marks: Marks) -> str:
    """A number in a dialect."""
    text = f"{number:,.2f}".replace(",", "T").replace(".", marks.decimal)
    return text.replace("T", marks.thousands)


def in_dialect(rows: list[tuple[str, int, float]], dialect: dict[str, Any]) -> bytes:
    """A table in a dialect; its first number can be read in one way only."""
    buffer = io.StringIO()
    writer = csv.writer(
        buffer,
        delimiter=dialect["delimiter"],
        quoting=dialect["quoting"],
        lineterminator=dialect["ending"],
    )
    if dialect["above"]:
        buffer.write(dialect["above"] + dialect["ending"])
    writer.writerow(["id", "ds", "y"])
    for name, step, number in rows:
        writer.writerow([name, step, written(number, dialect["marks"])])
    content = buffer.getvalue().encode(dialect["encoding"])
    packed: bytes = dialect["pack"](content)
    return packed


def read_bytes(content: bytes, said: DataConfig | None = None) -> SeriesTable:
    with TemporaryDirectory() as folder:
        path = Path(folder, "table")
        path.write_bytes(content)
        return read_table(path, said or DataConfig())


@lawful
@given(st.lists(NAMES, min_size=1, max_size=3, unique=True), st.lists(NUMBERS), dialects())
def test_a_table_in_any_dialect_reads_back_equal(
    names: list[str], numbers: list[float], dialect: dict[str, Any]
) -> None:
    # What is both Windows' text and UTF-8, in whole or in part, cannot be told apart.
    in_windows = "".join(names).encode("cp1252")
    assume(dialect["encoding"] != "cp1252" or not UTF8_LETTER.search(in_windows))
    rows = [(names[0], 0, 1_234_567.25)]
    rows += [(names[k % len(names)], k + 1, number) for k, number in enumerate(numbers)]
    said = DataConfig(id="id", time="ds", target="y", frequency="1")
    table = read_bytes(in_dialect(rows, dialect), said)
    assert table.series_ids[table.codes].tolist() == [name for name, _, _ in rows]
    assert table.values.tolist() == [number for _, _, number in rows]


@lawful
@given(st.lists(NUMBERS, min_size=1), st.sampled_from(ALL_MARKS), st.sampled_from(["", " "]))
def test_numbers_in_any_marks_are_read_as_meant(
    numbers: list[float], marks: Marks, around: str
) -> None:
    texts = [f"{around}{written(number, marks)}{around}" for number in numbers]
    values, wrong = to_numbers(take_shapes(pa.chunked_array([texts])), marks)
    assert values.tolist() == numbers
    assert not wrong.any()


GOOD = [
    *(b"id,ds,y\na,2024-01-01,1.5\na,2024-01-02,2\nb,2024-01-01,3\n", b"ds;y\r\n1;1,5\r\n2;2\r\n"),
    b'ds,y,note\n2024-01,"1,234.5","a ""b"""\n2024-02,2,"x\ny"\n,,\n2024-03,4,\n',
    b"# made by hand\n\nds\ty\n2024-01-01\t1\nds\ty\n2024-01-02\t2\n",
    "id,ds,y\nKöln,1,2\nKöln,2,3\n".encode("cp1252"),
    "id,ds,y\nKöln,1,2\nKöln,2,3\n".encode("utf-16"),
    b'{"id": "a", "ds": "2024-01-01", "y": 1.5}\n{"id": "a", "ds": "2024-01-02", "y": null}\n',
    json.dumps([{"ds": 1, "y": "2"}, {"ds": 2, "y": "3"}]).encode(),
    gzip.compress(b"ds,y\n1,2\n2,3\n"),
    bz2.compress(b"ds,y\n1,2\n2,3\n"),
    pa.compress(b"ds,y\n1,2\n2,3\n", "zstd", asbytes=True),
]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "double", "set"]),
        st.integers(0, 999),
        st.binary(min_size=1, max_size=1),
    ),
    min_size=1,
    max_size=5,
)


def edited(content: bytes, edits: list[tuple[str, int, bytes]]) -> bytes:
    """Content with some bytes flipped, cut out, doubled or set."""
    damaged = bytearray(content)
    for kind, place, byte in edits:
        here = place % (len(damaged) or 1)
        if kind == "flip" and damaged:
            damaged[here] ^= 1 << (place % 8)
        elif kind == "cut":
            del damaged[here : here + 1 + place % 3]
        elif kind == "double":
            damaged[here:here] = damaged[here : here + 1 + place % 40]
        else:
            damaged[here : here + 1] = byte
    return bytes(damaged)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(GOOD), EDITS)
def test_any_damage_ends_in_a_table_or_a_sentence(
    content: bytes, edits: list[tuple[str, int, bytes]]
) -> None:
    table_or_sentence(edited(content, edits), DataConfig())


MAGIC = [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"\x1f\x8b", b"BZh9"]
MAGIC += [
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"PAR1",
    b"PK\x03\x04",
    b"{",
    b"[{",
    b"sep=",
    b"#",
]
TEXT = st.text(st.sampled_from("ds,y;\t|\"'\n\r 0123456789.-+eE#{}[]:NaN\0\u00e9\u202f\u2028"))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(MAGIC), st.one_of(st.binary(max_size=200), TEXT.map(str.encode)))
def test_any_bytes_end_in_a_table_or_a_sentence(magic: bytes, content: bytes) -> None:
    table_or_sentence(magic + content, DataConfig())


SAYINGS = st.builds(
    DataConfig,
    delimiter=st.sampled_from([None, ";", "tab", " ", "|", "a", "#", "."]),
    decimal=st.sampled_from([None, ".", ","]),
    thousands=st.sampled_from([None, "", ",", ".", " ", "'"]),
    encoding=st.sampled_from([None, "utf-8", "utf-16", "utf-16-le", "cp1252", "latin-1", "utf-7"]),
)


@lawful
@given(st.sampled_from(GOOD), EDITS, SAYINGS)
def test_any_options_end_in_a_table_or_a_sentence(
    content: bytes, edits: list[tuple[str, int, bytes]], said: DataConfig
) -> None:
    table_or_sentence(edited(content, edits), said)


def table_or_sentence(content: bytes, said: DataConfig) -> None:
    """Anything but an `LstmcastError` whose message can be printed is a bug of ours."""
    try:
        panel = build_panel(read_bytes(content, said))
    except LstmcastError as error:
        sentence = str(error)
        assert sentence.encode().endswith(b".")
        assert not CONTROL.search(sentence)
    else:
        assert panel.lengths.min() >= 1
        assert np.isfinite(panel.values).any()
