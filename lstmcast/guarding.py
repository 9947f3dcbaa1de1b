"""The guard of a model: which forecasts it keeps of the series that training saw, and of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstmcast.bounds import find_bounds
from lstmcast.data.panel import Windows
from lstmcast.errors import UsageError
from lstmcast.evaluation.guard import (
    NETWORKS,
    Guard,
    Kept,
    choose,
    count_sources,
    keep,
    source_names,
)
from lstmcast.evaluation.judgement import Course
from lstmcast.provenance import met_by, series_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.artifact import Model
    from lstmcast.config import ResolvedConfig
    from lstmcast.data.panel import Panel
    from lstmcast.evaluation.metrics import Told


def guard_of(panel: Panel, points: NDArray[np.float32], config: ResolvedConfig) -> Guard:
    """Choose by what networks forecast of held-out ends: [S, F, H], NaN where nothing.

    The choices are in the order in which a model remembers its series.
    """
    series, ends = np.nonzero(~np.isnan(points).any(axis=2))
    horizon = points.shape[2]
    windows = Windows(series, panel.lengths[series] - horizon * (1 + ends) - 1)
    course = Course(panel, windows, ends, horizon, config.season_length)
    networks = points[series, ends].astype(np.float64)
    guard = choose(course, networks, find_bounds(panel, windows, config.forecast))
    return guard._replace(choices=guard.choices[np.argsort(series_hashes(panel))])


def choices_for(model: Model, panel: Panel, windows: Windows) -> NDArray[np.uint8]:
    """Say what is kept of each window [W]: the networks' forecasts, unless there is a guard.

    Raises:
        UsageError: there shall be a guard, but nothing was kept for one in training.
    """
    if not model.config.forecast.guarded:
        return np.full(len(windows.series), NETWORKS, dtype=np.uint8)
    if model.guard is None:
        raise UsageError("the model was trained without a guard: train it with --guard.")
    place, met = met_by(model, panel)
    by_series = np.where(met, model.guard.choices[place], model.guard.usual).astype(np.uint8)
    return np.asarray(by_series[windows.series])


def keep_chosen(
    panel: Panel, windows: Windows, told: Told, season_length: int, choices: NDArray[np.uint8]
) -> Kept:
    """Put what was chosen for each window in the place of what networks told of it."""
    number = np.zeros(len(choices), dtype=np.int64)
    course = Course(panel, windows, number, told.point.shape[1], season_length)
    return keep(course, told, choices)


def sources_of(model: Model, choices: NDArray[np.uint8]) -> NDArray[np.object_] | None:
    """Name what forecasts come from: [W]; None without a guard."""
    if not model.config.forecast.guarded:
        return None
    return np.array(source_names(model.config.model.kind), dtype=object)[choices]


def notes_on_sources(config: ResolvedConfig, choices: NDArray[np.uint8]) -> tuple[str, ...]:
    """Say of how many windows each source is kept; nothing without a guard."""
    if not config.forecast.guarded:
        return ()
    kept = ", ".join(
        f"{name} {count:,}" for name, count in count_sources(choices, config.model.kind).items()
    )
    return (f"windows by what the guard kept: {kept}",)
