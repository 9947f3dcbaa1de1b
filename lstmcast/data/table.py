"""Tables in: any CSV, Parquet file or data frame, checked row by row, as a `SeriesTable`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.agreement import Members, fit_together
from lstmcast.data.body import into_periods, read_body, without_duplicates
from lstmcast.data.columns import FIND_ALL, column_kinds, find_columns, is_known_id
from lstmcast.data.content import readable
from lstmcast.data.covariates import split_names
from lstmcast.data.doubts import FAR, refuse_lone_series, refuse_strays
from lstmcast.data.frame import open_frame
from lstmcast.data.gaps import ascending, find_gaps
from lstmcast.data.joined import file_column_of
from lstmcast.data.panel import Columns, SeriesTable
from lstmcast.data.problems import CellsError, Problem, problems_error
from lstmcast.data.rows import FREE_STEPS, STEPS_PER_ROW, Rows, sparse_error
from lstmcast.data.series import name_series
from lstmcast.data.sources import open_source
from lstmcast.data.table_notes import notes_on_columns, notes_on_files, notes_on_ids
from lstmcast.data.until import until
from lstmcast.data.zones import is_fixed
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from lstmcast.config import DataConfig
    from lstmcast.data.columns import Kind
    from lstmcast.data.frequency import TimeAxis
    from lstmcast.data.gaps import Gaps
    from lstmcast.data.raw import Source


def read_table(
    source: str | Path,
    said: DataConfig = FIND_ALL,
    *,
    remembered: DataConfig | None = None,
    as_of: str | None = None,
) -> SeriesTable:
    """Read a table, long or wide, from a path or "-" for stdin.

    A long table has one row for each time of each series, a wide one for each time, and in it a
    column for each series.

    The path may be a folder or a pattern such as `sales/*.csv`: all files are one table. Content
    tells whether a file is Parquet, JSON Lines or CSV, how it is packed (gzip, bz2, zstd, lz4) and,
    for a CSV, its encoding, delimiter and marks in numbers, as far as `said` leaves them open.
    `remembered` is what a model was trained on: its columns are taken where the table has them and
    nothing is said, its frequency where none is. The order of rows is free; series come in the
    order of first appearance. Rows after the time `as_of` are left out before anyone looks at them;
    a date counts as a whole day.

    Raises:
        DataError: the source cannot be read, or cells, columns or times do not fit.
        UsageError: the frequency is no alias of a regular grid, or `as_of` is no such time.
    """
    with readable(source):
        opened = open_source(source, _settle(said, remembered))
        return read_source(opened, said, remembered, as_of)


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
    return read_source(open_frame(frame, _settle(said, remembered)), said, remembered)


def read_source(
    source: Source,
    said: DataConfig = FIND_ALL,
    remembered: DataConfig | None = None,
    as_of: str | None = None,
) -> SeriesTable:
    """Find the columns, read them, judge them, and count their rows in steps of one axis.

    Raises:
        DataError: the table as a whole cannot be used, or some of its rows cannot.
        UsageError: the frequency is no alias of a regular grid.
    """
    names, sample = source.sample()
    columns = _find_columns(source, column_kinds(names, sample), said, remembered)
    settled = _settle(said, remembered)
    if as_of is not None:
        source = until(source, columns.time, as_of, settled)
    numbers = split_names(columns.covariates, columns.categorical).numbers
    texts = [columns.time, *columns.ids, *columns.categorical]
    raw = source.read(texts, [*columns.targets, *numbers])
    body = read_body(source, columns, raw, settled)
    if settled.resample:
        body, notes = into_periods(body, settled)
    else:
        body, notes = without_duplicates(body, settled)
    rows = body.rows
    if not settled.resample and _is_guessed(columns, said, remembered):
        refuse_lone_series(rows)
    keys = ascending(rows.keys)
    gaps = find_gaps(keys, rows.n_ranks)
    axis, steps = _fit(rows, keys, gaps, settled.frequency)
    jumps = steps[gaps.after] - steps[gaps.before]
    n_steps = len(rows.codes) + int(gaps.counts @ (jumps - 1))
    width = len(columns.targets) * (1 + len(columns.covariates))
    if n_steps > max(FREE_STEPS // width, STEPS_PER_ROW * len(rows.codes)):
        raise sparse_error(rows, gaps, jumps)
    if said.frequency is None and jumps.max(initial=0) > FAR:
        refuse_strays(rows, steps, axis.frequency)
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
        notes=(
            *raw.notes,
            *notes_on_files(source, columns),
            *notes_on_columns(rows, axis, names),
            *rows.times.notes,
            *notes_on_ids(series.ids),
            *notes,
        ),
        id_parts=series.id_parts,
        fill=settled.fill or settled.usual_fill,
        covariates=body.covariates and body.covariates.repeat(n_targets),
    )


def _is_guessed(columns: Columns, said: DataConfig, remembered: DataConfig | None) -> bool:
    """Say whether the id column was found by what it holds, not by its name."""
    named = said.id is not None or (remembered is not None and remembered.id is not None)
    return bool(columns.ids) and not named and not is_known_id(columns.ids[0])


def _find_columns(
    source: Source, kinds: dict[str, Kind], said: DataConfig, remembered: DataConfig | None
) -> Columns:
    """Find the columns; files without an id column are a series each, unless told otherwise."""
    file_column = file_column_of(source)
    if file_column and said.id == file_column:
        kinds |= {file_column: "text"}
    try:
        columns = find_columns(kinds, said, remembered)
    except DataError as error:
        raise DataError(f"{source.name}: {error}") from error
    if file_column and not columns.ids and said.id is None:
        return replace(columns, ids=(file_column,))
    return columns


def _settle(said: DataConfig, remembered: DataConfig | None) -> DataConfig:
    """Return what the user says, and what a model remembers where nothing is said."""
    if remembered is None:
        return said
    recalled = remembered.model_dump()
    if is_fixed(remembered.timezone or ""):
        recalled["timezone"] = None  # the offset of one season is not that of the next
    return said.model_copy(update=recalled | said.model_dump(exclude_none=True))


def _fit(
    rows: Rows, keys: NDArray[np.int64], gaps: Gaps, frequency: str | None
) -> tuple[TimeAxis, NDArray[np.int64]]:
    """Return the time axis and the step of each distinct time."""
    members = Members(rows.codes, rows.ranks, rows.groups.names, rows.times)
    try:
        return fit_together(members, keys, gaps, frequency)
    except CellsError as error:
        off = rows.in_source(np.flatnonzero(np.isin(rows.ranks, error.which)))
        problem = Problem(rows.columns.time, off, str(error), "off the frequency")
        raise problems_error(rows.source, [problem]) from error
    except DataError as error:
        raise DataError(f"{rows.source.name}, column '{rows.columns.time}': {error}") from error
