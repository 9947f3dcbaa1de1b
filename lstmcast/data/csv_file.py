"""CSV files: opened safely, and searched again for rows that a message must name."""

from __future__ import annotations

import csv
import io
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

STDIN = "-"
START = 4096  # bytes that tell whether a file is text at all
SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file, though its name does not end in .parquet",
    b"\x1f\x8b": "packed by gzip, though its name does not end in .gz",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}
SAVE = "save the table as CSV in UTF-8."


@dataclass(frozen=True)
class CsvFile:
    """A CSV file on disk, opened as often as needed, or the bytes of a pipe.

    A file on disk may be packed by gzip, bz2 or zstd if its name says so.
    """

    name: str
    content: Path | bytes

    def open(self) -> pa.NativeFile:
        """Return a stream of the whole content, unpacked."""
        if isinstance(self.content, bytes):
            return pa.BufferReader(self.content)
        return pa.input_stream(str(self.content))

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not blank: line on which each begins, and its cells.

        Lines count from 1 as in an editor, also behind blank lines and quoted cells of many lines.
        Slow, so it serves the first rows and messages only. Bytes that are no UTF-8 pass as
        surrogates, to be found and told.
        """
        stream = io.TextIOWrapper(self.open(), "utf-8-sig", errors="surrogateescape", newline="")
        with stream:
            reader = csv.reader(stream)
            line = 1
            try:
                for cells in reader:
                    if cells:
                        yield line, cells
                    line = reader.line_num + 1
            except csv.Error as error:
                raise DataError(
                    f"{self.name}, row {line}: cannot be read as CSV ({error}): look for a quote "
                    'that is opened (") and never closed.'
                ) from error


def open_csv(source: str | Path) -> CsvFile:
    """Return the CSV file at a path, or all of standard input for "-".

    Raises:
        DataError: it is empty, or no text in UTF-8 to judge by its first bytes.
        OSError: it cannot be read.
    """
    file = CsvFile(source_name(source), _content(source))
    with file.open() as stream:
        start = stream.read(START)
    for signature, what in SIGNATURES.items():
        if start.startswith(signature):
            raise DataError(f"{file.name}: this is {what}; {SAVE}")
    if b"\0" in start:
        raise DataError(f"{file.name}: this is no text in UTF-8; {SAVE}")
    return file


def source_name(source: str | Path) -> str:
    """Return what messages call a source."""
    return "standard input" if str(source) == STDIN else str(source)


def _content(source: str | Path) -> Path | bytes:
    """Return a path that can be opened again and again, or else all of its bytes."""
    if str(source) == STDIN:
        if sys.stdin is None:
            raise DataError("standard input: it is closed; give a path, or pipe a table into it.")
        return sys.stdin.buffer.read()
    path = Path(source)
    # A named pipe, as from <(zcat sales.csv.gz), gives its bytes once only.
    return path.read_bytes() if path.is_fifo() else path


@contextmanager
def readable(source: str | Path) -> Iterator[None]:
    """Tell the failures of the system while a source is read as a `DataError`."""
    name = source_name(source)
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"{name}: there is no such file.") from error
    except OSError as error:
        what = os.strerror(error.errno) if error.errno else str(error)
        what = "it is a directory" if Path(source).is_dir() else what
        raise DataError(f"{name}: cannot be read: {what}.") from error
