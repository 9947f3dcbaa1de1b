"""Sample paths: their chances, and the quantiles of what they come to.

All windows have the same chances (common random numbers). So the paths of a window hang on nothing
that is beside it, and what one forecast has over another is not luck.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Odd, so that one of the even shares is the median itself. At 101 the chances between two
# neighbours are a tenth of those between two levels.
PATHS = 101
SEED = 0
# The k-th smallest of P stands for the level (k - 0.5) / P (Hazen, 1914).
SHARES = tuple((k + 0.5) / PATHS for k in range(PATHS))


def even_uniforms(n_paths: int, horizon: int) -> Tensor:
    """Return chances in (0, 1), [P, H]: at each step one in each P-th, in an order of its own.

    A Latin hypercube (McKay, Beckman and Conover, 1979): where nothing is fed back, the quantiles
    of the paths are those that they were drawn from. The first steps do not hang on the horizon.
    """
    generator = torch.Generator().manual_seed(SEED)
    order = torch.rand(horizon, n_paths, generator=generator).argsort(dim=1)
    return ((order + 0.5) / n_paths).T
