"""Forecasts for any windows of a panel, in batches of bounded size."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from lstmcast.nn.copula import draw_levels, process_of
from lstmcast.nn.windows import gather, to_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from lstmcast.data.panel import Windows
    from lstmcast.nn.copula import Draws
    from lstmcast.nn.forecaster import Forecaster, Outlook
    from lstmcast.nn.windows import PanelTensors, WindowShape

# Windows x (context + paths x horizon) in one batch: some 200 MB of activations.
BATCH_STEPS = 200_000
BATCH_VALUES = 2_000_000  # windows x horizon x levels: some 200 MB while they are worked out


class WindowForecasts(NamedTuple):
    """What is forecast of W windows, in data units."""

    quantiles: NDArray[np.float64]  # [W, H, Q]
    point: NDArray[np.float64]  # [W, H]


@torch.inference_mode()
def forecast_windows(
    forecaster: Forecaster,
    panel: PanelTensors,
    windows: Windows,
    shape: WindowShape,
    levels: Sequence[float],
) -> WindowForecasts:
    """Forecast the steps after the cutoff of each window, at quantile levels.

    In float32 whatever the training precision was: a forecast is made once and read many times.
    """
    n_windows = len(windows.series)
    quantiles = np.empty((n_windows, shape.horizon, len(levels)))
    point = np.empty((n_windows, shape.horizon))
    at = torch.tensor(levels, dtype=panel.values.dtype, device=panel.device)
    for part, outlook in _outlooks(forecaster, panel, windows, shape, len(levels)):
        quantiles[part] = outlook.at(at).cpu().numpy()
        point[part] = outlook.point().cpu().numpy()
    return WindowForecasts(quantiles, point)


@torch.inference_mode()
def sample_windows(
    forecaster: Forecaster,
    panel: PanelTensors,
    windows: Windows,
    shape: WindowShape,
    draws: Draws,
) -> NDArray[np.float64]:
    """Draw paths over the steps after the cutoff of each window: [W, N, H] in data units."""
    values = np.empty((len(windows.series), draws.samples, shape.horizon))
    process = process_of(forecaster.correlations)
    for part, outlook in _outlooks(forecaster, panel, windows, shape, draws.samples):
        levels = draw_levels(draws._replace(keys=draws.keys[part]), shape.horizon, process)
        paths = outlook.at(levels.to(panel.device, panel.values.dtype))  # [B, H, N]
        values[part] = paths.transpose(1, 2).cpu().numpy()
    return values


def _outlooks(
    forecaster: Forecaster,
    panel: PanelTensors,
    windows: Windows,
    shape: WindowShape,
    n_values: int,
) -> Iterator[tuple[slice, Outlook]]:
    """Look ahead from as many windows at a time as fit, with `n_values` for each step."""
    forecaster.eval()
    steps = BATCH_STEPS // (shape.context_length + forecaster.shape.n_samples * shape.horizon)
    size = max(1, min(steps, BATCH_VALUES // (shape.horizon * n_values)))
    for start in range(0, len(windows.series), size):
        part = slice(start, start + size)
        series, cutoffs = (address[part] for address in windows)
        addresses = to_addresses(series, cutoffs, panel.values.device)
        yield part, forecaster(gather(panel, addresses, shape).inputs, shape.horizon)
