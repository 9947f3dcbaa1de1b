"""Backtests: where the windows stand, what is told of them, and how they are scored."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel
from lstmcast.errors import DataError
from lstmcast.evaluation.backtest import (
    METHOD,
    BacktestPlan,
    Evaluation,
    Round,
    Rounds,
    course_of,
    evaluate_methods,
    lay_out_rounds,
)
from lstmcast.evaluation.baselines import baselines_of
from lstmcast.evaluation.metrics import Told
from lstmcast.evaluation.spans import Known, Span, Spans

NAN = np.nan
LEVELS = (0.1, 0.5, 0.9)


def panel_of(*series: list[float], first_steps: list[int] | None = None) -> Panel:
    return Panel(
        values=np.array([value for values in series for value in values], dtype=float),
        offsets=np.concatenate([[0], np.cumsum([len(values) for values in series])]),
        first_steps=np.array(first_steps or [0] * len(series)),
        series_ids=np.array([f"series {s}" for s in range(len(series))], dtype=object),
        axis=TimeAxis("ME", np.datetime64("2020-01-31", "us"), "%Y-%m-%d"),
        columns=Columns("day", ("sales",), ("shop",)),
    )


def ramp(length: int) -> list[float]:
    return [10.0 + step for step in range(length)]


def addresses(rounds: Rounds) -> list[tuple[int, int, int]]:
    """Round, series and cutoff of each window."""
    return [
        (int(number), int(series), int(cutoff))
        for number, series, cutoff in zip(rounds.number, *rounds.windows, strict=True)
    ]


def judge_with(panel: Panel, rounds: Rounds, bias: float = 0.0, known: int = 0) -> Evaluation:
    """Judge forecasts that miss every actual by `bias`, in an interval of 1 to either side.

    The model knows the past of each window, and `known` steps of the window.
    """
    series, cutoffs = rounds.windows
    first = panel.first_steps[series]
    last = first + cutoffs + known
    return judged(panel, rounds, Known(first, last, np.zeros_like(last)), bias)


def judged(panel: Panel, rounds: Rounds, known: Known, bias: float = 0.0) -> Evaluation:
    course = course_of(panel, rounds, season_length=1)
    median = np.nan_to_num(course.actual) + bias
    quantiles = np.stack([median - 1, median, median + 1], axis=-1)
    methods = {METHOD: Told(median, quantiles, LEVELS), **baselines_of(course, LEVELS)}
    return evaluate_methods(course, rounds.stride, methods, known)


def test_windows_stand_at_the_end_of_each_series_the_oldest_round_first() -> None:
    rounds = lay_out_rounds(panel_of(ramp(12), ramp(20)), BacktestPlan(windows=3), horizon=3)
    assert (rounds.horizon, rounds.stride) == (3, 3)
    assert addresses(rounds) == [
        *((0, 0, 2), (0, 1, 10)),
        *((1, 0, 5), (1, 1, 13)),
        *((2, 0, 8), (2, 1, 16)),
    ]
    assert rounds.ends.tolist() == [[3, 11], [6, 14], [9, 17]]


def test_a_plan_outweighs_the_horizon_of_the_model() -> None:
    plan = BacktestPlan(horizon=2, windows=3, stride=1)
    rounds = lay_out_rounds(panel_of(ramp(10)), plan, horizon=9)
    assert (rounds.horizon, rounds.stride) == (2, 1)
    assert addresses(rounds) == [(0, 0, 5), (1, 0, 6), (2, 0, 7)]


def test_a_stride_beyond_the_horizon_leaves_steps_out() -> None:
    rounds = lay_out_rounds(panel_of(ramp(20)), BacktestPlan(windows=2, stride=10), horizon=3)
    assert addresses(rounds) == [(0, 0, 6), (1, 0, 16)]


def test_series_take_part_in_the_rounds_that_they_are_long_enough_for() -> None:
    panel = panel_of(ramp(4), ramp(12), ramp(8), ramp(5))
    rounds = lay_out_rounds(panel, BacktestPlan(windows=3), horizon=3)
    assert addresses(rounds) == [(0, 1, 2), (1, 1, 5), (1, 2, 1), (2, 1, 8), (2, 2, 4), (2, 3, 1)]
    assert rounds.ends.tolist() == [[0, 3, 0, 0], [0, 6, 2, 0], [1, 9, 5, 2]]


def test_rounds_without_a_series_are_no_rounds() -> None:
    rounds = lay_out_rounds(panel_of(ramp(9), ramp(5)), BacktestPlan(windows=50), horizon=3)
    assert addresses(rounds) == [(0, 0, 2), (1, 0, 5), (1, 1, 1)]
    assert len(rounds.ends) == 2


def test_no_series_long_enough_is_a_data_error() -> None:
    with pytest.raises(
        DataError,
        match=r"the longest has 7 steps, and a window of horizon 6 needs 8; use a shorter",
    ):
        lay_out_rounds(panel_of(ramp(7), ramp(3)), BacktestPlan(), horizon=6)
    assert addresses(lay_out_rounds(panel_of(ramp(8)), BacktestPlan(), horizon=6)) == [(0, 0, 1)]


def test_rounds_are_described_by_their_first_and_last_forecast() -> None:
    panel = panel_of(ramp(8), ramp(6), first_steps=[0, 12])
    rounds = lay_out_rounds(panel, BacktestPlan(windows=2), horizon=2)
    assert judge_with(panel, rounds).rounds == (
        Round("2020-05-31", "2021-04-30", n_series=2, n_seen=0, n_partly_seen=0),
        Round("2020-07-31", "2021-06-30", n_series=2, n_seen=0, n_partly_seen=0),
    )


def test_what_was_known_is_counted_in_each_round_and_said() -> None:
    panel = panel_of(ramp(8), ramp(8), ramp(8))
    rounds = lay_out_rounds(panel, BacktestPlan(windows=2), horizon=3)
    seen = np.array([3, 3, 1, 3, 2, 0])
    last = rounds.windows.cutoffs + seen
    evaluation = judged(panel, rounds, Known(np.zeros_like(last), last, np.zeros_like(last)))
    counts = [(one.n_series, one.n_seen, one.n_partly_seen) for one in evaluation.rounds]
    assert counts == [(3, 2, 1), (3, 1, 1)]
    assert evaluation.notes[0].startswith(
        "3 of the 6 windows were seen whole in training and 2 in part: their scores flatter"
    )


def test_spans_say_what_trained_validated_and_tested() -> None:
    panel = panel_of(ramp(8), ramp(6), first_steps=[0, 12])
    rounds = lay_out_rounds(panel, BacktestPlan(windows=1), horizon=2)
    known = Known(np.array([1, 0]), np.array([5, -1]), np.array([3, 2]))
    trained, untouched = judged(panel, rounds, known).spans()
    assert trained == Spans(
        series="series 0",
        round=1,
        trained=Span("2020-02-29", "2020-06-30"),
        validated=Span("2020-04-30", "2020-06-30"),
        tested=Span("2020-07-31", "2020-08-31"),
    )
    assert untouched == Spans("series 1", 1, None, None, Span("2021-05-31", "2021-06-30"))


def test_unseen_windows_are_said_to_be_honest() -> None:
    panel = panel_of(ramp(8))
    evaluation = judge_with(panel, lay_out_rounds(panel, BacktestPlan(windows=2), horizon=3))
    assert evaluation.notes == ("no window was seen in training: the scores are honest",)


def test_a_window_seen_in_part_alone_is_not_called_honest() -> None:
    panel = panel_of(ramp(8))
    rounds = lay_out_rounds(panel, BacktestPlan(windows=1), horizon=3)
    (note,) = judge_with(panel, rounds, known=1).notes
    assert note.startswith("0 of the 1 windows were seen whole in training and 1 in part")


def test_scores_and_skill_of_forecasts_with_a_known_error() -> None:
    panel = panel_of(ramp(9), ramp(12))
    rounds = lay_out_rounds(panel, BacktestPlan(windows=2), horizon=2)
    evaluation = judge_with(panel, rounds, bias=0.5)
    assert list(evaluation.scores) == [
        *(METHOD, "naive", "seasonal_naive", "drift", "seasonal_average", "naive2")
    ]
    ours, naive = evaluation.scores[METHOD], evaluation.scores["naive"]
    assert (ours["mae"].value, ours["mae"].n) == (0.5, 8)
    assert (ours["mase"].value, ours["mase"].n) == (0.5, 4)
    assert ours["coverage_80"].value == 1
    assert naive["mae"].value == 1.5  # a ramp moves by 1 and 2 in two steps
    assert evaluation.skill["naive"]["mae"].value == pytest.approx(1 - 0.5 / 1.5)
    assert evaluation.skill["drift"]["mae"].value is None  # drift makes no error on a ramp
    assert (evaluation.course.horizon, evaluation.stride) == (2, 2)


def test_targets_that_were_not_observed_are_not_judged() -> None:
    panel = panel_of([*ramp(6), NAN, 17.0], [*ramp(6), NAN, NAN])
    rounds = lay_out_rounds(panel, BacktestPlan(windows=1), horizon=2)
    scores = judge_with(panel, rounds, bias=2.0).scores[METHOD]
    assert (scores["mae"].value, scores["mae"].n, scores["mae"].undefined) == (2.0, 1, 0)
    assert (scores["mase"].value, scores["mase"].n, scores["mase"].undefined) == (2.0, 1, 0)


def test_nothing_observed_in_any_window_gives_no_score() -> None:
    panel = panel_of([*ramp(6), NAN, NAN])
    rounds = lay_out_rounds(panel, BacktestPlan(windows=1), horizon=2)
    evaluation = judge_with(panel, rounds)
    assert evaluation.scores[METHOD]["mae"].value is None
    json.dumps(evaluation.to_dict(), allow_nan=False)


def test_what_is_left_out_and_undefined_is_noted() -> None:
    panel = panel_of([4.0] * 6, [0.0] * 5 + [1.0], ramp(6), ramp(3))
    rounds = lay_out_rounds(panel, BacktestPlan(windows=1), horizon=2)
    evaluation = judge_with(panel, rounds)
    assert evaluation.notes[1:] == (
        "1 series are too short to be judged and are left out",
        "MAPE is undefined where the actual value is 0: 1 steps are not in it",
        (
            "MASE, RMSSE and MSIS are undefined where a series never moved before its window: "
            "2 windows are not in them"
        ),
    )
    assert evaluation.scores[METHOD]["mape"].undefined == 1
    assert evaluation.scores[METHOD]["mase"].undefined == 2


def test_a_history_without_a_value_gives_baselines_nothing_to_say() -> None:
    panel = panel_of([NAN, NAN, 1.0, 2.0])
    rounds = lay_out_rounds(panel, BacktestPlan(windows=1), horizon=2)
    evaluation = judge_with(panel, rounds, bias=1.0)
    assert evaluation.scores["naive"]["mae"].value is None
    assert evaluation.skill["naive"]["mae"].value is None
    json.dumps(evaluation.to_dict(), allow_nan=False)


def test_an_evaluation_is_one_json_document() -> None:
    panel = panel_of([0.0] * 6, ramp(9))
    rounds = lay_out_rounds(panel, BacktestPlan(windows=2), horizon=2)
    document = judge_with(panel, rounds).to_dict()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["rounds"][0] == {
        "first_timestamp": "2020-03-31",
        "last_timestamp": "2020-07-31",
        "n_series": 2,
        "n_seen": 0,
        "n_partly_seen": 0,
    }
    assert document["spans"][0] == {
        "series": "series 0",
        "round": 1,
        "trained": ["2020-01-31", "2020-02-29"],
        "validated": None,
        "tested": ["2020-03-31", "2020-04-30"],
    }
    assert document["aggregation"].keys() == document["scores"][METHOD].keys()
    assert len(document["by_step"]["naive"]["mae"]) == 2
    assert len(document["by_round"]["naive"]["mae"]) == 2
