"""Scores of every method on every series, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from lstmcast.data.panel import parts_or_names

if TYPE_CHECKING:
    from lstmcast.evaluation.backtest import Evaluation


def series_scores(evaluation: Evaluation) -> pa.Table:
    """Return a row for each series that was judged and each method: ids, method, its metrics.

    The ids are in the columns of the data, of which there are none where it has one series; what a
    metric does not say of a series is null.
    """
    panel = evaluation.course.panel
    judged = np.unique(evaluation.course.windows.series)
    tables = evaluation.verdict.tables
    cells = parts_or_names(panel.id_parts, panel.series_ids)[judged].T
    columns = {
        name: np.repeat(part, len(tables))
        for name, part in zip(panel.columns.series_columns, cells, strict=False)
    }
    columns["method"] = np.tile(np.array(list(tables), dtype=object), len(judged))
    for metric in tables[evaluation.subject].by_series:
        values = np.stack([each.by_series[metric][judged] for each in tables.values()], axis=1)
        columns[metric] = pa.array(values.ravel(), from_pandas=True)
    return pa.table(columns)
