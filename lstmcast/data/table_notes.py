"""What reading a table says of its columns: the roles that were found, and the frequency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lstmcast.data.frequency import describe
from lstmcast.data.joined import file_column_of
from lstmcast.data.named import columns_named, listed
from lstmcast.data.panel_notes import name_some
from lstmcast.data.problems import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from lstmcast.data.frequency import TimeAxis
    from lstmcast.data.panel import Columns
    from lstmcast.data.raw import Source
    from lstmcast.data.rows import Rows


def notes_on_files(source: Source, columns: Columns) -> Iterator[str]:
    """Say that each file is a series."""
    if columns.ids and columns.ids == (file_column_of(source),):
        yield "each file is a series, named after it; --id '' makes one series of all"


def notes_on_columns(rows: Rows, axis: TimeAxis, names: Sequence[str]) -> Iterator[str]:
    """Say which columns play which role, at which frequency, and which of `names` play none."""
    columns = rows.columns
    yield f"{_time(columns, axis)}, {_series(rows)}"
    roles = {"past": columns.past, "known ahead": columns.known, "static": columns.static}
    if found := [f"{role} {listed(those)}" for role, those in roles.items() if those]:
        yield f"covariates: {'; '.join(found)}"
    if columns.categorical:
        yield f"categories, not numbers: {listed(columns.categorical)}"
    used = {columns.time, *columns.targets, *columns.ids, *columns.covariates}
    if unused := [name for name in names if name not in used]:
        yield f"columns not used: {', '.join(map(quoted, unused))}"


def notes_on_ids(series_ids: NDArray[np.object_]) -> Iterator[str]:
    """Say which ids [S] are nearly alike: one series may have come apart into several."""
    plain = pc.utf8_normalize(pa.array(series_ids, pa.string()), "NFKC")
    plain = pc.utf8_lower(pc.replace_substring_regex(plain, r"\s+", ""))
    codes = pc.dictionary_encode(plain).indices.to_numpy()
    alike = np.bincount(codes, minlength=1)[codes] > 1
    if alike.any():
        named = name_some(series_ids[alike])
        yield f"ids that differ in spaces, capitals or spelling only, kept apart: {named}"


def _time(columns: Columns, axis: TimeAxis) -> str:
    spacing = f", {axis.spacing} apart" if axis.spacing > 1 else ""
    zone = f", in {axis.timezone}" if axis.timezone else ""
    return f"time column '{columns.time}' ({describe(axis.frequency)}{spacing}{zone})"


def _series(rows: Rows) -> str:
    columns = rows.columns
    if columns.wide:
        return f"a column for each of {len(columns.targets):,} series"
    ids = "no id column: one series"
    if columns.ids:
        ids = f"id {columns_named(columns.ids)} ({len(rows.groups.parts):,} series)"
    each = " for each target" if columns.melted else ""
    return f"target {columns_named(columns.targets)}, {ids}{each}"
