"""Numbers as people write them in tables: cells of text to float64, NaN where there is none.

Numbers are judged by their shapes, the texts with every digit made alike: there are few distinct
shapes however many rows there are, so that what is slow is done for those alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

NULLS = (
    *("", "NA", "N/A", "n/a", "na", "n.a.", "N.A.", "NaN", "nan", "NAN", "-nan", "-NaN", "<NA>"),
    *("NaT", "null", "NULL", "Null", "(null)", "None", "none", "NONE", "missing", "Missing"),
    *("#N/A", "#NA", "#N/A N/A", ".", "..", "?"),  # "-" is a zero to accountants: refused
)
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
SPACES = "[\u00a0\u2009\u202f]"  # no-break, thin and narrow no-break: all group digits like a space
UNITS = " \u00a0\u202f$€£¥%"
DIGITS_ALIKE = bytes.maketrans(b"0123456789", b"9999999999")
APOSTROPHE = "\u2019"
MINUS = "\u2212"  # of typesetters
FOREIGN = re.compile(
    rf"([+-]?(?:\d{{1,3}}(?:[., '{APOSTROPHE}{SPACES[1:-1]}]\d{{3}})+|\d+))(?:[.,](\d+))?", re.ASCII
)

REMEDY = "write finite numbers such as 1234.5, or leave the cell empty if the value is missing."


@dataclass(frozen=True)
class Marks:
    """The decimal mark of the numbers in a file, and what groups their thousands ("": nothing)."""

    decimal: str = "."
    thousands: str = ""


PLAIN = Marks()
ALL_MARKS = tuple(
    Marks(decimal, thousands)
    for decimal in ".,"
    for thousands in ("", ",", ".", " ", "'")
    if thousands != decimal
)


class MarksError(DataError):
    """Texts of one `shape` can be read as two numbers."""

    def __init__(self, shape: str, text: str, readings: Sequence[Marks]) -> None:
        ways = " or ".join(dict.fromkeys(_plain(text, marks) for marks in readings))
        options = " or ".join(dict.fromkeys(_option(text, marks) for marks in readings))
        super().__init__(
            f"is this {ways}? Both are possible in every row of the file: give {options}."
        )
        self.shape = shape


@dataclass(frozen=True)
class Cells:
    """A column of texts by their shapes: row n is written like `shapes[codes[n]]`."""

    texts: pa.ChunkedArray  # [N], trimmed; every space one kind of space, empty if missing
    codes: NDArray[np.int32]  # [N]
    shapes: tuple[str, ...]


def looks_like_number(text: str) -> bool:
    """Say whether a text is a number, or one of the ways to write that there is none."""
    text = text.strip()
    return text in NULLS or re.fullmatch(NUMBER, text, re.ASCII) is not None


def in_plain_marks(text: str) -> str:
    """Write a number of a sample with a point, whatever its marks: to see what the column holds.

    Units are left out too, so that the column is found and its reader can say that it cannot.
    """
    text = text.replace(MINUS, "-")
    match = None if looks_like_number(text) else FOREIGN.fullmatch(text.strip(UNITS))
    if match is None:
        return text
    whole = re.sub(r"[^\d+-]", "", match[1])
    return f"{whole}.{match[2]}" if match[2] else whole


def take_shapes(texts: pa.ChunkedArray) -> Cells:
    """Take texts [N] apart: 1,234.50 has the shape of 9,999.99, 0,123 that of z,999."""
    texts = pc.fill_null(pc.utf8_trim_whitespace(texts), "")
    if pc.any(pc.match_substring_regex(texts, f"{SPACES}|[{APOSTROPHE}{MINUS}]")).as_py():
        texts = pc.replace_substring(texts, MINUS, "-")
        texts = pc.replace_substring_regex(texts, SPACES, " ")
        texts = pc.replace_substring(texts, APOSTROPHE, "'")
    shapes = texts
    if pc.any(pc.match_substring(texts, "z")).as_py():  # which stands for a leading zero
        shapes = pc.replace_substring(texts, "z", "Z")
    shapes = pc.replace_substring_regex(shapes, r"^([+-]?)0", r"\1z")
    alike = pa.chunked_array([_digits_alike(chunk) for chunk in shapes.chunks], pa.string())
    coded = pc.dictionary_encode(alike).unify_dictionaries()
    codes = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in coded.chunks]
    distinct = coded.chunk(0).dictionary.to_pylist() if coded.num_chunks else []
    return Cells(texts, np.concatenate([np.empty(0, np.int32), *codes]), tuple(distinct))


def take_sample(texts: Sequence[str]) -> Cells:
    """Take a few texts apart."""
    return take_shapes(pa.chunked_array([pa.array(texts, pa.string())]))


def is_numeric(cells: Cells) -> bool:
    """Say whether every text is a number under some marks, or missing."""
    return all(any(_fits(shape, marks) for marks in ALL_MARKS) for shape in cells.shapes)


def _digits_alike(texts: pa.StringArray) -> pa.StringArray:
    """Write 9 for every digit: in the bytes as they lie, a tenth of the time of a regex."""
    valid, offsets, data = texts.buffers()
    letters = b"" if data is None else data.to_pybytes()
    alike = pa.py_buffer(letters.translate(DIGITS_ALIKE))
    return pa.StringArray.from_buffers(
        len(texts), offsets, alike, valid, texts.null_count, texts.offset
    )


def choose_marks(columns: Sequence[Cells], allowed: Iterable[Marks], *, plain: bool) -> Marks:
    """Return the marks under which the fewest cells of all columns are no numbers.

    Where several marks are as good and some cell is another number under each, `plain` says that
    a decimal point is meant if it is among them.

    Raises:
        MarksError: two readings are as good.
    """
    counts: dict[str, int] = {}
    for cells in columns:
        found = np.bincount(cells.codes, minlength=len(cells.shapes)).tolist()
        for shape, count in zip(cells.shapes, found, strict=True):
            counts[shape] = counts.get(shape, 0) + count
    allowed = tuple(allowed)
    wrong = [
        sum(count for shape, count in counts.items() if not _fits(shape, marks))
        for marks in allowed
    ]
    best = [marks for marks, count in zip(allowed, wrong, strict=True) if count == min(wrong)]
    if plain and PLAIN in best:
        return PLAIN
    doubtful = {shape: _readings(shape, best) for shape in counts}
    for shape, readings in doubtful.items():
        if len(readings) > 1:
            raise MarksError(shape, _first_of(shape, columns), readings)
    return best[0]


def _fits(shape: str, marks: Marks) -> bool:
    """Say whether a shape is a number under these marks, or a way to write that there is none."""
    return shape in NULLS or re.fullmatch(_pattern(marks), shape) is not None


def _pattern(marks: Marks) -> str:
    """Return the shapes of numbers: no group of thousands follows a leading zero."""
    point = re.escape(marks.decimal)
    grouped = rf"9{{1,3}}(?:{re.escape(marks.thousands)}9{{3}})+|" if marks.thousands else ""
    return rf"[+-]?(?:(?:{grouped}[9z]9*)(?:{point}9*)?|{point}9+)(?:[eE][+-]?9+)?"


def _readings(shape: str, best: Sequence[Marks]) -> list[Marks]:
    """Return marks among the best that read this shape as different numbers."""
    if shape in NULLS:
        return []
    read = {_plain(shape, marks): marks for marks in reversed(best) if _fits(shape, marks)}
    return list(read.values())[::-1]


def _plain(text: str, marks: Marks) -> str:
    """Write a number, or its shape, with a decimal point and no thousands."""
    text = text.replace(marks.thousands, "") if marks.thousands else text
    return text.replace(marks.decimal, ".")


def _first_of(shape: str, columns: Sequence[Cells]) -> str:
    """Return the first text of this shape."""
    cells = next(cells for cells in columns if shape in cells.shapes)
    row = int(np.flatnonzero(cells.codes == cells.shapes.index(shape))[0])
    return str(cells.texts[row].as_py())


def _option(text: str, marks: Marks) -> str:
    """Return the option that says how to read a text."""
    if marks.thousands and marks.thousands in text:
        return f"--thousands '{marks.thousands}'"
    return f"--decimal '{marks.decimal}'"


def to_numbers(cells: Cells, marks: Marks) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return float64 [N], NaN where there is no number, and a mask of the texts that are wrong."""
    right = np.array([re.fullmatch(_pattern(marks), shape) is not None for shape in cells.shapes])
    missing = np.array([shape in NULLS for shape in cells.shapes])
    if not cells.codes.size:
        return np.empty(0), np.empty(0, dtype=bool)
    texts = cells.texts
    if marks.thousands:
        texts = pc.replace_substring(texts, marks.thousands, "")
    if marks.decimal != ".":
        texts = pc.replace_substring(texts, marks.decimal, ".")
    numbers = pc.cast(pc.if_else(pa.array(right[cells.codes]), texts, None), pa.float64())
    values = numbers.to_numpy()
    return values, ~(right | missing)[cells.codes] | np.isinf(values)


def parse_numbers(texts: pa.ChunkedArray) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return float64 [N], NaN where there is no number, and a mask of the texts that are wrong.

    Numbers have a decimal point and no thousands.
    """
    return to_numbers(take_shapes(texts), PLAIN)
