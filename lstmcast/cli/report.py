"""`lstmcast report`: one page that tells a person what a model is worth, and what it forecasts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from lstmcast.cli.data_options import DataOptions
from lstmcast.cli.judging import Baselines, Stride, WindowCount, models_of
from lstmcast.cli.options import (
    AsOf,
    DataArgument,
    Device,
    ModelArgument,
    Talk,
    with_option_groups,
)
from lstmcast.cli.paths import STDIN_OR_STDOUT, file_path, output_path
from lstmcast.cli.render import file_size
from lstmcast.cli.settings import read_panel_for, told_settings, with_forecast
from lstmcast.cli.told_options import ToldOptions
from lstmcast.errors import DataError
from lstmcast.output import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lstmcast.artifact import Model
    from lstmcast.data.panel import Panel
    from lstmcast.evaluation.backtest import Evaluation
    from lstmcast.forecast import Forecast


@dataclass(frozen=True, kw_only=True)
class ReportOptions(ToldOptions):
    """Where the page goes, what is judged, and what is forecast."""

    output: Annotated[
        str, Option("--output", "-o", metavar="FILE", help="Page to write, such as report.html.")
    ]
    windows: WindowCount = 3
    stride: Stride = None
    as_of: AsOf = None
    baselines: Baselines = None
    device: Device = None


@with_option_groups
def report(
    model: ModelArgument,
    data: DataArgument,
    wanted: ReportOptions,
    reading: DataOptions,
    talk: Talk,
) -> None:
    """Write one page about MODEL and DATA, to read in any browser, without a network.

    What was understood of DATA, the verdict against naive forecasts, scores, charts of every
    series with the forecast of what follows, calibration, worst and best series, settings.
    Needs the extra 'report'.

    Example: lstmcast report sales.lstm sales.csv -o report.html
    """
    told, models = told_settings(wanted), models_of(wanted.baselines)
    path = output_path(wanted.output, model, data)

    from lstmcast.evaluation.report.contents import Report
    from lstmcast.evaluation.report.page import demand_library, render_report

    demand_library()
    trained = _load(file_path(model, "MODEL"), told, wanted.device)
    panel = read_panel_for(trained, data, reading, talk, wanted.as_of)
    evaluation = _evaluate(trained, panel, wanted, models)
    forecast, refusal = _forecast(trained, panel, wanted)
    found = Report(Path(model).name, _name(data), trained, evaluation, forecast, refusal)
    page = render_report(found)
    write_atomically(path, page)
    talk.note(f"wrote {path} ({file_size(len(page))})")


def _load(path: Path, told: Mapping[str, Any], device: str | None) -> Model:
    """Load a model that forecasts, and where, as this command line says."""
    from lstmcast import artifact

    trained = with_forecast(artifact.load(path), told)
    here = trained.config.model_copy(update={"device": device or "auto"})
    return replace(trained, config=here)


def _evaluate(
    model: Model, panel: Panel, wanted: ReportOptions, models: tuple[str, ...]
) -> Evaluation:
    from lstmcast import workflow
    from lstmcast.evaluation.backtest import BacktestPlan

    plan = BacktestPlan(wanted.horizon, wanted.windows, wanted.stride, models=models)
    return workflow.evaluate(panel, plan, model=model)


def _forecast(model: Model, panel: Panel, wanted: ReportOptions) -> tuple[Forecast | None, str]:
    """Forecast what follows the data; where that cannot be done, say why."""
    from lstmcast import workflow

    device = model.config.device
    try:
        return workflow.predict(model, panel, horizon=wanted.horizon, device=device), ""
    except DataError as error:  # the windows were forecast: it is their future that is not known
        remedy = " A report reads them from DATA, in rows behind the last value."
        known = remedy if panel.columns.known else ""
        return None, f"what follows the data is not forecast: {error}{known}"


def _name(data: str) -> str:
    """Name the data by its file, without the folders that it lies in."""
    return "standard input" if data == STDIN_OR_STDOUT else Path(data).name
