"""Rolling-origin backtests: which windows, what the model knew of them, and how they are judged."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmcast.data.panel import Windows
from lstmcast.errors import DataError
from lstmcast.evaluation.judgement import Course, judge
from lstmcast.evaluation.metrics import aggregation_of
from lstmcast.evaluation.spans import nothing_known, seen_steps, spans_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel
    from lstmcast.evaluation.aggregation import Score
    from lstmcast.evaluation.judgement import Skill, Tables, Verdict
    from lstmcast.evaluation.metrics import Told
    from lstmcast.evaluation.significance import EqualAccuracy
    from lstmcast.evaluation.spans import Known, Spans

METHOD = "lstm"  # what is judged, unless another name is given
FEWEST_SEEN_STEPS = 2  # before a cutoff: less is no history to forecast from


@dataclass(frozen=True)
class BacktestPlan:
    """Windows at the end of each series: `windows` of them, `stride` steps apart.

    None means the model's horizon, and a stride of one horizon, so that windows do not overlap.

    Where networks are trained in the course of it, one is trained anew every `refit` rounds of
    windows, and forecasts all up to the next; 0: only before the first. With `warm_start` it begins
    with the weights of the one before, not with fresh ones.

    `models` are judged beside the naive methods, see `lstmcast.evaluation.statistical`.
    """

    horizon: int | None = None
    windows: int = 3
    stride: int | None = None
    refit: int = 1
    warm_start: bool = False
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rounds:
    """The windows of a backtest, in rounds of one window per series, the oldest round first."""

    horizon: int
    stride: int
    windows: Windows  # [W]
    number: NDArray[np.int64]  # [W], the round of each window
    ends: NDArray[np.int64]  # [R, S], entries of every series that lie before each round


@dataclass(frozen=True)
class Round:
    """One window of each series that is long enough for it."""

    first_timestamp: str  # of all that is forecast in this round
    last_timestamp: str
    n_series: int
    n_seen: int  # series whose window lies wholly in what the model was trained on
    n_partly_seen: int


@dataclass(frozen=True)
class Evaluation:
    """Scores of the model and of the baselines on the same windows."""

    course: Course
    stride: int | None  # None: not from one window to the next
    methods: Mapping[str, Told]  # the model first
    verdict: Verdict
    known: Known | None  # None: it is not known what they were forecast from
    rounds: tuple[Round, ...]  # oldest first
    notes: tuple[str, ...]

    @property
    def subject(self) -> str:
        """The method that is held against the others."""
        return next(iter(self.methods))

    @property
    def scores(self) -> dict[str, dict[str, Score]]:
        """All metrics over all windows, by method."""
        return {name: tables.overall for name, tables in self.verdict.tables.items()}

    @property
    def skill(self) -> dict[str, dict[str, Skill]]:
        """How much less the model errs than each baseline, by metric."""
        return {name: each.skill for name, each in self.verdict.comparisons.items()}

    @property
    def equal_accuracy(self) -> dict[str, EqualAccuracy]:
        """Tests of whether the model and each baseline err alike."""
        return {name: each.test for name, each in self.verdict.comparisons.items()}

    def spans(self) -> list[Spans]:
        """Say of each window what of its series trained, validated and tested."""
        return spans_of(self.course, self.known or nothing_known(self.course))

    def to_dict(self) -> dict[str, Any]:
        """Lay everything but the scores of single series out as one JSON-ready document."""
        tables, levels = self.verdict.tables, self.methods[self.subject].levels
        metrics = tables[self.subject].overall
        return {
            "horizon": self.course.horizon,
            "stride": self.stride,
            "season_length": self.course.season_length,
            "quantile_levels": list(levels),
            "rounds": [asdict(each) for each in self.rounds],
            "scores": {
                name: {metric: asdict(score) for metric, score in scores.items()}
                for name, scores in self.scores.items()
            },
            "by_step": {name: _lists(each.by_step) for name, each in tables.items()},
            "by_round": {name: _lists(each.by_round) for name, each in tables.items()},
            "skill": {
                baseline: {metric: found._asdict() for metric, found in skills.items()}
                for baseline, skills in self.skill.items()
            },
            "equal_accuracy": {
                baseline: asdict(test) for baseline, test in self.equal_accuracy.items()
            },
            "aggregation": {metric: aggregation_of(metric) for metric in metrics},
            "spans": [each.to_dict() for each in self.spans()],
            "notes": list(self.notes),
        }


def _lists(tables: Mapping[str, NDArray[np.float64]]) -> dict[str, list[float | None]]:
    return {
        metric: [None if np.isnan(value) else float(value) for value in values]
        for metric, values in tables.items()
    }


def lay_out_rounds(panel: Panel, plan: BacktestPlan, horizon: int) -> Rounds:
    """Place the windows that a plan asks for; `horizon` counts where the plan leaves it open.

    A series takes part in the rounds before which it has two steps.

    Raises:
        DataError: no series is long enough for a single window.
    """
    horizon = plan.horizon or horizon
    stride = plan.stride or horizon
    back = horizon + stride * np.arange(plan.windows)[::-1]
    ends = np.maximum(panel.lengths - back[:, None], 0)
    ends = ends[(ends >= FEWEST_SEEN_STEPS).any(axis=1)]  # rounds in which a series takes part
    number, series = np.nonzero(ends >= FEWEST_SEEN_STEPS)
    if len(series) == 0:
        raise DataError(
            f"no series is long enough to be judged: the longest has {panel.lengths.max()} steps, "
            f"and a window of horizon {horizon} needs {horizon + FEWEST_SEEN_STEPS}; "
            "use a shorter --horizon."
        )
    return Rounds(horizon, stride, Windows(series, ends[number, series] - 1), number, ends)


def course_of(panel: Panel, rounds: Rounds, season_length: int) -> Course:
    """Make a course of the windows of some rounds."""
    return Course(panel, rounds.windows, rounds.number, rounds.horizon, season_length)


def evaluate_methods(
    course: Course,
    stride: int | None,
    methods: Mapping[str, Told],
    known: Known | None = None,
) -> Evaluation:
    """Score methods on the same windows; the first one is the model that is held against others."""
    subject = next(iter(methods))
    verdict = judge(course, methods, subject)
    seen = seen_steps(course, known or nothing_known(course))
    n_rounds = int(course.number.max()) + 1
    return Evaluation(
        course=course,
        stride=stride,
        methods=methods,
        verdict=verdict,
        known=known,
        rounds=tuple(_describe(course, seen, number) for number in range(n_rounds)),
        notes=(
            *([_on_knowledge(course, seen)] if known else []),
            *_notes(course, verdict.tables[subject]),
        ),
    )


def _describe(course: Course, seen: NDArray[np.int64], number: int) -> Round:
    mine = course.number == number
    times = course.times[mine]
    axis = course.panel.axis
    first, last = axis.render(axis.stamps(np.array([times[:, 0].min(), times[:, -1].max()])))
    return Round(
        first_timestamp=str(first),
        last_timestamp=str(last),
        n_series=int(mine.sum()),
        n_seen=int((seen[mine] == course.horizon).sum()),
        n_partly_seen=int(((seen[mine] > 0) & (seen[mine] < course.horizon)).sum()),
    )


def _notes(course: Course, tables: Tables) -> list[str]:
    notes = []
    scores = tables.overall
    left_out = course.panel.n_series - len(np.unique(course.windows.series))
    if left_out:
        notes.append(f"{left_out:,} series are too short to be judged and are left out")
    if undefined := scores["mape"].undefined:
        notes.append(
            f"MAPE is undefined where the actual value is 0: {undefined:,} steps are not in it"
        )
    if undefined := scores["mase"].undefined:
        notes.append(
            "MASE, RMSSE and MSIS are undefined where a series never moved before its window: "
            f"{undefined:,} windows are not in them"
        )
    return notes


def _on_knowledge(course: Course, seen: NDArray[np.int64]) -> str:
    """Say plainly how far the model had seen what it is judged on."""
    total = len(seen)
    whole = int((seen == course.horizon).sum())
    touched = int((seen > 0).sum())
    if not touched:
        return "no window was seen in training: the scores are honest"
    return (
        f"{whole:,} of the {total:,} windows were seen whole in training and {touched - whole:,} "
        "in part: their scores flatter the model; for honest ones evaluate on newer data, or "
        "without MODEL, which trains on the past of each window alone"
    )
