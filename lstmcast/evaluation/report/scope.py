"""How much of each series a page holds: as much as keeps it small, and in words what was left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.evaluation.metrics import central_intervals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lstmcast.evaluation.backtest import Evaluation
    from lstmcast.evaluation.metrics import Interval
    from lstmcast.forecast import Forecast

FEW_VALUES = 2_600_000  # of all series: 2 bytes each, so a page of some 6 MB
MOST_VALUES = 20_000_000  # series that are beyond it are left out: a page of some 40 MB still opens
LONGEST = 5_000  # steps of history: more than that is a black bar at any size
SHORTEST_PATTERN = 6  # steps that are worth showing several times
HALF = 0.5  # what the narrower of two intervals is nearest to


class _Generosity(NamedTuple):
    """Patterns (the longer of season and horizon) before the windows, rounds, and intervals."""

    patterns: float
    rounds: int | None
    bands: int


GENEROSITIES = (
    _Generosity(np.inf, None, 2),
    _Generosity(8, None, 2),
    _Generosity(4, None, 2),
    _Generosity(4, None, 1),
    _Generosity(2, 3, 1),
    _Generosity(2, 1, 1),
)


@dataclass(frozen=True)
class Scope:
    """What is shown of each series: its last steps, windows of rounds, and central intervals.

    A round is told by how many steps lie behind its cutoffs, which is the same in all series.
    """

    horizon: int
    history: int  # steps before the end of the data
    rounds: tuple[int, ...]  # numbers of the rounds
    behind: tuple[int, ...]  # steps from the cutoff of each round to the end
    bands: tuple[Interval, ...]  # the widest first
    with_forecast: bool
    n_series: int  # of those of the panel

    @property
    def channels(self) -> int:
        """Numbers that are told of a step ahead: the point, and both ends of each interval."""
        return 1 + 2 * len(self.bands)

    @property
    def width(self) -> int:
        """Numbers that are told of a series."""
        ahead = self.horizon * self.channels
        return self.history + (len(self.rounds) + self.with_forecast) * ahead


def scope_of(evaluation: Evaluation, forecast: Forecast | None) -> Scope:
    """Choose the most that keeps a page small; or the least, of as many series as there can be."""
    n_series = evaluation.course.panel.n_series
    for generosity in GENEROSITIES:
        scope = _scope(evaluation, forecast, generosity)
        if n_series * scope.width <= FEW_VALUES:
            return scope
    shown = min(n_series, max(1, MOST_VALUES // scope.width))
    return _scope(evaluation, forecast, GENEROSITIES[-1], shown)


def _scope(
    evaluation: Evaluation,
    forecast: Forecast | None,
    generosity: _Generosity,
    n_series: int | None = None,
) -> Scope:
    course = evaluation.course
    behind = _behind(evaluation)
    rounds = range(len(behind))[-(generosity.rounds or len(behind)) :]
    pattern = max(course.season_length, course.horizon, SHORTEST_PATTERN)
    longest = min(int(course.panel.lengths.max()), LONGEST)
    wanted = generosity.patterns * pattern + behind[rounds[0]]
    return Scope(
        horizon=course.horizon,
        history=int(min(longest, wanted)),
        rounds=tuple(rounds),
        behind=tuple(int(behind[number]) for number in rounds),
        bands=_bands(evaluation.methods[evaluation.subject].levels, generosity.bands),
        with_forecast=forecast is not None,
        n_series=course.panel.n_series if n_series is None else n_series,
    )


def _behind(evaluation: Evaluation) -> NDArray[np.int64]:
    """Return the steps from the cutoffs of each round to the ends of their series: [R]."""
    course = evaluation.course
    series, cutoffs = course.windows
    behind = np.zeros(len(evaluation.rounds), dtype=np.int64)
    behind[course.number] = course.panel.lengths[series] - 1 - cutoffs
    return behind


def _bands(levels: Sequence[float], most: int) -> tuple[Interval, ...]:
    """Choose the widest interval and, of the others, the one that promises about a half."""
    widest, others = central_intervals(levels)[:1], central_intervals(levels)[1:]
    by_half = sorted(others, key=lambda band: abs(band.promise - HALF))
    return (*widest, *by_half[: most - 1])


def left_out(evaluation: Evaluation, scope: Scope) -> list[str]:
    """Say in sentences what of the evaluation is not in the charts of series."""
    panel = evaluation.course.panel
    told = []
    if scope.n_series < panel.n_series:
        told.append(
            f"{scope.n_series:,} of the {panel.n_series:,} series are in the page, the worst and "
            "the best among them: for others, make a report of fewer series"
        )
    if scope.history < panel.lengths.max():
        told.append(f"the last {scope.history:,} steps of each series are shown")
    if len(scope.rounds) < len(evaluation.rounds):
        count = len(scope.rounds)
        shown = "window is" if count == 1 else f"{count} windows are"
        told.append(f"the last {shown} drawn, of {len(evaluation.rounds)} that were judged")
    n_intervals = len(central_intervals(evaluation.methods[evaluation.subject].levels))
    if len(scope.bands) < n_intervals:
        told.append(f"{len(scope.bands)} of the {n_intervals} intervals are drawn")
    return told
