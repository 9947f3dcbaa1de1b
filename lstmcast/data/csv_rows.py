"""Rows of a CSV file one by one: slow, so for the first rows, for odd ones and for messages."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lstmcast.data.problems import SHOWN, quoted, reason
from lstmcast.data.raw import UNSEEN, trimmed
from lstmcast.data.text_file import open_quote_error
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from lstmcast.data.dialect import Dialect
    from lstmcast.data.raw import Coded
    from lstmcast.data.text_file import Record, TextFile


@dataclass(frozen=True)
class Noise:
    """Rows [K] below the header, counted from 0, that are blank (their number) or a header."""

    rows: NDArray[np.int64]
    blank: int
    headers: tuple[int, ...]  # their lines

    def notes(self) -> list[str]:
        """Say which rows were passed over."""
        shown = ", ".join(map(str, self.headers[:SHOWN]))
        more = ", ..." if len(self.headers) > SHOWN else ""
        notes = [f"the header repeated in row {shown}{more} skipped"] if self.headers else []
        return [*notes, f"{self.blank:,} blank rows skipped"] if self.blank else notes


NO_NOISE = Noise(np.empty(0, dtype=np.int64), 0, ())


@dataclass(frozen=True)
class CsvRows:
    """The rows of a CSV file whose dialect is known."""

    file: TextFile
    dialect: Dialect

    @property
    def names(self) -> list[str]:
        """The names in the header without the spaces around them."""
        return [name.strip() for name in self.dialect.names]

    def below_header(self) -> Iterator[Record]:
        """Yield all rows below the header, of whatever width."""
        records = self.file.records(self.dialect.delimiter, self.dialect.quote)
        return (record for record in records if record.line > self.dialect.skipped)

    def of_data(self) -> Iterator[Record]:
        """Yield the rows below the header that are neither blank nor the header once more."""
        return (record for record in self.below_header() if not self._is_noise(record.cells))

    def _is_noise(self, cells: Sequence[str]) -> bool:
        """Say whether a row is blank but for delimiters, or the header once more."""
        stripped = [cell.strip(UNSEEN).strip() for cell in cells]
        return not any(stripped) or stripped == self.names

    def find_noise(
        self, texts: Mapping[str, Coded], numbers: Mapping[str, pa.ChunkedArray]
    ) -> Noise:
        """Return the rows, among those read in bulk, that hold no data."""
        suspects = _suspects(texts, numbers)
        if suspects is None:
            return NO_NOISE
        width = len(self.dialect.names)
        shaped = (record for record in self.below_header() if len(record.cells) == width)
        found = [
            (row, record)
            for row, record in enumerate(shaped)
            if suspects[row] and self._is_noise(record.cells)
        ]
        headers = tuple(record.line for _, record in found if any(map(str.strip, record.cells)))
        rows = np.array([row for row, _ in found], dtype=np.int64)
        return Noise(rows, len(found) - len(headers), headers)

    def demand_closed_quotes(self) -> None:
        """Raise if a quote is open at the end of the file, and rows have gone into one cell."""
        reader = csv.reader(
            self.file.lines(),
            delimiter=self.dialect.delimiter,
            quotechar=self.dialect.quote,
            strict=True,
        )
        line = 1
        try:
            for _ in reader:
                line = reader.line_num + 1
        except csv.Error as error:
            raise open_quote_error(self.file.name, line, self.dialect.quote, error) from error

    def raise_unreadable(self, error: pa.ArrowInvalid) -> NoReturn:
        """Find the rows that cannot be read and raise a `DataError` that names them."""
        width = len(self.dialect.names)
        ragged = [
            f"row {record.line} has {len(record.cells)} ({quoted(', '.join(record.cells))})"
            for record in self.below_header()
            if len(record.cells) != width and any(map(str.strip, record.cells))
        ]
        if not ragged:
            raise DataError(f"{self.file.name}: cannot be read as CSV: {reason(error)}.") from error
        more = f", and {len(ragged) - SHOWN:,} more rows" if len(ragged) > SHOWN else ""
        raise DataError(
            f"{self.file.name}: the header has {width} columns, but {', '.join(ragged[:SHOWN])}"
            f"{more}: correct or remove these rows; a cell with a delimiter in it needs quotes "
            "around it."
        ) from error


def _suspects(
    texts: Mapping[str, Coded], numbers: Mapping[str, pa.ChunkedArray]
) -> NDArray[np.bool_] | None:
    """Return a mask of the rows whose every cell that was read is empty or the column's name."""
    masks = []
    for name, column in texts.items():
        odd = pc.is_in(trimmed(column.texts), pa.array(["", name]))
        if not pc.any(odd).as_py():  # as in nearly every file: no row need be looked at
            return None
        masks.append(odd.to_numpy(zero_copy_only=False)[column.codes])
    for name, column in numbers.items():
        if pa.types.is_string(column.type):
            odd = pc.is_in(trimmed(column), pa.array(["", name]))
        else:
            odd = column.is_null()
        masks.append(odd.to_numpy())
    suspects: NDArray[np.bool_] = np.logical_and.reduce(masks)
    return suspects if suspects.any() else None
