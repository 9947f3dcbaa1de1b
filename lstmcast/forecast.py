"""Forecast and Paths: the values that come out, in the data's own units, ids and timestamps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmcast.long_table import Ahead, LongTable

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from lstmcast.data.frequency import TimeAxis
    from lstmcast.data.panel import Columns
    from lstmcast.tables import Format

POINT_COLUMN, SOURCE_COLUMN = "forecast", "source"
SAMPLE_COLUMN, VALUE_COLUMN = "sample", "value"


@dataclass(frozen=True)
class Forecast:
    """Quantiles of S series over H steps, in the order of the panel they were made from."""

    series_ids: NDArray[np.object_]  # [S]
    steps: NDArray[np.int64]  # [S, H], steps of `axis`
    quantile_levels: tuple[float, ...]  # ascending, Q of them
    quantiles: NDArray[np.float64]  # [S, H, Q], never crossing
    point: NDArray[np.float64]  # [S, H]; the median, unless the model has a loss for it
    axis: TimeAxis
    columns: Columns
    id_parts: NDArray[np.object_] | None = None  # [S, K], cells that name each series; None: its id
    notes: tuple[str, ...] = ()  # what was done to the forecast
    sources: NDArray[np.object_] | None = None  # [S], what each comes from; None: the networks

    def to_frame(self) -> pd.DataFrame:
        """Lay the forecast out in rows: ids (if the data has any), time, `forecast`, `q0.1`, ...

        With `sources` they are in a column `source` at the end.

        Forecasts of a wide table have a column `series`, those of several targets one `target`.

        Times are texts in the user's own format, or integers.

        Raises:
            DataError: a column of the data has the name of one of these.
        """
        return self._table().to_frame()

    def render(self, form: Format) -> bytes:
        """Write the rows of `to_frame` as the content of a file.

        CSV has a header. JSON is one object: `frequency`, `horizon`, `quantile_levels`, and
        `forecasts`, a list of rows. In Parquet, times are timestamps, or the user's own whole
        numbers.

        Raises:
            DataError: a column of the data has the name of a column of forecasts.
        """
        return self._table().render(form)

    def _table(self) -> LongTable:
        values: dict[str, NDArray[Any]] = {POINT_COLUMN: self.point}
        for k, level in enumerate(self.quantile_levels):
            values[f"q{level}"] = self.quantiles[..., k]
        if self.sources is not None:
            values[SOURCE_COLUMN] = self.sources[:, None]
        about = {"quantile_levels": self.quantile_levels}
        return LongTable(_ahead(self), values, about, "forecasts")


@dataclass(frozen=True)
class Paths:
    """N ways each of S series may go over H steps, in the order of the panel.

    Every path is one draw of all steps together: sums and other functions of several steps have
    the distribution over the paths that they have in truth.
    """

    series_ids: NDArray[np.object_]  # [S]
    steps: NDArray[np.int64]  # [S, H], steps of `axis`
    values: NDArray[np.float64]  # [S, N, H]
    axis: TimeAxis
    columns: Columns
    id_parts: NDArray[np.object_] | None = None  # [S, K], cells that name each series; None: its id
    notes: tuple[str, ...] = ()  # what was done to the paths

    def to_frame(self) -> pd.DataFrame:
        """Lay the paths out in rows: ids (if the data has any), time, `sample` from 1 on, `value`.

        The rows of a path follow each other. Otherwise as `Forecast.to_frame`.

        Raises:
            DataError: a column of the data has the name of one of these.
        """
        return self._table().to_frame()

    def render(self, form: Format) -> bytes:
        """Write the rows of `to_frame`, as `Forecast.render` does; in JSON they are `paths`.

        Raises:
            DataError: a column of the data has the name of a column of paths.
        """
        return self._table().render(form)

    def _table(self) -> LongTable:
        samples = self.values.shape[1]
        values = {SAMPLE_COLUMN: 1 + np.arange(samples)[None, :, None], VALUE_COLUMN: self.values}
        return LongTable(_ahead(self), values, {"samples": samples}, "paths")


def _ahead(told: Forecast | Paths) -> Ahead:
    return Ahead(told.series_ids, told.steps, told.axis, told.columns, told.id_parts)
