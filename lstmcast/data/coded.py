"""Columns of Arrow as the columns of a table: texts by their distinct ones, and numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lstmcast.data.numerals import (
    ALL_MARKS,
    PLAIN,
    Marks,
    MarksError,
    choose_marks,
    is_numeric,
    take_sample,
    take_shapes,
    to_numbers,
)
from lstmcast.data.problems import Problem, problems_error
from lstmcast.data.raw import Coded, Numbers
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from lstmcast.config import DataConfig
    from lstmcast.data.numerals import Cells
    from lstmcast.data.raw import Source

WORDS = {"": "nothing", " ": "spaces", "'": "apostrophes", ",": "commas", ".": "points"}


def from_chunks(column: pa.ChunkedArray) -> Coded:
    """Return a dictionary column that was read in blocks, each with texts of its own."""
    unified = column.unify_dictionaries()
    codes = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in unified.chunks]
    return Coded(np.concatenate(codes).astype(np.int32, copy=False), unified.chunk(0).dictionary)


def keep_rows(column: Coded, kept: NDArray[np.bool_]) -> Coded:
    """Return a column without some rows, and without the texts that no row has any more."""
    codes = column.codes[kept]
    used = np.zeros(len(column.texts), dtype=bool)
    used[codes] = True
    places = np.cumsum(used, dtype=np.int32) - np.int32(1)
    return replace(column, codes=places[codes], texts=column.texts.filter(pa.array(used)))


def refuse_nul(source: Source, name: str, column: Coded) -> None:
    """Raise a `DataError` if a text holds a NUL byte, which no person wrote."""
    which = np.flatnonzero(pc.match_substring(column.texts, "\0").to_numpy(zero_copy_only=False))
    if which.size:
        rows = np.flatnonzero(np.isin(column.codes, which))
        message = "there is a NUL byte in the cell: the file is damaged; write the cell anew."
        raise problems_error(source, [Problem(name, rows, message, "damaged cell")])


def read_numbers(
    source: Source,
    columns: Mapping[str, pa.ChunkedArray],
    said: DataConfig,
    witnesses: Sequence[Sequence[str]] = (),
    *,
    plain: bool,
) -> tuple[dict[str, Numbers], list[str]]:
    """Return columns of numbers or of texts as numbers, and notes on the marks that they have.

    One file has one decimal mark: texts of all columns are judged together. `plain` says that a
    point is the decimal mark where one in every cell could as well group thousands. `witnesses` are
    first cells of all columns: those that hold numbers settle what is in doubt.

    Raises:
        DataError: texts can be read as two numbers.
        UsageError: marks were asked for that cannot be.
    """
    texts = {
        name: take_shapes(column)
        for name, column in columns.items()
        if pa.types.is_string(column.type)
    }
    marks = _marks_of(source, texts, said, witnesses, plain=plain) if texts else PLAIN
    numbers = {}
    for name, column in columns.items():
        if name in texts:
            values, wrong = to_numbers(texts[name], marks)
        else:
            values = column.to_numpy()
            wrong = np.isinf(values)
        numbers[name] = Numbers(values, np.flatnonzero(wrong))
    return numbers, _notes(marks)


def _marks_of(
    source: Source,
    texts: Mapping[str, Cells],
    said: DataConfig,
    witnesses: Sequence[Sequence[str]],
    *,
    plain: bool,
) -> Marks:
    """Return the marks that fit the texts of all columns best."""
    columns, allowed = list(texts.values()), _allowed(said)
    try:
        return choose_marks(columns, allowed, plain=plain)
    except MarksError as error:
        seen = [cells for cells in map(take_sample, witnesses) if is_numeric(cells)]
        try:
            return choose_marks([*columns, *seen], allowed, plain=plain)
        except MarksError:
            name, cells = next(item for item in texts.items() if error.shape in item[1].shapes)
            rows = np.flatnonzero(cells.codes == cells.shapes.index(error.shape))
            raise problems_error(
                source, [Problem(name, rows, str(error), "ambiguous number")]
            ) from error


def _allowed(said: DataConfig) -> list[Marks]:
    """Return the marks that the user leaves open."""
    if said.decimal is not None and said.decimal == said.thousands:
        raise UsageError("--decimal and --thousands must differ.")
    return [
        marks
        for marks in ALL_MARKS
        if said.decimal in (None, marks.decimal) and said.thousands in (None, marks.thousands)
    ]


def _notes(marks: Marks) -> list[str]:
    """Say which marks the numbers have, if they are not plain."""
    notes = ["decimal comma"] if marks.decimal == "," else []
    return [*notes, f"thousands grouped by {WORDS[marks.thousands]}"] if marks.thousands else notes
