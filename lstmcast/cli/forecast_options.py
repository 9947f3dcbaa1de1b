"""The options that say which columns a forecast file has, and how its errors are scaled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from typer import Option

from lstmcast.cli.judging import JudgingOptions
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from lstmcast.data.any_forecast import Said

FORECAST_FILE = "Forecast file"


@dataclass(frozen=True)
class ForecastColumns:
    """The columns of a forecast of any tool, and its season."""

    season_length: Annotated[
        int | None,
        Option(
            metavar="N",
            min=1,
            help="Steps in one season, by which errors are scaled and naive methods forecast.",
            show_default="by the frequency",
        ),
    ] = None
    forecast_column: Annotated[
        str | None,
        Option(
            metavar="COLUMN",
            help="Column of point forecasts.",
            show_default="forecast, yhat, mean, ..., the median, or the only one that is left",
            rich_help_panel=FORECAST_FILE,
        ),
    ] = None
    quantile: Annotated[
        list[str] | None,
        Option(
            metavar="LEVEL=COLUMN",
            help="Column of the quantile at a level, such as 0.1=low. Repeatable.",
            show_default="by their names: q0.1, 0.1, p10, model-lo-80",
            rich_help_panel=FORECAST_FILE,
        ),
    ] = None
    forecast_time: Annotated[
        str | None,
        Option(
            metavar="COLUMN",
            help="Column of times.",
            show_default="as in the data",
            rich_help_panel=FORECAST_FILE,
        ),
    ] = None
    forecast_id: Annotated[
        str | None,
        Option(
            metavar="COLUMN[,...]",
            help="Column that names the series, or several that do so together.",
            show_default="as in the data",
            rich_help_panel=FORECAST_FILE,
        ),
    ] = None
    cutoff: Annotated[
        str | None,
        Option(
            metavar="COLUMN",
            help="Column of the last time before each forecast, where there are several of a "
            "series.",
            show_default="cutoff, if there is one",
            rich_help_panel=FORECAST_FILE,
        ),
    ] = None


@dataclass(frozen=True)
class ScoringOptions(ForecastColumns, JudgingOptions):
    """The same, and what becomes of the figures."""


def said_of(options: ForecastColumns) -> Said:
    """Return what the options say of the columns of a forecast file.

    Raises:
        UsageError: a quantile is not told as LEVEL=COLUMN, with a level between 0 and 1.
    """
    from lstmcast.data.any_forecast import Said

    ids = options.forecast_id
    return Said(
        time=options.forecast_time,
        id=None if ids is None else tuple(filter(None, ids.split(","))),
        point=options.forecast_column,
        cutoff=options.cutoff,
        quantiles=dict(map(_quantile, options.quantile or ())),
    )


def _quantile(text: str) -> tuple[float, str]:
    level, _, column = text.partition("=")
    try:
        number = float(level)
    except ValueError:
        number = 0.0
    if not (0 < number < 1 and column):
        raise UsageError(
            f"--quantile {text}: say a level between 0 and 1 and its column, such as 0.1=low."
        )
    return number, column
