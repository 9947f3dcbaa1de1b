"""Augmentation: windows are learnt as they would be with a trend of their own.

A short history shows one trend, and a network that saw nothing else takes it for a law: where
growth ends, it goes on growing. With trends of all kinds it has to look at the context for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from lstmcast.nn.scaling import bend, unbend
from lstmcast.nn.windows import lagged_steps

if TYPE_CHECKING:
    from torch import Tensor

    from lstmcast.config import ResolvedConfig
    from lstmcast.nn.scaling import Scale
    from lstmcast.nn.windows import Batch, WindowShape


def draw_slopes(n_windows: int, config: ResolvedConfig, generator: torch.Generator) -> Tensor:
    """Draw slopes of about one spread a season, 0 for windows that stay as they are: [B]."""
    slopes = torch.zeros(n_windows, device=generator.device)
    if share := config.training.tilted:
        slopes.normal_(generator=generator)
        slopes *= torch.rand(n_windows, device=generator.device, generator=generator) < share
    return slopes / config.season_length


def tilt(batch: Batch, shape: WindowShape, scale: Scale, slopes: Tensor) -> Batch:
    """Add to windows a straight line through their cutoffs, in bent values.

    `slopes` [B] are in spreads of `scale` a step; windows with a slope of 0 stay as they are.
    """
    context, lags = batch.inputs.context, batch.inputs.lags
    device = context.device
    by_step = slopes.to(device).unsqueeze(1) * scale.spread  # [B, 1]

    def tilted(values: Tensor, steps: Tensor) -> Tensor:
        moved = unbend(bend(values, scale.power) + by_step * steps, scale.power)
        return torch.where(by_step == 0, values, moved)

    before = torch.arange(1 - context.shape[1], 1, device=device)
    after = torch.arange(1, batch.target.shape[1] + 1, device=device)
    inputs = batch.inputs._replace(
        context=tilted(context, before),
        lags=tilted(lags.flatten(1), lagged_steps(shape, device).flatten()).view(lags.shape),
    )
    return batch._replace(inputs=inputs, target=tilted(batch.target, after))
