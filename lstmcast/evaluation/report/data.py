"""What the scripts of a page read: facts as JSON, and the ids and curves of series, packed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmcast.data.grid import parse_frequency
from lstmcast.evaluation.diagnostics import calibration_of
from lstmcast.evaluation.report.conclusion import METRICS
from lstmcast.evaluation.report.curves import IN_A_PART, curves_of, pack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.data.frequency import TimeAxis
    from lstmcast.evaluation.backtest import Evaluation
    from lstmcast.evaluation.report.contents import Report, Selection

MINUTE = 60_000_000  # microseconds
YEAR = 12  # months


def data_of(report: Report, chosen: Selection) -> dict[str, Any]:
    """Return what scripts read, by the names that the template has."""
    evaluation = report.evaluation
    panel = evaluation.course.panel
    curves = curves_of(
        evaluation, report.forecast, chosen.scope, chosen.shown, chosen.errors[chosen.shown]
    )
    return {
        "facts_for_scripts": {
            "dates": date_format(panel.axis),
            "methods": _methods(evaluation, chosen.conclusion.metric),
            "subject": evaluation.subject,
            "rival": chosen.conclusion.rival,
            "metric": METRICS[chosen.conclusion.metric],
            "calibration": _calibration(evaluation),
            "series": _layout(chosen, report.forecast is not None),
        },
        "ids": pack(json.dumps(list(map(str, panel.series_ids[chosen.shown]))).encode()),
        "curves": curves,
    }


def _layout(chosen: Selection, with_forecast: bool) -> dict[str, Any]:  # noqa: FBT001
    """Say how the numbers of a series are laid out."""
    return {
        "count": len(chosen.shown),
        "inPart": IN_A_PART,
        "horizon": chosen.scope.horizon,
        "history": chosen.scope.history,
        "behind": chosen.scope.behind,
        "bands": [band.percent for band in chosen.scope.bands],
        "forecast": with_forecast,
    }


def _methods(evaluation: Evaluation, metric: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name.replace("_", " "),
            "key": name,
            "value": tables.overall[metric].value,
            "bySteps": _numbers(tables.by_step[metric]),
        }
        for name, tables in evaluation.verdict.tables.items()
    ]


def _calibration(evaluation: Evaluation) -> dict[str, Any]:
    found = calibration_of(evaluation.course, evaluation.methods[evaluation.subject])
    return {"levels": found.levels, "observed": _numbers(found.observed)}


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def date_format(axis: TimeAxis) -> str:
    """Return how times of an axis are written in charts, as d3 has it; empty for whole numbers."""
    if not axis.style:
        return ""
    grid = parse_frequency(axis.frequency)
    if grid.unit == "us":
        return "%a %d %b %Y, %H:%M" if grid.count % MINUTE == 0 else "%d %b %Y, %H:%M:%S"
    if grid.unit != "month":
        return "%a %d %b %Y"
    return "%Y" if grid.count % YEAR == 0 else "%b %Y"
