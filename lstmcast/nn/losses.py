"""What a batch of windows loses: a mean over windows, which need not all count alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmcast.nn.scaling import relative_spread

if TYPE_CHECKING:
    from torch import Tensor

    from lstmcast.nn.scaling import Scale

LEAST_MEAN_SPREAD = 1e-9  # of a batch, as a share of the level


def window_weights(scale: Scale, relative: float) -> Tensor | None:
    """Weigh windows by the share `relative` by what they move for their level: [B], mean 1.

    Losses are in spreads, so windows count alike where they are not weighed, as series do in MASE;
    by what they move for their level they count as in sMAPE. None where all count alike.
    """
    if relative == 0:
        return None
    spread = relative_spread(scale).squeeze(1)
    return 1 - relative + relative * spread / spread.mean().clamp(min=LEAST_MEAN_SPREAD)


def window_loss(
    losses: Tensor, observed: Tensor, most: float, weights: Tensor | None = None
) -> Tensor:
    """Mean over windows of their loss per observed step, each `most` at the most.

    One wild window must not steer a batch. `losses` and `observed` are [B, H], `weights` [B].
    """
    per_window = (losses * observed).sum(dim=1) / observed.sum(dim=1).clamp(min=1)
    bounded = per_window.clamp(max=most)
    return bounded.mean() if weights is None else (bounded * weights).mean()
