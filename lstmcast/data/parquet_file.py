"""Parquet files as the source of a table: only the columns that matter, texts by distinct ones."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from lstmcast.data.arrow_columns import as_numbers, as_texts, is_flat, is_text, texts_of
from lstmcast.data.coded import read_numbers
from lstmcast.data.columns import SAMPLE_ROWS
from lstmcast.data.numerals import in_plain_marks
from lstmcast.data.problems import quoted, reason
from lstmcast.data.raw import RawColumns
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lstmcast.config import DataConfig
    from lstmcast.data.content import Content

# What Arrow and pandas raise for bytes, zones and stamps that cannot be.
DAMAGE = (pa.ArrowException, ValueError, KeyError, NotImplementedError, OverflowError)
INDEX = "__index_level_"  # how pandas names an index without a name


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file as the source of a table; rows count from 0, as in a data frame."""

    content: Content
    said: DataConfig

    @property
    def name(self) -> str:
        """What messages call the file."""
        return self.content.name

    def sample(self) -> tuple[list[str], list[list[str]]]:
        """Return the names of the columns, nested ones left out, and the first rows as texts.

        Raises:
            DataError: it is damaged, there is no row, or two columns have one name.
        """
        with self._opened() as file:
            names = [
                field.name
                for field in file.schema_arrow
                if is_flat(field.type) and not _is_row_number(field)
            ]
            if twice := [name for name in names if names.count(name) > 1]:
                raise DataError(
                    f"{self.name}: two columns are named {quoted(twice[0])}; rename one of them."
                )
            batch = next(file.iter_batches(SAMPLE_ROWS, columns=names), None)
            if batch is None or not batch.num_rows:
                raise DataError(f"{self.name}: there is no row.")
            columns = [texts_of(pa.chunked_array([batch.column(name)])) for name in names]
        return names, [list(map(in_plain_marks, row)) for row in zip(*columns, strict=True)]

    def read(self, texts: Sequence[str], numbers: Sequence[str]) -> RawColumns:
        """Read some columns, in bulk.

        Raises:
            DataError: it is damaged, or a column holds what it cannot.
        """
        with self._opened() as file:
            nested = [field.name for field in file.schema_arrow if not is_flat(field.type)]
            strings = [field.name for field in file.schema_arrow if is_text(field.type)]
        with self._opened([name for name in strings if name in texts]) as file:
            table = file.read([*texts, *numbers])
            coded = {name: as_texts(table.column(name)) for name in texts}
            table = table.select(numbers)  # which frees the memory of the others
            numeric = {name: self._as_numbers(name, table.column(name)) for name in numbers}
        read, notes = read_numbers(self, numeric, self.said, plain=True)
        if nested:
            notes.append(f"nested columns left out: {', '.join(map(quoted, nested))}")
        return RawColumns(coded, read, (f"{self.name}: {'; '.join(notes)}",) if notes else ())

    def cells(self, rows: Sequence[int], column: str) -> list[tuple[str, str]]:
        """Return number and text of a column's cells in some rows."""
        with self._opened() as file:
            taken = texts_of(file.read([column]).column(column).take(pa.array(rows)))
        return [(f"row {row}", text) for row, text in zip(rows, taken, strict=True)]

    def _as_numbers(self, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return a column of numbers, or of texts that may be some."""
        try:
            return as_numbers(column)
        except pa.ArrowInvalid as error:
            raise DataError(f"{self.name}, column {quoted(name)}: {error}") from error

    @contextmanager
    def _opened(self, dictionaries: Sequence[str] = ()) -> Iterator[pq.ParquetFile]:
        """Open the file; `dictionaries` are columns whose distinct texts are wanted."""
        held = self.content.held
        source = pa.BufferReader(held) if isinstance(held, bytes) else held
        try:
            with pq.ParquetFile(source, read_dictionary=list(dictionaries)) as file:
                yield file
        except DAMAGE as error:
            raise DataError(
                f"{self.name}: cannot be read as Parquet: {reason(error)}; look whether "
                "the file is whole, or write it anew."
            ) from error


def _is_row_number(field: pa.Field) -> bool:
    """Say whether a column is what pandas keeps of an index without a name or a meaning."""
    return bool(field.name.startswith(INDEX) and pa.types.is_integer(field.type))
