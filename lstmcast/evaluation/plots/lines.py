"""Lines with gaps, in which nothing that was observed gets lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray


def draw_observed(
    axes: Axes, times: NDArray[Any], values: NDArray[np.float64], **style: Any
) -> None:
    """Draw observations as a line, and as dots those between two gaps, which no line would show."""
    axes.plot(times, values, linewidth=1.2, markersize=3, **style)
    alone = _alone(values)
    axes.scatter(times[alone], values[alone], s=4, color=style["color"])


def _alone(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark observations [T] between two gaps."""
    observed = np.pad(~np.isnan(values), 1)
    alone: NDArray[np.bool_] = observed[1:-1] & ~observed[:-2] & ~observed[2:]
    return alone
