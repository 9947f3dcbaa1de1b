"""Panels: where the rows of a table come to stand."""

from __future__ import annotations

import numpy as np

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, SeriesTable, build_panel


def test_rows_stand_at_their_steps_and_gaps_are_not_observed() -> None:
    table = SeriesTable(
        codes=np.array([1, 0, 1, 0, 2], dtype=np.int32),
        steps=np.array([7, 2, 5, 0, 9]),
        values=np.array([1.0, 2.0, 3.0, np.nan, 5.0]),
        series_ids=np.array(["a", "b", "c"], dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("ds", "y", "id"),
    )
    panel = build_panel(table)
    np.testing.assert_array_equal(panel.values, [np.nan, np.nan, 2, 3, np.nan, 1, 5])
    assert panel.offsets.tolist() == [0, 3, 6, 7]
    assert panel.first_steps.tolist() == [0, 5, 9]
    assert panel.lengths.tolist() == [3, 3, 1]
    assert panel.n_series == 3
    assert panel.series_ids.tolist() == ["a", "b", "c"]
    assert (panel.axis, panel.columns) == (table.axis, table.columns)
