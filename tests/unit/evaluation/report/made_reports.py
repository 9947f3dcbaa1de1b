"""Reports of panels that are made up, judged without a network: forecasts miss by what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstmcast import workflow
from lstmcast.artifact import InputRecord, Model, Seen, TrainingRecord
from lstmcast.config import Config
from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel
from lstmcast.evaluation.backtest import (
    BacktestPlan,
    Evaluation,
    course_of,
    evaluate_methods,
    lay_out_rounds,
)
from lstmcast.evaluation.baselines import baselines_of
from lstmcast.evaluation.metrics import Told
from lstmcast.evaluation.report.contents import Report
from lstmcast.evaluation.spans import Known
from lstmcast.forecast import Forecast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

MONTHS = TimeAxis("MS", np.datetime64("2015-01-01", "us"), "%Y-%m-%d")
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)


def panel_of(
    *series: ArrayLike,
    ids: Sequence[str] | None = None,
    axis: TimeAxis = MONTHS,
) -> Panel:
    """Lay series out that begin together."""
    names = ids or [f"series {number}" for number in range(len(series))]
    rows = [np.asarray(values, dtype=float) for values in series]
    return Panel(
        values=np.concatenate(rows),
        offsets=np.concatenate([[0], np.cumsum([len(row) for row in rows])]),
        first_steps=np.zeros(len(series), dtype=np.int64),
        series_ids=np.array(names, dtype=object),
        axis=axis,
        columns=Columns("month", ("sales",), ("shop",) if len(series) > 1 else ()),
        notes=("time column 'month'",),
    )


def evaluation_of(
    panel: Panel,
    plan: BacktestPlan | None = None,
    *,
    errors: NDArray[np.float64] | float = 0.0,
    seen: int = 0,
    levels: tuple[float, ...] = LEVELS,
) -> Evaluation:
    """Judge forecasts that miss each actual by `errors`, and had seen `seen` steps of it."""
    plan = plan or BacktestPlan(horizon=3)
    rounds = lay_out_rounds(panel, plan, 3)
    course = course_of(panel, rounds, season_length=12)
    point = np.nan_to_num(course.actual) + errors
    series, cutoffs = rounds.windows
    first = panel.first_steps[series]
    known = Known(first, first + cutoffs + seen, np.zeros_like(first))
    methods = {"lstm": _told(point, levels), **baselines_of(course, levels)}
    return evaluate_methods(course, rounds.stride, methods, known)


def report_of(evaluation: Evaluation, *, refusal: str = "") -> Report:
    """Make a report with a forecast that repeats the last value, or without one."""
    forecast = None if refusal else _forecast(evaluation)
    model = _model(evaluation.course.panel)
    return Report("m.lstm", "sales.csv", model, evaluation, forecast, refusal)


def _told(point: NDArray[np.float64], levels: tuple[float, ...]) -> Told:
    return Told(point, point[..., None] + 4 * (np.array(levels) - 0.5), levels)


def _forecast(evaluation: Evaluation) -> Forecast:
    panel, horizon = evaluation.course.panel, evaluation.course.horizon
    point = np.repeat(panel.values[panel.offsets[1:] - 1, None], horizon, axis=1)
    told = _told(point, evaluation.methods["lstm"].levels)
    return Forecast(
        series_ids=panel.series_ids,
        steps=(panel.first_steps + panel.lengths)[:, None] + np.arange(horizon),
        quantile_levels=told.levels,
        quantiles=told.quantiles,
        point=point,
        axis=panel.axis,
        columns=panel.columns,
    )


def _model(panel: Panel) -> Model:
    record = TrainingRecord(
        n_series=panel.n_series,
        n_observations=len(panel.values),
        first_timestamp="2015-01-01",
        last_timestamp="2019-12-01",
        data_hash="0123abcd",
        base=None,
        ending="complete",
        steps=1_000,
        validation_score=0.25,
        coverage={"80": [0.7, 0.79]},
        kept={"lstm": 12, "naive": 3},
        n_parameters=147_099,
        lstmcast_version="0.1.0",
        torch_version="2.13.0",
    )
    nothing = np.empty(0, dtype=np.int64)
    config = workflow.plan(panel, Config(horizon=3)).config
    seen = Seen(nothing.astype(np.uint64), nothing, nothing)
    return Model(config, record, seen, InputRecord(), {})
