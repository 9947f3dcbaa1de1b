"""Forecast files back in: what `Forecast.render` wrote, on the time axis of its data."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from lstmcast.data.content import readable
from lstmcast.data.numerals import parse_numbers
from lstmcast.data.panel import parts_or_names
from lstmcast.data.problems import CellsError, quoted, reason
from lstmcast.data.shapes import is_aware
from lstmcast.data.stamps import parse_in_style
from lstmcast.data.styles import example_of
from lstmcast.data.zones import Clocked, localize
from lstmcast.errors import DataError
from lstmcast.forecast import POINT_COLUMN, Forecast

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from lstmcast.data.frequency import TimeAxis
    from lstmcast.data.panel import Columns, Panel

LEVEL_COLUMN = re.compile(r"q(0\.\d+|\d(?:\.\d+)?e-\d+)")


def read_forecast(path: Path, panel: Panel) -> Forecast:
    """Read a forecast file on the time axis of the data that it belongs to.

    The ending tells the format: .json, .parquet, or else CSV. Rows may stand in any order, and
    series may be left out; the data may go on beyond the start of the forecast.

    Raises:
        DataError: the file cannot be read, is no forecast, or is none of these data.
    """
    frame = _read_frame(path, panel.columns)
    levels = _levels(frame)
    _demand_columns(path, frame, panel)
    try:
        codes, series = _series_of_rows(frame, panel)
        ids = panel.series_ids[series]
        steps = steps_of_rows(frame[panel.columns.time], codes, panel.axis)
        order = np.lexsort((steps, codes))
        horizon = _common_horizon(ids, codes[order], steps[order])
        names = [POINT_COLUMN, *(levels[level] for level in sorted(levels))]
        numbers = np.stack([_numbers(frame[name]) for name in names], axis=-1)[order]
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    numbers = numbers.reshape(len(ids), horizon, -1)
    return Forecast(
        series_ids=ids,
        steps=steps[order].reshape(len(ids), horizon),
        quantile_levels=tuple(sorted(levels)),
        quantiles=numbers[..., 1:],
        point=numbers[..., 0],
        axis=panel.axis,
        columns=panel.columns,
        id_parts=None if panel.id_parts is None else panel.id_parts[series],
    )


def _read_frame(path: Path, columns: Columns) -> pd.DataFrame:
    """Read the rows of a file; in CSV, ids and times as the texts they are."""
    form = path.suffix if path.suffix in (".json", ".parquet") else ".csv"
    with readable(path):
        try:
            if form == ".parquet":
                return pd.read_parquet(path)
            if form == ".csv":
                return _read_csv(path, columns)
            return rows_of_document(json.loads(path.read_bytes()))
        except ValueError as error:  # of Arrow, of json and of the decoding of UTF-8 alike
            name = form[1:].upper()
            raise DataError(
                f"{path}: this is no forecast: not read as {name}: {reason(error)}."
            ) from error


def _read_csv(path: Path, columns: Columns) -> pd.DataFrame:
    texts = {name: pa.string() for name in (*columns.series_columns, columns.time)}
    table = pacsv.read_csv(
        path,
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(column_types=texts),
    )
    frame: pd.DataFrame = table.to_pandas()
    return frame


def rows_of_document(document: Any) -> pd.DataFrame:
    """Return the rows of a JSON document."""
    rows = document.get("forecasts") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("it has no list of rows named 'forecasts'")
    return pd.DataFrame(rows)


def _demand_columns(path: Path, frame: pd.DataFrame, panel: Panel) -> None:
    """Raise unless there are rows, with the id and time columns of the data and a forecast."""
    needed = [*panel.columns.series_columns, panel.columns.time, POINT_COLUMN]
    if missing := [name for name in needed if name not in frame.columns]:
        raise DataError(
            f"{path}: this is no forecast of these data: no column is named '{missing[0]}', only "
            f"{', '.join(map(str, frame))}."
        )
    if frame.empty:
        raise DataError(f"{path}: this forecast has a header but no row.")


def _levels(frame: pd.DataFrame) -> dict[float, str]:
    """Return the quantile levels that columns are named after, with their names."""
    matches = (LEVEL_COLUMN.fullmatch(str(name)) for name in frame.columns)
    return {float(match[1]): match[0] for match in matches if match}


def _series_of_rows(
    frame: pd.DataFrame, panel: Panel
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the series of each row [N], as a place in those of the panel that are there [S]."""
    names = list(panel.columns.series_columns)
    if not names:
        return np.zeros(len(frame), dtype=np.int64), np.zeros(1, dtype=np.int64)
    cells = frame[names].astype(str).fillna("")
    codes = np.asarray(cells.groupby(names, sort=False).ngroup(), dtype=np.int64)
    distinct = [tuple(row) for row in cells.drop_duplicates().to_numpy()]
    parts = parts_or_names(panel.id_parts, panel.series_ids)
    places = {tuple(row): place for place, row in enumerate(parts)}
    if unknown := sorted(row for row in distinct if row not in places):
        where = "column" if len(names) == 1 else "columns"
        raise DataError(
            f"{where} '{', '.join(names)}': the data have no series "
            f"{quoted('/'.join(unknown[0]))}: give the data that it was made from."
        )
    return codes, np.array([places[row] for row in distinct])


def steps_of_rows(
    times: pd.Series, series: NDArray[np.integer], axis: TimeAxis
) -> NDArray[np.int64]:
    """Return the step of each row on an axis: [N]. `series` [N] tell the rows of each apart.

    Raises:
        DataError: a time is not written like those of the axis, or is no step of it.
    """
    steps, on_axis = axis.steps_of(_stamps_of_rows(times, series, axis))
    if not on_axis.all():
        raise DataError(
            f"column '{times.name}': {quoted(str(times[~on_axis].iloc[0]))} is no time step of the "
            "data: give the data that it was made from."
        )
    return steps


def _stamps_of_rows(times: pd.Series, series: NDArray[np.integer], axis: TimeAxis) -> NDArray[Any]:
    """Return the time of each row, [N]: datetime64[us], or int64 on an axis of integers."""
    if isinstance(times.dtype, pd.DatetimeTZDtype):
        times = times.dt.tz_convert("UTC").dt.tz_localize(None)
    if times.dtype.kind == "M" and axis.style:
        return times.to_numpy().astype("datetime64[us]")
    codes, distinct = pd.factorize(times.astype(str))
    try:
        parsed: NDArray[Any] = parse_in_style(axis.style, pa.array(distinct, pa.string()))
        if axis.timezone and not is_aware(axis.style):
            parsed, codes = localize(parsed, axis.timezone, Clocked(codes, series))
    except CellsError as error:
        text = quoted(distinct[error.which[0]])
        like = f"a time like {example_of(axis.style)}" if axis.style else "an integer"
        if axis.timezone:
            like += f" in {axis.timezone}"
        raise DataError(f"column '{times.name}': {text} is not {like}, as in the data.") from error
    return parsed[codes]


def _common_horizon(
    ids: NDArray[np.object_], codes: NDArray[np.int64], steps: NDArray[np.int64]
) -> int:
    """Return the rows per series, the same for all; `codes` and `steps` [N] are in order."""
    counts = np.bincount(codes, minlength=len(ids))
    uneven = np.flatnonzero(counts != counts[0])
    broken = codes[1:][(np.diff(codes) == 0) & (np.diff(steps) != 1)]
    if uneven.size:
        raise DataError(
            f"series {quoted(ids[0])} has {counts[0]:,} rows, but {quoted(ids[uneven[0]])} has "
            f"{counts[uneven[0]]:,}: give the whole forecast."
        )
    if broken.size:
        raise DataError(
            f"the rows of series {quoted(ids[broken[0]])} do not follow each other: give the whole "
            "forecast."
        )
    return int(counts[0])


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    """Return a column of finite numbers: [N]."""
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        values, _ = parse_numbers(pa.chunked_array([pa.array(column.astype(str), pa.string())]))
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        cell = column.iloc[bad[0]]
        raise DataError(
            f"column '{column.name}', row {bad[0] + 1} below the header: "
            f"{quoted('' if pd.isna(cell) else str(cell))} is no finite number."
        )
    return values
