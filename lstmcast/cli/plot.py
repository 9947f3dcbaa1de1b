"""`lstmcast plot`: a forecast and the data that it continues in, a picture out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from typer import Argument, Option

from lstmcast.cli.data_options import DataOptions
from lstmcast.cli.options import DataArgument, Talk, with_option_groups
from lstmcast.cli.paths import file_path, output_path
from lstmcast.cli.settings import read_panel
from lstmcast.output import write_atomically


@dataclass(frozen=True)
class PictureOptions:
    """What to draw, and where to put it."""

    output: Annotated[
        str,
        Option("--output", "-o", metavar="FILE", help="Picture to write: .png, .svg or .pdf."),
    ]
    series: Annotated[
        list[str] | None,
        Option(
            metavar="ID", help="Series to draw; repeatable.", show_default="all, 12 at the most"
        ),
    ] = None


@with_option_groups
def plot(
    forecast: Annotated[
        str,
        Argument(metavar="FORECAST", help="CSV, JSON or Parquet file that 'predict' wrote."),
    ],
    data: DataArgument,
    wanted: PictureOptions,
    reading: DataOptions,
    talk: Talk,
) -> None:
    """Draw history, forecast and intervals.

    Example: lstmcast plot forecast.csv sales.csv -o forecast.png
    """
    path = output_path(wanted.output, forecast, data)
    source = file_path(forecast, "FORECAST")
    panel = read_panel(data, reading, talk)

    from lstmcast.data.forecast_file import read_forecast
    from lstmcast.evaluation.plots.fan import draw_forecast
    from lstmcast.evaluation.plots.sheet import render_figure

    figure = draw_forecast(panel, read_forecast(source, panel), wanted.series or ())
    write_atomically(path, render_figure(figure, path.suffix))
    talk.note(f"wrote {path}")
