"""Repair what is safe to repair, and list every change: row, column, old, new, why."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lstmcast.data.doctor.mending import TREATMENTS, mend
from lstmcast.data.doctor.rounds import read_after_all
from lstmcast.data.partial import NO_ROWS, Partial
from lstmcast.data.sources import open_bytes
from lstmcast.data.table import read_source
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from lstmcast.config import DataConfig
    from lstmcast.data.panel import Columns
    from lstmcast.data.problems import Problem
    from lstmcast.data.raw import Coded, Source

LOG_COLUMNS = ["row", "column", "old", "new", "why"]
SPACES = "spaces around the text"


@dataclass(frozen=True)
class Repair:
    """A table after all safe repairs, every cell a text as the user writes it, and its changes.

    `log` has a row for each change: the row of the source as an editor counts it, the column (none
    where the whole row went), the old cell or row, the new cell, and why. Before them stands what
    the reader passed over or converted, of the table as a whole. `is_sound` says that
    lstmcast can read the table now; `numbers` are then those of the targets.
    """

    table: pd.DataFrame
    log: pd.DataFrame
    numbers: Mapping[str, NDArray[np.float64]]
    is_sound: bool

    def table_bytes(self, suffix: str) -> bytes:
        """Write the table: Parquet with targets as numbers if `suffix` says so, else CSV."""
        if suffix != ".parquet":
            return _csv(self.table)
        stream = io.BytesIO()
        self.table.assign(**self.numbers).to_parquet(stream, index=False)
        return stream.getvalue()

    def log_bytes(self) -> bytes:
        """Write the log as CSV."""
        return _csv(self.log)


class _Changes(NamedTuple):
    """Rows [K] of the source that change, in one column or (None) as a whole, and why."""

    column: str | None
    rows: NDArray[np.int64]
    why: str


def repair(source: Source, said: DataConfig) -> Repair | None:
    """Repair what can be repaired without a loss; what else is wrong stays as it is.

    None where so little of the table can be read that the roles of its columns are not known.

    Rows without a time, headers repeated and rows repeated cell by cell go; cells that are no
    finite number are blanked; spaces around times, ids and targets are stripped. Outliers and the
    like stay: they may be true.

    Raises:
        UsageError: an option cannot be used.
    """
    reading = read_after_all(source, said)
    if reading.table is None:
        return None
    roles = reading.table.columns
    names, _ = source.sample()
    # The files of a folder are told apart by a column that none of them has.
    names = [*names, *(name for name in roles.ids if name not in names)]
    raw = source.read(names, [])
    columns = raw.texts
    stripped, spaces = _stripped(columns, roles)
    problems = _safe(reading.problems, stripped)
    mended = mend(Partial(source), problems)
    changes = [
        _Changes(
            each.column if TREATMENTS[each.kind].cure == "blank" else None,
            each.rows,
            TREATMENTS[each.kind].why,
        )
        for each in problems
    ]
    frame = _frame(stripped, mended)
    log = _log(source, columns, stripped, _once([*changes, *spaces]))
    # What the reader itself passed over or converted is gone from the repaired table, too.
    as_read = pd.DataFrame([["", "", "", "", note] for note in raw.notes], columns=LOG_COLUMNS)
    log = pd.concat([as_read, log], ignore_index=True) if len(as_read) else log
    numbers = _read_again(frame, roles, said)
    return Repair(frame, log, numbers or {}, is_sound=numbers is not None)


def _stripped(
    columns: Mapping[str, Coded], roles: Columns
) -> tuple[dict[str, Coded], list[_Changes]]:
    """Strip the texts of columns with a role, unless ids would become one that were two."""
    mended, changes = dict(columns), []
    for name in (roles.time, *roles.targets, *roles.ids):
        column = columns[name]
        texts = pc.utf8_trim_whitespace(column.texts)
        if name in roles.ids and len(texts.unique()) < len(column.texts):
            continue
        moved = np.flatnonzero(pc.not_equal(texts, column.texts).to_numpy(zero_copy_only=False))
        if moved.size:
            rows = np.flatnonzero(np.isin(column.codes, moved))
            changes.append(_Changes(name, rows, SPACES))
            mended[name] = replace(column, texts=texts)
    return mended, changes


def _safe(problems: Iterable[Problem], columns: Mapping[str, Coded]) -> list[Problem]:
    """Leave only the problems whose cure loses nothing."""
    safe = [each for each in problems if TREATMENTS[each.kind].safe]
    if any(each.kind == "repeated row" for each in safe):
        # Alike in time, series and target is not enough: other columns may differ.
        alike = np.flatnonzero(_repeated(columns))
        safe = [
            replace(each, rows=np.intersect1d(each.rows, alike))
            if each.kind == "repeated row"
            else each
            for each in safe
        ]
    return [each for each in safe if each.rows.size]


def _repeated(columns: Mapping[str, Coded]) -> NDArray[np.bool_]:
    """Say which rows repeat an earlier one cell by cell: [N]."""
    codes = {name: _distinct(column.texts)[column.codes] for name, column in columns.items()}
    return pd.DataFrame(codes).duplicated().to_numpy()


def _distinct(texts: pa.Array) -> NDArray[np.int64]:
    """Number texts so that equal ones, which stripping may have made, share a number."""
    return np.asarray(pd.factorize(texts.to_numpy(zero_copy_only=False))[0])


def _frame(columns: Mapping[str, Coded], mended: Partial) -> pd.DataFrame:
    """Lay the cells out that are left."""
    frame = {}
    for name, column in columns.items():
        cells = column.texts.to_numpy(zero_copy_only=False).astype(object)[column.codes]
        cells[mended.blanks.get(name, NO_ROWS)] = ""
        frame[name] = np.delete(cells, mended.dropped)
    return pd.DataFrame(frame, dtype=object)


def _once(changes: Sequence[_Changes]) -> list[_Changes]:
    """Tell each change once: no cell of a row that goes, no spaces of a cell that is blanked."""
    gone = np.concatenate([NO_ROWS, *(each.rows for each in changes if each.column is None)])
    told: list[_Changes] = []
    for each in changes:
        if each.column is None:
            told.append(each)
            continue
        before = [other.rows for other in told if other.column == each.column]
        rows = np.setdiff1d(each.rows, np.concatenate([gone, *before]))
        told.append(each._replace(rows=rows))
    return told


def _log(
    source: Source,
    columns: Mapping[str, Coded],
    stripped: Mapping[str, Coded],
    changes: Sequence[_Changes],
) -> pd.DataFrame:
    """List changes in the order of their rows."""
    parts = [_part(columns, stripped, each) for each in changes if each.rows.size]
    if not parts:
        return pd.DataFrame(columns=LOG_COLUMNS)
    log = pd.concat(parts, ignore_index=True).sort_values("row", kind="stable", ignore_index=True)
    rows = log["row"].to_numpy()
    distinct = np.unique(rows)
    places = source.cells(distinct.tolist(), next(iter(columns)))
    labels = [where.removeprefix("row ") for where, _ in places]
    log["row"] = np.array(labels, dtype=object)[np.searchsorted(distinct, rows)]
    return log


def _part(
    columns: Mapping[str, Coded], stripped: Mapping[str, Coded], change: _Changes
) -> pd.DataFrame:
    """List one kind of change, rows counted from 0."""
    new = np.full(len(change.rows), "", dtype=object)
    if change.column is None:
        cells = pd.DataFrame({name: _cells(each, change.rows) for name, each in columns.items()})
        old = np.array([_line(row) for row in cells.itertuples(index=False)], dtype=object)
    else:
        old = _cells(columns[change.column], change.rows)
        if change.why == SPACES:
            new = _cells(stripped[change.column], change.rows)
    return pd.DataFrame(
        {
            "row": change.rows,
            "column": change.column or "",
            "old": old,
            "new": new,
            "why": change.why,
        }
    )


def _cells(column: Coded, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the texts of some rows of a column."""
    texts = column.texts.to_numpy(zero_copy_only=False).astype(object)
    return np.asarray(texts[column.codes[rows]])


def _line(cells: Iterable[str]) -> str:
    """Write the cells of one row as a line of CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode()


def _read_again(
    frame: pd.DataFrame, roles: Columns, said: DataConfig
) -> dict[str, NDArray[np.float64]] | None:
    """Return the targets of a repaired table as numbers, None if lstmcast cannot read it."""
    told = said.model_copy(update={"delimiter": None, "encoding": None})  # of the old file
    try:
        source = open_bytes("the repaired table", _csv(frame), told)
        read_source(source, told)
        found = source.read([], roles.targets).numbers
    except DataError:
        return None
    return {name: column.values for name, column in found.items()}
