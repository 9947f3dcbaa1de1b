"""`lstmcast score`: a forecast of any tool, held against what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument

from lstmcast.cli.data_options import DataOptions
from lstmcast.cli.forecast_options import ScoringOptions, said_of
from lstmcast.cli.judging import demands_of, report
from lstmcast.cli.options import DataArgument, Talk, with_option_groups
from lstmcast.cli.paths import file_path
from lstmcast.cli.settings import read_panel
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@with_option_groups
def score(
    forecast: Annotated[
        str,
        Argument(
            metavar="FORECAST",
            help="CSV, JSON or Parquet file of a forecast, a row each series and time.",
        ),
    ],
    data: DataArgument,
    wanted: ScoringOptions,
    reading: DataOptions,
    talk: Talk,
) -> None:
    """Judge a forecast of any tool by what came, beside naive forecasts.

    DATA hold what came. What lies before the forecast scales its errors, and naive methods
    forecast from it.

    Example: lstmcast score forecast.csv sales.csv
    """
    demands, said = demands_of(wanted, forecast, data), said_of(wanted)
    path = file_path(forecast, "FORECAST")

    from lstmcast import artifact

    if artifact.is_model(path):
        raise UsageError(f"{path} is a model: judge it with 'lstmcast evaluate {path} {data}'.")
    panel = read_panel(data, reading, talk)

    from lstmcast.data.any_forecast import read_any_forecast
    from lstmcast.data.seasonality import natural_season
    from lstmcast.evaluation.contest import judge_given

    given = read_any_forecast(path, panel, said)
    demands.demand_known(given.levels)
    season = wanted.season_length or natural_season(panel)
    evaluation = judge_given(panel, {name_of(path): given}, season, demands.models)
    report(evaluation, demands, talk)


def name_of(path: Path) -> str:
    """Call a forecast by its file, but not as one of the methods beside it is called."""
    from lstmcast.evaluation.baselines import BASELINES
    from lstmcast.evaluation.statistical import MODELS

    return path.name if path.stem in {*BASELINES, *MODELS} else path.stem
