"""Forecasts for any windows of a panel, in batches of bounded size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from lstmcast.nn.heads import QUANTILE_LEVELS
from lstmcast.nn.windows import gather, to_addresses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.data.panel import Windows
    from lstmcast.nn.forecaster import Forecaster
    from lstmcast.nn.windows import PanelTensors, WindowShape

# Windows x (context + paths x horizon) in one batch: some 200 MB of activations.
BATCH_STEPS = 200_000


@torch.inference_mode()
def forecast_windows(
    forecaster: Forecaster, panel: PanelTensors, windows: Windows, shape: WindowShape
) -> NDArray[np.float64]:
    """Forecast the steps after the cutoff of each window: [W, H, Q] in data units.

    In float32 whatever the training precision was: a forecast is made once and read many times.
    """
    forecaster.eval()
    device = panel.values.device
    steps = shape.context_length + shape.horizon * forecaster.shape.n_paths
    size = max(1, BATCH_STEPS // steps)
    quantiles = np.empty((len(windows.series), shape.horizon, len(QUANTILE_LEVELS)))
    for start in range(0, len(quantiles), size):
        part = slice(start, start + size)
        addresses = to_addresses(windows.series[part], windows.cutoffs[part], device)
        quantiles[part] = forecaster(gather(panel, addresses, shape).inputs).cpu().numpy()
    return quantiles
