"""How errors grow over the horizon: those of the model beside those of the naive methods."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmcast.evaluation.plots.axes import Thousands, count_ticks, dress
from lstmcast.evaluation.plots.judged import named, on_judged
from lstmcast.evaluation.plots.sheet import open_sheet, put_legend, put_note
from lstmcast.evaluation.plots.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from lstmcast.evaluation.backtest import Evaluation
    from lstmcast.evaluation.plots.theme import Theme

SIZE = (9.0, 4.5)  # inches
YARDSTICK = "seasonal_naive"
# A method that is hopeless would press all others to the ground: what errs as many times more than
# the subject and the yardstick is cut off.
MOST_TIMES = 3
MOST_MARKED = 24  # steps: more markers than that are a thick line
TITLES = {
    "mase": "MASE by step ahead",
    "mae": "mean absolute error by step ahead",
}
MARKERS = ("s", "^", "v", "D", "X", "P", "*")  # in the order of the methods beside the subject


def draw_errors(evaluation: Evaluation, theme: Theme = LIGHT) -> Figure:
    """Draw the error of each method at each step ahead: MASE; where it is undefined, MAE."""
    metric = _metric_of(evaluation)
    curves = {
        name: tables.by_step[metric]
        for name, tables in evaluation.verdict.tables.items()
        if name == evaluation.subject or not np.isnan(tables.by_step[metric]).all()
    }
    figure = open_sheet(SIZE, theme)
    axes = figure.subplots()
    steps = np.arange(1, evaluation.course.horizon + 1)
    marked = math.ceil(len(steps) / MOST_MARKED)
    for number, (name, errors) in enumerate(curves.items()):
        axes.plot(
            steps,
            errors,
            markersize=3.5,
            markevery=marked,
            label=named(name),
            **_style_of(number, theme),
        )
    dress(axes, theme, TITLES[metric])  # below the legend, which may be as wide as the sheet
    edge = _edge_of(curves, evaluation.subject)
    axes.set_ylim(0, edge)
    count_ticks(axes, theme, "steps ahead")
    put_legend(figure, theme)
    cut = "" if edge is None else f"; errors above {Thousands()(edge)} are cut off"
    put_note(figure, on_judged(evaluation) + cut, theme)
    return figure


def _style_of(number: int, theme: Theme) -> dict[str, Any]:
    """Return how a method is drawn, by its place among them: the subject is strong, and on top."""
    if not number:
        return {"color": theme.subject, "marker": "o", "linewidth": 2.2, "zorder": 3}
    colour = theme.others[(number - 1) % len(theme.others)]
    return {"color": colour, "marker": MARKERS[(number - 1) % len(MARKERS)], "linewidth": 1.0}


def _metric_of(evaluation: Evaluation) -> str:
    """Return MASE, unless no step of the model has one."""
    scaled = evaluation.verdict.tables[evaluation.subject].by_step["mase"]
    return "mae" if np.isnan(scaled).all() else "mase"


def _edge_of(curves: Mapping[str, NDArray[np.float64]], subject: str) -> float | None:
    """Return the error at which to cut the picture off, if one is far above those that matter."""
    largest = {name: float(np.nan_to_num(errors).max()) for name, errors in curves.items()}
    edge = MOST_TIMES * max(largest[subject], largest.get(YARDSTICK, 0.0))
    return float(f"{edge:.3g}") if 0 < edge < max(largest.values()) else None
