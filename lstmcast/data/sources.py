"""Sources: what opens a table by its path, whatever its format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lstmcast.data.csv_file import open_csv
from lstmcast.data.csv_reader import CsvTable
from lstmcast.data.frame import open_parquet

if TYPE_CHECKING:
    from lstmcast.data.raw import Source


def open_source(source: str | Path) -> Source:
    """Open a Parquet file by its ending, all else as CSV (unpacked if it ends in .gz, .bz2, .zst).

    Raises:
        DataError: it is empty, or in no format that is known.
        OSError: it cannot be read.
    """
    path = Path(source)
    return open_parquet(path) if path.suffix == ".parquet" else CsvTable(open_csv(source))
