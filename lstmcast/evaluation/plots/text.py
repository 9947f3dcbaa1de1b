"""The fan as text, for a terminal: each curve has signs of its own, so that no colour is needed."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from plotille import Canvas

from lstmcast.evaluation.plots.axes import dress, printable, time_ticks
from lstmcast.evaluation.plots.curves import curves_of, intervals_of, on_left_out, shown_series
from lstmcast.evaluation.plots.fan import target_of
from lstmcast.evaluation.plots.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axis import Axis
    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel
    from lstmcast.evaluation.plots.curves import Curves
    from lstmcast.forecast import Forecast

MOST_SERIES = 3
SHOWN = 2  # seasons or horizons of history: a terminal is narrow
ROWS, FEWEST_COLUMNS, MOST_COLUMNS = 16, 20, 120  # of the chart: wider ones are flat
HALF = 0.5
FLAT = 1e-9  # of its level: a curve that moves less does not move
DOTS = (2, 4)  # of a sign of Braille, in which history is drawn: across, and up
MEDIAN, ACTUAL, OUTER, INNER = "•", "×", "░", "▒"
FIRM = "\u00a0"  # a space at which no line is folded
HISTORY, BLANK = "⠤⠒⠉", "\u2800"  # signs of Braille


class Line(NamedTuple):
    """A line of text: words, and then signs that have a meaning, and may have a colour."""

    words: str
    signs: str = ""


class _Frame(NamedTuple):
    """What part of the plane is seen, and in how many columns."""

    x: tuple[float, float]
    y: tuple[float, float]
    columns: int

    @property
    def dot(self) -> tuple[float, float]:
        """How far one dot is from the next: across, and up."""
        across, up = self.columns * DOTS[0] - 1, ROWS * DOTS[1] - 1
        return (self.x[1] - self.x[0]) / across, (self.y[1] - self.y[0]) / up

    @property
    def middles(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Where the middles of columns and rows are."""
        across, up = self.dot
        return (
            self.x[0] + across * (DOTS[0] * np.arange(self.columns) + (DOTS[0] - 1) / 2),
            self.y[0] + up * (DOTS[1] * np.arange(ROWS) + (DOTS[1] - 1) / 2),
        )

    def column(self, x: float) -> int:
        """Return the column that a place is in, from the left."""
        return round((x - self.x[0]) / self.dot[0]) // DOTS[0]

    def row(self, y: float) -> int:
        """Return the row that a value is in, from the bottom."""
        return round((y - self.y[0]) / self.dot[1]) // DOTS[1]

    def canvas(self) -> Canvas:
        """Return an empty canvas, the first and last dots of which are at the edges."""
        (left, right), (low, high), (across, up) = self.x, self.y, self.dot
        return Canvas(self.columns, ROWS, left, low, right + across, high + up)


def fan_in_text(
    panel: Panel, forecast: Forecast, series: Sequence[str] = (), width: int = 80
) -> list[Line]:
    """Draw the forecast of some series (default: all, at most 3), one below the other.

    Raises:
        UsageError: the forecast or the panel has no such series.
    """
    shown = shown_series(forecast, series, MOST_SERIES)
    curves = [curves_of(panel, forecast, name, SHOWN) for name in shown]
    levels = forecast.quantile_levels
    lines: list[Line] = []
    for name, each in zip(shown, curves, strict=True):
        named = [printable(name)] if panel.columns.series_columns else []
        lines.append(Line(printable(": ".join(filter(None, [target_of(panel), *named])), width)))
        lines += _chart(each, levels, width, dates=bool(panel.axis.style))
        lines.append(Line(""))
    legend = _legend(levels, came=any(each.came for each in curves))
    lines += [Line("", signs) for signs in _folded(legend, width)]
    if note := on_left_out(forecast, shown):
        lines.append(Line(f"{note}: name others with --series"))
    return lines


def _chart(curves: Curves, levels: tuple[float, ...], width: int, *, dates: bool) -> Iterator[Line]:
    """Give the lines of one chart, with the axes beside and below it."""
    x = _limits(_numbers(curves.times[:1]), _numbers(curves.times_ahead))
    y = _limits(curves.history, curves.median, curves.quantiles, curves.actual)
    axes = Figure().subplots()
    dress(axes, LIGHT, "")
    time_ticks(axes, LIGHT, dates=dates)
    axes.set(xlim=x, ylim=y)
    beside = _ticks(axes.yaxis, y)
    margin = max(map(len, beside.values()), default=0)
    columns = min(max(width - margin - 2, FEWEST_COLUMNS), MOST_COLUMNS)
    frame = _Frame(x, y, columns)
    words = {frame.row(place): label for place, label in beside.items()}
    drawn = _drawn(curves, levels, frame).replace(BLANK, " ").split("\n")
    for row, signs in zip(reversed(range(ROWS)), drawn, strict=True):
        yield Line(f"{words.get(row, ''):>{margin}} {'┤' if row in words else '│'}", signs.rstrip())
    below = {frame.column(place): label for place, label in _ticks(axes.xaxis, x).items()}
    rule = "".join("┬" if column in below else "─" for column in range(columns))
    yield Line(f"{'':>{margin}} └{rule}")
    yield Line(f"{'':>{margin}}  {_spread(below, columns)}".rstrip())
    if offset := axes.xaxis.get_major_formatter().get_offset():
        yield Line(f"{offset:>{margin + 2 + columns}}")


def _limits(*parts: NDArray[np.float64]) -> tuple[float, float]:
    """Return the least and the largest value of all, apart from each other."""
    values = np.concatenate([part.ravel() for part in parts])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if high - low > FLAT * max(abs(low), abs(high)):
        return low, high
    room = abs(low) / 10 or 1.0
    return low - room, high + room


def _numbers(times: NDArray[Any]) -> NDArray[np.float64]:
    """Return times as numbers: of days, where they are dates."""
    numbers = date2num(times) if times.dtype.kind == "M" else times  # type: ignore[no-untyped-call]
    return np.asarray(numbers, dtype=np.float64)


def _ticks(axis: Axis, limits: tuple[float, float]) -> dict[float, str]:
    """Return the places of ticks between limits, with what is written there."""
    low, high = limits
    places = [place for place in axis.get_majorticklocs().tolist() if low <= place <= high]
    return dict(zip(places, axis.get_major_formatter().format_ticks(places), strict=True))


def _spread(labels: dict[int, str], columns: int) -> str:
    """Write labels below their columns, but for those that would touch the one before."""
    line = ""
    for column, label in sorted(labels.items()):
        start = max(0, min(column - len(label) // 2, columns - len(label)))
        if not line or start > len(line):
            line = f"{line:<{start}}{label}"
    return line


def _drawn(curves: Curves, levels: tuple[float, ...], frame: _Frame) -> str:
    """Draw intervals, history, median and what came, the later ones over the earlier."""
    canvas = frame.canvas()
    ahead = _numbers(curves.times_ahead)
    columns = frame.middles[0]
    columns = columns[(columns >= ahead[0]) & (columns <= ahead[-1])]
    for (low, high), sign in _shaded(levels):
        bottoms, tops = (np.interp(columns, ahead, curves.quantiles[:, q]) for q in (low, high))
        for x, bottom, top in zip(columns, bottoms, tops, strict=True):
            for y in frame.middles[1]:
                if bottom <= y <= top:
                    canvas.point(x, y, marker=sign)
    _draw_line(canvas, _numbers(curves.times), curves.history)
    for x, y in zip(columns, np.interp(columns, ahead, curves.median), strict=True):
        canvas.point(x, y, marker=MEDIAN)
    for x, y in list(zip(ahead, curves.actual, strict=True))[-curves.horizon :]:
        if not np.isnan(y):
            canvas.point(x, y, marker=ACTUAL)
    return str(canvas.plot("\n"))


def _draw_line(canvas: Canvas, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """Draw a line with gaps, in which nothing that was observed gets lost."""
    observed = ~np.isnan(y)
    for k in np.flatnonzero(observed):
        canvas.point(x[k], y[k])
        if k and observed[k - 1]:
            canvas.line(x[k - 1], y[k - 1], x[k], y[k])


def _shaded(levels: tuple[float, ...]) -> list[tuple[tuple[int, int], str]]:
    """Return the intervals to tell apart: the widest, and of the others the one nearest 50 %."""
    pairs = intervals_of(levels)
    inner = sorted(pairs[1:], key=lambda pair: abs(levels[pair[1]] - levels[pair[0]] - HALF))
    return [*((pair, OUTER) for pair in pairs[:1]), *((pair, INNER) for pair in inner[:1])]


def _legend(levels: tuple[float, ...], *, came: bool) -> list[str]:
    """Say what the signs mean, one by one."""
    shares = [
        f"{sign} {100 * (levels[high] - levels[low]):.4g} % interval"
        for (low, high), sign in _shaded(levels)
    ]
    actual = [f"{ACTUAL} actual"] if came else []
    return [f"{HISTORY} history", f"{MEDIAN} forecast", *actual, *shares]


def _folded(entries: list[str], width: int) -> list[str]:
    """Write entries side by side, on as many lines as they need."""
    lines = wrap("   ".join(entry.replace(" ", FIRM) for entry in entries), width)
    return [line.replace(FIRM, " ") for line in lines]
