"""Which reader a source needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lstmcast.data.csv_file import open_csv
from lstmcast.data.csv_reader import CsvTable
from lstmcast.data.frame import open_parquet

if TYPE_CHECKING:
    from lstmcast.data.raw import Source


def open_source(source: str | Path) -> Source:
    """Return the source of a table at a path, or "-" for standard input.

    A path that ends in .parquet is read as Parquet, all else as CSV.

    Raises:
        DataError: it is no table in a format that can be read.
        OSError: it cannot be read.
    """
    if Path(source).suffix == ".parquet":
        return open_parquet(Path(source))
    return CsvTable(open_csv(source))
