"""Tables in: any CSV, Parquet file or data frame, checked row by row, as a `SeriesTable`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from lstmcast.data import numerals
from lstmcast.data.columns import FIND_ALL, column_kinds, find_columns
from lstmcast.data.covariates import read_covariates, settle_static, split_names
from lstmcast.data.csv_file import readable
from lstmcast.data.duplicates import merge_rows, note_on_duplicates
from lstmcast.data.frame import open_frame
from lstmcast.data.frequency import describe, fit_axis
from lstmcast.data.gaps import ascending, find_gaps
from lstmcast.data.named import listed
from lstmcast.data.panel import Columns, SeriesTable
from lstmcast.data.problems import CellsError, Problem, problems_error, quoted
from lstmcast.data.rows import FREE_STEPS, STEPS_PER_ROW, Rows, duplicates_error, sparse_error
from lstmcast.data.series import group_rows, name_series
from lstmcast.data.sources import open_source
from lstmcast.data.stamps import parse_times
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from lstmcast.config import DataConfig
    from lstmcast.data.features import TableCovariates
    from lstmcast.data.frequency import TimeAxis
    from lstmcast.data.gaps import Gaps
    from lstmcast.data.raw import Coded, RawColumns, Source
    from lstmcast.data.stamps import Times


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
        return _read(open_source(source), said, remembered)


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


def _read(source: Source, said: DataConfig, remembered: DataConfig | None) -> SeriesTable:
    """Find the columns, read them, judge them, and count their rows in steps of one axis."""
    names, sample = source.sample()
    try:
        columns = find_columns(column_kinds(names, sample), said, remembered)
    except DataError as error:
        raise DataError(f"{source.name}: {error}") from error
    settled = _settle(said, remembered)
    numbers = split_names(columns.covariates, columns.categorical).numbers
    texts = [columns.time, *columns.ids, *columns.categorical]
    raw = source.read(texts, [*columns.targets, *numbers])
    body = _read_body(_numbered(source, columns, raw), raw)
    body, notes = _without_duplicates(body, settled)
    rows = body.rows
    gaps = find_gaps(ascending(rows.keys), rows.n_ranks)
    axis, steps = _fit(rows, gaps, settled.frequency)
    jumps = steps[gaps.after] - steps[gaps.before]
    n_steps = len(rows.codes) + int(gaps.counts @ (jumps - 1))
    width = len(columns.targets) * (1 + len(columns.covariates))
    if n_steps > max(FREE_STEPS // width, STEPS_PER_ROW * len(rows.codes)):
        raise sparse_error(rows, gaps, jumps)
    series = name_series(rows.groups, columns)
    n_targets = len(columns.targets)
    codes, steps_of_rows = rows.codes, steps[rows.ranks]
    if n_targets > 1:
        targets = np.arange(n_targets, dtype=np.int32)
        codes = np.add.outer(codes * np.int32(n_targets), targets).ravel()
        steps_of_rows = np.repeat(steps_of_rows, n_targets)
    return SeriesTable(
        codes=codes,
        steps=steps_of_rows,
        values=body.values.ravel(),
        series_ids=series.ids,
        axis=axis,
        columns=columns,
        notes=(_note_on_columns(rows, axis), *_notes_on_others(columns, names), *notes),
        id_parts=series.id_parts,
        fill=settled.fill or "none",
        covariates=body.covariates and body.covariates.repeat(n_targets),
    )


@dataclass(frozen=True)
class _Body:
    """What rows [N] hold beside ids and times: values [N, T] of the targets, and covariates."""

    rows: Rows
    values: NDArray[np.float64]
    covariates: TableCovariates | None


def _read_body(rows: Rows, raw: RawColumns) -> _Body:
    """Put the values of the targets beside each other, and settle what is static."""
    targets = [raw.numbers[name].values for name in rows.columns.targets]
    values = np.column_stack(targets) if len(targets) > 1 else targets[0][:, None]
    covariates = read_covariates(rows.columns, raw)
    if covariates is not None:
        static = settle_static(rows, covariates.static, covariates.names.static)
        covariates = replace(covariates, static=static)
    return _Body(rows, values, covariates)


def _settle(said: DataConfig, remembered: DataConfig | None) -> DataConfig:
    """Return what the user says, and what a model remembers where nothing is said."""
    if remembered is None:
        return said
    return remembered.model_copy(update=said.model_dump(exclude_none=True))


def _without_duplicates(body: _Body, settled: DataConfig) -> tuple[_Body, tuple[str, ...]]:
    """Return rows no two of which are for one time of one group, and what to say of it.

    Covariates of several rows are those of the last of them, or of the first where that is wanted.
    """
    rows = body.rows
    keys = ascending(rows.keys)
    n_again = int((keys[1:] == keys[:-1]).sum())
    how = settled.duplicates or "error"
    if not n_again:
        return body, ()
    if how == "error":
        raise duplicates_error(rows)
    merged = merge_rows(rows.keys, body.values, how)
    covariates = body.covariates and body.covariates.take(merged.rows)
    notes = (note_on_duplicates(n_again, how),)
    return _Body(rows.take(merged.rows), merged.values, covariates), notes


def _numbered(source: Source, columns: Columns, raw: RawColumns) -> Rows:
    """Number the times in ascending order and the groups as they appear."""
    times = _judged_times(source, columns, raw)
    if all(np.isnan(raw.numbers[name].values).all() for name in columns.targets):
        raise DataError(
            f"{source.name}, {_columns(columns.targets)}: there is no number in any row."
        )
    times, ranks = times.in_order()
    time = raw.texts[columns.time]
    groups = group_rows(columns.ids, raw.texts, len(time.codes))
    return Rows(source, columns, groups, ranks[time.codes], times)


def _judged_times(source: Source, columns: Columns, raw: RawColumns) -> Times:
    """Return the times; raise one error that tells the bad cells of all columns."""
    time = raw.texts[columns.time]
    problems = [*_missing_ids(columns, raw), *_wrong_numbers(columns, raw)]
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


def _wrong_numbers(columns: Columns, raw: RawColumns) -> Iterator[Problem]:
    """Find the cells that should be numbers and are not."""
    for name, numbers in raw.numbers.items():
        if numbers.wrong.size:
            remedy = numerals.REMEDY
            if name in columns.covariates:
                remedy = f"{remedy[:-1]}, or name the column with --categorical as well."
            yield Problem(name, numbers.wrong, f"no finite number: {remedy}")


def _rows_of(column: Coded, which: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows that hold any of some distinct texts."""
    return np.flatnonzero(np.isin(column.codes, which))


def _fit(rows: Rows, gaps: Gaps, frequency: str | None) -> tuple[TimeAxis, NDArray[np.int64]]:
    """Return the time axis and the step of each distinct time."""
    try:
        return fit_axis(rows.times, gaps, frequency)
    except CellsError as error:
        off = rows.in_source(np.flatnonzero(np.isin(rows.ranks, error.which)))
        raise problems_error(rows.source, [Problem(rows.columns.time, off, str(error))]) from error
    except DataError as error:
        raise DataError(f"{rows.source.name}, column '{rows.columns.time}': {error}") from error


def _note_on_columns(rows: Rows, axis: TimeAxis) -> str:
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


def _notes_on_others(columns: Columns, names: Sequence[str]) -> Iterator[str]:
    """Say which columns are covariates, and which play no role."""
    roles = {"past": columns.past, "known ahead": columns.known, "static": columns.static}
    if found := [f"{role} {listed(those)}" for role, those in roles.items() if those]:
        yield f"covariates: {'; '.join(found)}"
    if columns.categorical:
        yield f"categories, not numbers: {listed(columns.categorical)}"
    used = {columns.time, *columns.targets, *columns.ids, *columns.covariates}
    if unused := [name for name in names if name not in used]:
        yield f"columns not used: {', '.join(map(quoted, unused))}"
