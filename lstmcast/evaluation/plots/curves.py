"""What is to be seen of one series: its history, its forecast, and what came."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmcast.data.frequency import season_length
from lstmcast.errors import UsageError
from lstmcast.levels import MEDIAN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lstmcast.data.frequency import TimeAxis
    from lstmcast.data.panel import Panel
    from lstmcast.forecast import Forecast

SHOWN = 4  # seasons or horizons of history: enough to see the pattern that is continued
FEWEST_SHOWN_STEPS = 24
MOST_SHOWN_STEPS = 1000  # more than that is a black bar at any size


@dataclass(frozen=True)
class Curves:
    """What is drawn of one series; times are datetime64[us] or int64.

    The forecast, and what came, start with the last observation before it, so that they grow out
    of the history.
    """

    horizon: int  # H
    times: NDArray[Any]  # [T] of the history
    history: NDArray[np.float64]  # [T], NaN where not observed
    times_ahead: NDArray[Any]  # [H] or, with the last observation, [1 + H]
    median: NDArray[np.float64]  # as times_ahead
    quantiles: NDArray[np.float64]  # [.., Q]
    actual: NDArray[np.float64]  # as times_ahead, NaN where nothing came; all, if nothing did

    @property
    def came(self) -> bool:
        """Whether anything came of what was forecast."""
        return not np.isnan(self.actual).all()


def curves_of(panel: Panel, forecast: Forecast, name: str, shown: int = SHOWN) -> Curves:
    """Cut out of the panel what is to be seen of a series, and join its forecast to it.

    Raises:
        UsageError: the forecast or the panel has no such series.
    """
    row = _place_of(name, forecast.series_ids, "the forecast")
    entry = _place_of(name, panel.series_ids, "the data")
    steps = panel.first_steps[entry] + np.arange(panel.lengths[entry])
    values = panel.values[panel.offsets[entry] : panel.offsets[entry + 1]]
    ahead = forecast.steps[row]
    before = steps < ahead[0]
    seen = before & (steps >= ahead[0] - _history_length(panel, len(ahead), shown))
    last = np.flatnonzero(seen & ~np.isnan(values))[-1:]
    quantiles = forecast.quantiles[row]
    return Curves(
        horizon=len(ahead),
        times=seen_times(panel.axis, steps[seen]),
        history=values[seen],
        times_ahead=seen_times(panel.axis, np.concatenate([steps[last], ahead])),
        median=np.concatenate([values[last], forecast.point[row]]),
        quantiles=np.concatenate([np.tile(values[last, None], quantiles.shape[-1]), quantiles]),
        actual=_came(steps, values, np.concatenate([steps[last], ahead]), ahead[0]),
    )


def seen_times(axis: TimeAxis, steps: NDArray[np.int64]) -> NDArray[Any]:
    """Return the times of steps as clocks show them: [T]."""
    return axis.local(steps) if axis.style else axis.stamps(steps)


def intervals_of(levels: tuple[float, ...]) -> list[tuple[int, int]]:
    """Pair the levels below the median with those above, the outermost first, by their places."""
    lows = [q for q, level in enumerate(levels) if level < MEDIAN]
    highs = [q for q, level in enumerate(levels) if level > MEDIAN]
    return list(zip(lows, reversed(highs), strict=False))


def shown_series(forecast: Forecast, wanted: Sequence[str], most: int) -> tuple[str, ...]:
    """Return the series to draw: those that are wanted, or all, `most` of them at the most."""
    return (tuple(wanted) or tuple(forecast.series_ids))[:most]


def on_left_out(forecast: Forecast, shown: Sequence[str]) -> str:
    """Say how many series are shown, and of how many; nothing, where all are."""
    total = len(forecast.series_ids)
    return f"{len(shown)} of {total:,} series shown" if len(shown) < total else ""


def _came(
    steps: NDArray[np.int64], values: NDArray[np.float64], wanted: NDArray[np.int64], start: int
) -> NDArray[np.float64]:
    """Return the values of a series at the steps `wanted` [N], NaN where there are none: [N].

    All are NaN if nothing came from the step `start` on.
    """
    places = wanted - steps[0]
    inside = (places >= 0) & (places < len(steps))
    found = np.where(inside, values[places.clip(0, len(steps) - 1)], np.nan)
    return found if (~np.isnan(found) & (wanted >= start)).any() else np.full(len(found), np.nan)


def _place_of(name: str, ids: NDArray[np.object_], what: str) -> int:
    """Return where a series stands among ids [S]."""
    found = np.flatnonzero(ids == name)
    if not found.size:
        near = difflib.get_close_matches(name, ids.tolist(), n=1)
        hint = f": did you mean '{near[0]}'?" if near else "."
        raise UsageError(f"{what} has no series '{name}'{hint}")
    return int(found[0])


def _history_length(panel: Panel, horizon: int, shown: int) -> int:
    """Return how many steps before the forecast are shown."""
    seasons = shown * season_length(panel.axis.frequency)
    return min(max(seasons, shown * horizon, FEWEST_SHOWN_STEPS), MOST_SHOWN_STEPS)
