"""The library's three verbs: train, predict and evaluate take values and return values."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch

from lstmcast import __version__
from lstmcast.artifact import Model, Seen, TrainingRecord
from lstmcast.bounds import find_bounds
from lstmcast.config import Config
from lstmcast.data.frequency import INTEGER_STEPS, describe, season_length
from lstmcast.data.panel import Windows, parts_or_names, truncate
from lstmcast.data.seasonality import find_season_length
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
from lstmcast.nn.device import choose_device, has_fast_bfloat16
from lstmcast.nn.events import OnEvent, ignore
from lstmcast.nn.heads import QUANTILE_LEVELS
from lstmcast.nn.inference import forecast_windows
from lstmcast.nn.networks import Forecaster, build_forecaster
from lstmcast.nn.training import Trained, fit
from lstmcast.nn.windows import gather, to_addresses, to_tensors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel

MOST_NAMED = 5  # series in one message


def plan(panel: Panel, config: Config) -> Resolution:
    """Decide every setting that `config` leaves open, without training.

    Raises:
        UsageError: there is no horizon, or the device is not on this machine.
    """
    return resolve(config, _facts(panel, config))


def train(panel: Panel, config: Config, *, on_event: OnEvent = ignore) -> Model:
    """Train one forecaster on all series of a panel.

    Raises:
        UsageError: there is no horizon, or the device is not on this machine.
        DataError: no series has two steps.
        TrainingError: training did not end in a usable network.
    """
    resolved = plan(panel, config).config
    trained = fit(to_tensors(panel, choose_device(resolved.device)), resolved, on_event)
    weights = {
        name: tensor.cpu().numpy() for name, tensor in trained.forecaster.state_dict().items()
    }
    return Model(resolved, _record(panel, trained), _seen(panel), weights)


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
        notes=bounds.notes(unbounded),
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
    rounds = lay_out_rounds(panel, backtest, settings.horizon)
    if model is not None:
        quantiles = _forecast(model, panel, rounds.windows, rounds.horizon, settings.device)
        known = _known_steps(panel, rounds, model.seen)
    else:
        quantiles = _forecast_after_refits(panel, config or Config(), rounds, on_event)
        known = np.zeros(len(quantiles), dtype=np.int64)
    bounds = find_bounds(panel, rounds.windows, settings.forecast)
    held = bounds.clip(quantiles)
    judged = Judged(rounds, _actuals(panel, rounds), QUANTILE_LEVELS, held, known)
    evaluation = judge(panel, judged, settings.season_length)
    return replace(evaluation, notes=(*evaluation.notes, *bounds.notes(quantiles, "windows")))


def _facts(panel: Panel, config: Config) -> PanelFacts:
    frequency = panel.axis.frequency
    season = season_length(frequency)
    if frequency == INTEGER_STEPS and config.season_length is None:
        season = find_season_length(panel)
    return PanelFacts(
        columns=panel.columns,
        frequency=frequency,
        season_length=season,
        n_series=panel.n_series,
        n_steps=len(panel.values),
        longest=int(panel.lengths.max()),
        fast_bfloat16=has_fast_bfloat16(choose_device(config.device)),
    )


def _forecast(
    model: Model, panel: Panel, windows: Windows, horizon: int, device: str
) -> NDArray[np.float64]:
    """Quantiles of any windows: [W, H, Q]."""
    here, trained = panel.axis.frequency, model.config.data.frequency
    same_kind = (here == INTEGER_STEPS) == (trained == INTEGER_STEPS)
    if not same_kind or season_length(here) != season_length(trained):
        raise DataError(
            f"the data is {describe(here)}, but the model was trained on {describe(trained)}: "
            "use data with the model's time steps, or train a model on this data."
        )
    chosen = choose_device(device)
    forecaster = _restore(model).to(chosen)
    return forecast_windows(forecaster, to_tensors(panel, chosen), windows, horizon)


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
        forecaster = build_forecaster(model.config)
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
        tensors = to_tensors(past, choose_device(settings.device))
        trained = fit(tensors, settings, on_event)
        mine = rounds.number == number
        windows = Windows(rounds.windows.series[mine], rounds.windows.cutoffs[mine])
        quantiles[mine] = forecast_windows(trained.forecaster, tensors, windows, rounds.horizon)
    return quantiles


def _actuals(panel: Panel, rounds: Rounds) -> NDArray[np.float64]:
    """What came after each cutoff, NaN where not observed: [W, H]."""
    cpu = torch.device("cpu")
    addresses = to_addresses(*rounds.windows, cpu)
    return gather(to_tensors(panel, cpu), addresses, 1, rounds.horizon).target.numpy()


def _known_steps(panel: Panel, rounds: Rounds, seen: Seen) -> NDArray[np.int64]:
    """How many steps of each window lie in what the model was trained on: [W]."""
    hashes = _series_hashes(panel)
    place = np.searchsorted(seen.series_hashes, hashes).clip(max=len(seen.series_hashes) - 1)
    last = np.where(
        seen.series_hashes[place] == hashes, seen.last_stamps[place], np.iinfo(np.int64).min
    )
    series, cutoffs = rounds.windows
    steps = (panel.first_steps[series] + cutoffs)[:, None] + np.arange(1, rounds.horizon + 1)
    known = panel.axis.stamps(steps).astype(np.int64) <= last[series, None]
    return np.asarray(known.sum(axis=1))


def _seen(panel: Panel) -> Seen:
    hashes = _series_hashes(panel)
    order = np.argsort(hashes)
    last = panel.axis.stamps(panel.first_steps + panel.lengths - 1).astype(np.int64)
    return Seen(hashes[order], last[order])


def _series_hashes(panel: Panel) -> NDArray[np.uint64]:
    """Stand-ins for the ids, [S], since a model file should not give away a list of customers."""
    parts = parts_or_names(panel.id_parts, panel.series_ids)
    if parts.shape[1] == 1:
        return pd.util.hash_array(parts[:, 0])
    # By part: "a/b" and "c" are not "a" and "b/c".
    hashes = pd.util.hash_pandas_object(pd.DataFrame(parts), index=False)
    return np.asarray(hashes, dtype=np.uint64)


def _record(panel: Panel, trained: Trained) -> TrainingRecord:
    observed = np.isfinite(panel.values)
    first = panel.axis.stamps(panel.first_steps).min()
    last = panel.axis.stamps(panel.first_steps + panel.lengths - 1).max()
    return TrainingRecord(
        n_series=panel.n_series,
        n_observations=int(observed.sum()),
        first_timestamp=_render(panel, first),
        last_timestamp=_render(panel, last),
        data_hash=_data_hash(panel),
        steps=trained.steps,
        validation_score=trained.validation_score,
        n_parameters=sum(weights.numel() for weights in trained.forecaster.parameters()),
        lstmcast_version=__version__,
        torch_version=torch.__version__,
    )


def _render(panel: Panel, stamp: Any) -> str:
    return str(panel.axis.render(np.array([stamp]))[0])


def _data_hash(panel: Panel) -> str:
    digest = hashlib.sha256()
    for array in (panel.values, panel.offsets, panel.axis.stamps(panel.first_steps)):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(_series_hashes(panel).tobytes())
    return digest.hexdigest()
