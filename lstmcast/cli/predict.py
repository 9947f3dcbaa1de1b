"""`lstmcast predict`: a model and a table in, a forecast out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from lstmcast.cli.data_options import DataOptions
from lstmcast.cli.options import (
    AsOf,
    DataArgument,
    Device,
    ModelArgument,
    Talk,
    with_option_groups,
)
from lstmcast.cli.paths import STDIN_OR_STDOUT, file_path, output_path
from lstmcast.cli.settings import read_panel_for, told_settings, with_forecast
from lstmcast.cli.streams import stdout_is_terminal, write_stdout
from lstmcast.cli.told_options import FORECAST, ToldOptions
from lstmcast.errors import UsageError
from lstmcast.output import write_atomically
from lstmcast.tables import FORMATS, Format

if TYPE_CHECKING:
    from lstmcast.artifact import Model
    from lstmcast.data.panel import Panel
    from lstmcast.forecast import Forecast, Paths


@dataclass(frozen=True)
class ForecastOptions(ToldOptions):
    """What to forecast, and where to put it."""

    samples: Annotated[
        int | None,
        Option(
            metavar="N",
            min=1,
            help="Draw N paths of each series in place of quantiles: a row each path and step.",
            show_default="none",
            rich_help_panel=FORECAST,
        ),
    ] = None
    seed: Annotated[
        int | None,
        Option(
            metavar="N",
            min=0,
            help="Seed of the paths of --samples.",
            show_default="that of MODEL",
            rich_help_panel=FORECAST,
        ),
    ] = None
    future: Annotated[
        str | None,
        Option(
            metavar="FILE",
            help="Table of the covariates known ahead, such as 'future' writes.",
            show_default="the rows of DATA behind the last value",
            rich_help_panel=FORECAST,
        ),
    ] = None
    as_of: AsOf = None
    output: Annotated[
        str,
        Option("--output", "-o", metavar="FILE", help="File to write; - is stdout."),
    ] = STDIN_OR_STDOUT
    format: Annotated[
        Format | None,
        Option(help="How the forecast is written.", show_default="by the ending of FILE, else csv"),
    ] = None
    device: Device = None


@with_option_groups
def predict(
    model: ModelArgument,
    data: DataArgument,
    wanted: ForecastOptions,
    reading: DataOptions,
    talk: Talk,
) -> None:
    """Forecast what comes after the last row of each series in DATA.

    One row per series and future time step: id, timestamp, forecast (the median, unless MODEL was
    trained with a --loss), quantiles. With --samples: id, timestamp, sample, value.
    With a guard, the column `source` says what each forecast comes from.
    Series that the model never saw are fine. DATA is read as in training: options on how to read
    it are needed only where it differs.

    Example: lstmcast predict sales.lstm sales.csv > forecast.csv
    """
    told = told_settings(wanted)
    _demand_one_kind(wanted)
    form = _format(wanted)
    path = None if wanted.output == STDIN_OR_STDOUT else output_path(wanted.output, model, data)

    from lstmcast import artifact

    trained = with_forecast(artifact.load(file_path(model, "MODEL")), told)
    panel = read_panel_for(trained, data, reading, talk, wanted.as_of)
    if wanted.future is not None:
        panel = _with_future(panel, wanted.future)
    forecast = _forecast(trained, panel, wanted)
    series, steps = forecast.steps.shape
    talk.detail(f"{series:,} series, {steps:,} steps each, from {model}")
    talk.note(*forecast.notes)
    rendered = forecast.render(form)
    if path is None:
        write_stdout(rendered)
    else:
        write_atomically(path, rendered)
        talk.note(f"wrote {path}")


def _with_future(panel: Panel, future: str) -> Panel:
    """Add what a file knows of the future."""
    from lstmcast.data.future import read_future

    if not panel.columns.known:
        raise UsageError(
            "--future: the model was trained without covariates that are known ahead (--known)."
        )
    return read_future(future, panel)


def _demand_one_kind(wanted: ForecastOptions) -> None:
    if wanted.samples is None and wanted.seed is not None:
        raise UsageError("--seed is for --samples: quantiles leave nothing to chance.")
    if wanted.samples is not None and wanted.quantile_levels is not None:
        raise UsageError("--samples takes the place of --quantile-levels: give one of them.")


def _forecast(model: Model, panel: Panel, wanted: ForecastOptions) -> Forecast | Paths:
    from lstmcast import workflow

    device = wanted.device or "auto"
    if wanted.samples is None:
        return workflow.predict(model, panel, horizon=wanted.horizon, device=device)
    plan = workflow.SamplePlan(wanted.samples, wanted.horizon, wanted.seed)
    return workflow.sample(model, panel, plan, device=device)


def _format(wanted: ForecastOptions) -> Format:
    form = wanted.format or FORMATS.get(Path(wanted.output).suffix.lower(), "csv")
    if form == "parquet" and wanted.output == STDIN_OR_STDOUT and stdout_is_terminal():
        raise UsageError("Parquet is not for a terminal: name a file with -o, or use a pipe.")
    return form
