"""Forecast: the value that comes out, in the data's own units, ids and timestamps."""

from __future__ import annotations

import csv
import io
import itertools
import json
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lstmcast.data.panel import parts_or_names
from lstmcast.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from lstmcast.bounds import Bounds
    from lstmcast.data.frequency import TimeAxis
    from lstmcast.data.panel import Columns

Format = Literal["csv", "json", "parquet"]

POINT_COLUMN = "forecast"
MEDIAN = 0.5
DIGITS = 12  # of a level: 0.3 and 0.1 + 0.2 are the same


@dataclass(frozen=True)
class Forecast:
    """Quantiles of S series over H steps, in the order of the panel they were made from."""

    series_ids: NDArray[np.object_]  # [S]
    steps: NDArray[np.int64]  # [S, H], steps of `axis`
    quantile_levels: tuple[float, ...]  # ascending, Q of them
    quantiles: NDArray[np.float64]  # [S, H, Q], never crossing
    point: NDArray[np.float64]  # [S, H], the median
    axis: TimeAxis
    columns: Columns
    id_parts: NDArray[np.object_] | None = None  # [S, K], cells that name each series; None: its id
    bounds: Bounds | None = None  # that all quantiles, at any level, are held to
    notes: tuple[str, ...] = ()  # what was done to the forecast

    def at_levels(self, levels: Iterable[float]) -> Forecast:
        """Return the same forecast at other quantile levels, in ascending order.

        Quantiles that are there already stay as they are, and level 0.5 is the point. Between
        levels the quantile is linear in the normal score of the level, and beyond the outermost
        two it goes on as between them: exact for a normal distribution, monotone for any.

        Raises:
            UsageError: a level is no number between 0 and 1, or is given twice, or there is
                nothing but a median to start from.
        """
        wanted = _checked(levels)
        quantiles = _interpolated(self, wanted)
        if self.bounds is not None:  # beyond the outermost levels they could be crossed
            quantiles = self.bounds.clip(quantiles)
        return replace(self, quantile_levels=wanted, quantiles=quantiles)

    def to_frame(self) -> pd.DataFrame:
        """Lay the forecast out in rows: ids (if the data has any), time, `forecast`, `q0.1`, ...

        Forecasts of a wide table have a column `series`, those of several targets one `target`.

        Times are texts in the user's own format, or integers.

        Raises:
            DataError: a column of the data has the name of one of these.
        """
        import pandas as pd

        return pd.DataFrame(_rows(self, _written_times(self)))

    def render(self, form: Format) -> bytes:
        """Write the rows of `to_frame` as the content of a file.

        CSV has a header. JSON is one object: `frequency`, `horizon`, `quantile_levels`, and
        `forecasts`, a list of rows. In Parquet, times are timestamps, or the user's own whole
        numbers.

        Raises:
            DataError: a column of the data has the name of a column of forecasts.
        """
        return {"csv": _to_csv, "json": _to_json, "parquet": _to_parquet}[form](self)


def _checked(levels: Iterable[float]) -> tuple[float, ...]:
    """Return levels in ascending order; raise if they are not distinct numbers in (0, 1)."""
    try:
        wanted = sorted(round(float(level), DIGITS) for level in levels)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"quantile levels must be numbers such as 0.1 and 0.9: {error}."
        ) from error
    for level in wanted:
        if not 0 < level < 1:
            raise UsageError(f"quantile level {level:g} does not lie between 0 and 1.")
    for level, following in itertools.pairwise(wanted):
        if level == following:
            raise UsageError(f"quantile level {level:g} is given twice: give each level once.")
    return tuple(wanted)


def _interpolated(forecast: Forecast, wanted: Sequence[float]) -> NDArray[np.float64]:
    """Return the quantiles at ascending levels: [S, H, number of levels]."""
    levels, known = _with_median(forecast)
    if len(levels) == 1:
        if not set(wanted) <= set(levels):
            raise UsageError("this forecast has nothing but a median: no other level follows.")
        return known[..., : len(wanted)]
    scores, knots = _normal_scores(wanted), _normal_scores(levels)
    below = np.clip(np.searchsorted(knots, scores, side="right") - 1, 0, len(knots) - 1)
    segment = np.minimum(below, len(knots) - 2)  # the outermost segments go on
    slopes = np.diff(known, axis=-1) / np.diff(knots)
    quantiles = known[..., below] + slopes[..., segment] * (scores - knots[below])
    # Rounding must not lift a quantile above the next knot.
    inside = below < len(knots) - 1
    ceilings = known[..., np.minimum(below + 1, len(knots) - 1)]
    return np.where(inside, np.minimum(quantiles, ceilings), quantiles)


def _with_median(forecast: Forecast) -> tuple[tuple[float, ...], NDArray[np.float64]]:
    """Return all levels that are known and their quantiles, the point forecast among them."""
    levels = forecast.quantile_levels
    if MEDIAN in levels:
        return levels, forecast.quantiles
    place = int(np.searchsorted(levels, MEDIAN))
    known = np.insert(forecast.quantiles, place, forecast.point, axis=-1)
    return (*levels[:place], MEDIAN, *levels[place:]), known


def _normal_scores(levels: Sequence[float]) -> NDArray[np.float64]:
    """Return the quantiles of the standard normal distribution."""
    return np.array([NormalDist().inv_cdf(level) for level in levels])


def _rows(forecast: Forecast, times: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return the columns of a long table, by name: S * H rows each. `times` is [S, H]."""
    columns, horizon = forecast.columns, forecast.steps.shape[1]
    cells = parts_or_names(forecast.id_parts, forecast.series_ids).T
    parts = [
        (name, np.repeat(part, horizon))
        for name, part in zip(columns.series_columns, cells, strict=False)  # no column: one name
    ]
    parts += [(columns.time, times), (POINT_COLUMN, forecast.point)]
    for k, level in enumerate(forecast.quantile_levels):
        parts.append((f"q{level}", forecast.quantiles[..., k]))
    names = [name for name, _ in parts]
    if twice := [name for name in names if names.count(name) > 1]:
        raise DataError(
            f"column '{twice[0]}' of the data has the name of a column of the forecast: rename it "
            "in the data."
        )
    return {name: values.ravel() for name, values in parts}


def _written_times(forecast: Forecast) -> NDArray[Any]:
    """Return the times as the user writes them: [S, H]."""
    return forecast.axis.render(forecast.axis.stamps(forecast.steps))


def _to_csv(forecast: Forecast) -> bytes:
    """Write CSV; texts are in quotes only if one of them has a comma, a quote or a line break.

    Arrow is ten times as fast as pandas or the standard library, which would take 4 s for the
    48,000 monthly series of M4.
    """
    import pyarrow as pa

    table = pa.table(_rows(forecast, _written_times(forecast)))
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(table.column_names)
    try:
        rows = _csv_rows(table, "none")
    except pa.ArrowInvalid:  # Arrow's "needed" puts every text in quotes, the times too
        rows = _csv_rows(table, "needed")
    return header.getvalue().encode() + rows


def _csv_rows(table: pa.Table, quoting_style: str) -> bytes:
    """Write the rows without a header; ArrowInvalid if a text needs quotes that it may not have."""
    from pyarrow.csv import WriteOptions, write_csv

    file = io.BytesIO()
    write_csv(table, file, WriteOptions(include_header=False, quoting_style=quoting_style))
    return file.getvalue()


def _to_json(forecast: Forecast) -> bytes:
    """Write one JSON object; a NaN in it would be no JSON, and is a bug of ours."""
    rows = _rows(forecast, _written_times(forecast))
    cells = zip(*(values.tolist() for values in rows.values()), strict=True)
    document = {
        "frequency": forecast.axis.frequency,
        "horizon": forecast.steps.shape[1],
        "quantile_levels": forecast.quantile_levels,
        "forecasts": [dict(zip(rows, row, strict=True)) for row in cells],
    }
    return (json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _to_parquet(forecast: Forecast) -> bytes:
    """Write Parquet, with timestamps as such, in their zone if they have one."""
    import pyarrow as pa
    from pyarrow import parquet

    axis = forecast.axis
    times = axis.stamps(forecast.steps)
    table = pa.table(_rows(forecast, axis.render(times) if axis.counts_from_1970 else times))
    if axis.timezone and not axis.counts_from_1970:
        place = table.column_names.index(forecast.columns.time)
        times = table[place].cast(pa.timestamp("us", tz=axis.timezone))
        table = table.set_column(place, forecast.columns.time, times)
    file = io.BytesIO()
    parquet.write_table(table, file)
    return file.getvalue()
