"""Columns of a CSV file: a sample to find their roles, then those that matter, in bulk."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from lstmcast.data.columns import SAMPLE_ROWS, looks_like_data
from lstmcast.data.csv_file import SAVE
from lstmcast.data.numerals import NULLS, parse_numbers
from lstmcast.data.problems import SHOWN, quoted
from lstmcast.data.raw import Coded, Numbers, RawColumns
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmcast.data.csv_file import CsvFile

BLOCK = 8 << 20  # bytes that are parsed at a time; no row may be longer
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
CODED = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class CsvTable:
    """A CSV file as the source of a table."""

    file: CsvFile

    @property
    def name(self) -> str:
        """What messages call the file."""
        return self.file.name

    def sample(self) -> tuple[list[str], list[list[str]]]:
        """Return the names in the header, spaces around them removed, and the first rows.

        Raises:
            DataError: the file is empty, has a header only, or its first line is no header.
        """
        records = self.file.records()
        line, header = next(records, (1, []))
        if not header:
            raise DataError(
                f"{self.name}: the file is empty; it needs a header line and rows below."
            )
        names = [name.strip() for name in header]
        _check_header(f"{self.name}, row {line}", names)
        rows = [cells for _, cells in itertools.islice(records, SAMPLE_ROWS)]
        if not rows:
            raise DataError(f"{self.name}: there is a header but no row below it.")
        return names, rows

    def read(self, texts: Sequence[str], numbers: Sequence[str]) -> RawColumns:
        """Read some columns, in one pass and in blocks.

        Raises:
            DataError: rows have too few or too many cells, or hold bytes that are no UTF-8.
        """
        try:
            table = _read(self.file, texts, numbers, pa.float64())
        except pa.ArrowInvalid:
            # Numbers with spaces around, wrong ones, or rows that no reading survives.
            table = _read_carefully(self.file, texts, numbers)
        return RawColumns(
            {name: _coded(table.column(name)) for name in texts},
            {name: _numbers(table.column(name)) for name in numbers},
        )

    def cells(self, rows: Sequence[int], column: str) -> list[tuple[int, str]]:
        """Return line and text of a column's cells in some rows, counted from 0 below the header.

        `column` is a name without the spaces around it.
        """
        records = self.file.records()
        place = [name.strip() for name in next(records)[1]].index(column)
        wanted = set(rows)
        found = {
            row: (line, cells[place])
            for row, (line, cells) in enumerate(itertools.islice(records, max(rows) + 1))
            if row in wanted
        }
        return [found[row] for row in rows]


def _check_header(where: str, names: Sequence[str]) -> None:
    """Raise if a first line cannot be a header of comma-separated columns."""
    if not _is_utf8(names):
        raise DataError(f"{where}: this is no text in UTF-8; {SAVE}")
    for separator, word in SEPARATORS.items():
        if len(names) == 1 and separator in names[0]:
            raise DataError(
                f"{where}: the columns are separated by {word}; save the table with commas "
                "between the cells and points in the numbers."
            )
    if all(map(looks_like_data, names)):
        raise DataError(
            f"{where}: the first line holds data ({quoted(', '.join(names))}), no names; put a "
            "header such as ds,y above it."
        )
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        columns = [k for k, other in enumerate(names, start=1) if other == name]
        raise DataError(
            f"{where}: columns {', '.join(map(str, columns))} are all named {quoted(name)}; "
            "give each a name of its own."
        )


def _read_carefully(file: CsvFile, texts: Sequence[str], numbers: Sequence[str]) -> pa.Table:
    """Read the numbers as texts, whatever they are; tell what keeps the file from being read."""
    try:
        return _read(file, texts, numbers, pa.string())
    except pa.ArrowInvalid as error:
        _raise_unreadable(file, error)


def _read(
    file: CsvFile, texts: Sequence[str], numbers: Sequence[str], number_type: pa.DataType
) -> pa.Table:
    """Read columns under their names without the spaces around them."""
    names = {name.strip(): name for name in next(file.records())[1]}
    types = {names[name]: CODED for name in texts} | {names[name]: number_type for name in numbers}
    convert = pacsv.ConvertOptions(
        include_columns=list(types),
        column_types=types,
        null_values=NULLS,
        strings_can_be_null=False,
    )
    with file.open() as stream:
        table = pacsv.read_csv(
            stream,
            pacsv.ReadOptions(block_size=BLOCK),
            pacsv.ParseOptions(newlines_in_values=True),
            convert,
        )
    return table.rename_columns([*texts, *numbers])


def _numbers(column: pa.ChunkedArray) -> Numbers:
    """Return a column of numbers that was read as such, or as texts."""
    if pa.types.is_string(column.type):
        values, wrong = parse_numbers(column)
    else:
        values = column.to_numpy()
        wrong = np.isinf(values)
    return Numbers(values, np.flatnonzero(wrong))


def _coded(column: pa.ChunkedArray) -> Coded:
    """Return a column that was read in blocks, each with texts of its own, under common ones."""
    unified = column.unify_dictionaries()
    codes = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in unified.chunks]
    return Coded(np.concatenate(codes).astype(np.int32, copy=False), unified.chunk(0).dictionary)


def _raise_unreadable(file: CsvFile, error: pa.ArrowInvalid) -> NoReturn:
    """Find the rows that cannot be read and raise a `DataError` that names them."""
    records = file.records()
    width = len(next(records)[1])
    ragged: list[str] = []
    for line, cells in records:
        if not _is_utf8(cells):
            raise DataError(f"{file.name}, row {line}: bytes that are no UTF-8; {SAVE}") from error
        if len(cells) != width:
            ragged.append(f"row {line} has {len(cells)}")
    if not ragged:
        raise DataError(f"{file.name}: cannot be read as CSV: {error}.") from error
    more = f", and {len(ragged) - SHOWN:,} more rows" if len(ragged) > SHOWN else ""
    raise DataError(
        f"{file.name}: the header has {width} columns, but {', '.join(ragged[:SHOWN])}{more}: "
        "correct these rows; a cell with a comma in it needs quotes around it."
    ) from error


def _is_utf8(cells: Sequence[str]) -> bool:
    """Say whether no byte had to pass as a surrogate."""
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return False
    return True
