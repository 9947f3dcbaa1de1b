"""Which reader a path needs: told by the first bytes, never by the name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lstmcast.data.content import (
    PARQUET,
    Content,
    open_content,
    readable,
    refuse_foreign,
    source_name,
)
from lstmcast.data.csv_reader import open_csv
from lstmcast.data.joined import Joined, Part
from lstmcast.data.json_lines import JsonLines, open_array
from lstmcast.data.parquet_file import ParquetTable
from lstmcast.data.places import series_names, several_files
from lstmcast.data.text_file import open_text

if TYPE_CHECKING:
    from pathlib import Path

    from lstmcast.config import DataConfig
    from lstmcast.data.raw import Source

ARRAY = re.compile(r"\[\s*[\[{]")


def open_source(source: str | Path, said: DataConfig) -> Source:
    """Return the source of a table at a path: a file, a folder, a pattern, or "-" for stdin.

    Raises:
        DataError: it is no table in a format that can be read.
        UsageError: an option that says how to read it cannot be used.
        OSError: it cannot be read.
    """
    paths = several_files(source)
    if paths is None:
        return _open_file(source, said)
    parts = []
    for path, series in zip(paths, series_names(paths), strict=True):
        with readable(path):
            file = _open_file(path, said)
            parts.append(Part(path, file, series, *file.sample()))
    return Joined(source_name(source), tuple(parts))


def open_bytes(name: str, data: bytes, said: DataConfig) -> Source:
    """Return the source of a table whose bytes are in memory; raises as `open_source`."""
    return _open(Content(name, data, None), said)


def _open_file(source: str | Path, said: DataConfig) -> Source:
    """Return the reader of one file."""
    return _open(open_content(source), said)


def _open(content: Content, said: DataConfig) -> Source:
    """Return the reader that a content needs."""
    head = content.head()
    if content.packing is None and head.startswith(PARQUET):
        return ParquetTable(content, said)
    refuse_foreign(content, head)
    file = open_text(content, head, said.encoding)
    start = file.start()
    if start.startswith("{"):
        return JsonLines(file, said)
    return open_array(file, said) if ARRAY.match(start) else open_csv(file, said)
