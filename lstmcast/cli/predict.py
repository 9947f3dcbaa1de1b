"""`lstmcast predict`: a model and a table in, a forecast out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from typer import Option

from lstmcast.cli.data_options import DataOptions
from lstmcast.cli.options import (
    FORECAST,
    DataArgument,
    Device,
    Lower,
    ModelArgument,
    Talk,
    Upper,
    with_option_groups,
)
from lstmcast.cli.paths import STDIN_OR_STDOUT, file_path, output_path
from lstmcast.cli.settings import hold_to, read_panel_for
from lstmcast.cli.streams import stdout_is_terminal, write_stdout
from lstmcast.errors import UsageError
from lstmcast.output import write_atomically

if TYPE_CHECKING:
    from lstmcast.data.panel import Panel

Format = Literal["csv", "json", "parquet"]
FORMATS: dict[str, Format] = {".csv": "csv", ".json": "json", ".parquet": "parquet"}


@dataclass(frozen=True)
class ForecastOptions:
    """What to forecast, and where to put it."""

    horizon: Annotated[
        int | None,
        Option(
            metavar="N",
            min=1,
            help="Steps to forecast.",
            show_default="as in training",
            rich_help_panel=FORECAST,
        ),
    ] = None
    quantiles: Annotated[
        str,
        Option(
            metavar="LEVELS",
            help="Quantile levels between 0 and 1, with commas.",
            rich_help_panel=FORECAST,
        ),
    ] = "0.1,0.5,0.9"
    future: Annotated[
        str | None,
        Option(
            metavar="FILE",
            help="Table of the covariates known ahead, such as 'future' writes.",
            show_default="the rows of DATA behind the last value",
            rich_help_panel=FORECAST,
        ),
    ] = None
    lower: Lower = None
    upper: Upper = None
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

    One row per series and future time step: id, timestamp, forecast (the median), quantiles.
    Series that the model never saw are fine. DATA is read as in training: options on how to read
    it are needed only where it differs.

    Example: lstmcast predict sales.lstm sales.csv > forecast.csv
    """
    levels = _levels(wanted.quantiles)
    form = _format(wanted)
    path = None if wanted.output == STDIN_OR_STDOUT else output_path(wanted.output, model, data)

    from lstmcast import artifact, workflow

    trained = hold_to(artifact.load(file_path(model, "MODEL")), wanted.lower, wanted.upper)
    panel = read_panel_for(trained, data, reading, talk)
    if wanted.future is not None:
        panel = _with_future(panel, wanted.future)
    device = wanted.device or "auto"
    forecast = workflow.predict(trained, panel, horizon=wanted.horizon, device=device)
    series, steps = forecast.steps.shape
    talk.detail(f"{series:,} series, {steps:,} steps each, from {model}")
    talk.note(*forecast.notes)
    rendered = forecast.at_levels(levels).render(form)
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


def _levels(text: str) -> tuple[float, ...]:
    try:
        levels = tuple(float(word) for word in text.split(","))
    except ValueError as error:
        raise UsageError(
            f"--quantiles {text}: write levels with commas, such as 0.1,0.5,0.9."
        ) from error
    if not all(0 < level < 1 for level in levels):
        raise UsageError(f"--quantiles {text}: every level must lie between 0 and 1.")
    return levels


def _format(wanted: ForecastOptions) -> Format:
    form = wanted.format or FORMATS.get(Path(wanted.output).suffix.lower(), "csv")
    if form == "parquet" and wanted.output == STDIN_OR_STDOUT and stdout_is_terminal():
        raise UsageError("Parquet is not for a terminal: name a file with -o, or use a pipe.")
    return form
