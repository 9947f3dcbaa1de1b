"""The bytes of a file or a pipe: opened safely and again and again, unpacked, and what they are."""

from __future__ import annotations

import codecs
import os
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from lstmcast.data.problems import reason
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

STDIN = "-"
HEAD = 1 << 16  # unpacked bytes that tell what a file is
CHUNK = 1 << 22  # bytes at a time when all of a file is looked through
PACKINGS = {
    "gzip": re.compile(rb"\x1f\x8b"),
    "bz2": re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"),  # a block, or the end at once
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd"),
    "lz4": re.compile(rb"\x04\x22\x4d\x18"),
}
SIGNATURES = {
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\xfd7zXZ\0": "packed by xz (unpack it first, or pack it with gzip or zstd)",
    b"7z\xbc\xaf": "a 7z archive (unpack it first)",
    b"%PDF": "a PDF document",
    b"ARROW1\0\0": "an Arrow file",
    b"Obj\x01": "an Avro file",
    b"SQLite format 3": "an SQLite database",
    b"\x89HDF": "an HDF5 file",
    b"{\\rtf": "a text in RTF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"version https://git-lfs": "a pointer of Git LFS (fetch the file itself: git lfs pull)",
}
ZIP = b"PK\x03\x04"
PARQUET = b"PAR1"
MARKUP = re.compile(rb"\s*<(!doctype|html|head|body|\?xml|!--|table|div|script)", re.IGNORECASE)
SAVE = "save the table as CSV in UTF-8."


@dataclass(frozen=True)
class Content:
    """The bytes of a file on disk, or those that a pipe gave, and how they are packed."""

    name: str
    held: Path | bytes
    packing: str | None

    def open(self) -> pa.NativeFile:
        """Return a stream of the whole content, unpacked."""
        source = pa.BufferReader(self.held) if isinstance(self.held, bytes) else str(self.held)
        return pa.input_stream(source, compression=self.packing)

    def head(self) -> bytes:
        """Return the first bytes, unpacked."""
        with self.open() as stream:
            return bytes(stream.read(HEAD))

    def chunks(self) -> Iterator[bytes]:
        """Yield all bytes, unpacked, a few megabytes at a time."""
        with self.open() as stream:
            while chunk := stream.read(CHUNK):
                yield bytes(chunk)


def open_content(source: str | Path) -> Content:
    """Return the bytes at a path, or all of standard input for "-", packed or not.

    How they are packed is seen by their first bytes, whatever the name.

    Raises:
        DataError: standard input is closed.
        OSError: the file cannot be read.
    """
    name, held = source_name(source), _held(source)
    packed = Content(name, held, None).head()
    return Content(name, held, _packing(packed))


def _packing(head: bytes) -> str | None:
    """Return how content that begins like this is packed."""
    return next((name for name, magic in PACKINGS.items() if magic.match(head)), None)


def refuse_foreign(content: Content, head: bytes) -> None:
    """Raise a `DataError` that says what a content is if it is known and no table."""
    start = head.removeprefix(codecs.BOM_UTF8)
    found = [what for magic, what in SIGNATURES.items() if head.startswith(magic)]
    if head.startswith(ZIP):
        found = ["an Excel workbook" if _is_workbook(head) else "a zip archive (unpack it first)"]
    elif _packing(head):
        found = ["packed twice (unpack it first)"]
    elif content.packing and head.startswith(PARQUET):
        found = [f"a Parquet file packed by {content.packing} (unpack it first)"]
    elif MARKUP.match(start):
        found = ["a web page or XML (a login page, perhaps: look at it in a browser)"]
    if found:
        raise DataError(f"{content.name}: this is {found[0]}; {SAVE}")


def _is_workbook(head: bytes) -> bool:
    """Say whether a zip archive begins as Office and other spreadsheets write theirs."""
    return any(part in head for part in (b"[Content_Types].xml", b"xl/", b"opendocument"))


def source_name(source: str | Path) -> str:
    """Return what messages call a source."""
    return "standard input" if str(source) == STDIN else str(source)


def _held(source: str | Path) -> Path | bytes:
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
        what = os.strerror(error.errno) if error.errno else reason(error)
        if not error.errno:  # not the system's: what unpacks it has failed
            what = f"{what}: look whether the file is whole, or fetch it again"
        what = "it is a directory" if Path(source).is_dir() else what
        raise DataError(f"{name}: cannot be read: {what}.") from error
