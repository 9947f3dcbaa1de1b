"""Long tables of what lies ahead: rows by series and time, as CSV, JSON or Parquet."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lstmcast.data.panel import parts_or_names
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from lstmcast.data.frequency import TimeAxis
    from lstmcast.data.panel import Columns

Format = Literal["csv", "json", "parquet"]


@dataclass(frozen=True)
class Ahead:
    """Which series and which of their steps are told of, in the user's own names."""

    series_ids: NDArray[np.object_]  # [S]
    steps: NDArray[np.int64]  # [S, H], steps of `axis`
    axis: TimeAxis
    columns: Columns
    id_parts: NDArray[np.object_] | None = None  # [S, K], cells that name each series; None: its id


@dataclass(frozen=True)
class LongTable:
    """Columns of values [S, H], or [S, N, H] for N rows of each series and step."""

    ahead: Ahead
    values: Mapping[str, NDArray[Any]]
    about: Mapping[str, Any]  # what a JSON document says before the rows
    rows_name: str  # of the rows in a JSON document

    def to_frame(self) -> pd.DataFrame:
        """Lay the rows out, times as texts in the user's own format, or integers.

        Raises:
            DataError: a column of the data has the name of one of ours.
        """
        import pandas as pd

        return pd.DataFrame(self._rows(self._written_times()))

    def render(self, form: Format) -> bytes:
        """Write the rows of `to_frame` as the content of a file.

        CSV has a header. JSON is one object. In Parquet, times are timestamps, or the user's own
        whole numbers.

        Raises:
            DataError: a column of the data has the name of one of ours.
        """
        if form == "parquet":
            return self._to_parquet()
        rows = self._rows(self._written_times())
        return _to_csv(rows) if form == "csv" else self._to_json(rows)

    def _rows(self, times: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return the columns by name, a cell each row. `times` is [S, H]."""
        ahead = self.ahead
        shape = np.broadcast_shapes(*(values.shape for values in self.values.values()))
        between = (1,) * (len(shape) - 2)  # one axis for rows of the same series and step
        cells = parts_or_names(ahead.id_parts, ahead.series_ids).T
        parts = [
            (name, part.reshape(-1, *between, 1))
            for name, part in zip(ahead.columns.series_columns, cells, strict=False)  # or one name
        ]
        parts += [(ahead.columns.time, times.reshape(len(times), *between, -1))]
        parts += list(self.values.items())
        names = [name for name, _ in parts]
        if twice := [name for name in names if names.count(name) > 1]:
            raise DataError(
                f"column '{twice[0]}' of the data has the name of a column of the forecast: rename "
                "it in the data."
            )
        return {name: np.broadcast_to(part, shape).ravel() for name, part in parts}

    def _written_times(self) -> NDArray[Any]:
        """Return the times as the user writes them: [S, H]."""
        axis = self.ahead.axis
        return axis.render(axis.stamps(self.ahead.steps))

    def _to_json(self, rows: Mapping[str, NDArray[Any]]) -> bytes:
        """Write one JSON object; a NaN in it would be no JSON, and is a bug of ours."""
        cells = zip(*(values.tolist() for values in rows.values()), strict=True)
        document = {
            "frequency": self.ahead.axis.frequency,
            "horizon": self.ahead.steps.shape[1],
            **self.about,
            self.rows_name: [dict(zip(rows, row, strict=True)) for row in cells],
        }
        return (json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n").encode()

    def _to_parquet(self) -> bytes:
        """Write Parquet, with timestamps as such, in their zone if they have one."""
        import pyarrow as pa
        from pyarrow import parquet

        axis = self.ahead.axis
        times = axis.stamps(self.ahead.steps)
        table = pa.table(self._rows(axis.render(times) if axis.counts_from_1970 else times))
        if axis.timezone and not axis.counts_from_1970:
            place = table.column_names.index(self.ahead.columns.time)
            zoned = table[place].cast(pa.timestamp("us", tz=axis.timezone))
            table = table.set_column(place, self.ahead.columns.time, zoned)
        file = io.BytesIO()
        parquet.write_table(table, file)
        return file.getvalue()


def _to_csv(rows: Mapping[str, NDArray[Any]]) -> bytes:
    """Write CSV; texts are in quotes only if one of them has a comma, a quote or a line break.

    Arrow is ten times as fast as pandas or the standard library, which would take 4 s for the
    48,000 monthly series of M4.
    """
    import pyarrow as pa

    table = pa.table(dict(rows))
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(table.column_names)
    try:
        written = _csv_rows(table, "none")
    except pa.ArrowInvalid:  # Arrow's "needed" puts every text in quotes, the times too
        written = _csv_rows(table, "needed")
    return header.getvalue().encode() + written


def _csv_rows(table: pa.Table, quoting_style: str) -> bytes:
    """Write the rows without a header; ArrowInvalid if a text needs quotes that it may not have."""
    from pyarrow.csv import WriteOptions, write_csv

    file = io.BytesIO()
    write_csv(table, file, WriteOptions(include_header=False, quoting_style=quoting_style))
    return file.getvalue()
