"""What the commands that judge share: gates, scores by series, and the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from typer import Option

from lstmcast.cli.options import Json, Talk
from lstmcast.cli.paths import output_path
from lstmcast.cli.render import to_json
from lstmcast.cli.streams import stdout_is_terminal, write_stdout
from lstmcast.errors import GateError
from lstmcast.output import write_atomically
from lstmcast.tables import FORMATS, render_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lstmcast.evaluation.backtest import Evaluation
    from lstmcast.evaluation.gate import Checked, Gate

BACKTEST = "Backtest"

WindowCount = Annotated[
    int,
    Option(
        metavar="N",
        min=1,
        help="Windows to forecast at the end of each series.",
        rich_help_panel=BACKTEST,
    ),
]
Stride = Annotated[
    int | None,
    Option(
        metavar="N",
        min=1,
        help="Steps from one window to the next.",
        show_default="the horizon, no overlap",
        rich_help_panel=BACKTEST,
    ),
]
Baselines = Annotated[
    str | None,
    Option(
        metavar="NAMES",
        help="Models to fit to the past of each window and judge as well, with commas: ets, "
        "arima, theta, ces, croston. Needs the extra 'baselines'.",
        show_default="none",
    ),
]


@dataclass(frozen=True)
class JudgingOptions:
    """What is demanded of the figures, and where they go."""

    scores: Annotated[
        str | None,
        Option(
            metavar="FILE",
            help="Write the scores of every method on every series: .csv, .json or .parquet.",
            show_default="none",
        ),
    ] = None
    gate: Annotated[
        list[str] | None,
        Option(
            metavar="CONDITION",
            help="End with exit code 6 unless a figure is as said: 'mase < 1', "
            "'skill_seasonal_naive > 0', 'coverage_80 between 0.75 and 0.85'. Repeatable.",
            show_default="none",
        ),
    ] = None
    baselines: Baselines = None
    json: Json = False


@dataclass(frozen=True)
class Demands:
    """Gates and models that were understood, and a file that can be written."""

    gates: list[Gate]
    models: tuple[str, ...]  # that are judged beside the naive methods
    scores: Path | None
    json: bool

    def demand_known(self, levels: Sequence[float]) -> None:
        """Refuse gates on figures that there will not be at these levels, before the work begins.

        Raises:
            UsageError: there is one.
        """
        if not self.gates:
            return
        from lstmcast.evaluation.baselines import BASELINES
        from lstmcast.evaluation.gate import demand_known

        demand_known(self.gates, levels, (*BASELINES, *self.models))


def demands_of(wanted: JudgingOptions, *inputs: str) -> Demands:
    """Read what is demanded of the figures; files are written over none of the inputs.

    Raises:
        UsageError: a gate or a model is not known, or the file cannot be written.
    """
    scores = wanted.scores
    path = None if scores is None else output_path(scores, *inputs, option="--scores")
    gates = []
    if wanted.gate:
        from lstmcast.evaluation.gate import parse_gate

        gates = [parse_gate(text) for text in wanted.gate]
    return Demands(gates, models_of(wanted.baselines), path, wanted.json)


def models_of(baselines: str | None) -> tuple[str, ...]:
    """Read which models are to be judged beside the naive methods.

    Raises:
        UsageError: there is no such model, or they are not installed.
    """
    if baselines is None:
        return ()
    from lstmcast.evaluation.statistical import parse_models

    return parse_models(baselines)


def report(evaluation: Evaluation, demands: Demands, talk: Talk) -> None:
    """Print an evaluation, write the scores of series if asked for, and hold gates against it.

    Raises:
        GateError: a gate is not met; all has been written by then.
    """
    from lstmcast.evaluation.gate import check_gates

    if demands.scores is not None:
        write_atomically(demands.scores, _series_scores(evaluation, demands.scores))
        talk.note(f"wrote {demands.scores}")
    checked = check_gates(demands.gates, evaluation)
    write_stdout(_page(evaluation, checked, json=demands.json))
    if missed := [each for each in checked if not each.met]:
        raise GateError("\n".join(map(_sentence, missed)))


def _series_scores(evaluation: Evaluation, path: Path) -> bytes:
    from lstmcast.evaluation.series_scores import series_scores

    return render_table(series_scores(evaluation), FORMATS.get(path.suffix.lower(), "csv"))


def _page(evaluation: Evaluation, checked: Sequence[Checked], *, json: bool) -> str:
    if json:
        gates = {"gates": [each.to_dict() for each in checked]} if checked else {}
        return to_json(evaluation.to_dict() | gates)

    from lstmcast.cli.scoreboard import scoreboard

    return scoreboard(evaluation, colour=stdout_is_terminal())


def _sentence(missed: Checked) -> str:
    value = "undefined" if missed.value is None else f"{missed.value:.6g}"
    return f"gate '{missed.gate}' is not met: {missed.figure} is {value}."
