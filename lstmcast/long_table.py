"""Long tables of what lies ahead: rows by series and time, as CSV, JSON or Parquet."""

from __future__ import annotations

import io
import itertools
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmcast.data.panel import parts_or_names
from lstmcast.errors import DataError
from lstmcast.tables import csv_header, csv_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from lstmcast.data.frequency import TimeAxis
    from lstmcast.data.panel import Columns
    from lstmcast.tables import Format

ROWS_AT_ONCE = 1_000_000  # of a file: some 100 MB while they are laid out


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
        return {"csv": self._to_csv, "json": self._to_json, "parquet": self._to_parquet}[form]()

    def _blocks(self, times: NDArray[Any]) -> Iterator[dict[str, NDArray[Any]]]:
        """Lay out the rows of as many series at a time as fit."""
        shape = np.broadcast_shapes(*(values.shape for values in self.values.values()))
        size = max(1, ROWS_AT_ONCE // math.prod(shape[1:]))
        for start in range(0, shape[0], size):
            yield self._rows(times, slice(start, start + size))

    def _rows(self, times: NDArray[Any], which: slice = slice(None)) -> dict[str, NDArray[Any]]:
        """Return the columns by name, a cell each row, of some series. `times` is [S, H]."""
        ahead = self.ahead
        values = {
            name: part[which] if len(part) == len(times) else part  # or alike for all series
            for name, part in self.values.items()
        }
        shape = np.broadcast_shapes(*(part.shape for part in values.values()))
        between = (1,) * (len(shape) - 2)  # one axis for rows of the same series and step
        cells = parts_or_names(ahead.id_parts, ahead.series_ids)[which].T
        parts = [
            (name, part.reshape(-1, *between, 1))
            for name, part in zip(ahead.columns.series_columns, cells, strict=False)  # or one name
        ]
        parts += [(ahead.columns.time, times[which].reshape(-1, *between, times.shape[1]))]
        parts += list(values.items())
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

    def _to_csv(self) -> bytes:
        """Write CSV, so many rows at a time."""
        import pyarrow as pa

        tables = map(pa.table, self._blocks(self._written_times()))
        parts = [
            (b"" if number else csv_header(table)) + csv_rows(table)
            for number, table in enumerate(tables)
        ]
        return b"".join(parts)

    def _to_json(self) -> bytes:
        """Write one JSON object; a NaN in it would be no JSON, and is a bug of ours."""
        rows = self._rows(self._written_times())
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
        blocks = self._blocks(axis.render(times) if axis.counts_from_1970 else times)
        tables = map(self._with_zone, map(pa.table, blocks))
        first = next(tables)
        file = io.BytesIO()
        with parquet.ParquetWriter(file, first.schema) as writer:
            for table in itertools.chain([first], tables):
                writer.write_table(table)
        return file.getvalue()

    def _with_zone(self, table: pa.Table) -> pa.Table:
        """Say in which zone the times of a table are."""
        import pyarrow as pa

        axis, name = self.ahead.axis, self.ahead.columns.time
        if not axis.timezone or axis.counts_from_1970:
            return table
        place = table.column_names.index(name)
        zoned = table[place].cast(pa.timestamp("us", tz=axis.timezone))
        return table.set_column(place, name, zoned)
