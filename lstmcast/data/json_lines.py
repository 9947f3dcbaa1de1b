"""JSON Lines, one object on each line, as the source of a table; and arrays of objects."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import pyarrow as pa
import pyarrow.json as pajson

from lstmcast.data.arrow_columns import as_numbers, as_texts
from lstmcast.data.coded import read_numbers, refuse_nul
from lstmcast.data.columns import SAMPLE_ROWS
from lstmcast.data.content import Content
from lstmcast.data.numerals import in_plain_marks
from lstmcast.data.problems import quoted, reason
from lstmcast.data.raw import RawColumns
from lstmcast.data.text_file import UTF8, TextFile
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lstmcast.config import DataConfig

BLOCK = 8 << 20  # bytes that are parsed at a time; no line may be longer
LARGEST_ARRAY = 64 << 20  # bytes; an array must be held in memory as a whole
ONE_PER_LINE = 'write one object on each line, such as {"ds": "2024-01-31", "y": 1.5}'
TYPES = {str: pa.string(), bool: pa.bool_(), int: pa.int64(), float: pa.float64()}


@dataclass(frozen=True)
class JsonLines:
    """A text of JSON objects as the source of a table; `unit` is what a line is to the user."""

    file: TextFile
    said: DataConfig
    unit: str = "row"

    @property
    def name(self) -> str:
        """What messages call the file."""
        return self.file.name

    def sample(self) -> tuple[list[str], list[list[str]]]:
        """Return the keys of the first objects, nested ones left out, and their values as texts.

        Raises:
            DataError: a line is no object.
        """
        rows = [row for _, row in itertools.islice(self._objects(), SAMPLE_ROWS)]
        names = dict.fromkeys(name for row in rows for name in row)
        nested = [name for name in names if isinstance(rows[0].get(name), list)]
        if len(rows) == 1 and len(nested) == len(names) > 0:
            raise DataError(
                f"{self.name}: this is one object with a list for each column: {ONE_PER_LINE} (as "
                "pandas does with orient='records')."
            )
        flat = [name for name in names if not any(_is_nested(row.get(name)) for row in rows)]
        return flat, [[in_plain_marks(_text(row.get(name))) for name in flat] for row in rows]

    def read(self, texts: Sequence[str], numbers: Sequence[str]) -> RawColumns:
        """Read some columns, in bulk and in blocks.

        Raises:
            DataError: a line is no object, or holds a value unlike those above it.
        """
        kinds = self._kinds([*texts, *numbers])
        schema = pa.schema(
            [(name, TYPES.get(kinds[name], pa.string())) for name in texts]
            + [
                (name, pa.float64() if kinds[name] is int else TYPES[kinds[name]])
                for name in numbers
            ]
        )
        try:
            with self.file.open() as stream:
                table = pajson.read_json(
                    stream,
                    pajson.ReadOptions(self.file.threads_may_read, BLOCK),
                    pajson.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
                )
        except pa.ArrowInvalid as error:
            self._raise_unreadable(kinds, error)
        coded = {name: as_texts(table.column(name)) for name in texts}
        for name, column in coded.items():
            refuse_nul(self, name, column)
        numeric = {name: as_numbers(table.column(name)) for name in numbers}
        read, notes = read_numbers(self, numeric, self.said, plain=True)
        if self.file.encoding != UTF8:
            notes = [f"read as {self.file.encoding}", *notes]
        return RawColumns(coded, read, (f"{self.name}: {'; '.join(notes)}",) if notes else ())

    def cells(self, rows: Sequence[int], column: str) -> list[tuple[str, str]]:
        """Return line and text of a column's values in some rows."""
        wanted = set(rows)
        found = {
            row: (f"{self.unit} {line}", _text(values.get(column)))
            for row, (line, values) in enumerate(itertools.islice(self._objects(), max(rows) + 1))
            if row in wanted
        }
        return [found[row] for row in rows]

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield line and values of each object; numbers as the texts that they are."""
        for line, text in enumerate(self.file.lines(), start=1):
            if text.strip():
                yield line, self._parsed(line, text)

    def _parsed(self, line: int, text: str) -> dict[str, Any]:
        try:
            row = json.loads(text, parse_int=_Integer, parse_float=_Number, object_pairs_hook=_dict)
        except (ValueError, RecursionError) as error:
            why = str(error).partition(": line")[0] if isinstance(error, ValueError) else "too deep"
            raise DataError(
                f"{self.name}, {self.unit} {line}: this is no JSON object on one line ({why}): "
                f"{ONE_PER_LINE}."
            ) from error
        if not isinstance(row, dict):
            raise DataError(
                f"{self.name}, {self.unit} {line}: this is no JSON object but "
                f"{quoted(text.strip())}: {ONE_PER_LINE}."
            )
        return row

    def _kinds(self, names: Sequence[str]) -> dict[str, type]:
        """Return the type of the first value of each column that is not null."""
        kinds: dict[str, type] = {}
        for _, row in self._objects():
            kinds |= {
                name: _kind(row[name])
                for name in names
                if name not in kinds and row.get(name) is not None
            }
            if len(kinds) == len(set(names)):
                break
        return dict.fromkeys(names, str) | kinds

    def _raise_unreadable(self, kinds: dict[str, type], error: pa.ArrowInvalid) -> NoReturn:
        """Find the line that cannot be read and raise a `DataError` that names it."""
        for line, row in self._objects():
            for name, kind in kinds.items():
                if why := _unfit(row.get(name), kind):
                    raise DataError(
                        f"{self.name}, column {quoted(name)}: {self.unit} {line} "
                        f"{quoted(_text(row[name]))}: {why}."
                    ) from error
        raise DataError(f"{self.name}: cannot be read as JSON Lines: {reason(error)}.") from error


class _Integer(str):
    """A whole number as it is written."""

    __slots__ = ()


class _Number(str):
    """Any other number as it is written."""

    __slots__ = ()


def _dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a key stands twice in it")
    return values


def _kind(value: Any) -> type:
    if isinstance(value, _Integer):
        return int
    return float if isinstance(value, _Number) else type(value)


def _unfit(value: Any, kind: type) -> str:
    """Say why a value cannot stand in a column of some type; an empty text if it can."""
    if value is None:
        return ""
    if _kind(value) is not kind and {_kind(value), kind} != {int, float}:
        return (
            "unlike the values above it: write only texts, or only numbers; no list and no object"
        )
    if kind in (int, float) and math.isinf(float(value)):
        return "too large for a number"
    return ""


def _is_nested(value: Any) -> bool:
    return isinstance(value, (list, dict))


def _text(value: Any) -> str:
    """Write a value as it stands in the file, a text without its quotes."""
    if value is None:
        return ""
    return str(value) if isinstance(value, str) else json.dumps(value)


def open_array(file: TextFile, said: DataConfig) -> JsonLines:
    """Take an array of objects, which must fit into memory, as lines of objects.

    Raises:
        DataError: it is too large or no JSON.
    """
    with file.open() as stream:
        text = stream.read(LARGEST_ARRAY + 1)
    if len(text) > LARGEST_ARRAY:
        raise DataError(
            f"{file.name}: this is a JSON array of more than {LARGEST_ARRAY >> 20} MB: "
            f"{ONE_PER_LINE} (as jq -c '.[]' does)."
        )
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{file.name}: cannot be read as JSON: {reason(error)}.") from error
    lines = "\n".join(json.dumps(entry) for entry in entries).encode()
    return JsonLines(TextFile(Content(file.name, lines, None), UTF8, False, False), said, "entry")
