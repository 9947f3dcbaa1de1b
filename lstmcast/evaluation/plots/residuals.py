"""What forecasts left over: over time, how it goes on from step to step, and how it spreads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lstmcast.errors import DataError
from lstmcast.evaluation.diagnostics import autocorrelation, residuals_of
from lstmcast.evaluation.plots.axes import Thousands, count_ticks, dress, time_ticks
from lstmcast.evaluation.plots.curves import seen_times
from lstmcast.evaluation.plots.judged import named, on_judged
from lstmcast.evaluation.plots.lines import draw_observed
from lstmcast.evaluation.plots.sheet import open_sheet, put_note, put_title
from lstmcast.evaluation.plots.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from lstmcast.data.frequency import TimeAxis
    from lstmcast.evaluation.backtest import Evaluation
    from lstmcast.evaluation.diagnostics import Residuals
    from lstmcast.evaluation.plots.theme import Theme

SIZE = (9.0, 6.0)  # inches
FEW_SERIES = 5  # that are drawn one by one
MOST_MARKED = 200  # points of them all: more dots are a cloud
BAND = (0.1, 0.5, 0.9)  # of many series: quantiles that are drawn
FEWEST_LAGS, MOST_LAGS = 20, 60
CHANCE = 1.96  # 95 % of a normal distribution lie within as many standard deviations
MOST_BARS = 50
FEWEST_TO_CUT, CUT = 200, (0.005, 0.995)  # residuals; what of them decides on the bars


def draw_residuals(evaluation: Evaluation, theme: Theme = LIGHT) -> Figure:
    """Draw the residuals of the model over time, their autocorrelation, and their histogram.

    Raises:
        DataError: no residual has a scale.
    """
    course = evaluation.course
    found = residuals_of(course, evaluation.methods[evaluation.subject])
    if not len(found.scaled):
        raise DataError(
            "residuals have no scale where a series never moved before its windows: give data "
            "that begin before the forecast."
        )
    figure = open_sheet(SIZE, theme)
    places = figure.subplot_mosaic([["time", "time"], ["lags", "bars"]])
    _draw_over_time(places["time"], found, course.panel.axis, theme)
    _draw_autocorrelation(places["lags"], found, course.season_length, theme)
    _draw_histogram(places["bars"], found.scaled, theme)
    put_title(
        figure,
        f"residuals of {named(evaluation.subject)}: actual less forecast, scaled as in MASE",
        theme,
    )
    put_note(figure, on_judged(evaluation), theme)
    return figure


def _draw_over_time(axes: Axes, found: Residuals, axis: TimeAxis, theme: Theme) -> None:
    """Draw each of a few series; of many, the median and the middle of them."""
    each = pd.Series(found.scaled, index=found.steps).groupby(found.series)
    steps = np.arange(found.steps.min(), found.steps.max() + 1)
    times = seen_times(axis, steps)
    style = {"color": theme.subject, "marker": "o" if len(steps) <= MOST_MARKED else ""}
    if each.ngroups <= FEW_SERIES:
        title = "over time"
        for _, values in each:
            draw_observed(axes, times, _on_steps(values, steps), alpha=0.7, **style)
    else:
        title = f"over time: median and middle 80 % of {each.ngroups:,} series"
        by_step = pd.Series(found.scaled).groupby(found.steps)
        low, median, high = (_on_steps(by_step.quantile(level), steps) for level in BAND)
        axes.fill_between(times, low, high, color=theme.subject, alpha=0.2, linewidth=0)
        draw_observed(axes, times, median, **style)
    axes.axhline(0, color=theme.quiet, linewidth=0.8)
    dress(axes, theme, title)
    time_ticks(axes, theme, dates=bool(axis.style))


def _on_steps(values: pd.Series, steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return values by step at the steps that are given, NaN where there are none."""
    return values.reindex(steps).to_numpy(dtype=np.float64)


def _draw_autocorrelation(axes: Axes, found: Residuals, season: int, theme: Theme) -> None:
    """Draw the autocorrelation at some lags, and the band that most would lie in by chance."""
    span = int(found.steps.max() - found.steps.min())
    lags = min(max(FEWEST_LAGS, 2 * season), MOST_LAGS, span)
    places = np.arange(1, lags + 1)
    values = autocorrelation(found, lags)
    bound = CHANCE / math.sqrt(len(found.scaled))
    axes.axhspan(-bound, bound, color=theme.quiet, alpha=0.15, linewidth=0)
    axes.axhline(0, color=theme.quiet, linewidth=0.8)
    axes.vlines(places, 0, values, color=theme.subject, linewidth=1.4)
    axes.plot(places, values, color=theme.subject, linestyle="", marker="o", markersize=3)
    dress(axes, theme, "autocorrelation: by chance, 95 % in the band")
    count_ticks(axes, theme, "steps between")


def _draw_histogram(axes: Axes, values: NDArray[np.float64], theme: Theme) -> None:
    """Draw how often residuals are of a size; the outermost bars hold what lies beyond them."""
    low, high = np.quantile(values, CUT if len(values) >= FEWEST_TO_CUT else (0, 1))
    kept = values.clip(low, high)
    edges = np.histogram_bin_edges(kept, "auto")
    if len(edges) > MOST_BARS:
        edges = np.linspace(low, high, MOST_BARS + 1)
    axes.hist(kept, edges.tolist(), color=theme.subject, alpha=0.8, rwidth=0.9)
    axes.axvline(0, color=theme.quiet, linewidth=0.8)
    mean = Thousands.fix_minus(f"{values.mean():+.2f}")
    dress(axes, theme, f"histogram: mean {mean}, standard deviation {values.std():.2f}")
    axes.xaxis.set_major_formatter(Thousands())
