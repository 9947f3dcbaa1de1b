"""From a model and a panel to forecasts of windows: what must fit is checked on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from lstmcast.data.calendar import calendar_of
from lstmcast.data.future import require_known
from lstmcast.data.panel import Windows, take_series
from lstmcast.errors import DataError, ModelFileError
from lstmcast.evaluation.metrics import Told
from lstmcast.guarding import choices_for, keep_chosen
from lstmcast.nn.copula import Draws
from lstmcast.nn.covariates import covariate_sizes
from lstmcast.nn.device import choose_device
from lstmcast.nn.forecaster import Forecaster, build_forecaster
from lstmcast.nn.inference import forecast_windows, sample_windows
from lstmcast.nn.run import window_shape
from lstmcast.nn.windows import sizes_of, to_tensors
from lstmcast.provenance import series_hashes
from lstmcast.reuse import as_trained, demand_same_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lstmcast.artifact import Model
    from lstmcast.config import ResolvedConfig
    from lstmcast.data.panel import Panel
    from lstmcast.nn.distributed import Workers
    from lstmcast.nn.windows import PanelTensors, WindowShape

MOST_NAMED = 5  # series in one message


class Forecasts(NamedTuple):
    """What is forecast of W windows, in data units."""

    quantiles: NDArray[np.float64]  # [W, H, Q]
    point: NDArray[np.float64]  # [W, H]
    choices: NDArray[np.uint8]  # [W], where they come from, see `lstmcast.evaluation.guard`

    @property
    def everything(self) -> NDArray[np.float64]:
        """Point and quantiles: [W, H, 1 + Q]."""
        return np.concatenate([self.point[..., None], self.quantiles], axis=-1)


@dataclass(frozen=True)
class Ready:
    """A forecaster, and the windows of a panel that it is to be asked about."""

    panel: Panel
    windows: Windows
    forecaster: Forecaster
    tensors: PanelTensors
    shape: WindowShape
    season_length: int
    choices: NDArray[np.uint8]  # [W], see `lstmcast.evaluation.guard`
    notes: tuple[str, ...] = ()

    def forecast(self, levels: Sequence[float]) -> Forecasts:
        """Forecast all windows at quantile levels."""
        quantiles, point = forecast_windows(
            self.forecaster, self.tensors, self.windows, self.shape, levels
        )
        told = Told(point, quantiles, tuple(levels))
        kept = keep_chosen(self.panel, self.windows, told, self.season_length, self.choices)
        return Forecasts(kept.told.quantiles, kept.told.point, kept.choices)

    def sample(self, samples: int, seed: int) -> NDArray[np.float64]:
        """Draw paths after all windows: [W, N, H]."""
        draws = Draws(series_hashes(self.panel)[self.windows.series], samples, seed)
        return sample_windows(self.forecaster, self.tensors, self.windows, self.shape, draws)


def at_the_end(model: Model, panel: Panel, horizon: int, device: str) -> Ready:
    """Make a model ready for what follows the last row of each series.

    Raises:
        UsageError: the device is not on this machine.
        DataError: the data are not like those of the model, a covariate is not known ahead, or a
            series holds no value in all that the model looks back at.
        ModelFileError: the weights do not fit the settings.
    """
    panel, notes = as_trained(model, panel)
    require_known(panel, horizon)
    _refuse_silence(panel, model.config.context_length)
    windows = Windows(np.arange(panel.n_series), panel.lengths - 1)
    return for_windows(model, panel, (windows, horizon), device, notes)


def for_windows(
    model: Model,
    panel: Panel,
    wanted: tuple[Windows, int],
    device: str,
    notes: tuple[str, ...] = (),
) -> Ready:
    """Make a model ready for any windows, and a horizon, of a panel that is `as_trained`.

    Raises:
        UsageError, DataError, ModelFileError: as for `at_the_end`.
    """
    windows, horizon = wanted
    demand_same_steps(model, panel)
    require_counts(panel, model.config)
    settings = model.config.model_copy(update={"device": device, "horizon": horizon})
    tensors = panel_tensors(panel, settings)
    if sizes_of(tensors).calendar != model.inputs.calendar:
        raise DataError(
            "the model was trained on dates, and these steps are whole numbers: use data with "
            "dates, or train a model on this data."
        )
    forecaster = _restore(model).to(choose_device(device))
    forecaster.calibrated = model.config.forecast.calibrated
    choices = choices_for(model, panel, windows)
    season, shape = model.config.season_length, window_shape(settings)
    return Ready(panel, windows, forecaster, tensors, shape, season, choices, notes)


def panel_tensors(panel: Panel, config: ResolvedConfig) -> PanelTensors:
    """Move a panel to the device of a config, with the calendar up to the horizon."""
    calendar = None
    if config.data.calendar:
        calendar = calendar_of(panel, config.horizon, config.data.holidays or "")
    return to_tensors(panel, choose_device(config.device), calendar)


def shared_tensors(panel: Panel, config: ResolvedConfig, workers: Workers) -> PanelTensors:
    """Move the series that are a worker's to the device of a config; one worker has them all.

    Raises:
        UsageError: there are more workers than series.
    """
    if workers.size == 1:
        return panel_tensors(panel, config)
    mine = take_series(panel, workers.deal(panel.lengths))
    return replace(panel_tensors(mine, config), workers=workers)


def require_counts(panel: Panel, config: ResolvedConfig) -> None:
    """Refuse values that are no counts where a head of counts is to learn or to forecast them.

    Raises:
        DataError: a value is negative or no whole number.
    """
    if config.model.head != "negative_binomial":
        return
    values = panel.values
    bad = np.flatnonzero((values < 0) | (np.isfinite(values) & (values != np.round(values))))
    if bad.size:
        series = int(np.searchsorted(panel.offsets, bad[0], side="right")) - 1
        step = panel.first_steps[[series]] + bad[0] - panel.offsets[series]
        when = panel.axis.render(panel.axis.stamps(step))[0]
        raise DataError(
            f"series '{panel.series_ids[series]}', {when}: {values[bad[0]]:g} is no count, and "
            "--head negative_binomial is for counts (0, 1, 2, ...): train with another --head, "
            "such as student_t."
        )


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
