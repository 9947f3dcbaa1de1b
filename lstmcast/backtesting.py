"""From a model, or from networks trained on the way, to forecasts of the windows of a backtest."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.bounds import find_bounds
from lstmcast.data.any_forecast import GivenForecast
from lstmcast.data.panel import Windows, truncate
from lstmcast.evaluation.spans import Known, seen_steps
from lstmcast.forecasting import Forecasts, for_windows
from lstmcast.nn.folds import held_out_steps
from lstmcast.provenance import known_of
from lstmcast.reuse import as_trained

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lstmcast.artifact import Model
    from lstmcast.data.panel import Panel
    from lstmcast.evaluation.backtest import BacktestPlan, Rounds
    from lstmcast.evaluation.judgement import Course

    # Trains on a panel, beginning with a model if there is one.
    Learn = Callable[[Panel, Model | None], Model]


class Found(NamedTuple):
    """What was forecast of W windows, and what of their series had been learnt."""

    forecasts: Forecasts
    known: Known


def forecast_rounds(model: Model, panel: Panel, rounds: Rounds) -> Found:
    """Forecast all windows by a model, whatever it has seen; the panel is `as_trained`."""
    wanted = rounds.windows, rounds.horizon
    ready = for_windows(model, panel, wanted, model.config.device)
    found = ready.forecast(model.config.forecast.quantile_levels)
    return Found(found, known_of(panel, rounds.windows, model))


class Asked(NamedTuple):
    """Windows [W] of a panel to forecast."""

    series: NDArray[np.int64]  # [W], places in the panel
    cutoffs: NDArray[np.int64]  # [W], steps of its axis
    horizon: int
    levels: tuple[float, ...]


def forecast_asked(model: Model, panel: Panel, asked: Asked) -> GivenForecast:
    """Forecast the windows that a series has a past for, held to the bounds of the model.

    Raises:
        UsageError, DataError, ModelFileError: as for `lstmcast.predict`.
    """
    recoded, _ = as_trained(model, panel)
    entries = asked.cutoffs - panel.first_steps[asked.series]
    known = (entries >= 0) & (entries < panel.lengths[asked.series])
    windows = Windows(asked.series[known], entries[known])
    ready = for_windows(model, recoded, (windows, asked.horizon), model.config.device)
    found = ready.forecast(asked.levels)
    bounds = find_bounds(recoded, windows, model.config.forecast)
    return GivenForecast(
        windows.series,
        asked.cutoffs[known],
        bounds.clip(found.point),
        bounds.clip(found.quantiles),
        asked.levels,
    )


def note_on_seen(name: str, model: Model, course: Course) -> str | None:
    """Say how many of the windows of a course a model had seen in training; None of none."""
    seen = seen_steps(course, known_of(course.panel, course.windows, model)) > 0
    if not seen.any():
        return None
    return (
        f"{seen.sum():,} of the {len(seen):,} windows were seen in the training of {name}, at "
        "least in part: its scores flatter it"
    )


def forecast_after_refits(
    panel: Panel, rounds: Rounds, backtest: BacktestPlan, learn: Learn
) -> Found:
    """Train before the rounds that a plan says, on what lies before their cutoffs, and forecast.

    Settings, too, are decided on that past alone: nothing of a window is known to its network.
    """
    parts, places = [], []
    model: Model | None = None
    for number, ends in enumerate(rounds.ends):
        if model is None or (backtest.refit and number % backtest.refit == 0):
            learnt = ends
            model = learn(truncate(panel, ends), model if backtest.warm_start else None)
        mine = np.flatnonzero(rounds.number == number)
        windows = Windows(rounds.windows.series[mine], rounds.windows.cutoffs[mine])
        recoded, _ = as_trained(model, panel)
        ready = for_windows(model, recoded, (windows, rounds.horizon), model.config.device)
        found = ready.forecast(model.config.forecast.quantile_levels)
        known = _known_of(panel, windows.series, learnt, model)
        parts.append((*found, *known))
        places.append(mine)
    order = np.argsort(np.concatenate(places))
    joined = [np.concatenate(part)[order] for part in zip(*parts, strict=True)]
    n_forecasts = len(Forecasts._fields)
    return Found(Forecasts(*joined[:n_forecasts]), Known(*joined[n_forecasts:]))


def _known_of(
    panel: Panel, series: NDArray[np.int64], ends: NDArray[np.int64], model: Model
) -> Known:
    """Say what was learnt from series [W] that were trained on up to `ends` [S]."""
    held_out = held_out_steps(ends, model.config.horizon, model.config.model.members)
    first = panel.first_steps[series]
    return Known(first, first + ends[series] - 1, held_out[series])
