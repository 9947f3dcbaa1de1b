"""Text files: the encoding found by looking through all bytes, and the rows for messages."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import pyarrow as pa

from lstmcast.data.content import CHUNK, HEAD, SAVE
from lstmcast.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lstmcast.data.content import Content

UTF8 = "utf-8"
WINDOWS = "cp1252"  # what is not UTF-8 is most often this, the superset of Latin-1 that Windows has
MARKS_OF_ORDER = {
    codecs.BOM_UTF8: UTF8,
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
FEW_NULS = 8  # a text in UTF-16 has one in two bytes
LONGEST_LINE = 8 << 20  # characters; a line without an end must not fill the memory
UTF8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
NOT_IN_WINDOWS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
GIVE = "say what it is with --encoding, or save the table as CSV in UTF-8."


class Record(NamedTuple):
    """A row of a file: the lines on which it begins and ends, counted from 1, and its cells."""

    line: int
    end: int
    cells: list[str]


@dataclass(frozen=True)
class TextFile:
    """A text whose encoding is known, whether it holds quotes, and whether their number is odd."""

    content: Content
    encoding: str
    quotes: bool
    odd_quotes: bool

    @property
    def name(self) -> str:
        """What messages call the file."""
        return self.content.name

    @property
    def threads_may_read(self) -> bool:
        """Whether threads of Arrow may read the stream.

        Where Python decodes it, one of them can outlive the interpreter: in one of twenty runs the
        process was aborted at its end.
        """
        return self.encoding == UTF8

    def open(self) -> pa.NativeFile:
        """Return a stream of the whole text in UTF-8."""
        return _in_utf8(self.content, self.encoding)

    def start(self) -> str:
        """Return the first characters that are no blanks."""
        with self.open() as stream:
            return bytes(stream.read(HEAD)).decode(errors="ignore").lstrip("\ufeff \t\r\n")

    def lines(self) -> Iterator[str]:
        """Yield the lines with their ends.

        Raises:
            DataError: a line is too long to be one of a table.
        """
        with io.TextIOWrapper(self.open(), "utf-8-sig", newline="") as stream:
            number = 0
            while line := stream.readline(LONGEST_LINE):
                number += 1
                if len(line) == LONGEST_LINE:
                    raise DataError(
                        f"{self.name}, row {number}: the line is longer than {LONGEST_LINE:,} "
                        "characters, far more than a row of a table: look for missing line ends."
                    )
                yield line

    def records(self, delimiter: str, quote: str) -> Iterator[Record]:
        """Yield the rows that are not blank.

        Lines count as in an editor, also behind blank lines and quoted cells of many lines. Slow,
        so it serves the first rows and messages only.
        """
        reader = csv.reader(self.lines(), delimiter=delimiter, quotechar=quote, strict=False)
        line = 1
        try:
            for cells in reader:
                if cells and (len(cells) > 1 or cells[0].strip()):
                    yield Record(line, reader.line_num, cells)
                line = reader.line_num + 1
        except csv.Error as error:
            raise open_quote_error(self.name, line, quote, error) from error


def open_quote_error(name: str, line: int, quote: str, error: csv.Error) -> DataError:
    """Return the error for a row that cannot be taken apart into cells."""
    return DataError(
        f"{name}, row {line}: cannot be read as CSV ({error}): look for a quote that is opened "
        f"({quote}) and never closed."
    )


def open_text(content: Content, head: bytes, encoding: str | None) -> TextFile:
    """Look through all bytes, in bounded memory, for their encoding: given, or else found.

    Raises:
        DataError: bytes are no text in the encoding given or found.
        UsageError: no such encoding is known.
    """
    marked = next((found for mark, found in MARKS_OF_ORDER.items() if head.startswith(mark)), None)
    if not (encoding or marked) and head.count(0) * FEW_NULS > len(head):
        raise DataError(
            f"{content.name}: this is no text in UTF-8; {SAVE} If it is a text in UTF-16, give "
            "--encoding utf-16-le."
        )
    known = _known(encoding) if encoding else marked or UTF8
    try:
        quotes = _count_quotes(content, known)
    except UnicodeError:
        if encoding or marked:
            _raise_foreign(content, known)
        _demand_windows(content)
        known = WINDOWS
        quotes = _count_quotes(content, known)
    return TextFile(content, known, quotes > 0, quotes % 2 == 1)


def _known(encoding: str) -> str:
    """Return the name of an encoding of texts."""
    try:
        "".encode(encoding)
    except (LookupError, ValueError) as error:
        raise UsageError(
            f"--encoding {encoding}: unknown; use a name such as utf-8, utf-16, cp1252 or latin-1."
        ) from error
    name = codecs.lookup(encoding).name
    return UTF8 if name == "utf-8-sig" else name


def _in_utf8(content: Content, encoding: str) -> pa.NativeFile:
    stream = content.open()
    return stream if encoding == UTF8 else pa.transcoding_input_stream(stream, encoding, UTF8)


def _count_quotes(content: Content, encoding: str) -> int:
    """Count the double quotes; all of the text is decoded on the way."""
    count = 0
    check = codecs.getincrementaldecoder(UTF8)()
    with _in_utf8(content, encoding) as stream:
        while chunk := stream.read(CHUNK):
            check.decode(chunk)
            count += chunk.count(b'"')
    check.decode(b"", final=True)
    return count


def _demand_windows(content: Content) -> None:
    """Raise unless a text that is not UTF-8 can be one of Windows."""
    for chunk in content.chunks():
        if NO_TEXT.search(chunk):
            raise DataError(f"{content.name}: this is no text in UTF-8; {SAVE}")
        if UTF8_LETTER.search(chunk) or NOT_IN_WINDOWS.search(chunk):
            _raise_foreign(content, UTF8)


def _raise_foreign(content: Content, encoding: str) -> NoReturn:
    """Raise for the row of the first bytes that are no text in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    try:
        for chunk in content.chunks():
            line += decoder.decode(chunk).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        line += error.object[: error.start].decode(encoding, errors="ignore").count("\n")
    except UnicodeError:
        pass  # a text in UTF-16 that does not begin with its mark: wrong from the first row on
    raise DataError(f"{content.name}, row {line}: bytes that are no text in {encoding}; {GIVE}")
