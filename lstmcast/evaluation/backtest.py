"""Rolling-origin backtests: which windows, what the model knew of them, and how they are judged."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmcast.data.panel import Windows
from lstmcast.errors import DataError
from lstmcast.evaluation.baselines import baseline_forecasts
from lstmcast.evaluation.metrics import (
    Scores,
    central_interval,
    score_windows,
    seasonal_errors,
    skill,
)
from lstmcast.levels import DIGITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel

METHOD = "lstm"  # what is judged, unless another name is given
FEWEST_SEEN_STEPS = 2  # before a cutoff: less is no history to forecast from


@dataclass(frozen=True)
class BacktestPlan:
    """Windows at the end of each series: `windows` of them, `stride` steps apart.

    None means the model's horizon, and a stride of one horizon, so that windows do not overlap.
    """

    horizon: int | None = None
    windows: int = 3
    stride: int | None = None


@dataclass(frozen=True)
class Rounds:
    """The windows of a backtest, in rounds of one window per series, the oldest round first."""

    horizon: int
    stride: int
    windows: Windows  # [W]
    number: NDArray[np.int64]  # [W], the round of each window
    ends: NDArray[np.int64]  # [R, S], entries of every series that lie before each round


@dataclass(frozen=True)
class Judged:
    """What is to be judged: forecasts of the windows of some rounds."""

    rounds: Rounds
    actual: NDArray[np.float64]  # [W, H], NaN where not observed
    levels: tuple[float, ...]  # Q
    quantiles: NDArray[np.float64]  # [W, H, Q]
    point: NDArray[np.float64]  # [W, H]
    known: NDArray[np.int64]  # [W], steps of each window that the model was trained on
    method: str = METHOD  # whose forecasts they are


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

    horizon: int
    stride: int
    season_length: int
    interval: float | None  # what the central interval that `coverage` is of promises
    rounds: tuple[Round, ...]  # oldest first
    scores: dict[str, Scores]  # by method, the model first
    skill: dict[str, dict[str, float | None]]  # baseline -> metric -> 1 - model / baseline
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Lay everything out as one JSON-ready document."""
        return asdict(self)


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


def judge(panel: Panel, judged: Judged, season_length: int) -> Evaluation:
    """Score forecasts beside those of the naive methods on the same windows."""
    rounds, levels = judged.rounds, judged.levels
    scales = seasonal_errors(panel, rounds.windows, season_length)
    ours = score_windows(judged.actual, judged.point, judged.quantiles, levels, scales)
    scores = {judged.method: ours}
    naive = baseline_forecasts(panel, rounds.windows, rounds.horizon, season_length, levels)
    for method, forecast in naive.items():
        scores[method] = score_windows(
            judged.actual, forecast.point, forecast.quantiles, levels, scales
        )
    return Evaluation(
        horizon=rounds.horizon,
        stride=rounds.stride,
        season_length=season_length,
        interval=_promise(levels),
        rounds=tuple(_describe(panel, judged, number) for number in range(len(rounds.ends))),
        scores=scores,
        skill={method: skill(ours, scores[method]) for method in naive},
        notes=tuple(_notes(panel, judged, ours)),
    )


def _promise(levels: tuple[float, ...]) -> float | None:
    """Return the share that the widest central interval is to hold, if there is one."""
    interval = central_interval(levels)
    return round(interval[1] - interval[0], DIGITS) if interval else None


def _describe(panel: Panel, judged: Judged, number: int) -> Round:
    rounds = judged.rounds
    mine = rounds.number == number
    series, cutoffs = (address[mine] for address in rounds.windows)
    known = judged.known[mine]
    steps = panel.first_steps[series] + cutoffs
    edges = np.array([steps.min() + 1, steps.max() + rounds.horizon])
    first, last = panel.axis.render(panel.axis.stamps(edges))
    return Round(
        first_timestamp=str(first),
        last_timestamp=str(last),
        n_series=len(series),
        n_seen=int((known == rounds.horizon).sum()),
        n_partly_seen=int(((known > 0) & (known < rounds.horizon)).sum()),
    )


def _notes(panel: Panel, judged: Judged, scores: Scores) -> list[str]:
    notes = [_on_knowledge(judged)]
    left_out = panel.n_series - len(np.unique(judged.rounds.windows.series))
    if left_out:
        notes.append(f"{left_out:,} series are too short to be judged and are left out")
    if scores.mape.undefined:
        notes.append(
            f"MAPE is undefined where the actual value is 0: {scores.mape.undefined:,} steps are "
            "not in it"
        )
    if scores.mase.undefined:
        notes.append(
            "MASE and RMSSE are undefined where a series never moved before its window: "
            f"{scores.mase.undefined:,} windows are not in them"
        )
    return notes


def _on_knowledge(judged: Judged) -> str:
    """Say plainly how far the model had seen what it is judged on."""
    total = len(judged.known)
    seen = int((judged.known == judged.rounds.horizon).sum())
    touched = int((judged.known > 0).sum())
    if not touched:
        return "no window was seen in training: the scores are honest"
    return (
        f"{seen:,} of the {total:,} windows were seen whole in training and {touched - seen:,} in "
        "part: their scores flatter the model; for honest ones evaluate on newer data, or without "
        "MODEL, which trains on the past of each window alone"
    )
