"""Tables in: any long CSV, Parquet file or data frame, checked row by row, as a `SeriesTable`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from lstmcast.data import numerals
from lstmcast.data.columns import FIND_ALL, column_kinds, find_columns
from lstmcast.data.content import readable
from lstmcast.data.frame import open_frame
from lstmcast.data.frequency import describe, fit_axis
from lstmcast.data.gaps import ascending, find_gaps, row_keys
from lstmcast.data.joined import Joined
from lstmcast.data.panel import Columns, SeriesTable
from lstmcast.data.problems import SHOWN, CellsError, Problem, problems_error, quoted
from lstmcast.data.sources import open_source
from lstmcast.data.stamps import parse_times
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from lstmcast.config import DataConfig
    from lstmcast.data.columns import Kind
    from lstmcast.data.frequency import TimeAxis
    from lstmcast.data.gaps import Gaps
    from lstmcast.data.raw import Coded, RawColumns, Source
    from lstmcast.data.stamps import Times

FREE_STEPS = 5_000_000  # steps of a panel that are allowed however few rows there are
STEPS_PER_ROW = 50  # a panel emptier than this comes from a stray time, not from gaps


def read_table(
    source: str | Path,
    said: DataConfig = FIND_ALL,
    *,
    remembered: DataConfig | None = None,
) -> SeriesTable:
    """Read a long table, one row for each time of each series, from a path or "-" for stdin.

    The path may be a folder or a pattern such as `sales/*.csv`: all files are one table. Content
    tells whether a file is Parquet, JSON Lines or CSV, how it is packed (gzip, bz2, zstd, lz4) and,
    for a CSV, its encoding, delimiter and marks in numbers, as far as `said` leaves them open.
    `remembered` is what a model was trained on: its columns are taken where the table has them and
    nothing is said, its frequency where none is. The order of rows is free; series come in the
    order of first appearance.

    Raises:
        DataError: the source cannot be read, or cells, columns or times do not fit.
        UsageError: the frequency is no alias of a regular grid.
    """
    with readable(source):
        return _read(open_source(source, said), said, remembered)


def table_from_frame(
    frame: pd.DataFrame,
    said: DataConfig = FIND_ALL,
    *,
    remembered: DataConfig | None = None,
) -> SeriesTable:
    """Read a long table from a data frame, with the checks of `read_table`.

    The index is not looked at (use `reset_index`); rows in messages count from 0, as `iloc` does.

    Raises:
        DataError: cells, columns or times do not fit.
        UsageError: the frequency is no alias of a regular grid.
    """
    return _read(open_frame(frame, said), said, remembered)


@dataclass(frozen=True)
class _Rows:
    """Rows [N] by number: series `codes` into `ids` [S], `ranks` into ascending `times` [U]."""

    source: Source
    columns: Columns
    codes: NDArray[np.int32]
    ranks: NDArray[np.int64]
    ids: NDArray[np.object_]
    times: Times

    @property
    def n_ranks(self) -> int:
        """U, the number of distinct times."""
        return len(self.times.values)


def _read(source: Source, said: DataConfig, remembered: DataConfig | None) -> SeriesTable:
    """Find the columns, read them, judge them, and count their rows in steps of one axis."""
    names, sample = source.sample()
    columns = _columns(source, column_kinds(names, sample), said, remembered)
    texts = [name for name in (columns.time, columns.id) if name is not None]
    raw = source.read(texts, [columns.target])
    values = raw.numbers[columns.target].values
    rows = _numbered(source, columns, raw)
    keys = ascending(row_keys(rows.codes, rows.ranks, rows.n_ranks))
    if (keys[1:] == keys[:-1]).any():
        raise _duplicates_error(rows)
    gaps = find_gaps(keys, rows.n_ranks)
    frequency = said.frequency or (remembered.frequency if remembered else None)
    axis, steps = _fit(rows, gaps, frequency)
    jumps = steps[gaps.after] - steps[gaps.before]
    n_steps = len(rows.codes) + int(gaps.counts @ (jumps - 1))
    if n_steps > max(FREE_STEPS, STEPS_PER_ROW * len(rows.codes)):
        raise _sparse_error(rows, gaps, jumps)
    notes = (
        *raw.notes,
        *_note_on_files(source, columns),
        _note_on_columns(rows, axis),
        *_note_on_unused(columns, names),
        *_note_on_missing(n_steps - len(rows.codes), int(np.isnan(values).sum())),
    )
    return SeriesTable(rows.codes, steps[rows.ranks], values, rows.ids, axis, columns, notes)


def _columns(
    source: Source, kinds: dict[str, Kind], said: DataConfig, remembered: DataConfig | None
) -> Columns:
    """Find the columns; files without an id column are a series each, unless told otherwise."""
    file_column = source.file_column if isinstance(source, Joined) else None
    if file_column and said.id == file_column:
        kinds |= {file_column: "text"}
    try:
        columns = find_columns(kinds, said, remembered)
    except DataError as error:
        raise DataError(f"{source.name}: {error}") from error
    return replace(columns, id=file_column) if columns.id is None and said.id is None else columns


def _note_on_files(source: Source, columns: Columns) -> list[str]:
    """Say that each file is a series."""
    if isinstance(source, Joined) and columns.id == source.file_column:
        return ["each file is a series, named after it; --id '' makes one series of all"]
    return []


def _numbered(source: Source, columns: Columns, raw: RawColumns) -> _Rows:
    """Number the times in ascending order and the series as they appear."""
    times = _judged_times(source, columns, raw)
    if np.isnan(raw.numbers[columns.target].values).all():
        raise DataError(f"{source.name}, column '{columns.target}': there is no number in any row.")
    times, ranks = times.in_order()
    time = raw.texts[columns.time]
    ids = None if columns.id is None else raw.texts[columns.id]
    return _Rows(
        source,
        columns,
        codes=ids.codes if ids else np.zeros(len(time.codes), dtype=np.int32),
        ranks=ranks[time.codes],
        ids=np.array(ids.texts.to_pylist() if ids else [columns.target], dtype=object),
        times=times,
    )


def _judged_times(source: Source, columns: Columns, raw: RawColumns) -> Times:
    """Return the times; raise one error that tells the bad cells of all columns."""
    problems = []
    time, wrong = raw.texts[columns.time], raw.numbers[columns.target].wrong
    if columns.id is not None:
        ids = raw.texts[columns.id]
        empty = np.flatnonzero(
            pc.equal(pc.utf8_trim_whitespace(ids.texts), "").to_numpy(zero_copy_only=False)
        )
        if empty.size:
            message = "the id is missing: fill it in or remove the row."
            problems.append(Problem(columns.id, _rows_of(ids, empty), message))
    if wrong.size:
        problems.append(Problem(columns.target, wrong, f"no finite number: {numerals.REMEDY}"))
    try:
        times = parse_times(time.texts)
    except CellsError as error:
        bad = Problem(columns.time, _rows_of(time, error.which), str(error))
        raise problems_error(source, [bad, *problems]) from error
    if problems:
        raise problems_error(source, problems)
    return times


def _rows_of(column: Coded, which: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows that hold any of some distinct texts."""
    return np.flatnonzero(np.isin(column.codes, which))


def _duplicates_error(rows: _Rows) -> DataError:
    """Return the error that names the first pairs of rows for one time of one series."""
    keys = row_keys(rows.codes, rows.ranks, rows.n_ranks)
    order = np.argsort(keys, kind="stable")
    again = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    again = again[np.argsort(order[again + 1])]
    pairs = np.stack([order[again], order[again + 1]], axis=1)[:SHOWN]
    cells = rows.source.cells([int(row) for row in pairs.ravel()], rows.columns.time)
    shown = [
        f"{first} and {second} are both {quoted(text)}{_of_series(rows, row)}"
        for (first, text), (second, _), row in zip(
            cells[::2], cells[1::2], pairs[:, 0], strict=True
        )
    ]
    more = f", and {len(again) - SHOWN:,} more" if len(again) > SHOWN else ""
    hint = "" if rows.columns.id else ", or name the column that tells the series apart with --id"
    return DataError(
        f"{rows.source.name}, column '{rows.columns.time}': {', '.join(shown)}{more}: keep one row "
        f"for each time of a series{hint}."
    )


def _of_series(rows: _Rows, row: int) -> str:
    """Return the series of a row as the end of a phrase, nothing if there is one series."""
    return f" of series {quoted(rows.ids[rows.codes[row]])}" if rows.columns.id is not None else ""


def _fit(rows: _Rows, gaps: Gaps, frequency: str | None) -> tuple[TimeAxis, NDArray[np.int64]]:
    """Return the time axis and the step of each distinct time."""
    try:
        return fit_axis(rows.times, gaps, frequency)
    except CellsError as error:
        off = np.flatnonzero(np.isin(rows.ranks, error.which))
        raise problems_error(rows.source, [Problem(rows.columns.time, off, str(error))]) from error
    except DataError as error:
        raise DataError(f"{rows.source.name}, column '{rows.columns.time}': {error}") from error


def _sparse_error(rows: _Rows, gaps: Gaps, jumps: NDArray[np.int64]) -> DataError:
    """Return the error that names the longest gap of a table whose panel would be nearly empty."""
    longest = int(jumps.argmax())
    order = np.argsort(row_keys(rows.codes, rows.ranks, rows.n_ranks))
    before = rows.ranks[order][:-1] == gaps.before[longest]
    after = rows.ranks[order][1:] == gaps.after[longest]
    same = np.diff(rows.codes[order]) == 0
    place = int(np.flatnonzero(before & after & same)[0])
    ends = [int(row) for row in order[place : place + 2]]
    (first, start), (second, end) = rows.source.cells(ends, rows.columns.time)
    return DataError(
        f"{rows.source.name}, column '{rows.columns.time}': from {first} ({quoted(start)}) to "
        f"{second} ({quoted(end)}){_of_series(rows, ends[0])} there are {jumps[longest]:,} "
        "steps, far more than rows: correct a stray time, or give a longer --frequency."
    )


def _note_on_columns(rows: _Rows, axis: TimeAxis) -> str:
    """Say which columns were found, at which frequency and for how many series."""
    columns = rows.columns
    series = (
        "no id column: one series"
        if columns.id is None
        else f"id column '{columns.id}' ({len(rows.ids):,} series)"
    )
    spacing = f", {axis.spacing} apart" if axis.spacing > 1 else ""
    utc = ", in UTC" if axis.utc else ""
    return (
        f"time column '{columns.time}' ({describe(axis.frequency)}{spacing}{utc}), "
        f"target column '{columns.target}', {series}"
    )


def _note_on_unused(columns: Columns, names: Sequence[str]) -> list[str]:
    """Say which columns play no role."""
    unused = [name for name in names if name not in (columns.time, columns.target, columns.id)]
    return [f"columns not used: {', '.join(map(quoted, unused))}"] if unused else []


def _note_on_missing(n_steps: int, n_values: int) -> list[str]:
    """Say how many steps of the panel are not observed, and why."""
    return (
        [f"not observed: steps without a row ({n_steps:,}), rows without a value ({n_values:,})"]
        if n_steps or n_values
        else []
    )
