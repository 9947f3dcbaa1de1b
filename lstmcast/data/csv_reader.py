"""Columns of a CSV file: a sample to find their roles, then the three that matter, in bulk."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from lstmcast.data.columns import SAMPLE_ROWS, looks_like_data
from lstmcast.data.csv_file import SAVE
from lstmcast.data.numerals import NULLS, parse_numbers
from lstmcast.data.problems import SHOWN, quoted
from lstmcast.data.raw import Coded, RawColumns
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmcast.data.csv_file import CsvFile
    from lstmcast.data.panel import Columns

BLOCK = 8 << 20  # bytes that are parsed at a time; no row may be longer
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
CODED = pa.dictionary(pa.int32(), pa.string())


def sample_csv(file: CsvFile) -> tuple[list[str], list[list[str]]]:
    """Return the names in the header, spaces around them removed, and the first rows.

    Raises:
        DataError: the file is empty, has a header only, or its first line is no header.
    """
    records = file.records()
    line, header = next(records, (1, []))
    if not header:
        raise DataError(f"{file.name}: the file is empty; it needs a header line and rows below.")
    names = [name.strip() for name in header]
    _check_header(f"{file.name}, row {line}", names)
    rows = [cells for _, cells in itertools.islice(records, SAMPLE_ROWS)]
    if not rows:
        raise DataError(f"{file.name}: there is a header but no row below it.")
    return names, rows


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


def read_csv(file: CsvFile, columns: Columns) -> RawColumns:
    """Read the columns that play a role, in one pass and in blocks.

    Raises:
        DataError: rows have too few or too many cells, or hold bytes that are no UTF-8.
    """
    try:
        table = _read(file, columns, pa.float64())
    except pa.ArrowInvalid:
        # Numbers with spaces around, wrong ones, or rows that no reading survives: read carefully.
        table = _read_texts(file, columns)
    if pa.types.is_string(table.column(1).type):
        values, wrong = parse_numbers(table.column(1))
    else:
        values = table.column(1).to_numpy()
        wrong = np.isinf(values)
    ids = _coded(table.column(2)) if columns.id is not None else None
    return RawColumns(_coded(table.column(0)), ids, values, np.flatnonzero(wrong))


def _read_texts(file: CsvFile, columns: Columns) -> pa.Table:
    """Read the target as texts, whatever they are; tell what keeps the file from being read."""
    try:
        return _read(file, columns, pa.string())
    except pa.ArrowInvalid as error:
        _raise_unreadable(file, error)


def _read(file: CsvFile, columns: Columns, target: pa.DataType) -> pa.Table:
    """Read the columns for time, target and, if there is one, id, in this order."""
    names = {name.strip(): name for name in next(file.records())[1]}
    wanted = [
        names[name] for name in (columns.time, columns.target, columns.id) if name is not None
    ]
    types = dict(zip(wanted, (CODED, target, CODED), strict=False))
    convert = pacsv.ConvertOptions(
        include_columns=wanted, column_types=types, null_values=NULLS, strings_can_be_null=False
    )
    with file.open() as stream:
        return pacsv.read_csv(
            stream,
            pacsv.ReadOptions(block_size=BLOCK),
            pacsv.ParseOptions(newlines_in_values=True),
            convert,
        )


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
