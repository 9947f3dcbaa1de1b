"""An evaluation as a table: one row per method, one column per metric, and plain sentences."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lstmcast.evaluation.baselines import BASELINES
from lstmcast.evaluation.metric_columns import columns_of, numbers_of, widest_interval
from lstmcast.evaluation.spans import most_common

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lstmcast.evaluation.backtest import Evaluation, Round
    from lstmcast.evaluation.metric_columns import Column, Number
    from lstmcast.evaluation.spans import Span, Spans

YARDSTICK = "seasonal_naive"
MOST_SPANS = 3  # that are told of each round
WIDE = 10_000  # columns: a table is never folded, not even in a pipe


def scoreboard(evaluation: Evaluation, *, colour: bool) -> str:
    """Draw the table and say in sentences what it stands on; `colour` where a terminal shows it."""
    page = io.StringIO()
    console = Console(file=page, width=WIDE, force_terminal=colour, highlight=False)
    console.print(_table(evaluation))
    sentences = (
        _on_best(evaluation),
        *_on_skill(evaluation),
        *_on_windows(evaluation),
        *evaluation.notes,
    )
    for sentence in sentences:
        console.print(sentence, markup=False)
    return page.getvalue()


def _table(evaluation: Evaluation) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("method")
    columns = columns_of(evaluation)
    for column in columns:
        table.add_column(f"{column.title} ", justify="right")
    cells = [_cells(evaluation, column) for column in columns]
    for method, row in zip(evaluation.scores, zip(*cells, strict=True), strict=True):
        table.add_row(method.replace("_", " "), *row)
    table.add_section()
    table.add_row("skill", *(_skill(evaluation, column) for column in columns))
    return table


def _on_best(evaluation: Evaluation) -> str:
    best = "* best of its column: lower is better"
    if (interval := widest_interval(evaluation)) is None:
        return best
    percent = interval.percent
    return f"{best}; the coverage of the {percent} % interval is best at {percent}"


def _on_skill(evaluation: Evaluation) -> Iterator[str]:
    """Say what skill is, and how far that in MASE may be chance."""
    ours = evaluation.subject
    if YARDSTICK in evaluation.skill:
        yield f"skill: share of the error of seasonal naive that {ours} saves"
        yield from _on_chance(evaluation, YARDSTICK)
    for rival in evaluation.skill:
        saved = evaluation.skill[rival]["mase"].value
        if rival not in BASELINES and saved is not None:
            yield f"in MASE, {ours} saves {saved:.1%} of the error of {rival}"
            yield from _on_chance(evaluation, rival)


def _on_chance(evaluation: Evaluation, rival: str) -> Iterator[str]:
    """Say how far the skill in MASE against another method may be chance."""
    found, test = evaluation.skill[rival]["mase"], evaluation.equal_accuracy[rival]
    if found.low is not None:
        yield f"  in MASE, 95 % interval by a paired bootstrap: {found.low:.1%} to {found.high:.1%}"
    if test.p_value is not None:
        yield (
            "  if both erred alike, such a difference would come with a chance of "
            f"{_chance(test.p_value)} (Diebold and Mariano)"
        )


def _chance(p_value: float) -> str:
    return "less than 0.1 %" if p_value < 0.001 else f"{p_value:.1%}"  # noqa: PLR2004  # as told


def _cells(evaluation: Evaluation, column: Column) -> list[Text]:
    """Write one metric of all methods, in the order of the rows."""
    return list(map(_cell, numbers_of(evaluation, column)))


def _cell(number: Number) -> Text:
    if number.text is None:
        return Text("- ")
    return Text(f"{number.text}*", style="bold green") if number.best else Text(f"{number.text} ")


def _skill(evaluation: Evaluation, column: Column) -> str:
    found = evaluation.skill.get(YARDSTICK, {}).get(column.metric)
    return "- " if found is None or found.value is None else f"{found.value:.1%} "


def _on_windows(evaluation: Evaluation) -> list[str]:
    rounds = evaluation.rounds
    plural = "s" if len(rounds) > 1 else ""
    apart = f"one every {evaluation.stride}, " if evaluation.stride else ""
    lines = [
        (
            f"{len(rounds)} window{plural} of {evaluation.course.horizon} steps, {apart}season "
            f"length {evaluation.course.season_length}:"
        )
    ]
    if evaluation.known is None:
        return [*lines, *(f"  {_when(each)}" for each in rounds)]
    of_round: dict[int, list[Spans]] = {}
    for spans in evaluation.spans():
        of_round.setdefault(spans.round, []).append(spans)
    for number, each in enumerate(rounds, 1):
        lines += [f"  {_counts(each)}", *_on_spans(of_round[number])]
    return lines


def _counts(each: Round) -> str:
    unseen = each.n_series - each.n_seen - each.n_partly_seen
    counts = {"unseen": unseen, "seen in part": each.n_partly_seen, "seen": each.n_seen}
    known = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    return f"{_when(each)}: {known} in training"


def _when(each: Round) -> str:
    return f"{each.first_timestamp} to {each.last_timestamp}, {each.n_series:,} series"


def _on_spans(spans: Sequence[Spans]) -> Iterator[str]:
    """Say what trained, validated and tested: the spans that most series have in common."""
    shown = most_common(spans, MOST_SPANS)
    for each, count in shown:
        what = f"trained on {_span(each.trained)}" if each.trained else "not trained on"
        if each.validated:
            what += f", validated on {_span(each.validated)} of it"
        yield f"    {count:,} series: {what}, tested on {_span(each.tested)}"
    if others := len(spans) - sum(count for _, count in shown):
        yield f"    {others:,} series: other spans, which --json tells"


def _span(span: Span) -> str:
    return f"{span.first} to {span.last}"
