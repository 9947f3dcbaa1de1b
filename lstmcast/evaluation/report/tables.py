"""The tables of a report: scores of methods, windows, intervals, and series from worst to best."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.evaluation.metric_columns import columns_of, number_format, numbers_of
from lstmcast.evaluation.metrics import central_intervals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lstmcast.evaluation.backtest import Evaluation
    from lstmcast.evaluation.metric_columns import Column
    from lstmcast.evaluation.report.conclusion import Conclusion

AT_AN_END = 10  # series that are named as the worst, and as the best
ABSENT = "–"


class Cell(NamedTuple):
    """A text; whether it is the best of its column, and the series that it opens in the chart."""

    text: str
    best: bool = False
    series: int | None = None


class Table(NamedTuple):
    """Cells in rows, below their titles: the first of a row is its name, the others are numbers."""

    title: str
    head: list[str]
    rows: list[list[Cell]]


def scores_table(evaluation: Evaluation) -> Table:
    """Lay out the metrics of all methods, the figures of `evaluate`."""
    columns = columns_of(evaluation)
    cells = [_scores(evaluation, column) for column in columns]
    names = [Cell(method.replace("_", " ")) for method in evaluation.scores]
    rows = [list(row) for row in zip(names, *cells, strict=True)]
    return Table("Scores", ["method", *(column.title for column in columns)], rows)


def _scores(evaluation: Evaluation, column: Column) -> list[Cell]:
    numbers = numbers_of(evaluation, column)
    return [Cell(number.text or ABSENT, best=number.best) for number in numbers]


def windows_table(evaluation: Evaluation) -> Table:
    """Lay out the rounds of windows: their times, their series, and how far they had been seen."""
    rows = [
        [
            Cell(f"{each.first_timestamp} to {each.last_timestamp}"),
            Cell(f"{each.n_series:,}"),
            Cell(f"{each.n_series - each.n_seen - each.n_partly_seen:,}"),
            Cell(f"{each.n_partly_seen:,}"),
            Cell(f"{each.n_seen:,}"),
        ]
        for each in evaluation.rounds
    ]
    head = ["window", "series", "unseen in training", "seen in part", "seen whole"]
    return Table("Windows", head, rows)


def intervals_table(evaluation: Evaluation) -> Table:
    """Lay out what each central interval promises, what it held, and how wide it is."""
    scores = evaluation.scores[evaluation.subject]
    percents = [interval.percent for interval in central_intervals(_levels(evaluation))]
    widths = [scores[f"width_{percent}"].value for percent in percents]
    form = number_format([width for width in widths if width is not None])
    rows = []
    for percent, width in zip(percents, widths, strict=True):
        held = scores[f"coverage_{percent}"].value
        rows.append(
            [
                Cell(f"{percent} %"),
                Cell(ABSENT if held is None else f"{100 * held:.1f} %"),
                Cell(ABSENT if width is None else f"{width:{form}}"),
            ]
        )
    return Table("Intervals", ["interval", "held", "mean width"], rows)


def _levels(evaluation: Evaluation) -> Sequence[float]:
    return evaluation.methods[evaluation.subject].levels


def errors_of_series(evaluation: Evaluation, conclusion: Conclusion) -> NDArray[np.float64]:
    """Return the errors of model and rival on each series, NaN where undefined: [S, 2]."""
    tables = evaluation.verdict.tables
    rival = conclusion.rival or evaluation.subject
    names = (evaluation.subject, rival)
    return np.stack([tables[name].by_series[conclusion.metric] for name in names], axis=1)


def ends_of(errors: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the series with the largest errors of the model, and with the smallest; none twice."""
    known = np.flatnonzero(~np.isnan(errors[:, 0]))
    ranked = known[np.argsort(-errors[known, 0], kind="stable")]
    if len(ranked) <= 2 * AT_AN_END:
        return ranked, ranked[:0]
    return ranked[:AT_AN_END], ranked[: -AT_AN_END - 1 : -1]


def series_tables(
    evaluation: Evaluation,
    conclusion: Conclusion,
    errors: NDArray[np.float64],
    shown: NDArray[np.int64],
) -> list[Table]:
    """Name the worst and the best series, or all where they are few; each opens in the chart."""
    if evaluation.course.panel.n_series == 1:
        return []
    worst, best = ends_of(errors)
    titles = ("All series, the worst first", "") if not len(best) else ("Worst", "Best")
    return [
        _series_table(evaluation, conclusion, errors, (title, series, shown))
        for title, series in zip(titles, (worst, best), strict=True)
        if len(series)
    ]


def _own_size(value: float) -> str:
    """Write a number as its own size asks for: series differ by more than a column can show."""
    return ABSENT if np.isnan(value) else f"{value:{number_format([value])}}"


def _series_table(
    evaluation: Evaluation,
    conclusion: Conclusion,
    errors: NDArray[np.float64],
    wanted: tuple[str, NDArray[np.int64], NDArray[np.int64]],
) -> Table:
    title, series, shown = wanted
    places = np.searchsorted(shown, series).tolist()
    mae = evaluation.verdict.tables[evaluation.subject].by_series["mae"][series]
    columns = [*errors[series].T, mae]
    rows = []
    for s, place, *values in zip(series, places, *columns, strict=True):
        numbers = [Cell(_own_size(float(value))) for value in values]
        rows.append([Cell(str(evaluation.course.panel.series_ids[s]), series=place), *numbers])
    metric = conclusion.metric.upper()
    rival = (conclusion.rival or evaluation.subject).replace("_", " ")
    head = ["series", f"{metric}, {evaluation.subject}", f"{metric}, {rival}", "MAE"]
    return Table(title, head, rows)
