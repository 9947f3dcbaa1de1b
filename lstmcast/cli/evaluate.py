"""`lstmcast evaluate`: how good forecasts would have been, beside those that cost nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from lstmcast.cli.data_options import DataOptions
from lstmcast.cli.judging import (
    BACKTEST,
    JudgingOptions,
    Stride,
    WindowCount,
    demands_of,
    report,
)
from lstmcast.cli.options import (
    AsOf,
    Talk,
    TrainingOptions,
    with_option_groups,
)
from lstmcast.cli.paths import file_path
from lstmcast.cli.progress import drawing_progress
from lstmcast.cli.settings import (
    TOLD,
    build_settings,
    read_panel_for,
    read_panel_to_train,
    settings_of,
    told_settings,
    with_forecast,
)
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from lstmcast.artifact import Model
    from lstmcast.config import Config, ResolvedConfig
    from lstmcast.data.panel import Panel
    from lstmcast.evaluation.backtest import BacktestPlan


REFITS = {"every": 1, "never": 0}
FOR_A_MODEL = {"horizon", "device", *TOLD}


@dataclass(frozen=True)
class BacktestOptions(JudgingOptions):
    """Which windows are forecast and compared with what came."""

    windows: WindowCount = 3
    stride: Stride = None
    refit: Annotated[
        str | None,
        Option(
            metavar="WHEN",
            help="Before which windows networks are trained, each time on all that lies before: "
            "every; never (after the first); or a number, every so many windows.",
            show_default="every without MODEL; with it MODEL forecasts all",
            rich_help_panel=BACKTEST,
        ),
    ] = None
    warm_start: Annotated[
        bool,
        Option(
            "--warm-start/--from-scratch",
            help="Begin a training with the weights of the one before, not with fresh ones.",
            rich_help_panel=BACKTEST,
        ),
    ] = False
    as_of: AsOf = None


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
    demands = demands_of(backtest, *files)
    plan = _plan(backtest, training, demands.models)
    model, config, panel = _read(files, backtest, training, reading, talk)

    from lstmcast import workflow

    settings = model.config if model else _decide(panel, config, talk)
    demands.demand_known(settings.forecast.quantile_levels)
    with drawing_progress(talk) as on_event:
        evaluation = workflow.evaluate(panel, plan, model=model, config=config, on_event=on_event)
    report(evaluation, demands, talk)


def _read(
    files: list[str],
    backtest: BacktestOptions,
    training: TrainingOptions,
    reading: DataOptions,
    talk: Talk,
) -> tuple[Model | None, Config | None, Panel]:
    """Read MODEL DATA, or DATA alone and the settings of what is to be trained on it."""
    *models, data = files
    if len(models) > 1:
        raise UsageError(f"evaluate takes MODEL DATA, or DATA alone: {len(files)} files are given.")
    if not models:
        config = _settings_to_train(training, reading)
        return None, config, read_panel_to_train(data, config, talk, as_of=backtest.as_of)
    loaded = _load(file_path(models[0], "MODEL"), training)
    model = with_forecast(loaded, told_settings(training))
    panel = read_panel_for(model, data, reading, talk, backtest.as_of)
    if backtest.refit is None and not backtest.warm_start:
        return model, None, panel
    return None, settings_of(model), panel


def _plan(
    backtest: BacktestOptions, training: TrainingOptions, models: tuple[str, ...]
) -> BacktestPlan:
    from lstmcast.evaluation.backtest import BacktestPlan

    every = _refit(backtest.refit or "every")
    return BacktestPlan(
        training.horizon, backtest.windows, backtest.stride, every, backtest.warm_start, models
    )


def _refit(text: str) -> int:
    """Return every how many windows networks are trained, 0 for never again."""
    if text in REFITS:
        return REFITS[text]
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise UsageError(f"--refit {text}: say every, never, or a number of windows, such as 3.")


def _decide(panel: Panel, config: Config | None, talk: Talk) -> ResolvedConfig:
    """Decide what the settings leave open, and say so."""
    from lstmcast import workflow
    from lstmcast.config import Config

    resolution = workflow.plan(panel, config or Config())
    talk.note(*resolution.notes)
    return resolution.config


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
