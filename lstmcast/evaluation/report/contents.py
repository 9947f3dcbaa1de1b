"""What a report is made of, and what of it a page shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lstmcast.evaluation.report.conclusion import conclusion_of
from lstmcast.evaluation.report.scope import scope_of
from lstmcast.evaluation.report.tables import ends_of, errors_of_series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.artifact import Model
    from lstmcast.evaluation.backtest import Evaluation
    from lstmcast.evaluation.report.conclusion import Conclusion
    from lstmcast.evaluation.report.scope import Scope
    from lstmcast.forecast import Forecast


@dataclass(frozen=True)
class Report:
    """What a report tells of: names of files, a model, how it was judged, and what it forecasts."""

    model_name: str
    data_name: str
    model: Model
    evaluation: Evaluation
    forecast: Forecast | None
    without_forecast: str = ""  # why there is none


@dataclass(frozen=True)
class Selection:
    """What is shown of a report: the verdict, and which series with how much of each."""

    conclusion: Conclusion
    scope: Scope
    errors: NDArray[np.float64]  # [S, 2]
    shown: NDArray[np.int64]  # [S'], ascending


def select(report: Report) -> Selection:
    """Choose what a page shows; the worst and the best series are always among those shown."""
    evaluation = report.evaluation
    conclusion = conclusion_of(evaluation)
    scope = scope_of(evaluation, report.forecast)
    errors = errors_of_series(evaluation, conclusion)
    named_first = np.concatenate([*ends_of(errors), np.arange(len(errors))])
    places = np.unique(named_first, return_index=True)[1]
    shown = np.sort(named_first[np.sort(places)[: scope.n_series]])
    return Selection(conclusion, scope, errors, shown)
