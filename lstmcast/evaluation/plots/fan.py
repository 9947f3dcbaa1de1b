"""Forecasts: history, median and intervals of one series, or of a grid of them, and what came."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lstmcast.evaluation.plots.axes import MOST_NAME_CHARACTERS, dress, printable, time_ticks
from lstmcast.evaluation.plots.curves import curves_of, intervals_of, on_left_out, shown_series
from lstmcast.evaluation.plots.lines import draw_observed
from lstmcast.evaluation.plots.sheet import open_sheet, put_legend, put_note, put_title
from lstmcast.evaluation.plots.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lstmcast.data.panel import Panel
    from lstmcast.evaluation.plots.curves import Curves
    from lstmcast.evaluation.plots.theme import Theme
    from lstmcast.forecast import Forecast

MOST_SERIES = 12
MOST_MARKED = 60  # steps: more dots than that are a thick line
SINGLE_SIZE = (9.0, 4.5)  # inches
PANEL_SIZE = (4.2, 2.7)


def draw_forecast(
    panel: Panel, forecast: Forecast, series: Sequence[str] = (), theme: Theme = LIGHT
) -> Figure:
    """Draw the forecast of some series (default: all, at most 12) after the end of their history.

    Intervals lie between each pair of quantile levels around the median, the outermost first. If
    the panel goes on beyond the start of the forecast, what came is drawn as well.

    Raises:
        UsageError: the forecast or the panel has no such series.
    """
    shown = shown_series(forecast, series, MOST_SERIES)
    rows, columns = _grid_of(len(shown))
    figure = open_sheet(_size_of(rows, columns), theme)
    places = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in places[len(shown) :]:
        axes.remove()
    for axes, name in zip(places, shown, strict=False):
        _draw(axes, curves_of(panel, forecast, name), forecast.quantile_levels, theme)
        dress(axes, theme, printable(name) if panel.columns.series_columns else "")
        time_ticks(axes, theme, dates=bool(panel.axis.style))
    put_title(figure, target_of(panel), theme)
    put_legend(figure, theme)
    put_note(figure, on_left_out(forecast, shown), theme)
    return figure


def target_of(panel: Panel) -> str:
    """Return the name of the target; nothing, where series are of several."""
    columns = panel.columns
    return "" if columns.melted else printable(columns.targets[0], MOST_NAME_CHARACTERS)


def interval_label(levels: tuple[float, ...]) -> str:
    """Name all intervals at once: their shades tell them apart."""
    shares = [levels[high] - levels[low] for low, high in intervals_of(levels)]
    percents = ", ".join(f"{100 * share:.4g}" for share in shares)
    return f"{percents} % interval{'s' if len(shares) > 1 else ''}"


def _grid_of(n_series: int) -> tuple[int, int]:
    """Return rows and columns: one column for one series, two up to four, else three."""
    columns = 1 if n_series == 1 else 2 if n_series in (2, 4) else 3
    return math.ceil(n_series / columns), columns


def _size_of(rows: int, columns: int) -> tuple[float, float]:
    """Return width and height in inches, legend and footer included."""
    if rows * columns == 1:
        return SINGLE_SIZE
    return columns * PANEL_SIZE[0], rows * PANEL_SIZE[1] + 0.6


def _draw(axes: Axes, curves: Curves, levels: tuple[float, ...], theme: Theme) -> None:
    """Draw history, median and what came, in the order of the legend, over the intervals."""
    ahead = curves.times_ahead
    draw_observed(axes, curves.times, curves.history, color=theme.ink, label="history")
    axes.plot(ahead, curves.median, color=theme.subject, linewidth=1.8, label="forecast")
    if curves.came:
        steps = slice(len(ahead) - curves.horizon, None)
        marker = {"marker": "o", "markevery": steps} if curves.horizon <= MOST_MARKED else {}
        draw_observed(axes, ahead, curves.actual, color=theme.actual, label="actual", **marker)
    for low, high in intervals_of(levels):
        axes.fill_between(
            ahead,
            curves.quantiles[:, low],
            curves.quantiles[:, high],
            color=theme.subject,
            alpha=0.2,
            linewidth=0,
            label=interval_label(levels),
        )
