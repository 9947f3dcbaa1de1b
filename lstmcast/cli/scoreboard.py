"""An evaluation as a table: one row per method, one column per metric, and plain sentences."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmcast.evaluation.backtest import Evaluation, Round

YARDSTICK = "seasonal_naive"
WIDE = 10_000  # columns: a table is never folded, not even in a pipe


@dataclass(frozen=True)
class _Column:
    """How a metric is shown: its value times `factor`, best where nearest to `goal`."""

    metric: str
    title: str
    factor: float = 1.0
    goal: float = 0.0


COLUMNS = (
    _Column("mae", "MAE"),
    _Column("rmse", "RMSE"),
    _Column("mase", "MASE"),
    _Column("rmsse", "RMSSE"),
    _Column("smape", "sMAPE %"),
    _Column("mape", "MAPE %"),
    _Column("wql", "WQL"),
)


def scoreboard(evaluation: Evaluation, *, colour: bool) -> str:
    """Draw the table and say in sentences what it stands on; `colour` where a terminal shows it."""
    page = io.StringIO()
    console = Console(file=page, width=WIDE, force_terminal=colour, highlight=False)
    console.print(_table(evaluation))
    ours = next(iter(evaluation.scores))
    skill = f"skill: share of the error of seasonal naive that {ours} saves"
    for sentence in (_on_best(evaluation), skill, *_on_windows(evaluation), *evaluation.notes):
        console.print(sentence, markup=False)
    return page.getvalue()


def _table(evaluation: Evaluation) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("method")
    columns = _columns(evaluation)
    for column in columns:
        table.add_column(f"{column.title} ", justify="right")
    cells = [_cells(evaluation, column) for column in columns]
    for method, row in zip(evaluation.scores, zip(*cells, strict=True), strict=True):
        table.add_row(method.replace("_", " "), *row)
    table.add_section()
    table.add_row("skill", *(_skill(evaluation, column) for column in columns))
    return table


def _columns(evaluation: Evaluation) -> tuple[_Column, ...]:
    """Return what is shown: the coverage only where there is an interval to cover something."""
    if evaluation.interval is None:
        return COLUMNS
    goal = 100 * evaluation.interval
    return (*COLUMNS, _Column("coverage", "coverage %", factor=100.0, goal=goal))


def _on_best(evaluation: Evaluation) -> str:
    best = "* best of its column: lower is better"
    if evaluation.interval is None:
        return best
    percent = f"{100 * evaluation.interval:g}"
    return f"{best}; the coverage of the {percent} % interval is best at {percent}"


def _cells(evaluation: Evaluation, column: _Column) -> list[Text]:
    """Write one metric of all methods, in the order of the rows."""
    scores = [getattr(scores, column.metric).value for scores in evaluation.scores.values()]
    values = [None if score is None else column.factor * score for score in scores]
    known = [value for value in values if value is not None]
    best = min(known, key=lambda value: abs(value - column.goal), default=None)
    form = ".1f" if column.goal else _number_format(known)
    return [_cell(value, form, is_best=value == best) for value in values]


def _cell(value: float | None, form: str, *, is_best: bool) -> Text:
    if value is None:
        return Text("- ")
    return Text(f"{value:{form}}*", style="bold green") if is_best else Text(f"{value:{form}} ")


def _number_format(values: Sequence[float]) -> str:
    """Choose a format that leaves three digits to the smallest value other than zero."""
    sizes = [abs(value) for value in values if value]
    if not sizes:
        return ".1f"
    if max(sizes) >= 1e9 or min(sizes) < 1e-4:  # noqa: PLR2004  # columns would get too wide
        return ".3e"
    return f",.{max(0, 2 - math.floor(math.log10(min(sizes))))}f"


def _skill(evaluation: Evaluation, column: _Column) -> str:
    value = evaluation.skill[YARDSTICK].get(column.metric)
    return "- " if value is None else f"{value:.1%} "


def _on_windows(evaluation: Evaluation) -> list[str]:
    rounds = evaluation.rounds
    plural = "s" if len(rounds) > 1 else ""
    return [
        (
            f"{len(rounds)} window{plural} of {evaluation.horizon} steps, one every "
            f"{evaluation.stride}, season length {evaluation.season_length}:"
        ),
        *(f"  {_span(each)}" for each in rounds),
    ]


def _span(each: Round) -> str:
    unseen = each.n_series - each.n_seen - each.n_partly_seen
    counts = {"unseen": unseen, "seen in part": each.n_partly_seen, "seen": each.n_seen}
    known = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    return (
        f"{each.first_timestamp} to {each.last_timestamp}, {each.n_series:,} series: "
        f"{known} in training"
    )
