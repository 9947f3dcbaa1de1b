"""Columns of a CSV file: a sample to find their roles, then those that matter, in bulk."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from lstmcast.data.coded import from_chunks, keep_rows, read_numbers, refuse_nul
from lstmcast.data.columns import SAMPLE_ROWS
from lstmcast.data.csv_rows import CsvRows
from lstmcast.data.dialect import QUOTE, find_dialect
from lstmcast.data.numerals import NULLS, in_plain_marks
from lstmcast.data.raw import RawColumns
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmcast.config import DataConfig
    from lstmcast.data.text_file import TextFile

BLOCK = 8 << 20  # bytes that are parsed at a time; no row may be longer
CODED = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class CsvTable:
    """A CSV file as the source of a table."""

    rows: CsvRows
    said: DataConfig

    @property
    def name(self) -> str:
        """What messages call the file."""
        return self.rows.file.name

    def sample(self) -> tuple[list[str], list[list[str]]]:
        """Return the names in the header, spaces around them removed, and the first rows.

        Columns without a name and without a cell are left out.

        Raises:
            DataError: there is a header only, or several columns have no name.
        """
        cells = [record.cells for record in itertools.islice(self.rows.of_data(), SAMPLE_ROWS)]
        if not cells:
            raise DataError(f"{self.name}: there is a header but no row below it.")
        names = self.rows.names
        kept = [
            place
            for place, name in enumerate(names)
            if name or any("".join(row[place : place + 1]).strip() for row in cells)
        ]
        if [names[place] for place in kept].count("") > 1:
            raise DataError(
                f"{self.name}, row {self.rows.dialect.header}: several columns have no name; give "
                "each a name of its own."
            )
        rows = [[in_plain_marks("".join(row[k : k + 1])) for k in kept] for row in cells]
        return [names[place] for place in kept], rows

    def read(self, texts: Sequence[str], numbers: Sequence[str]) -> RawColumns:
        """Read some columns, in one pass and in blocks.

        Raises:
            DataError: rows have too few or too many cells, or numbers can be read in two ways.
        """
        file, dialect = self.rows.file, self.rows.dialect
        if file.odd_quotes:
            self.rows.demand_closed_quotes()
        table = self._table(texts, numbers)
        coded = {name: from_chunks(table.column(name)) for name in texts}
        numeric = {name: table.column(name) for name in numbers}
        noise = self.rows.find_noise(coded, numeric)
        if noise.rows.size:
            kept = np.ones(table.num_rows, dtype=bool)
            kept[noise.rows] = False
            coded = {name: keep_rows(column, kept) for name, column in coded.items()}
            numeric = {name: column.filter(pa.array(kept)) for name, column in numeric.items()}
        for name, column in coded.items():
            refuse_nul(self, name, column)  # in rows as `cells` counts them
        witnesses = self._first_cells(without=texts)
        plain = dialect.delimiter == ","
        read, marks = read_numbers(self, numeric, self.said, witnesses, plain=plain)
        notes = [*dialect.notes(file.encoding), *marks, *noise.notes()]
        return RawColumns(coded, read, (f"{self.name}: {'; '.join(notes)}",) if notes else ())

    def cells(self, rows: Sequence[int], column: str) -> list[tuple[str, str]]:
        """Return row and text of a column's cells in some rows, counted from 0 below the header.

        `column` is a name without the spaces around it.
        """
        place = self.rows.names.index(column)
        wanted = set(rows)
        found = {
            row: (f"row {record.line}", "".join(record.cells[place : place + 1]))
            for row, record in enumerate(itertools.islice(self.rows.of_data(), max(rows) + 1))
            if row in wanted
        }
        # Stray quotes may be read otherwise here than in bulk: the error is to be told nonetheless.
        return [found.get(row, (f"row {row + 1} below the header", "")) for row in rows]

    def _first_cells(self, *, without: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the first cells of each column but times and ids: 01.2024 is no decimal."""
        first = itertools.islice(self.rows.of_data(), SAMPLE_ROWS)
        columns = zip(*(record.cells for record in first), strict=False)
        names = self.rows.names
        return [cells for name, cells in zip(names, columns, strict=False) if name not in without]

    def _table(self, texts: Sequence[str], numbers: Sequence[str]) -> pa.Table:
        """Read columns under their names; numbers as such if they can be, else as texts."""
        plain = self.said.decimal in (None, ".") and not self.said.thousands
        if self.rows.dialect.delimiter == "," and plain:
            try:
                return self._read_csv(texts, numbers, pa.float64())
            except pa.ArrowInvalid:
                pass  # spaces around numbers, wrong ones, other marks, or rows of another width
        try:
            return self._read_csv(texts, numbers, pa.string())
        except pa.ArrowInvalid as error:
            self.rows.raise_unreadable(error)

    def _read_csv(
        self, texts: Sequence[str], numbers: Sequence[str], number_type: pa.DataType
    ) -> pa.Table:
        names = self.rows.names
        places = {name: str(names.index(name)) for name in (*texts, *numbers)}
        types = {places[name]: CODED for name in texts}
        types |= {places[name]: number_type for name in numbers}
        quoting = self.rows.file.quotes or self.rows.dialect.quote != QUOTE
        with self.rows.file.open() as stream:
            table = pacsv.read_csv(
                stream,
                pacsv.ReadOptions(
                    block_size=BLOCK,
                    use_threads=self.rows.file.threads_may_read,
                    column_names=[str(place) for place in range(len(names))],
                    skip_rows=self.rows.dialect.skipped,
                ),
                pacsv.ParseOptions(
                    delimiter=self.rows.dialect.delimiter,
                    quote_char=self.rows.dialect.quote if quoting else False,
                    newlines_in_values=quoting,
                    invalid_row_handler=self._skip_blank,
                ),
                pacsv.ConvertOptions(
                    include_columns=list(places.values()),
                    column_types=types,
                    null_values=NULLS,
                    strings_can_be_null=False,
                ),
            )
        return table.rename_columns([*texts, *numbers])

    def _skip_blank(self, row: pacsv.InvalidRow) -> str:  # pragma: no cover - called by Arrow
        """Pass over a row of another width that holds nothing but spaces and delimiters."""
        return "error" if row.text.replace(self.rows.dialect.delimiter, "").strip() else "skip"


def open_csv(file: TextFile, said: DataConfig) -> CsvTable:
    """Find out how a CSV file is written, as far as it is not said.

    Raises:
        DataError: it has no header, or it can be read in two ways.
        UsageError: the delimiter cannot be used.
    """
    return CsvTable(CsvRows(file, find_dialect(file, said.delimiter)), said)
