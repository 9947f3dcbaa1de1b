"""What a picture of an evaluation stands on, in a line; and how its methods are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstmcast.evaluation.plots.axes import MOST_NAME_CHARACTERS, printable

if TYPE_CHECKING:
    from lstmcast.evaluation.backtest import Evaluation


def on_judged(evaluation: Evaluation) -> str:
    """Say how many windows of how many series are judged, of when, and whether they were seen."""
    course = evaluation.course
    windows, series = len(course.number), len(np.unique(course.windows.series))
    axis, times = course.panel.axis, course.times
    first, last = axis.render(axis.stamps(np.array([times.min(), times.max()])))
    counts = (
        f"{windows:,} window{'s' if windows > 1 else ''} of {course.horizon:,} "
        f"step{'s' if course.horizon > 1 else ''}, {series:,} series, {first} to {last}"
    )
    return counts + _on_seen(evaluation)


def named(method: str) -> str:
    """Return the name of a method as people write it."""
    return printable(method.replace("_", " "), MOST_NAME_CHARACTERS)


def _on_seen(evaluation: Evaluation) -> str:
    if evaluation.known is None:
        return ""
    seen = sum(each.n_seen + each.n_partly_seen for each in evaluation.rounds)
    if not seen:
        return "; none was seen in training"
    return f"; {seen:,} seen in training, which flatters"
