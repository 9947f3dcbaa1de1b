"""Bounds of forecasts: given, or 0 for what was never negative."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from lstmcast.bounds import Bounds, find_bounds
from lstmcast.config import ResolvedForecast
from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, Windows

NAN = np.nan
AXIS = TimeAxis("1", 0, "")
PANEL = Panel(
    values=np.array([0.0, NAN, 2.0, 1.0, -1.0, 5.0, NAN, NAN]),
    offsets=np.array([0, 3, 6, 8]),
    first_steps=np.zeros(3, dtype=np.int64),
    series_ids=np.array(["counts", "balance", "nothing"], dtype=object),
    axis=AXIS,
    columns=Columns("t", ("y",), ("id",)),
)
WINDOWS = Windows(np.array([0, 1, 1, 2]), np.array([2, 2, 0, 1]))


@pytest.mark.parametrize(
    ("settings", "lower", "upper"),
    [
        (ResolvedForecast(), [0, -np.inf, 0, 0], np.inf),
        (ResolvedForecast(lower="none", upper=7), [-np.inf] * 4, 7),
        (ResolvedForecast(lower=-3.5), [-3.5] * 4, np.inf),
    ],
)
def test_bounds_come_from_settings_and_from_what_lies_before_each_cutoff(
    settings: ResolvedForecast, lower: list[float], upper: float
) -> None:
    bounds = find_bounds(PANEL, WINDOWS, settings)
    assert_array_equal(bounds.lower, lower)
    assert_array_equal(bounds.upper, [upper] * 4)


def test_values_are_held_to_bounds_and_it_is_said() -> None:
    bounds = Bounds(np.array([0, -np.inf]), np.array([np.inf, 1.0]))
    values = np.array([[[-2.0, -1.0, 3.0]], [[-2.0, -1.0, 1.0]]])
    assert_array_equal(bounds.clip(values), [[[0, 0, 3]], [[-2, -1, 1]]])
    assert bounds.notes(values) == (
        "forecasts held to their bounds: 1 of 2 series (see --lower and --upper)",
    )
    assert bounds.notes(bounds.clip(values)) == ()
