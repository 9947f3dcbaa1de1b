"""Metrics as columns of a table for people: which are shown, in which order, and how."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from lstmcast.evaluation.metrics import central_intervals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmcast.evaluation.backtest import Evaluation
    from lstmcast.evaluation.metrics import Interval


@dataclass(frozen=True)
class Column:
    """How a metric is shown: its value times `factor`, best where nearest to `goal`."""

    metric: str
    title: str
    factor: float = 1.0
    goal: float = 0.0


class Number(NamedTuple):
    """A metric of one method as it is written, None where it is undefined."""

    text: str | None
    best: bool  # of its column


COLUMNS = (
    Column("mae", "MAE"),
    Column("rmse", "RMSE"),
    Column("mase", "MASE"),
    Column("rmsse", "RMSSE"),
    Column("smape", "sMAPE %"),
    Column("mape", "MAPE %"),
    Column("wql", "WQL"),
    Column("msis", "MSIS"),
    Column("owa", "OWA"),
)


def columns_of(evaluation: Evaluation) -> tuple[Column, ...]:
    """Return what is shown: MSIS and coverage only where there is an interval."""
    known = evaluation.scores[evaluation.subject]
    columns = tuple(column for column in COLUMNS if column.metric in known)
    if (interval := widest_interval(evaluation)) is None:
        return columns
    name, goal = f"coverage_{interval.percent}", 100 * interval.promise
    return (*columns, Column(name, "coverage %", factor=100.0, goal=goal))


def widest_interval(evaluation: Evaluation) -> Interval | None:
    """Return the widest central interval, if there is one."""
    levels = evaluation.methods[evaluation.subject].levels
    return next(iter(central_intervals(levels)), None)


def numbers_of(evaluation: Evaluation, column: Column) -> list[Number]:
    """Write one metric of all methods, in their order, and mark the best."""
    scores = [scores[column.metric].value for scores in evaluation.scores.values()]
    values = [None if score is None else column.factor * score for score in scores]
    known = [value for value in values if value is not None]
    best = min(known, key=lambda value: abs(value - column.goal), default=None)
    form = ".1f" if column.goal else number_format(known)
    return [
        Number(None, best=False) if value is None else Number(f"{value:{form}}", value == best)
        for value in values
    ]


def number_format(values: Sequence[float]) -> str:
    """Choose a format that leaves three digits to the smallest value other than zero."""
    sizes = [abs(value) for value in values if value]
    if not sizes:
        return ".1f"
    if max(sizes) >= 1e9 or min(sizes) < 1e-4:  # noqa: PLR2004  # columns would get too wide
        return ".3e"
    return f",.{max(0, 2 - math.floor(math.log10(min(sizes))))}f"
