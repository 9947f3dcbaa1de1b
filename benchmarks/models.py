"""Kinds of networks beside each other: weights, time of a training step, errors.

python benchmarks/models.py [--seeds 3] [--steps 600]

One network of each kind, with default sizes, learns M4 weekly and 2,000 series of M4 monthly for
the same number of steps, and is scored on the test part; and AirPassengers, three windows of 12 in
the last 36 months, with default steps on what lies before each. All are measured in turn in this
process: by seeds, data and kinds, so that whatever else the machine does falls on all alike. Of
seeds, medians are told, and of errors the range as well. Besides comes what needs no network:
Naive2 on M4, seasonal naive on AirPassengers.

A step is one of all that training does but to validate. At the end, the rows for docs/models.md
are printed.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from m4_rules import (
    FREQUENCIES,
    in_order_of,
    panel_of,
    point_scores,
    read_train,
    read_truth,
)
from provenance import show, write_results

import lstmcast
from lstmcast.nn.events import PhaseStarted, StepsTaken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lstmcast.nn.events import TrainingEvent

NETWORKS: dict[str, dict[str, Any]] = {
    "lstm": {},
    "gru": {"kind": "gru"},
    "rnn": {"kind": "rnn"},
    "peephole": {"kind": "peephole"},
    "slstm": {"kind": "slstm"},
    "mlp": {"kind": "mlp"},
    "lstm, bidirectional": {"bidirectional": True},
    # Eight steps are all that the encoder takes of M4 weekly.
    "lstm, dilated": {"dilations": [[1, 2], [4, 8]]},
    "lstm, autoregressive": {"decoder": "autoregressive"},
}
SIMPLE = "Naive2, on AirPassengers seasonal naive"
MONTHLY_SERIES = 2_000
AIR = Path(__file__).parents[1] / "sample_data" / "air_passengers.csv"
WEEKLY, MONTHLY, AIR_SERIES = "M4 weekly", "M4 monthly", "AirPassengers"


@dataclass
class Clock:
    """Listens to trainings: how large the network is, and how long a step of each block took."""

    weights: int = 0
    steps: list[float] = field(default_factory=list)  # seconds
    last: float = 0.0

    def __call__(self, event: TrainingEvent) -> None:
        now = time.perf_counter()
        if isinstance(event, PhaseStarted):
            self.weights = event.n_parameters
        if isinstance(event, StepsTaken):
            self.steps.append((now - self.last) / len(event.losses))
        self.last = now


class Case(NamedTuple):
    """Data to learn from; `score` trains a network and gives its error."""

    metric: str
    series: int
    simple: float  # the error without a network
    score: Callable[[dict[str, Any], Clock], float]
    steps: int | str


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3, metavar="N")
    parser.add_argument("--steps", type=int, default=600, metavar="N")
    arguments = parser.parse_args()
    cases = {
        WEEKLY: m4_case("weekly", None, arguments.steps),
        MONTHLY: m4_case("monthly", MONTHLY_SERIES, arguments.steps),
        AIR_SERIES: air_case(),
    }
    measured: dict[tuple[str, str], list[dict[str, float]]] = {}
    for seed in range(arguments.seeds):
        for data, case in cases.items():
            for network, settings in NETWORKS.items():
                found = measure(case, settings, seed)
                show({"network": network, "data": data, "seed": seed} | found)
                measured.setdefault((network, data), []).append(found)
    rows = [
        described(network, data, cases[data], found) for (network, data), found in measured.items()
    ]
    rows += [described(SIMPLE, data, case, []) for data, case in cases.items()]
    write_results("models", rows)
    print(*as_markdown(rows), sep="\n")


def measure(case: Case, network: dict[str, Any], seed: int) -> dict[str, float]:
    clock = Clock()
    score = case.score({"seed": seed, "model": {"members": 1, **network}}, clock)
    step_ms = 1000 * statistics.median(clock.steps)
    return {"weights": clock.weights, "step_ms": round(step_ms, 2), "score": round(score, 4)}


def described(
    network: str, data: str, case: Case, found: Sequence[dict[str, float]]
) -> dict[str, object]:
    """Put the figures of all seeds into a row; without any, those of the simple method."""
    scores = [each["score"] for each in found] or [case.simple]
    step_ms = [each["step_ms"] for each in found]
    return {
        "network": network,
        "data": data,
        "series": case.series,
        "steps": case.steps if found else "",
        "seeds": len(found) or "",
        "weights": int(found[0]["weights"]) if found else "",
        "step_ms": round(statistics.median(step_ms), 1) if found else "",
        "metric": case.metric,
        "score": round(statistics.median(scores), 3),
        "lowest": round(min(scores), 3),
        "highest": round(max(scores), 3),
    }


def m4_case(frequency: str, sample: int | None, steps: int) -> Case:
    rules = FREQUENCIES[frequency]
    frame = read_train(frequency, sample)
    truth = read_truth(frequency, frame)
    panel = panel_of(frequency, frame)
    training = {"max_steps": steps, "early_stopping": False}

    def score(settings: dict[str, Any], clock: Clock) -> float:
        given = {"horizon": rules.horizon, "training": training, **settings}
        model = lstmcast.train(panel, lstmcast.Config.model_validate(given), on_event=clock)
        forecast = lstmcast.predict(model, panel)
        return point_scores(truth, in_order_of(truth, forecast))["mase"]

    simple = point_scores(truth, truth.naive2)["mase"]
    return Case("MASE", len(truth.ids), simple, score, steps)


def air_case() -> Case:
    panel = lstmcast.build_panel(lstmcast.read_table(AIR))
    backtest = lstmcast.BacktestPlan(horizon=12, windows=3)

    def evaluate(settings: dict[str, Any], clock: Clock) -> lstmcast.Evaluation:
        config = lstmcast.Config.model_validate({"horizon": 12, **settings})
        return lstmcast.evaluate(panel, backtest, config=config, on_event=clock)

    def score(settings: dict[str, Any], clock: Clock) -> float:
        kind = settings["model"].get("kind", "lstm")
        return evaluate(settings, clock).scores[kind]["mae"].value or 0.0

    few = {"model": {"members": 1}, "training": {"max_steps": 1}}
    simple = evaluate(few, Clock()).scores["seasonal_naive"]["mae"].value or 0.0
    return Case("MAE", 1, simple, score, "default")


def as_markdown(rows: Sequence[dict[str, object]]) -> list[str]:
    """Write the rows of the table in docs/models.md; size and time are those of M4 monthly."""
    by_place = {(row["network"], row["data"]): row for row in rows}
    lines = []
    for network in (*NETWORKS, SIMPLE):
        weekly, monthly, air = (by_place[network, data] for data in (WEEKLY, MONTHLY, AIR_SERIES))
        size = f"{monthly['weights']:,}" if monthly["weights"] else ""
        errors = f"{weekly['score']:.3f} | {monthly['score']:.3f} | {air['score']:.1f}"
        lines.append(f"| {network} | {size} | {monthly['step_ms']} | {errors} |")
    return lines


if __name__ == "__main__":
    main()
