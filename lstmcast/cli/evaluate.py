"""`lstmcast evaluate`: how good forecasts would have been, beside those that cost nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from lstmcast.cli.data_options import DataOptions
from lstmcast.cli.options import (
    Json,
    Talk,
    TrainingOptions,
    with_option_groups,
)
from lstmcast.cli.paths import file_path
from lstmcast.cli.progress import drawing_progress
from lstmcast.cli.render import to_json
from lstmcast.cli.settings import (
    build_settings,
    parse_levels,
    read_panel_for,
    read_panel_to_train,
    with_forecast,
)
from lstmcast.cli.streams import stdout_is_terminal, write_stdout
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from lstmcast.artifact import Model
    from lstmcast.config import Config
    from lstmcast.evaluation.backtest import Evaluation


FOR_A_MODEL = {"horizon", "device", "quantile_levels", "lower", "upper"}


@dataclass(frozen=True)
class BacktestOptions:
    """Which windows are forecast and compared with what came."""

    windows: Annotated[
        int,
        Option(
            metavar="N",
            min=1,
            help="Windows to forecast at the end of each series.",
            rich_help_panel="Backtest",
        ),
    ] = 3
    stride: Annotated[
        int | None,
        Option(
            metavar="N",
            min=1,
            help="Steps from one window to the next.",
            show_default="the horizon, no overlap",
            rich_help_panel="Backtest",
        ),
    ] = None
    json: Json = False


@with_option_groups
def evaluate(
    files: Annotated[
        list[str],
        Argument(
            metavar="[MODEL] DATA",
            help="Model file, and DATA as for 'train' (- is stdin). Without MODEL, one is trained "
            "on the past of each window, so that nothing has been seen.",
        ),
    ],
    backtest: BacktestOptions,
    training: TrainingOptions,
    reading: DataOptions,
    talk: Talk,
) -> None:
    """Forecast the last windows of DATA and compare with what came, and with naive forecasts.

    Example: lstmcast evaluate sales.lstm sales.csv --windows 5
    """
    *models, data = files
    if len(models) > 1:
        raise UsageError(f"evaluate takes MODEL DATA, or DATA alone: {len(files)} files are given.")
    model = config = None
    if models:
        model = with_forecast(
            _load(file_path(models[0], "MODEL"), training),
            quantile_levels=parse_levels(training.quantile_levels),
            lower=training.lower,
            upper=training.upper,
        )
        panel = read_panel_for(model, data, reading, talk)
    else:
        config = _settings_to_train(training, reading)
        panel = read_panel_to_train(data, config, talk)

    from lstmcast import workflow
    from lstmcast.evaluation.backtest import BacktestPlan

    if config is not None:
        talk.note(*workflow.plan(panel, config).notes)
    plan = BacktestPlan(training.horizon, backtest.windows, backtest.stride)
    with drawing_progress(talk) as on_event:
        evaluation = workflow.evaluate(panel, plan, model=model, config=config, on_event=on_event)
    write_stdout(_report(evaluation, json=backtest.json))


def _load(path: Path, training: TrainingOptions) -> Model:
    """Load a model that computes where this command line says, not where it was trained."""
    given = {name for name, value in asdict(training).items() if value not in (None, (), [])}
    for name in sorted(given - FOR_A_MODEL):
        option = "set" if name == "assignments" else name.replace("_", "-")
        raise UsageError(f"--{option} is for training: leave it out, or leave MODEL out.")

    from lstmcast import artifact

    model = artifact.load(path)
    here = model.config.model_copy(update={"device": training.device or "auto"})
    return replace(model, config=here)


def _settings_to_train(training: TrainingOptions, reading: DataOptions) -> Config:
    config = build_settings(training, reading)
    if config.horizon is None:
        raise UsageError(
            "give a model to evaluate (MODEL DATA), or --horizon N to train on the past of each "
            "window of DATA."
        )
    return config


def _report(evaluation: Evaluation, *, json: bool) -> str:
    if json:
        return to_json(evaluation.to_dict())

    from lstmcast.cli.scoreboard import scoreboard

    return scoreboard(evaluation, colour=stdout_is_terminal())
