"""`lstmcast plot`: forecasts, how good they were, and trainings, as pictures."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Argument

from lstmcast.cli.data_options import DataOptions
from lstmcast.cli.forecast_options import said_of
from lstmcast.cli.options import Talk, with_option_groups
from lstmcast.cli.paths import file_path, output_path
from lstmcast.cli.plot_options import PictureOptions, SubjectOptions, demand_fit, demand_kind
from lstmcast.cli.score import name_of
from lstmcast.cli.settings import read_panel, read_panel_for
from lstmcast.cli.streams import stdout_is_terminal, write_stdout
from lstmcast.output import write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from lstmcast.artifact import Model
    from lstmcast.data.panel import Panel
    from lstmcast.evaluation.backtest import Evaluation
    from lstmcast.forecast import Forecast


@with_option_groups
def plot(
    files: Annotated[
        list[str],
        Argument(
            metavar="FORECAST DATA",
            help="Forecast file of 'predict', or a model of 'train'; and DATA as for 'train' (- is "
            "stdin). For --what training: the file of 'train --history' alone.",
        ),
    ],
    wanted: PictureOptions,
    subject: SubjectOptions,
    reading: DataOptions,
    talk: Talk,
) -> None:
    """Draw a forecast, how good forecasts were, or how a training went.

    The forecast is drawn after its history, with intervals, and with what came
    where DATA go on. A model forecasts what follows DATA.

    For errors, calibration and residuals, a forecast of any tool is judged by
    what came, as by 'score', and a model on the last windows, as by 'evaluate'.

    Example: lstmcast plot forecast.csv sales.csv -o forecast.png
    """
    demand_fit(files, wanted, subject)
    source = file_path(files[0], "HISTORY" if wanted.what == "training" else "FORECAST")
    asked = _Asked(source, files[-1], subject, reading, talk)
    if wanted.output is None:
        write_stdout(_as_text(asked, wanted.series or ()))
        return
    path = output_path(wanted.output, *files)

    from lstmcast.evaluation.plots.sheet import demand_picture, render_figure

    demand_picture(path.suffix)
    write_atomically(path, render_figure(_figure(asked, wanted), path.suffix))
    talk.note(f"wrote {path}")


class _Asked(NamedTuple):
    """A picture's subject, and how to read it."""

    source: Path  # a forecast, a model, or a history of a training
    data: str
    subject: SubjectOptions
    reading: DataOptions
    talk: Talk


def _as_text(asked: _Asked, series: Sequence[str]) -> str:
    """Draw the fan as wide as the terminal: 80 columns, or COLUMNS, where there is none."""
    from lstmcast.evaluation.plots.text import fan_in_text

    lines = fan_in_text(*_forecast(asked), series, shutil.get_terminal_size().columns)
    if not stdout_is_terminal():
        return "".join(f"{line.words}{line.signs}\n" for line in lines)

    from lstmcast.cli.painted import painted

    return painted(lines)


def _figure(asked: _Asked, wanted: PictureOptions) -> Figure:
    from lstmcast.evaluation.plots.theme import DARK, LIGHT

    theme = DARK if wanted.dark else LIGHT
    match wanted.what:
        case "forecast":
            from lstmcast.evaluation.plots.fan import draw_forecast

            return draw_forecast(*_forecast(asked), wanted.series or (), theme)
        case "training":
            from lstmcast.evaluation.plots.training import draw_training
            from lstmcast.history import read_history

            return draw_training(read_history(asked.source), theme)
        case "errors":
            from lstmcast.evaluation.plots.steps import draw_errors as draw
        case "calibration":
            from lstmcast.evaluation.plots.calibration import draw_calibration as draw
        case "residuals":
            from lstmcast.evaluation.plots.residuals import draw_residuals as draw
    return draw(_evaluation(asked), theme)


def _forecast(asked: _Asked) -> tuple[Panel, Forecast]:
    """Read a forecast, or let a model forecast what follows DATA."""
    model = _model(asked)
    if model is None:
        from lstmcast.data.forecast_file import read_forecast

        panel = read_panel(asked.data, asked.reading, asked.talk)
        return panel, read_forecast(asked.source, panel)

    from lstmcast import workflow

    panel = read_panel_for(model, asked.data, asked.reading, asked.talk)
    forecast = workflow.predict(model, panel, device=model.config.device)
    asked.talk.note(*forecast.notes)
    return panel, forecast


def _evaluation(asked: _Asked) -> Evaluation:
    """Judge a forecast by what came, or a model by the last windows of each series."""
    model, subject = _model(asked), asked.subject
    if model is None:
        from lstmcast.data.any_forecast import read_any_forecast
        from lstmcast.data.seasonality import natural_season
        from lstmcast.evaluation.contest import judge_given

        panel = read_panel(asked.data, asked.reading, asked.talk)
        given = read_any_forecast(asked.source, panel, said_of(subject))
        season = subject.season_length or natural_season(panel)
        evaluation = judge_given(panel, {name_of(asked.source): given}, season)
    else:
        from lstmcast import workflow
        from lstmcast.evaluation.backtest import BacktestPlan

        panel = read_panel_for(model, asked.data, asked.reading, asked.talk)
        plan = BacktestPlan(windows=subject.windows, stride=subject.stride)
        evaluation = workflow.evaluate(panel, plan, model=model)
    asked.talk.note(*evaluation.notes)
    return evaluation


def _model(asked: _Asked) -> Model | None:
    """Load the source if it is a model, to compute where this command line says."""
    from lstmcast import artifact

    is_model = artifact.is_model(asked.source)
    demand_kind(asked.subject, is_model=is_model)
    if not is_model:
        return None
    model = artifact.load(asked.source)
    here = model.config.model_copy(update={"device": asked.subject.device or "auto"})
    return replace(model, config=here)
