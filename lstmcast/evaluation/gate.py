"""Quality gates: conditions on the figures of an evaluation, such as `mase < 1`.

    gate      := figure comparison
    comparison := ("<" | "<=" | ">" | ">=") number | "between" number "and" number

A number may be in per cent. The text is parsed, and never run as code.
"""

from __future__ import annotations

import difflib
import operator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyparsing as pp

from lstmcast.errors import UsageError
from lstmcast.evaluation.metrics import Scales, Told, Truth, score_windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lstmcast.evaluation.backtest import Evaluation

MAIN = "mase"  # of the metrics, that skill is told in where none is said
COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
HINT = "write it as 'mase < 1', or 'coverage_80 between 0.75 and 0.85'"


@dataclass(frozen=True)
class Gate:
    """A condition on a figure: a comparison with one bound, or "between" two, both included."""

    text: str
    figure: str
    comparison: str
    bounds: tuple[float, ...]

    def holds(self, value: float | None) -> bool:
        """Say whether a value meets it; what is undefined does not."""
        if value is None:
            return False
        if self.comparison == "between":
            low, high = self.bounds
            return low <= value <= high
        return bool(COMPARISONS[self.comparison](value, self.bounds[0]))


@dataclass(frozen=True)
class Checked:
    """A gate, the figure that was found, and whether it is met."""

    gate: str
    figure: str
    value: float | None
    met: bool

    def to_dict(self) -> dict[str, Any]:
        """Lay it out for JSON."""
        return asdict(self)


def _grammar() -> pp.ParserElement:
    plain = pp.Regex(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?").set_name("a number")
    number = (plain + pp.Optional("%")).set_parse_action(
        lambda found: float(found[0]) / (100 if len(found) > 1 else 1)
    )
    figure = pp.Regex(r"[a-z]\w*(\.\d+)?(_[a-z]\w*)?").set_name("the name of a figure")
    one = pp.one_of([*COMPARISONS]) + number
    two = pp.Keyword("between") + number + pp.Suppress(pp.Keyword("and")) + number
    return figure + (two | one).set_name("<, <=, >, >= or between")


GRAMMAR = _grammar()


def parse_gate(text: str) -> Gate:
    """Parse a gate.

    Raises:
        UsageError: the text is none, or its bounds are the wrong way round.
    """
    try:
        figure, comparison, *bounds = GRAMMAR.parse_string(text, parse_all=True)
    except pp.ParseException as error:
        raise UsageError(
            f"--gate '{text}': not understood from character {error.loc + 1} on: {HINT}."
        ) from error
    if bounds != sorted(bounds):
        raise UsageError(f"--gate '{text}': nothing lies between: the lower bound comes first.")
    return Gate(text, figure, comparison, tuple(bounds))


def demand_known(gates: Iterable[Gate], levels: Sequence[float], baselines: Sequence[str]) -> None:
    """Refuse gates on figures that no evaluation at these levels has.

    Raises:
        UsageError: there is one.
    """
    nothing = np.empty((0, 1))
    truth = Truth(nothing, Scales(nothing[:, 0], nothing[:, 0]))
    told = Told(nothing, np.empty((0, 1, len(levels))), tuple(levels))
    metrics = [*score_windows(truth, told), "owa"]
    known = {*metrics, *(f"skill_{name}" for name in baselines)}
    known |= {f"skill_{name}_{metric}" for name in baselines for metric in metrics}
    for gate in gates:
        if gate.figure not in known:
            near = difflib.get_close_matches(gate.figure, sorted(known), n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(metrics)}."
            raise UsageError(f"--gate '{gate.text}': there is no figure '{gate.figure}': {hint}")


def check_gates(gates: Iterable[Gate], evaluation: Evaluation) -> list[Checked]:
    """Hold the figures of an evaluation against gates."""
    figures = figures_of(evaluation)
    return [
        Checked(gate.text, gate.figure, value, gate.holds(value))
        for gate in gates
        for value in [figures.get(gate.figure)]
    ]


def figures_of(evaluation: Evaluation) -> Mapping[str, float | None]:
    """Return every figure of the model by name: metrics, and skill against each baseline.

    `skill_naive` is that in MASE, `skill_naive_wql` that in WQL.
    """
    figures = {name: score.value for name, score in evaluation.scores[evaluation.subject].items()}
    for baseline, skills in evaluation.skill.items():
        figures |= {f"skill_{baseline}_{name}": found.value for name, found in skills.items()}
        if MAIN in skills:
            figures[f"skill_{baseline}"] = skills[MAIN].value
    return figures
