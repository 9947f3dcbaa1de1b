"""Several files as one source: their rows below each other, their columns by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from lstmcast.data.coded import from_chunks
from lstmcast.data.columns import SAMPLE_ROWS
from lstmcast.data.content import readable
from lstmcast.data.problems import quoted
from lstmcast.data.raw import Coded, Numbers, RawColumns
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from lstmcast.data.raw import Source

FEWEST_ROWS = 5  # of each file in the sample of all


@dataclass(frozen=True)
class Part:
    """One of the files, its names and first rows, and the series that it is without an id."""

    path: Path
    source: Source
    series: str
    names: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Joined:
    """Files as the source of one table; `lengths` are their rows, known once they are read."""

    name: str
    parts: tuple[Part, ...]
    lengths: list[int] = field(default_factory=list)

    @property
    def file_column(self) -> str:
        """The name of a column that holds which file a row is from; the files have none such."""
        name = "file"
        while any(name in part.names for part in self.parts):
            name += "_"
        return name

    def sample(self) -> tuple[list[str], list[list[str]]]:
        """Return the names of all columns and the first rows of each file."""
        names = list(dict.fromkeys(name for part in self.parts for name in part.names))
        each = max(FEWEST_ROWS, SAMPLE_ROWS // len(self.parts))
        rows = []
        for part in self.parts:
            for cells in part.rows[:each]:
                row = dict(zip(part.names, cells, strict=True))
                rows.append([row.get(name, "") for name in names])
        return names, rows

    def read(self, texts: Sequence[str], numbers: Sequence[str]) -> RawColumns:
        """Read some columns of every file, each in its own format and dialect.

        Raises:
            DataError: a file has not all of these columns, or cannot be read.
        """
        own = [name for name in texts if name != self.file_column]
        raws = []
        for part in self.parts:
            if absent := [name for name in (*own, *numbers) if name not in part.names]:
                raise DataError(
                    f"{part.source.name}: there is no column {quoted(absent[0])} as in other files "
                    f"of {self.name}: add it, or leave the file out."
                )
            with readable(part.path):
                raws.append(part.source.read(own, numbers))
        self.lengths[:] = [raw.n_rows for raw in raws]
        coded = {name: _below_each_other(raw.texts[name] for raw in raws) for name in own}
        if self.file_column in texts:
            coded[self.file_column] = self._files()
        numeric = {name: self._numbers([raw.numbers[name] for raw in raws]) for name in numbers}
        return RawColumns(coded, numeric, self._notes(raws))

    def cells(self, rows: Sequence[int], column: str) -> list[tuple[str, str]]:
        """Return file, place and text of a column's cells in some rows."""
        ends = np.cumsum(self.lengths)
        found: dict[int, tuple[str, str]] = {}
        for number, part in enumerate(self.parts):
            start = int(ends[number]) - self.lengths[number]
            own = [row for row in rows if start <= row < ends[number]]
            if own and column == self.file_column:
                found |= dict.fromkeys(own, (part.path.name, part.series))
            elif own:
                with readable(part.path):
                    cells = part.source.cells([row - start for row in own], column)
                found |= {
                    row: (f"{part.path.name}, {where}", text)
                    for row, (where, text) in zip(own, cells, strict=True)
                }
        return [found[row] for row in rows]

    def _files(self) -> Coded:
        """Return the column that says which file a row is from."""
        codes = np.repeat(np.arange(len(self.parts), dtype=np.int32), self.lengths)
        return Coded(codes, pa.array([part.series for part in self.parts], pa.string()))

    def _numbers(self, parts: Sequence[Numbers]) -> Numbers:
        starts = np.cumsum([0, *self.lengths[:-1]])
        wrong = [part.wrong + start for part, start in zip(parts, starts, strict=True)]
        return Numbers(np.concatenate([part.values for part in parts]), np.concatenate(wrong))

    def _notes(self, raws: Sequence[RawColumns]) -> tuple[str, ...]:
        """Say what was found in the files, once for all that are alike."""
        alike: dict[str, list[str]] = {}
        for part, raw in zip(self.parts, raws, strict=True):
            for note in raw.notes:
                alike.setdefault(note.removeprefix(f"{part.source.name}: "), []).append(
                    part.path.name
                )
        notes = [
            f"{names[0]}{f' and {len(names) - 1:,} more' if len(names) > 1 else ''}: {note}"
            for note, names in alike.items()
        ]
        return (f"{len(self.parts):,} files in {self.name}", *notes)


def file_column_of(source: Source) -> str | None:
    """Return the column that tells the files of a source apart, None if it is not of files."""
    files = getattr(source, "origin", source)  # also where the doctor has set rows of them aside
    return files.file_column if isinstance(files, Joined) else None


def _below_each_other(parts: Iterable[Coded]) -> Coded:
    """Put columns of texts below each other, under common distinct texts."""
    chunks = [pa.DictionaryArray.from_arrays(part.codes, part.texts) for part in parts]
    return from_chunks(pa.chunked_array(chunks))
