"""The verdict in one sentence: is the model better than the best naive method, or is it chance?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from lstmcast.evaluation.baselines import BASELINES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lstmcast.evaluation.backtest import Evaluation
    from lstmcast.evaluation.judgement import Comparison

Standing: TypeAlias = Literal["better", "worse", "unclear", "unknown"]

METRICS = {"mase": "MASE", "mae": "MAE"}  # by which methods are ranked, where it is defined
SURE = 0.05  # the chance of a difference that is not taken for chance any more
LITTLE = 0.001
NOTHING = 0.0005  # a share that is told as 0.0 %
HEADLINES: dict[Standing, str] = {
    "better": "Better than naive",
    "worse": "Worse than naive",
    "unclear": "No clear difference from naive",
    "unknown": "No verdict",
}


@dataclass(frozen=True)
class Conclusion:
    """A verdict in a few words and in one sentence, and what it stands on."""

    standing: Standing
    headline: str
    sentence: str
    metric: str  # key of the metric that methods are ranked by
    rival: str | None  # the best of the naive methods, if any is defined


def conclusion_of(evaluation: Evaluation) -> Conclusion:
    """Hold the model against the naive method that errs least."""
    metric = next((name for name in METRICS if _values(evaluation, name)), "mase")
    values = _values(evaluation, metric)
    rivals = [name for name in values if name in BASELINES]
    if evaluation.subject not in values or not rivals:
        return _unknown(
            evaluation, metric, "nothing that came can be compared with naive forecasts"
        )
    rival = min(rivals, key=lambda name: values[name])
    comparison = evaluation.verdict.comparisons[rival]
    if comparison.skill[metric].value is None:
        reason = f"the best naive method, {_spoken(rival)}, makes no error at all"
        return _unknown(evaluation, metric, reason, rival)
    standing = _standing(comparison, metric)
    parts = [_difference(evaluation, metric, rival), *_doubts(comparison, metric)]
    headline = HEADLINES[standing] + _seen_in_short(evaluation)
    sentence = f"{'; '.join([*parts, seen_in_words(evaluation)])}."
    return Conclusion(standing, headline, sentence, metric, rival)


def _unknown(
    evaluation: Evaluation, metric: str, reason: str, rival: str | None = None
) -> Conclusion:
    sentence = f"{evaluation.subject} cannot be held against naive methods {_extent(evaluation)}: "
    sentence += f"{reason}; {seen_in_words(evaluation)}."
    return Conclusion("unknown", HEADLINES["unknown"], sentence, metric, rival)


def _values(evaluation: Evaluation, metric: str) -> dict[str, float]:
    """Return a metric of the methods that have it, if the model is one of several."""
    values = {name: scores[metric].value for name, scores in evaluation.scores.items()}
    known = {name: value for name, value in values.items() if value is not None}
    return known if evaluation.subject in known and len(known) > 1 else {}


def _standing(comparison: Comparison, metric: str) -> Standing:
    """Take a difference for one only if neither interval nor test takes it for chance."""
    found, p_value = comparison.skill[metric], comparison.test.p_value
    assert found.value is not None
    likely_chance = p_value is not None and p_value >= SURE
    if found.low is None or found.high is None:
        unclear = p_value is None or likely_chance
    else:
        unclear = likely_chance or found.low <= 0 <= found.high
    return "unclear" if unclear else "better" if found.value > 0 else "worse"


def _difference(evaluation: Evaluation, metric: str, rival: str) -> str:
    saved = evaluation.skill[rival][metric].value
    assert saved is not None
    ours, theirs = (
        evaluation.scores[name][metric].value or 0.0 for name in (evaluation.subject, rival)
    )
    how = "as much as" if abs(saved) < NOTHING else f"{_less(saved)} than"
    return (
        f"{evaluation.subject} errs {how} the best naive method, {_spoken(rival)} "
        f"({METRICS[metric]} {ours:.4g} against {theirs:.4g}), {_extent(evaluation)}"
    )


def _extent(evaluation: Evaluation) -> str:
    """Say what was judged: "over 3 windows of 12 steps of 5,000 series"."""
    rounds, horizon = len(evaluation.rounds), evaluation.course.horizon
    n_series = max(each.n_series for each in evaluation.rounds)
    windows = "1 window" if rounds == 1 else f"{rounds:,} windows"
    steps = "1 step" if horizon == 1 else f"{horizon:,} steps"
    return f"over {windows} of {steps} of {n_series:,} series"


def _doubts(comparison: Comparison, metric: str) -> Iterator[str]:
    """Say how far the difference may be chance, or that this cannot be told."""
    found, p_value = comparison.skill[metric], comparison.test.p_value
    if found.low is not None and found.high is not None:
        yield f"95 % interval: {_range(found.low, found.high)}"
    if p_value is not None:
        chance = "less than 0.1 %" if p_value < LITTLE else f"{100 * p_value:.1f} %"
        yield f"such a difference would come by chance in {chance} of cases"
    if found.low is None and p_value is None:
        yield "these are too few windows to tell whether it is chance"


def _range(low: float, high: float) -> str:
    """Write an interval of skills: "11.0 to 13.4 % less", "20.7 % more to 18.3 % less"."""
    if low * high < 0:
        return f"{_less(low)} to {_less(high)}"
    near, far = sorted((abs(low), abs(high)))
    return f"{100 * near:.1f} to {_less(far if high > 0 else -far)}"


def _less(skill: float) -> str:
    return f"{100 * abs(skill):.1f} % {'more' if skill < 0 else 'less'}"


def _spoken(method: str) -> str:
    return method.replace("_", " ")


def seen_in_words(evaluation: Evaluation) -> str:
    """Say how far training had seen what the model is judged on."""
    if evaluation.known is None:
        return "it is not known whether the windows were seen in training"
    total, whole, part = _seen(evaluation)
    if not whole and not part:
        return "no window was seen in training"
    flattered = "which flatters it"
    if whole == total:
        return f"but it had seen all of these windows in training, {flattered}"
    counts = [f"{whole:,} whole"] * bool(whole) + [f"{part:,} in part"] * bool(part)
    return (
        f"but of the {total:,} windows it had seen {' and '.join(counts)} in training, {flattered}"
    )


def _seen_in_short(evaluation: Evaluation) -> str:
    if evaluation.known is None:
        return ""
    total, whole, part = _seen(evaluation)
    if not whole and not part:
        return ""
    return f", on windows {'' if whole == total else 'partly '}seen in training"


def _seen(evaluation: Evaluation) -> tuple[int, int, int]:
    """Count all windows, those that were seen whole, and those that were seen in part."""
    total, whole, part = (
        sum(getattr(each, name) for each in evaluation.rounds)
        for name in ("n_series", "n_seen", "n_partly_seen")
    )
    return total, whole, part
