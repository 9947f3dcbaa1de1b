"""Whether quantiles keep their promise: the share of what came below each, against its level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MultipleLocator, StrMethodFormatter

from lstmcast.errors import DataError
from lstmcast.evaluation.diagnostics import calibration_of
from lstmcast.evaluation.plots.axes import SMALL, dress
from lstmcast.evaluation.plots.judged import named, on_judged
from lstmcast.evaluation.plots.sheet import open_sheet, put_note, put_title
from lstmcast.evaluation.plots.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lstmcast.evaluation.backtest import Evaluation
    from lstmcast.evaluation.diagnostics import Calibration
    from lstmcast.evaluation.plots.theme import Theme

SIZE = (6.4, 6.4)  # inches


def draw_calibration(evaluation: Evaluation, theme: Theme = LIGHT) -> Figure:
    """Draw the share of what came at or below each quantile of the model, against its level.

    Raises:
        DataError: the model tells no quantiles.
    """
    told = evaluation.methods[evaluation.subject]
    if not told.levels:
        raise DataError(
            f"{evaluation.subject} has no quantiles to calibrate: only a point forecast."
        )
    found = calibration_of(evaluation.course, told)
    figure = open_sheet(SIZE, theme)
    axes = figure.subplots()
    _draw(axes, found, theme)
    dress(axes, theme, _on_distance(found))
    axes.set(xlim=(0, 100), ylim=(0, 100), aspect="equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MultipleLocator(20))
        axis.set_major_formatter(StrMethodFormatter("{x:.0f} %"))
    axes.set_xlabel("level of the quantile", fontsize=SMALL, color=theme.quiet)
    axes.set_ylabel("what came at or below it", fontsize=SMALL, color=theme.quiet)
    put_title(figure, f"calibration of {named(evaluation.subject)}", theme)
    put_note(figure, on_judged(evaluation), theme)
    return figure


def _draw(axes: Axes, found: Calibration, theme: Theme) -> None:
    """Draw levels and shares in per cent, and how far each is from the diagonal."""
    levels, shares = 100 * np.array(found.levels), 100 * found.observed
    axes.plot((0, 100), (0, 100), color=theme.quiet, linewidth=0.8, label="as promised")
    axes.vlines(levels, levels, shares, color=theme.subject, linewidth=1.2, alpha=0.5)
    axes.plot(levels, shares, color=theme.subject, linewidth=1.8, marker="o", clip_on=False)
    for x, y, text in ((30, 85, "quantiles too high"), (70, 15, "quantiles too low")):
        axes.text(x, y, text, ha="center", fontsize=SMALL, color=theme.quiet)


def _on_distance(found: Calibration) -> str:
    """Say how far shares are from levels."""
    distances = 100 * np.abs(found.observed - found.levels)
    if np.isnan(distances).all():
        return "nothing came of these quantiles"
    mean, most = np.nanmean(distances), np.nanmax(distances)
    return f"{mean:.1f} points off on average, {most:.1f} at the most"
