"""Quantile levels: shares of what may come that lie below a quantile."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NINE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
MEDIAN = 0.5
MOST_LEVELS = 999
DIGITS = 12  # of a level: 0.3 and 0.1 + 0.2 are the same


def in_order(levels: Iterable[float]) -> tuple[float, ...]:
    """Return levels in ascending order, cleaned of rounding.

    Raises:
        ValueError: there is none, there are too many, one is given twice, or one is no number
            between 0 and 1.
    """
    try:
        wanted = sorted(round(float(level), DIGITS) for level in levels)
    except TypeError as error:
        raise ValueError(f"quantile levels must be numbers: {error}") from error
    if not 1 <= len(wanted) <= MOST_LEVELS:
        raise ValueError(f"give 1 to {MOST_LEVELS} quantile levels, such as 0.1, 0.5, 0.9")
    for level in wanted:
        if not 0 < level < 1:
            raise ValueError(f"quantile level {level:g} does not lie between 0 and 1")
    for level, following in itertools.pairwise(wanted):
        if level == following:
            raise ValueError(f"quantile level {level:g} is given twice")
    return tuple(wanted)
