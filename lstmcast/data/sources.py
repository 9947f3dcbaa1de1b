"""Which reader a path needs: told by the first bytes, never by the name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmcast.data.content import PARQUET, open_content, refuse_foreign
from lstmcast.data.csv_reader import open_csv
from lstmcast.data.parquet_file import ParquetTable

if TYPE_CHECKING:
    from pathlib import Path

    from lstmcast.config import DataConfig
    from lstmcast.data.raw import Source


def open_source(source: str | Path, said: DataConfig) -> Source:
    """Return the source of a table at a path, or "-" for standard input.

    Raises:
        DataError: it is no table in a format that can be read.
        UsageError: an option that says how to read it cannot be used.
        OSError: it cannot be read.
    """
    content = open_content(source)
    head = content.head()
    if content.packing is None and head.startswith(PARQUET):
        return ParquetTable(content, said)
    refuse_foreign(content, head)
    return open_csv(content, head, said)
