"""The verdict: its words are those of the figures, and doubts stand in the same sentence."""

from __future__ import annotations

import numpy as np
import pytest
from made_reports import evaluation_of, panel_of

from lstmcast.evaluation.backtest import BacktestPlan
from lstmcast.evaluation.report.conclusion import conclusion_of

RNG = np.random.default_rng(0)
NOISE = [100 + RNG.normal(size=60) for _ in range(40)]
LONG = BacktestPlan(horizon=3, windows=8)


def test_a_model_that_is_surely_better() -> None:
    evaluation = evaluation_of(panel_of(*NOISE), LONG, errors=0.1)
    found = conclusion_of(evaluation)
    assert (found.standing, found.headline) == ("better", "Better than naive")
    rival = found.rival
    assert rival is not None
    saved = evaluation.skill[rival]["mase"]
    assert saved.value is not None
    assert saved.low is not None
    assert saved.high is not None
    ours, theirs = (evaluation.scores[name]["mase"].value for name in ("lstm", rival))
    assert found.sentence == (
        f"lstm errs {100 * saved.value:.1f} % less than the best naive method, "
        f"{rival.replace('_', ' ')} (MASE {ours:.4g} against {theirs:.4g}), over 8 windows of "
        f"3 steps of 40 series; 95 % interval: {100 * saved.low:.1f} to {100 * saved.high:.1f} % "
        "less; such a difference would come by chance in less than 0.1 % of cases; no window was "
        "seen in training."
    )


def test_the_rival_is_the_naive_method_that_errs_least() -> None:
    evaluation = evaluation_of(panel_of(*NOISE), LONG, errors=0.1)
    values = {
        name: scores["mase"].value for name, scores in evaluation.scores.items() if name != "lstm"
    }
    assert conclusion_of(evaluation).rival == min(values, key=lambda name: values[name] or 0.0)


def test_a_model_that_is_surely_worse() -> None:
    found = conclusion_of(evaluation_of(panel_of(*NOISE), LONG, errors=9.0))
    assert (found.standing, found.headline) == ("worse", "Worse than naive")
    assert " % more than the best naive method" in found.sentence
    assert " % more; such a difference" in found.sentence


def test_what_may_be_chance_is_no_difference() -> None:
    panel = panel_of(*NOISE)
    naive = evaluation_of(panel, LONG).methods["seasonal_average"].point
    actual = evaluation_of(panel, LONG).course.actual
    alike = naive - actual + 0.05 * RNG.normal(size=naive.shape)
    found = conclusion_of(evaluation_of(panel, LONG, errors=alike))
    assert (found.standing, found.headline) == ("unclear", "No clear difference from naive")
    assert " more to " in found.sentence


@pytest.mark.parametrize(
    ("seen", "headline", "sentence"),
    [
        (0, "No clear difference from naive", "; no window was seen in training."),
        (
            3,
            "No clear difference from naive, on windows seen in training",
            "; but it had seen all of these windows in training, which flatters it.",
        ),
        (
            1,
            "No clear difference from naive, on windows partly seen in training",
            "; but of the 1 windows it had seen 1 in part in training, which flatters it.",
        ),
    ],
)
def test_what_was_seen_in_training_is_said_in_the_same_breath(
    seen: int, headline: str, sentence: str
) -> None:
    plan = BacktestPlan(horizon=3, windows=1)
    found = conclusion_of(evaluation_of(panel_of(NOISE[0]), plan, errors=0.1, seen=seen))
    assert found.headline == headline
    assert found.sentence.endswith(sentence)
    assert "too few windows to tell whether it is chance" in found.sentence


def test_flat_series_are_judged_by_their_mean_absolute_error() -> None:
    steps = np.where(np.arange(60) < 57, 5.0, 7.0)
    plan = BacktestPlan(horizon=3, windows=1)
    found = conclusion_of(evaluation_of(panel_of(steps), plan, errors=0.1))
    assert (found.metric, found.standing) == ("mae", "unclear")
    assert "(MAE 0.1 against" in found.sentence


def test_against_a_method_without_error_there_is_no_verdict() -> None:
    found = conclusion_of(evaluation_of(panel_of(np.full(60, 5.0)), errors=0.1))
    assert (found.standing, found.headline) == ("unknown", "No verdict")
    assert "makes no error at all; no window was seen" in found.sentence


def test_windows_without_a_value_give_no_verdict() -> None:
    gone = np.concatenate([NOISE[0][:50], np.full(10, np.nan)])
    found = conclusion_of(evaluation_of(panel_of(gone)))
    assert (found.standing, found.rival) == ("unknown", None)
    assert "nothing that came can be compared" in found.sentence
