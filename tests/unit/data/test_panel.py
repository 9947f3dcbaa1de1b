"""Panels: where the rows of a table come to stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstmcast.data.features import Features
from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, SeriesTable, build_panel, truncate


def test_rows_stand_at_their_steps_and_gaps_are_not_observed() -> None:
    table = SeriesTable(
        codes=np.array([1, 0, 1, 0, 2], dtype=np.int32),
        steps=np.array([7, 2, 5, 0, 9]),
        values=np.array([1.0, 2.0, 3.0, np.nan, 5.0]),
        series_ids=np.array(["a", "b", "c"], dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("ds", ("y",), ("id",)),
    )
    panel = build_panel(table)
    np.testing.assert_array_equal(panel.values, [np.nan, np.nan, 2, 3, np.nan, 1, 5])
    assert panel.offsets.tolist() == [0, 3, 6, 7]
    assert panel.first_steps.tolist() == [0, 5, 9]
    assert panel.lengths.tolist() == [3, 3, 1]
    assert panel.n_series == 3
    assert panel.series_ids.tolist() == ["a", "b", "c"]
    assert (panel.axis, panel.columns) == (table.axis, table.columns)


def bare_panel() -> Panel:
    """Series of two and of one step, without covariates."""
    return Panel(
        values=np.array([1.0, 2.0, 3.0]),
        offsets=np.array([0, 2, 3]),
        first_steps=np.array([0, 1]),
        series_ids=np.array(["a", "b"], dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("ds", ("y",), ("id",)),
    )


def test_panel_without_covariates_has_rows_of_no_column() -> None:
    panel = bare_panel()
    for features, n_rows in ((panel.past, 3), (panel.known, 3), (panel.static, 2)):
        assert features.numbers.shape == features.categories.shape == (n_rows, 0)
    assert panel.known_offsets.tolist() == [0, 2, 3]
    assert panel.covariates.known.all == ()


def test_truncation_cuts_past_covariates_and_keeps_known_ones() -> None:
    past = Features(np.array([[10.0], [20.0], [30.0]]), np.array([[0], [1], [-1]], np.int32))
    known = Features(np.arange(5.0)[:, None], np.zeros((5, 0), np.int32))
    panel = replace(bare_panel(), past=past, known=known, known_offsets=np.array([0, 3, 5]))
    cut = truncate(panel, np.array([1, 1]))
    assert cut.values.tolist() == [1.0, 3.0]
    assert cut.past.numbers.tolist() == [[10.0], [30.0]]
    assert cut.past.categories.tolist() == [[0], [-1]]
    assert cut.known.numbers.ravel().tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert cut.known_offsets.tolist() == [0, 3, 5]
