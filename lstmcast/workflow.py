"""The library's three verbs: train, predict and evaluate take values and return values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from lstmcast.artifact import InputRecord, Model
from lstmcast.bounds import find_bounds
from lstmcast.config import Config
from lstmcast.data.calendar import calendar_of
from lstmcast.data.frequency import INTEGER_STEPS, longer_seasons, season_length
from lstmcast.data.future import require_known
from lstmcast.data.panel import Windows, truncate
from lstmcast.data.seasonality import confirm_seasons, find_season_length
from lstmcast.defaults import PanelFacts, Resolution, resolve
from lstmcast.errors import DataError, ModelFileError
from lstmcast.evaluation.backtest import (
    BacktestPlan,
    Evaluation,
    Judged,
    Rounds,
    judge,
    lay_out_rounds,
)
from lstmcast.forecast import Forecast
from lstmcast.nn.covariates import covariate_sizes
from lstmcast.nn.device import choose_device, has_fast_bfloat16
from lstmcast.nn.events import Notice, OnEvent, ignore
from lstmcast.nn.heads import QUANTILE_LEVELS
from lstmcast.nn.inference import forecast_windows
from lstmcast.nn.networks import Forecaster, build_forecaster
from lstmcast.nn.run import window_shape
from lstmcast.nn.windows import WindowShape, gather, sizes_of, to_addresses, to_tensors
from lstmcast.provenance import known_steps, origin_of, record_of, seen_of
from lstmcast.reuse import as_trained, demand_same_steps, settings_from
from lstmcast.safeguards import Safeguards, control_of, fit_panel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.config import ResolvedConfig
    from lstmcast.data.panel import Panel
    from lstmcast.nn.windows import PanelTensors

MOST_NAMED = 5  # series in one message


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
            `base`, or the checkpoint to resume is of other settings.
        DataError: no series has two steps, the data does not fit `base`, or the checkpoint to
            resume is of other data.
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
    tensors = _tensors(panel, resolved)
    control = control_of(safeguards or Safeguards(), origin, base)
    trained = fit_panel(panel, tensors, resolved, on_event, control)
    weights = {
        name: tensor.cpu().numpy() for name, tensor in trained.forecaster.state_dict().items()
    }
    inputs = InputRecord(panel.covariates, panel.vocabularies, sizes_of(tensors).calendar)
    return Model(resolved, record_of(panel, trained, origin), seen_of(panel), inputs, weights)


def predict(
    model: Model, panel: Panel, *, horizon: int | None = None, device: str = "auto"
) -> Forecast:
    """Forecast the steps after the last row of each series, whether training saw it or not.

    Raises:
        UsageError: the device is not on this machine.
        DataError: the time steps of the panel are not those of the model, or a series holds no
            value in all that the model looks back at.
        ModelFileError: the weights do not fit the settings.
    """
    horizon = horizon or model.config.horizon
    panel, notes = as_trained(model, panel)
    require_known(panel, horizon)
    _refuse_silence(panel, model.config.context_length)
    windows = Windows(np.arange(panel.n_series), panel.lengths - 1)
    unbounded = _forecast(model, panel, windows, horizon, device)
    bounds = find_bounds(panel, windows, model.config.forecast)
    quantiles = bounds.clip(unbounded)
    return Forecast(
        series_ids=panel.series_ids,
        steps=(panel.first_steps + panel.lengths)[:, None] + np.arange(horizon),
        quantile_levels=QUANTILE_LEVELS,
        quantiles=quantiles,
        point=quantiles[..., QUANTILE_LEVELS.index(0.5)],
        axis=panel.axis,
        columns=panel.columns,
        id_parts=panel.id_parts,
        bounds=bounds,
        notes=(*notes, *bounds.notes(unbounded)),
    )


def evaluate(
    panel: Panel,
    backtest: BacktestPlan,
    *,
    model: Model | None = None,
    config: Config | None = None,
    on_event: OnEvent = ignore,
) -> Evaluation:
    """Backtest on rolling windows at the end of each series, beside the naive baselines.

    With a `model`, its forecasts are judged, whatever it has seen. With a `config`, a network is
    trained for each window on nothing but the past of that window.

    Raises:
        UsageError, DataError, TrainingError, ModelFileError: as for `train` and `predict`.
    """
    settings = model.config if model else plan(panel, config or Config()).config
    panel, unseen = as_trained(model, panel) if model else (panel, ())
    rounds = lay_out_rounds(panel, backtest, settings.horizon)
    if model is not None:
        quantiles = _forecast(model, panel, rounds.windows, rounds.horizon, settings.device)
        known = known_steps(panel, rounds, model.seen)
    else:
        quantiles = _forecast_after_refits(panel, config or Config(), rounds, on_event)
        known = np.zeros(len(quantiles), dtype=np.int64)
    bounds = find_bounds(panel, rounds.windows, settings.forecast)
    held = bounds.clip(quantiles)
    judged = Judged(rounds, _actuals(panel, rounds), QUANTILE_LEVELS, held, known)
    evaluation = judge(panel, judged, settings.season_length)
    notes = (*evaluation.notes, *unseen, *bounds.notes(quantiles, "windows"))
    return replace(evaluation, notes=notes)


def _facts(panel: Panel, config: Config) -> PanelFacts:
    frequency = panel.axis.frequency
    season = config.season_length or season_length(frequency)
    others: tuple[int, ...] = ()
    if config.season_length is None:
        if frequency == INTEGER_STEPS:
            season = find_season_length(panel)
        if config.other_season_lengths is None:
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


def _forecast(
    model: Model, panel: Panel, windows: Windows, horizon: int, device: str
) -> NDArray[np.float64]:
    """Quantiles of any windows: [W, H, Q]."""
    demand_same_steps(model, panel)
    chosen = choose_device(device)
    settings = model.config.model_copy(update={"device": device, "horizon": horizon})
    tensors = _tensors(panel, settings)
    if sizes_of(tensors).calendar != model.inputs.calendar:
        raise DataError(
            "the model was trained on dates, and these steps are whole numbers: use data with "
            "dates, or train a model on this data."
        )
    forecaster = _restore(model).to(chosen)
    return forecast_windows(forecaster, tensors, windows, window_shape(settings))


def _tensors(panel: Panel, config: ResolvedConfig) -> PanelTensors:
    """Move a panel to the device of a config, with the calendar up to the horizon."""
    calendar = None
    if config.data.calendar:
        calendar = calendar_of(panel, config.horizon, config.data.holidays or "")
    return to_tensors(panel, choose_device(config.device), calendar)


def _refuse_silence(panel: Panel, context_length: int) -> None:
    """Refuse series that end in more unobserved steps than the model looks back."""
    observed = np.concatenate([[0], np.cumsum(np.isfinite(panel.values))])
    begin, end = panel.offsets[:-1], panel.offsets[1:]
    silent = observed[end] == observed[np.maximum(begin, end - context_length)]
    if silent.any():
        names = ", ".join(f"'{name}'" for name in panel.series_ids[silent][:MOST_NAMED])
        raise DataError(
            f"{silent.sum():,} series hold no value in their last {context_length} steps, which is "
            f"all that the model looks back: {names}. Remove the rows after their last value, or "
            "the series."
        )


def _restore(model: Model) -> Forecaster:
    """Put the stored weights into the network, which is allocated only if they fit it."""
    with torch.device("meta"):
        forecaster = build_forecaster(model.config, covariate_sizes(*model.inputs))
    float32 = np.dtype(np.float32)
    wanted = {name: (tuple(w.shape), float32) for name, w in forecaster.state_dict().items()}
    if {name: (w.shape, w.dtype) for name, w in model.weights.items()} != wanted:
        raise ModelFileError(
            "the weights in the model file do not fit its settings: train the model again."
        )
    weights = {name: torch.from_numpy(weights) for name, weights in model.weights.items()}
    forecaster.load_state_dict(weights, assign=True)
    return forecaster


def _forecast_after_refits(
    panel: Panel, config: Config, rounds: Rounds, on_event: OnEvent
) -> NDArray[np.float64]:
    """Train a network for each round on what lies before its cutoffs, and let it forecast.

    Settings, too, are decided anew on that past: nothing of a window is known to its network.
    """
    quantiles = np.empty((len(rounds.number), rounds.horizon, len(QUANTILE_LEVELS)))
    for number, ends in enumerate(rounds.ends):
        past = truncate(panel, ends)
        settings = plan(past, config).config
        tensors = _tensors(past, settings.model_copy(update={"horizon": rounds.horizon}))
        trained = fit_panel(past, tensors, settings, on_event)
        mine = rounds.number == number
        windows = Windows(rounds.windows.series[mine], rounds.windows.cutoffs[mine])
        shape = window_shape(settings)._replace(horizon=rounds.horizon)
        quantiles[mine] = forecast_windows(trained.forecaster, tensors, windows, shape)
    return quantiles


def _actuals(panel: Panel, rounds: Rounds) -> NDArray[np.float64]:
    """What came after each cutoff, NaN where not observed: [W, H]."""
    cpu = torch.device("cpu")
    addresses = to_addresses(*rounds.windows, cpu)
    shape = WindowShape(1, rounds.horizon)
    return gather(to_tensors(panel, cpu), addresses, shape).target.numpy()
