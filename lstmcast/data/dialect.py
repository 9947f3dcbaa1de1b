"""How a CSV file is written: delimiter, quote and the place of its header, found or given."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from lstmcast.data.columns import SAMPLE_ROWS, looks_like_data
from lstmcast.data.problems import quoted
from lstmcast.data.text_file import UTF8, Record
from lstmcast.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmcast.data.text_file import TextFile

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SPELLED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "space": " "}
QUOTE = '"'
TYPESET = ("\u201c\u201d", "\u201e\u201c", "\u2018\u2019", "\u00ab\u00bb")
EXCEL_LINE = re.compile(r"""["']?sep=(.)["']?""", re.IGNORECASE)
COMMENT = "#"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Dialect:
    """Names [W] of the columns as they stand in the header, and what separates them.

    `header` is the line on which the header begins, `skipped` the number of lines above the first
    row of data. Where rows end in a delimiter more than the header, the last names are empty.
    """

    delimiter: str
    quote: str
    names: tuple[str, ...]
    header: int
    skipped: int

    def notes(self, encoding: str) -> list[str]:
        """Say what differs from a plain CSV: commas, UTF-8 and a header in the first line."""
        notes = []
        if encoding != UTF8:
            notes.append(f"read as {encoding}")
        if self.delimiter != ",":
            notes.append(f"separated by {DELIMITERS.get(self.delimiter, repr(self.delimiter))}")
        if self.quote != QUOTE:
            notes.append("quoted by '")
        if self.header > 1:
            notes.append(f"header found in row {self.header}")
        return notes


@dataclass(frozen=True)
class _Reading:
    """The first rows under one delimiter: which one is the header, how wide those below are."""

    dialect: Dialect
    widths: frozenset[int]

    @property
    def fits(self) -> bool:
        """Say whether all rows are as wide as the header."""
        return self.widths <= {len(self.dialect.names)}


def find_dialect(file: TextFile, delimiter: str | None) -> Dialect:
    """Return the dialect under which the first rows make a table.

    Raises:
        DataError: there is no row, no header, or two delimiters would do.
        UsageError: `delimiter` is no single character.
    """
    first = next((line.strip() for line in file.lines() if line.strip()), None)
    if first is None:
        raise DataError(f"{file.name}: the file is empty; it needs a header line and rows below.")
    told = EXCEL_LINE.fullmatch(first)
    given = told[1] if told else None
    if delimiter is not None:
        given = _one_character(delimiter)
    readings = [
        reading
        for candidate in ([given] if given else DELIMITERS)
        if (reading := _read_under(file, candidate, is_told=told is not None))
    ]
    dialect = _best(file, readings) if readings else _single_column(file, given)
    where = f"{file.name}, row {dialect.header}"
    _check_header(where, [name.strip() for name in dialect.names])
    if not readings and len(dialect.names) == 1 and dialect.names[0]:
        records = file.records(dialect.delimiter, QUOTE)
        if len(list(itertools.islice(records, 2))) > 1:
            _refuse_one_column(where, dialect.names[0])
    return dialect


def _one_character(delimiter: str) -> str:
    character = SPELLED.get(delimiter, delimiter)
    if len(character) != 1 or character in "\r\n\"'" or not character.isascii():
        raise UsageError(
            f"--delimiter {delimiter}: give one character such as ';' or '|', or the word tab."
        )
    return character


def _read_under(file: TextFile, delimiter: str, *, is_told: bool) -> _Reading | None:
    """Return how the first rows read under a delimiter; None if no row has two cells."""
    quote = QUOTE
    try:
        records = _first_records(file, delimiter, quote, is_told=is_told)
    except DataError:
        return None  # a quote that is never closed: told when no other delimiter will do
    if _all_quoted_by(records, "'"):
        quote = "'"
        records = _first_records(file, delimiter, quote, is_told=is_told)
    place = next((k for k, record in enumerate(records) if not _is_preamble(record)), None)
    if place is None:
        return None
    header, below = records[place], [record.cells for record in records[place + 1 :]]
    names = tuple(header.cells)
    above = records[place - 1].cells if place else [""]
    if all(map(looks_like_data, names)) and len(above) == len(names):
        # A commented header, as numpy.savetxt writes it: "# ds,y" above rows of data.
        below = [header.cells, *below]
        header, names = records[place - 1], (above[0].lstrip(COMMENT), *above[1:])
    width = _common_width(names, below)
    names += ("",) * (width - len(names))
    dialect = Dialect(delimiter, quote, names, header.line, header.end)
    return _Reading(dialect, frozenset(map(len, below)))


def _first_records(file: TextFile, delimiter: str, quote: str, *, is_told: bool) -> list[Record]:
    """Return the first rows with cells, without the one that tells Excel the delimiter."""
    records = (record for record in file.records(delimiter, quote) if any(record.cells))
    return list(itertools.islice(records, int(is_told), int(is_told) + SAMPLE_ROWS))


def _all_quoted_by(records: Sequence[Record], quote: str) -> bool:
    """Say whether every cell of the first row stands between a kind of quotes."""
    cells = records[0].cells if records else []
    return all(len(cell) > 1 and cell[0] == cell[-1] == quote for cell in cells) and bool(cells)


def _is_preamble(record: Record) -> bool:
    """Say whether a row above the table is a comment, or a title with nothing beside it."""
    first, *rest = record.cells
    titled = bool(first.strip()) or not rest
    return first.lstrip().startswith(COMMENT) or (titled and not "".join(rest).strip())


def _common_width(names: Sequence[str], below: Sequence[Sequence[str]]) -> int:
    """Return the width of all rows if they only add empty cells to the header, else its own."""
    widths = {len(cells) for cells in below}
    wider = len(widths) == 1 and max(widths) > len(names)
    empty = not any("".join(cells[len(names) :]).strip() for cells in below)
    return max(widths) if wider and empty else len(names)


def _best(file: TextFile, readings: Sequence[_Reading]) -> Dialect:
    """Return the dialect whose rows fit its header, whose header stands first, the widest."""
    ordered = sorted(
        readings,
        key=lambda reading: (
            not reading.fits,
            reading.dialect.header,
            -len(reading.dialect.names),
        ),
    )
    best, others = ordered[0], ordered[1:]
    rivals = [
        other
        for other in others
        if (other.fits, other.dialect.header) == (best.fits, best.dialect.header)
    ]
    if best.fits and rivals:
        words = " and ".join(DELIMITERS[each.dialect.delimiter] for each in (best, rivals[0]))
        raise DataError(
            f"{file.name}, row {best.dialect.header}: both {words} could separate the columns: "
            "say which with --delimiter."
        )
    width = len(best.dialect.names)
    if len(best.widths) == 1 and min(best.widths) > width:
        raise DataError(
            f"{file.name}, row {best.dialect.header}: the header has {width} columns, but the rows "
            f"below have {min(best.widths)}: remove what stands above the header, name every "
            "column, and put quotes around cells with a delimiter in them."
        )
    return best.dialect


def _single_column(file: TextFile, given: str | None) -> Dialect:
    """Return the dialect of a file whose rows have one cell each: its first row is the header."""
    record = next(file.records(given or ",", QUOTE), Record(1, 1, [""]))
    words = record.cells[0].split()
    if given is None and len(words) > 1 and len(record.cells) == 1:
        below = [
            other.cells[0].split()
            for other in itertools.islice(file.records(",", QUOTE), 1, SAMPLE_ROWS)
        ]
        # R's write.table leaves out the name of the column of row names.
        widths = {len(other) for other in below}
        if widths in ({len(words)}, {len(words) + 1}):
            raise DataError(
                f"{file.name}, row {record.line}: the columns seem to be separated by spaces; save "
                "the table with commas between the cells."
            )
    return Dialect(given or ",", QUOTE, tuple(record.cells), record.line, record.end)


def _refuse_one_column(where: str, name: str) -> NoReturn:
    """Raise because every row has one cell, and say what may be the reason."""
    inside = next((mark for mark in DELIMITERS if mark in name), None)
    if inside:
        remedy = f"take off the quotes around whole rows: {DELIMITERS[inside]} separate the cells."
    else:
        remedy = (
            "a table needs a column of times and one of numbers. If another character than , ; | "
            "or a tab separates the cells, say which with --delimiter."
        )
    raise DataError(f"{where}: there is one column only, {quoted(name)}: {remedy}")


def _check_header(where: str, names: Sequence[str]) -> None:
    """Raise if names cannot be those of columns."""
    if odd := [name for name in names if CONTROL.search(name)]:
        raise DataError(
            f"{where}: there is a control character in the name {quoted(odd[0])}: remove it."
        )
    if all(name[:1] + name[-1:] in TYPESET for name in names):
        raise DataError(
            f"{where}: the names stand in the quotes of a typesetter ({quoted(names[0])}): replace "
            'them by plain ones (") in the whole file.'
        )
    if all(map(looks_like_data, names)):
        raise DataError(
            f"{where}: the first line holds data ({quoted(', '.join(names))}), no names; put a "
            "header such as ds,y above it."
        )
    counts = Counter(filter(None, names))
    name, count = counts.most_common(1)[0] if counts else ("", 0)
    if count > 1:
        columns = [k for k, other in enumerate(names, start=1) if other == name]
        raise DataError(
            f"{where}: columns {', '.join(map(str, columns))} are all named {quoted(name)}; "
            "give each a name of its own."
        )
