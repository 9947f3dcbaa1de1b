"""The judge: forecasts of the same windows by several methods, scored side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.evaluation.aggregation import Score, Terms, overall, pool, pool_steps, terms_of
from lstmcast.evaluation.metrics import (
    ERRORS,
    Told,
    Truth,
    owa,
    seasonal_errors,
    skill,
    statistics_of,
)
from lstmcast.evaluation.significance import (
    EqualAccuracy,
    bootstrap_skill,
    equal_accuracy,
    units_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel, Windows

    Groups = dict[str, NDArray[np.float64]]  # a metric of each group, NaN where undefined

NAIVE2 = "naive2"  # what OWA is relative to


class Course(NamedTuple):
    """Windows that all methods forecast, in rounds of one window per series at the most."""

    panel: Panel
    windows: Windows  # [W]
    number: NDArray[np.int64]  # [W], the round of each window, from 0
    horizon: int
    season_length: int

    @property
    def actual(self) -> NDArray[np.float64]:
        """What came after each cutoff, NaN where it was not observed: [W, H]."""
        series, cutoffs = self.windows
        entries = cutoffs[:, None] + np.arange(1, self.horizon + 1)
        inside = entries < self.panel.lengths[series, None]
        places = np.where(inside, self.panel.offsets[series, None] + entries, 0)
        return np.where(inside, self.panel.values[places], np.nan)

    @property
    def times(self) -> NDArray[np.int64]:
        """The time step of each point, on the axis of the panel: [W, H]."""
        series, cutoffs = self.windows
        firsts = self.panel.first_steps[series] + cutoffs + 1
        return np.asarray(firsts[:, None] + np.arange(self.horizon))


class Skill(NamedTuple):
    """1 - error / error of a baseline, and the interval of 95 % by a paired bootstrap."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Tables:
    """Metrics of one method: of everything, and of steps, rounds and series apart."""

    overall: dict[str, Score]
    by_step: dict[str, NDArray[np.float64]]  # [H] each, NaN where undefined
    by_round: dict[str, NDArray[np.float64]]  # [R]
    by_series: dict[str, NDArray[np.float64]]  # [S] of all series of the panel


@dataclass(frozen=True)
class Comparison:
    """How much less a method errs than a baseline, and whether that is more than chance."""

    skill: dict[str, Skill]  # by metric
    test: EqualAccuracy  # of absolute errors, scaled as in MASE


@dataclass(frozen=True)
class Verdict:
    """All methods, scored on the same windows; and one of them held against the others."""

    tables: dict[str, Tables]  # by method
    comparisons: dict[str, Comparison]  # by baseline


def judge(course: Course, methods: Mapping[str, Told], subject: str) -> Verdict:
    """Score what methods told of the windows of a course, and hold `subject` against the others."""
    scales = seasonal_errors(course.panel, course.windows, course.season_length)
    truth = Truth(course.actual, scales)
    units = units_of(course.windows)
    tables: dict[str, Tables] = {}
    errors: dict[str, dict[str, Terms]] = {}
    for method, told in methods.items():
        tables[method], errors[method] = _score(course, truth, told)
    losses = {name: _losses(truth, told) for name, told in methods.items()}
    comparisons = {
        other: Comparison(
            skill=_skills(tables, errors, (subject, other), units),
            test=equal_accuracy(losses[subject], losses[other], course.times),
        )
        for other in methods
        if other != subject
    }
    return Verdict(_with_owa(tables), comparisons)


def _score(course: Course, truth: Truth, told: Told) -> tuple[Tables, dict[str, Terms]]:
    """Score one method; beside the tables, return the terms of the errors of windows."""
    n_rounds = int(course.number.max(initial=-1)) + 1
    tables = Tables({}, {}, {}, {})
    errors: dict[str, Terms] = {}
    for name, statistic in statistics_of(truth, told):
        terms = terms_of(statistic)
        tables.overall[name] = overall(terms)
        tables.by_step[name] = pool_steps(statistic).values()
        tables.by_round[name] = pool(terms, course.number, n_rounds).values()
        series = pool(terms, course.windows.series, course.panel.n_series)
        tables.by_series[name] = series.values()
        if name in ERRORS:
            errors[name] = terms
    return tables, errors


def _skills(
    tables: Mapping[str, Tables],
    errors: Mapping[str, Mapping[str, Terms]],
    pair: tuple[str, str],
    units: NDArray[np.int64],
) -> dict[str, Skill]:
    ours, theirs = pair
    values = skill(tables[ours].overall, tables[theirs].overall)
    shared = {name: errors[ours][name] for name in values}
    ranges = bootstrap_skill(shared, errors[theirs], units)
    return {
        name: Skill(value, *(ranges[name] or (None, None)))
        if value is not None
        else Skill(None, None, None)
        for name, value in values.items()
    }


def _losses(truth: Truth, told: Told) -> NDArray[np.float64]:
    """Return absolute errors, scaled as in MASE: [W, H]."""
    return np.asarray(np.abs(truth.actual - told.point) / truth.scales.absolute[:, None])


def _with_owa(tables: Mapping[str, Tables]) -> dict[str, Tables]:
    """Add OWA wherever Naive2 was judged, too."""
    if NAIVE2 not in tables:
        return dict(tables)
    naive2 = tables[NAIVE2]
    return {
        name: Tables(
            each.overall | {"owa": owa(each.overall, naive2.overall)},
            _by_group(each.by_step, naive2.by_step),
            _by_group(each.by_round, naive2.by_round),
            _by_group(each.by_series, naive2.by_series),
        )
        for name, each in tables.items()
    }


def _by_group(mine: Groups, yardstick: Groups) -> Groups:
    """Add OWA to the metrics of groups, NaN where it is undefined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = [mine[name] / yardstick[name] for name in ("smape", "mase")]
    mean = np.mean(ratios, axis=0)
    return mine | {"owa": np.where(np.isfinite(mean), mean, np.nan)}
