"""How a training went: loss, validation, learning rate and gradient norm over its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from lstmcast.evaluation.plots.axes import count_ticks, dress, scale_numbers
from lstmcast.evaluation.plots.sheet import open_sheet, put_legend, put_note, put_title
from lstmcast.evaluation.plots.theme import LIGHT
from lstmcast.history import ORDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from lstmcast.evaluation.plots.theme import Theme
    from lstmcast.history import Row

CURVES = [  # in the order of the panels
    "loss",
    "validation",
    "learning_rate",
    "gradient_norm",
]
SIZE = (9.0, 5.4)  # inches
SMOOTHED_SHARE = 25  # of the steps of a phase, one in so many is averaged over
PHASES = {"search": "search, without the held-out ends", "final": "final, with all data"}


class _Phase(NamedTuple):
    """The steps of one phase, and the curves of its networks; NaN where there is no value."""

    name: str
    steps: NDArray[np.int64]  # [T], counted from the beginning of the training
    curves: dict[str, NDArray[np.float64]]  # by column: [T, E]


def draw_training(rows: Sequence[Row], theme: Theme = LIGHT) -> Figure:
    """Draw the history of a training: the networks thin, their smoothed mean strong.

    The final phase follows the search, so that steps are those of the whole training.
    """
    phases = _phases_of(rows)
    figure = open_sheet(SIZE, theme)
    panels = figure.subplots(2, 2, sharex=True).ravel()
    titles = ("loss", _on_scores(phases), "learning rate", "gradient norm, before clipping")
    for axes, curve, title in zip(panels, CURVES, titles, strict=True):
        for phase in phases:
            _draw(axes, phase, curve, theme.subject if phase.name == "final" else theme.ink)
        for phase in phases[1:]:
            axes.axvline(phase.steps[0] - 0.5, color=theme.quiet, linewidth=0.8, dashes=(2, 2))
        dress(axes, theme, title)
        if curve == "learning_rate":
            axes.set_ylim(bottom=0)
        else:
            scale_numbers(axes, np.concatenate([phase.curves[curve].ravel() for phase in phases]))
    for axes in panels[2:]:
        count_ticks(axes, theme, "step")
    put_title(figure, "training", theme)
    put_legend(figure, theme)
    put_note(figure, _note(phases), theme)
    return figure


def _phases_of(rows: Sequence[Row]) -> list[_Phase]:
    """Lay rows out by phase, step and network, one phase after the other."""
    frame = pd.DataFrame(rows).replace([np.inf, -np.inf], np.nan)
    phases: list[_Phase] = []
    offset = 0
    for name in sorted(set(frame["phase"]), key=ORDER.__getitem__):
        mine = frame[frame["phase"] == name]
        tables = {curve: _table_of(mine, curve) for curve in CURVES}
        steps = offset + tables["loss"].index.to_numpy(dtype=np.int64)
        curves = {curve: table.to_numpy(dtype=np.float64) for curve, table in tables.items()}
        phases.append(_Phase(name, steps, curves))
        offset = int(steps[-1])
    return phases


def _table_of(frame: pd.DataFrame, curve: str) -> pd.DataFrame:
    """Return a curve as a table with a row for each step, and a column for each network."""
    return frame.pivot_table(
        index="step", columns="member", values=curve, aggfunc="last", dropna=False
    )


def _draw(axes: Axes, phase: _Phase, curve: str, colour: str) -> None:
    """Draw a curve of one phase: smoothed where it is noisy, as dots where it is told at times."""
    values = pd.DataFrame(phase.curves[curve], index=phase.steps)
    mean = values.mean(axis=1)
    label = PHASES[phase.name]
    if curve == "validation":
        told = mean.dropna()
        axes.plot(told.index, told, color=colour, linewidth=0.8, marker="o", markersize=2.5)
    elif curve == "learning_rate":
        axes.plot(mean.index, mean, color=colour, linewidth=1.8, label=label)
    else:
        axes.plot(values.index, values, color=colour, linewidth=0.6, alpha=0.35)
        smooth = mean.rolling(_smoothed_steps(phase), center=True, min_periods=1).mean()
        axes.plot(smooth.index, smooth, color=colour, linewidth=1.8, label=label)


def _smoothed_steps(phase: _Phase) -> int:
    return max(1, len(phase.steps) // SMOOTHED_SHARE)


def _on_scores(phases: Sequence[_Phase]) -> str:
    """Name the curve of scores, and tell the least of them."""
    told = [
        (score, step)
        for phase in phases
        for score, step in zip(phase.curves["validation"][:, 0], phase.steps, strict=True)
        if not np.isnan(score)
    ]
    if not told:
        return "validation score: none was taken"
    score, step = min(told)
    return f"validation score, least {score:.4g} at step {step:,}"


def _note(phases: Sequence[_Phase]) -> str:
    """Say what the lines are."""
    networks = phases[0].curves["loss"].shape[1]
    each = "one network" if networks == 1 else f"each of {networks} networks"
    return f"thin: {each}, at every step; strong: the mean, smoothed"
