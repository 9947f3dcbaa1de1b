"""From cells to numbered rows: their times and ids are judged, and all bad cells told together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from lstmcast.data import numerals
from lstmcast.data.columns import is_known_id
from lstmcast.data.named import columns_named
from lstmcast.data.problems import (
    CellsError,
    Problem,
    problems_error,
    rows_holding,
    time_problems,
)
from lstmcast.data.raw import trimmed
from lstmcast.data.rows import Rows
from lstmcast.data.series import group_rows
from lstmcast.data.stamps import parse_times
from lstmcast.data.zones import Clocked, localize
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from lstmcast.config import DataConfig
    from lstmcast.data.panel import Columns
    from lstmcast.data.raw import RawColumns, Source
    from lstmcast.data.stamps import Times


def number_rows(source: Source, columns: Columns, raw: RawColumns, told: DataConfig) -> Rows:
    """Number the times in ascending order and the groups of rows as they appear.

    Raises:
        DataError: cells of these columns cannot be used, or there is no number at all.
    """
    times = _judged_times(source, columns, raw, told)
    if all(np.isnan(raw.numbers[name].values).all() for name in columns.targets):
        raise DataError(
            f"{source.name}, {columns_named(columns.targets)}: there is no number in any row."
        )
    codes: NDArray[np.integer] = raw.texts[columns.time].codes
    groups = group_rows(columns.ids, raw.texts, len(codes))
    if told.timezone and times.style and not times.timezone:
        clocked = Clocked(codes, groups.codes)
        times, codes = _localized(source, columns.time, times, told.timezone, clocked)
    times, ranks = times.in_order()
    return Rows(source, columns, groups, ranks[codes], times)


def _judged_times(source: Source, columns: Columns, raw: RawColumns, told: DataConfig) -> Times:
    """Return the times; raise one error that tells the bad cells of all columns."""
    time = raw.texts[columns.time]
    is_guess = told.id is None and not is_known_id("".join(columns.ids))
    problems = [*_missing_ids(columns, raw, is_guess=is_guess), *_wrong_numbers(columns, raw)]
    try:
        zone = told.timezone or time.timezone
        times = parse_times(time.texts, day_first=told.day_first, timezone=zone)
    except CellsError as error:
        bad = time_problems(columns.time, time, error)
        raise problems_error(source, [*bad, *problems]) from error
    if problems:
        raise problems_error(source, problems)
    return times


def _missing_ids(columns: Columns, raw: RawColumns, *, is_guess: bool) -> Iterator[Problem]:
    """Find the rows that lack an id."""
    remedy = ", or say --id '' if the column names no series" if is_guess else ""
    for name in columns.ids:
        ids = raw.texts[name]
        empty = np.flatnonzero(pc.equal(trimmed(ids.texts), "").to_numpy(zero_copy_only=False))
        if empty.size:
            message = f"the id is missing: fill it in or remove the row{remedy}."
            yield Problem(name, rows_holding(ids, empty), message, "missing id")


def _wrong_numbers(columns: Columns, raw: RawColumns) -> Iterator[Problem]:
    """Find the cells that should be numbers and are not."""
    for name, numbers in raw.numbers.items():
        if numbers.wrong.size:
            remedy = numerals.REMEDY
            if name in columns.covariates:
                remedy = f"{remedy[:-1]}, or name the column with --categorical as well."
            yield Problem(name, numbers.wrong, f"no finite number: {remedy}", "no number")


def _localized(
    source: Source, column: str, times: Times, zone: str, rows: Clocked
) -> tuple[Times, NDArray[np.int64]]:
    """Return local times as instants, and the place of each row among them: [N]."""
    try:
        instants, codes = localize(times.values.astype("datetime64[us]"), zone, rows)
    except CellsError as error:
        bad = np.flatnonzero(np.isin(rows.codes, error.which))
        raise problems_error(source, [Problem(column, bad, str(error), "bad time")]) from error
    return replace(times, values=instants, timezone=zone), codes
