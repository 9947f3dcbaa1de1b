"""The curves of all series, packed small: whole numbers of two bytes, in parts of some series each.

Shapes: N series of a part, V numbers of a series, L steps of history, H horizon, C channels.
"""

from __future__ import annotations

import base64
import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.evaluation.metrics import Told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from lstmcast.evaluation.backtest import Evaluation
    from lstmcast.evaluation.report.scope import Scope
    from lstmcast.forecast import Forecast

IN_A_PART = 500  # series: a part is opened in a few milliseconds
NOTHING = 65_535  # where there is no number
MOST_UNITS = 65_000  # that a series reaches over
MICROSECONDS = 1_000  # in a millisecond, which is what browsers count
DIGITS_OF_FLATS = 6  # of a series that is always the same


@dataclass(frozen=True)
class Curves:
    """What a page shows of its series; parts are gzip in base64."""

    times: str  # differences of all times that are shown: float64, of milliseconds or of numbers
    parts: tuple[str, ...]


class _Units(NamedTuple):
    """Values as whole numbers of units of a power of ten, counted from a first one."""

    numbers: NDArray[np.uint16]  # [N, V], NOTHING where there is no value
    first: NDArray[np.float64]  # [N], in units
    exponents: NDArray[np.int32]  # [N]


def pack(content: bytes) -> str:
    """Compress bytes to a text; the same bytes give the same text."""
    return base64.b64encode(gzip.compress(content, 6, mtime=0)).decode()


def curves_of(
    evaluation: Evaluation,
    forecast: Forecast | None,
    scope: Scope,
    shown: NDArray[np.int64],
    errors: NDArray[np.float64],
) -> Curves:
    """Pack the curves of the series that are `shown` [S'], and their errors [S', 2] beside them.

    A part is, little endian: first units (float64), exponents of ten, and places of the last step
    among the times (int32 both), errors (two float32), and the numbers of each series (uint16):
    history, windows round by round, forecast, the last two by step and channel.
    """
    panel = evaluation.course.panel
    ends = panel.first_steps + panel.lengths - 1
    steps = _steps_shown(
        np.maximum(panel.first_steps, ends - scope.history + 1)[shown],
        ends[shown] + scope.horizon * scope.with_forecast,
    )
    last = np.searchsorted(steps, ends[shown]).astype("<i4")
    parts = []
    for rows, values in _blocks(evaluation, forecast, scope, shown):
        units = in_units(values)
        content = (
            units.first.astype("<f8").tobytes(),
            units.exponents.astype("<i4").tobytes(),
            last[rows].tobytes(),
            errors[rows].astype("<f4").tobytes(),
            units.numbers.astype("<u2").tobytes(),
        )
        parts.append(pack(b"".join(content)))
    return Curves(pack(_times(evaluation, steps).tobytes()), tuple(parts))


def in_units(values: NDArray[np.float64]) -> _Units:
    """Write each row [V] as whole numbers of the finest power of ten in which it has room.

    So a value is told to a 6,500th of the range of its row, or finer.
    """
    finite = np.isfinite(values)
    low = np.where(finite, values, np.inf).min(axis=1, initial=np.inf)
    high = np.where(finite, values, -np.inf).max(axis=1, initial=-np.inf)
    low, high = np.where(low <= high, low, 0.0), np.where(low <= high, high, 0.0)
    exponents = _exponents(low, high)
    scale = 10.0 ** -exponents.astype(np.float64)
    first = np.floor(low * scale)
    with np.errstate(invalid="ignore", over="ignore"):
        numbers = np.rint(values * scale[:, None] - first[:, None])
    numbers = np.where(finite, numbers.clip(0, NOTHING - 1), NOTHING)
    return _Units(numbers.astype(np.uint16), first, exponents)


def _exponents(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.int32]:
    """Choose the power of ten of each row by its lowest and highest value [N]."""
    reach = (high / MOST_UNITS) - (low / MOST_UNITS)
    size = np.maximum(np.abs(low), np.abs(high))
    with np.errstate(divide="ignore"):
        by_reach = np.ceil(np.log10(reach))
        by_size = np.floor(np.log10(size)) - DIGITS_OF_FLATS
    chosen = np.where(reach > 0, np.maximum(by_reach, by_size - DIGITS_OF_FLATS), by_size)
    return np.where(size > 0, chosen, 0).clip(-300, 300).astype(np.int32)


def _blocks(
    evaluation: Evaluation,
    forecast: Forecast | None,
    scope: Scope,
    shown: NDArray[np.int64],
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Give the places among those shown of the series of each part, and their values [N, V]."""
    course = evaluation.course
    told = evaluation.methods[evaluation.subject]
    windows = np.full((len(evaluation.rounds), course.panel.n_series), -1)
    windows[course.number, course.windows.series] = np.arange(len(course.number))
    for first in range(0, len(shown), IN_A_PART):
        rows = slice(first, first + IN_A_PART)
        series = shown[rows]
        values = [_history(evaluation, series, scope.history)]
        values += [_ahead(told, windows[number, series], scope) for number in scope.rounds]
        if forecast is not None:
            values.append(_ahead(_as_told(forecast), series, scope))
        yield rows, np.concatenate(values, axis=1)


def _history(evaluation: Evaluation, series: NDArray[np.int64], length: int) -> NDArray[np.float64]:
    """Return the last values of each series, NaN before its first: [N, L]."""
    panel = evaluation.course.panel
    places = panel.offsets[series + 1, None] - length + np.arange(length)
    inside = places >= panel.offsets[series, None]
    return np.where(inside, panel.values[np.where(inside, places, 0)], np.nan)


def _as_told(forecast: Forecast) -> Told:
    return Told(forecast.point, forecast.quantiles, forecast.quantile_levels)


def _ahead(told: Told, windows: NDArray[np.int64], scope: Scope) -> NDArray[np.float64]:
    """Return points and intervals of windows [N], NaN where one is -1: [N, H C]."""
    levels = [level for band in scope.bands for level in band]
    channels = [told.quantiles[windows][..., told.levels.index(level)] for level in levels]
    values = np.stack([told.point[windows], *channels], axis=-1)
    values[windows < 0] = np.nan
    return values.reshape(len(windows), -1)


def _steps_shown(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return, ascending and each once, all steps from each first to its last one."""
    order = np.argsort(first)
    first, reached = first[order], np.maximum.accumulate(last[order])
    begins = np.concatenate([[True], first[1:] > reached[:-1] + 1])
    ends = reached[np.concatenate([np.flatnonzero(begins)[1:] - 1, [len(reached) - 1]])]
    stretches = zip(first[begins], ends, strict=True)
    return np.concatenate([np.arange(begin, end + 1) for begin, end in stretches])


def _times(evaluation: Evaluation, steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the first time, and the differences between times, as clocks show them: [T]."""
    axis = evaluation.course.panel.axis
    if axis.style:
        numbers = axis.local(steps).astype(np.int64) / MICROSECONDS
    else:
        numbers = axis.stamps(steps).astype(np.float64)
    return np.diff(numbers, prepend=0.0).astype("<f8")
