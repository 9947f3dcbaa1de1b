"""The library's verbs: train, predict, sample and evaluate take values and return values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lstmcast.artifact import InputRecord, Model
from lstmcast.backtesting import forecast_after_refits, forecast_rounds
from lstmcast.bounds import find_bounds
from lstmcast.config import Config
from lstmcast.data.frequency import longer_seasons
from lstmcast.data.seasonality import confirm_seasons, natural_season
from lstmcast.defaults import Resolution, resolve
from lstmcast.efforts import PanelFacts
from lstmcast.errors import UsageError
from lstmcast.evaluation.backtest import (
    BacktestPlan,
    Evaluation,
    course_of,
    evaluate_methods,
    lay_out_rounds,
)
from lstmcast.evaluation.baselines import baselines_of
from lstmcast.evaluation.guard import count_sources
from lstmcast.evaluation.metrics import Told
from lstmcast.evaluation.statistical import statistical_forecasts
from lstmcast.forecast import Forecast, Paths
from lstmcast.forecasting import at_the_end, require_counts, shared_tensors
from lstmcast.guarding import guard_of, notes_on_sources, sources_of
from lstmcast.levels import in_order
from lstmcast.nn.device import choose_device, has_fast_bfloat16
from lstmcast.nn.events import Notice, OnEvent, ignore
from lstmcast.nn.windows import sizes_of
from lstmcast.provenance import origin_of, record_of, seen_of
from lstmcast.reuse import as_trained, demand_same_steps, settings_from
from lstmcast.safeguards import Safeguards, control_of, fit_panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel
    from lstmcast.forecasting import Ready


MOST_SAMPLED = 100_000_000  # values: 800 MB, and some 4 GB as CSV


@dataclass(frozen=True)
class SamplePlan:
    """Paths to draw of each series: None means the horizon, and the seed, of the model."""

    samples: int = 100
    horizon: int | None = None
    seed: int | None = None


def plan(panel: Panel, config: Config, base: Model | None = None) -> Resolution:
    """Decide every setting that `config`, and the model to begin with, leave open, untrained.

    Raises:
        UsageError: there is no horizon, the device is not on this machine, or a setting contradicts
            `base`.
    """
    given = settings_from(base, config) if base else config
    return resolve(given, _facts(panel, given))


def train(
    panel: Panel,
    config: Config,
    *,
    on_event: OnEvent = ignore,
    base: Model | None = None,
    safeguards: Safeguards | None = None,
) -> Model:
    """Train one forecaster on all series of a panel; one that begins with `base`, if it is given.

    Raises:
        UsageError: there is no horizon, the device is not on this machine, a setting contradicts
            `base`, the checkpoint to resume is of other settings, or workers do not fit together.
        DataError: no series has two steps, values are no counts and the head is of counts, the
            data does not fit `base`, or the checkpoint to resume is of other data.
        ModelFileError: the checkpoint to resume is damaged.
        TrainingError: training did not end in a usable network.
    """
    if base is not None:
        demand_same_steps(base, panel)
        panel, notes = as_trained(base, panel)
        for note in notes:
            on_event(Notice(note))
    resolved = plan(panel, config, base).config
    origin = origin_of(panel, resolved, base)
    require_counts(panel, resolved)
    safeguards = safeguards or Safeguards()
    control = control_of(safeguards, origin, base)
    # After the checkpoint was read, and before the first worker writes one.
    safeguards.workers.demand_same(f"{origin} {control.resume and control.resume.standing}")
    tensors = shared_tensors(panel, resolved, safeguards.workers)
    trained = fit_panel(panel, tensors, resolved, on_event, control)
    weights = {
        name: tensor.cpu().numpy() for name, tensor in trained.forecaster.state_dict().items()
    }
    guard = guard_of(panel, trained.points, resolved) if resolved.forecast.guarded else None
    kept = count_sources(guard.choices, resolved.model.kind) if guard else None
    record = record_of(panel, trained, origin, kept)
    inputs = InputRecord(panel.covariates, panel.vocabularies, sizes_of(tensors).calendar)
    return Model(resolved, record, seen_of(panel), inputs, weights, guard)


def predict(
    model: Model,
    panel: Panel,
    *,
    horizon: int | None = None,
    quantile_levels: Sequence[float] | None = None,
    device: str = "auto",
) -> Forecast:
    """Forecast the steps after the last row of each series, whether training saw it or not.

    At any quantile levels; None: those of the model's settings.

    Raises:
        UsageError: the device is not on this machine, or a level does not lie between 0 and 1 or
            is given twice.
        DataError: the time steps of the panel are not those of the model, values are no counts
            and the model is of counts, or a series holds no value in all that the model looks
            back at.
        ModelFileError: the weights do not fit the settings.
    """
    levels = _levels(model, quantile_levels)
    ready = at_the_end(model, panel, horizon or model.config.horizon, device)
    found = ready.forecast(levels)
    bounds = find_bounds(ready.panel, ready.windows, model.config.forecast)
    return Forecast(
        series_ids=panel.series_ids,
        steps=_steps_ahead(ready),
        quantile_levels=levels,
        quantiles=bounds.clip(found.quantiles),
        point=bounds.clip(found.point),
        axis=panel.axis,
        columns=panel.columns,
        id_parts=panel.id_parts,
        notes=(*ready.notes, *bounds.notes(found.everything)),
        sources=sources_of(model, found.choices),
    )


def sample(
    model: Model, panel: Panel, plan: SamplePlan | None = None, *, device: str = "auto"
) -> Paths:
    """Draw paths over the steps after the last row of each series.

    The steps of a path belong together; the values of all paths at one step have the distribution
    that `predict` gives quantiles of. The same plan draws the same paths of a series, whatever
    other series are in the panel, and those of a shorter plan are among those of a longer one.

    Raises:
        UsageError: there are no samples to draw, or too many to hold, or the model has a guard; and
            as for `predict`.
        DataError, ModelFileError: as for `predict`.
    """
    plan = plan or SamplePlan()
    if model.config.forecast.guarded:
        raise UsageError("paths are drawn from the networks alone: say --no-guard to have them.")
    _demand_room(panel, plan, plan.horizon or model.config.horizon)
    ready = at_the_end(model, panel, plan.horizon or model.config.horizon, device)
    drawn = ready.sample(plan.samples, model.config.seed if plan.seed is None else plan.seed)
    bounds = find_bounds(ready.panel, ready.windows, model.config.forecast)
    return Paths(
        series_ids=panel.series_ids,
        steps=_steps_ahead(ready),
        values=bounds.clip(drawn),
        axis=panel.axis,
        columns=panel.columns,
        id_parts=panel.id_parts,
        notes=(*ready.notes, *bounds.notes(drawn)),
    )


def evaluate(
    panel: Panel,
    backtest: BacktestPlan,
    *,
    model: Model | None = None,
    config: Config | None = None,
    on_event: OnEvent = ignore,
) -> Evaluation:
    """Backtest on rolling windows at the end of each series, beside baselines.

    With a `model`, its forecasts are judged, whatever it has seen. With a `config`, a network is
    trained for each window on nothing but the past of that window.

    Raises:
        UsageError, DataError, TrainingError, ModelFileError: as for `train` and `predict`.
    """
    settings = model.config if model else plan(panel, config or Config()).config
    panel, unseen = as_trained(model, panel) if model else (panel, ())
    rounds = lay_out_rounds(panel, backtest, settings.horizon)
    if model is not None:
        found, known = forecast_rounds(model, panel, rounds)
    else:
        asked = config or Config()
        found, known = forecast_after_refits(
            panel,
            rounds,
            backtest,
            lambda past, base: train(past, asked, on_event=on_event, base=base),
        )
    bounds = find_bounds(panel, rounds.windows, settings.forecast)
    levels = settings.forecast.quantile_levels
    told = Told(bounds.clip(found.point), bounds.clip(found.quantiles), levels)
    course = course_of(panel, rounds, settings.season_length)
    if backtest.models:
        names = ", ".join(backtest.models)
        on_event(Notice(f"fitting {names} to {len(course.number):,} windows"))
    beside = baselines_of(course, levels) | statistical_forecasts(course, backtest.models, levels)
    methods = {settings.model.kind: told, **beside}
    evaluation = evaluate_methods(course, rounds.stride, methods, known)
    notes = (
        *evaluation.notes,
        *unseen,
        *notes_on_sources(settings, found.choices),
        *bounds.notes(found.everything, "windows"),
    )
    return replace(evaluation, notes=notes)


def _demand_room(panel: Panel, plan: SamplePlan, horizon: int) -> None:
    if plan.samples < 1:
        raise UsageError(f"{plan.samples} samples: ask for 1 or more.")
    values = panel.n_series * plan.samples * horizon
    if values > MOST_SAMPLED:
        raise UsageError(
            f"{plan.samples:,} samples of {panel.n_series:,} series over {horizon:,} steps are "
            f"{values:,} values, and at most {MOST_SAMPLED:,} are drawn at once: ask for fewer "
            "samples or steps, or give fewer series."
        )


def _levels(model: Model, wanted: Sequence[float] | None) -> tuple[float, ...]:
    if wanted is None:
        return model.config.forecast.quantile_levels
    try:
        return in_order(wanted)
    except ValueError as error:
        raise UsageError(f"{error}.") from error


def _steps_ahead(ready: Ready) -> NDArray[np.int64]:
    """Return the steps that follow each series: [S, H]."""
    first = ready.panel.first_steps + ready.panel.lengths
    return first[:, None] + np.arange(ready.shape.horizon)


def _facts(panel: Panel, config: Config) -> PanelFacts:
    frequency = panel.axis.frequency
    season = config.season_length or natural_season(panel)
    others: tuple[int, ...] = ()
    if config.season_length is None and config.other_season_lengths is None:
        others = confirm_seasons(panel, season, longer_seasons(frequency, season))
    return PanelFacts(
        columns=panel.columns,
        frequency=frequency,
        season_length=season,
        other_season_lengths=others,
        is_dated=isinstance(panel.axis.origin, np.datetime64),
        n_series=panel.n_series,
        n_steps=len(panel.values),
        longest=int(panel.lengths.max()),
        fast_bfloat16=has_fast_bfloat16(choose_device(config.device)),
        day_first=panel.axis.day_first,
        timezone=panel.axis.timezone,
    )
