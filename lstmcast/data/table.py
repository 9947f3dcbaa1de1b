"""Tables in: any CSV, Parquet file or data frame, checked row by row, as a `SeriesTable`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from lstmcast.data import numerals
from lstmcast.data.columns import FIND_ALL, column_kinds, find_columns
from lstmcast.data.csv_file import open_csv, readable
from lstmcast.data.csv_reader import CsvTable
from lstmcast.data.frame import open_frame, open_parquet
from lstmcast.data.frequency import describe, fit_axis
from lstmcast.data.gaps import ascending, find_gaps, row_keys
from lstmcast.data.named import listed
from lstmcast.data.panel import Columns, SeriesTable
from lstmcast.data.problems import SHOWN, CellsError, Problem, problems_error, quoted
from lstmcast.data.series import Groups, group_rows, name_series
from lstmcast.data.stamps import parse_times
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from lstmcast.config import DataConfig
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
    """Read a table, long or wide, from a path or "-" for stdin.

    A long table has one row for each time of each series, a wide one for each time, and in it a
    column for each series.

    A path that ends in .parquet is read as Parquet, all else as CSV (unpacked if it ends in .gz,
    .bz2 or .zst). `remembered` is what a model was trained on: its columns are taken where the
    table has them and nothing is said, its frequency where none is. The order of rows is free;
    series come in the order of first appearance.

    Raises:
        DataError: the source cannot be read, or cells, columns or times do not fit.
        UsageError: the frequency is no alias of a regular grid.
    """
    with readable(source):
        is_parquet = Path(source).suffix == ".parquet"
        file = open_parquet(Path(source)) if is_parquet else CsvTable(open_csv(source))
        return _read(file, said, remembered)


def table_from_frame(
    frame: pd.DataFrame,
    said: DataConfig = FIND_ALL,
    *,
    remembered: DataConfig | None = None,
) -> SeriesTable:
    """Read a table from a data frame, with the checks of `read_table`.

    The index is not looked at (use `reset_index`); rows in messages count from 0, as `iloc` does.

    Raises:
        DataError: cells, columns or times do not fit.
        UsageError: the frequency is no alias of a regular grid.
    """
    return _read(open_frame(frame), said, remembered)


@dataclass(frozen=True)
class _Rows:
    """Rows [N] by number: `groups` that share their ids, `ranks` into ascending `times` [U]."""

    source: Source
    columns: Columns
    groups: Groups
    ranks: NDArray[np.int64]
    times: Times

    @property
    def codes(self) -> NDArray[np.int32]:
        """The group of each row: [N]."""
        return self.groups.codes

    @property
    def n_ranks(self) -> int:
        """U, the number of distinct times."""
        return len(self.times.values)


def _read(source: Source, said: DataConfig, remembered: DataConfig | None) -> SeriesTable:
    """Find the columns, read them, judge them, and count their rows in steps of one axis."""
    names, sample = source.sample()
    try:
        columns = find_columns(column_kinds(names, sample), said, remembered)
    except DataError as error:
        raise DataError(f"{source.name}: {error}") from error
    raw = source.read([columns.time, *columns.ids], columns.targets)
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
    series = name_series(rows.groups, columns)
    notes = (_note_on_columns(rows, axis), *_note_on_unused(columns, names))
    values = np.column_stack([raw.numbers[name].values for name in columns.targets])
    n_targets = len(columns.targets)
    targets = np.arange(n_targets, dtype=np.int32)
    return SeriesTable(
        codes=np.add.outer(rows.codes * np.int32(n_targets), targets).ravel(),
        steps=np.repeat(steps[rows.ranks], n_targets),
        values=values.ravel(),
        series_ids=series.ids,
        axis=axis,
        columns=columns,
        notes=notes,
        id_parts=series.id_parts,
    )


def _numbered(source: Source, columns: Columns, raw: RawColumns) -> _Rows:
    """Number the times in ascending order and the groups as they appear."""
    times = _judged_times(source, columns, raw)
    if all(np.isnan(raw.numbers[name].values).all() for name in columns.targets):
        raise DataError(
            f"{source.name}, {_columns(columns.targets)}: there is no number in any row."
        )
    times, ranks = times.in_order()
    time = raw.texts[columns.time]
    groups = group_rows(columns.ids, raw.texts, len(time.codes))
    return _Rows(source, columns, groups, ranks[time.codes], times)


def _judged_times(source: Source, columns: Columns, raw: RawColumns) -> Times:
    """Return the times; raise one error that tells the bad cells of all columns."""
    time = raw.texts[columns.time]
    problems = [*_missing_ids(columns, raw), *_wrong_numbers(raw)]
    try:
        times = parse_times(time.texts)
    except CellsError as error:
        bad = Problem(columns.time, _rows_of(time, error.which), str(error))
        raise problems_error(source, [bad, *problems]) from error
    if problems:
        raise problems_error(source, problems)
    return times


def _missing_ids(columns: Columns, raw: RawColumns) -> Iterator[Problem]:
    """Find the rows that lack an id."""
    for name in columns.ids:
        ids = raw.texts[name]
        empty = np.flatnonzero(
            pc.equal(pc.utf8_trim_whitespace(ids.texts), "").to_numpy(zero_copy_only=False)
        )
        if empty.size:
            message = "the id is missing: fill it in or remove the row."
            yield Problem(name, _rows_of(ids, empty), message)


def _wrong_numbers(raw: RawColumns) -> Iterator[Problem]:
    """Find the cells that should be numbers and are not."""
    for name, numbers in raw.numbers.items():
        if numbers.wrong.size:
            yield Problem(name, numbers.wrong, f"no finite number: {numerals.REMEDY}")


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
        f"rows {first} and {second} are both {quoted(text)}{_of_series(rows, row)}"
        for (first, text), (second, _), row in zip(
            cells[::2], cells[1::2], pairs[:, 0], strict=True
        )
    ]
    more = f", and {len(again) - SHOWN:,} more" if len(again) > SHOWN else ""
    hint = "" if rows.columns.ids else ", or name the column that tells the series apart with --id"
    return DataError(
        f"{rows.source.name}, column '{rows.columns.time}': {', '.join(shown)}{more}: keep one row "
        f"for each time of a series{hint}."
    )


def _of_series(rows: _Rows, row: int) -> str:
    """Return the series of a row as the end of a phrase, nothing if there is one series."""
    return f" of series {quoted(rows.groups.name(row))}" if rows.columns.ids else ""


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
        f"{rows.source.name}, column '{rows.columns.time}': from row {first} ({quoted(start)}) to "
        f"row {second} ({quoted(end)}){_of_series(rows, ends[0])} there are {jumps[longest]:,} "
        "steps, far more than rows: correct a stray time, or give a longer --frequency."
    )


def _note_on_columns(rows: _Rows, axis: TimeAxis) -> str:
    """Say which columns were found, at which frequency and for how many series."""
    columns = rows.columns
    spacing = f", {axis.spacing} apart" if axis.spacing > 1 else ""
    utc = ", in UTC" if axis.utc else ""
    time = f"time column '{columns.time}' ({describe(axis.frequency)}{spacing}{utc})"
    if columns.wide:
        return f"{time}, a column for each of {len(columns.targets):,} series"
    n_groups = len(rows.groups.parts)
    ids = f"id {_columns(columns.ids)} ({n_groups:,} series)"
    return f"{time}, {_targets(columns)}, {ids if columns.ids else 'no id column: one series'}" + (
        " for each target" if columns.melted else ""
    )


def _targets(columns: Columns) -> str:
    """Name the columns to forecast."""
    return f"target {_columns(columns.targets)}"


def _columns(names: Sequence[str]) -> str:
    """Name one or several columns."""
    return f"column{'s' if len(names) > 1 else ''} {listed(names)}"


def _note_on_unused(columns: Columns, names: Sequence[str]) -> list[str]:
    """Say which columns play no role."""
    used = {columns.time, *columns.targets, *columns.ids}
    unused = [name for name in names if name not in used]
    return [f"columns not used: {', '.join(map(quoted, unused))}"] if unused else []
