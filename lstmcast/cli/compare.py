"""`lstmcast compare`: which of several models and forecasts is the best."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from lstmcast.cli.data_options import DataOptions
from lstmcast.cli.forecast_options import ScoringOptions, said_of
from lstmcast.cli.judging import Stride, WindowCount, demands_of, report
from lstmcast.cli.options import AsOf, Device, Talk, with_option_groups
from lstmcast.cli.paths import STDIN_OR_STDOUT, file_path
from lstmcast.cli.score import name_of
from lstmcast.cli.settings import read_panel, read_panel_for
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lstmcast.artifact import Model
    from lstmcast.backtesting import Asked
    from lstmcast.data.any_forecast import GivenForecast
    from lstmcast.data.panel import Panel

FEWEST = 2  # to compare


@dataclass(frozen=True)
class ComparingOptions(ScoringOptions):
    """Which windows are compared; those of forecast files, if there are any."""

    horizon: Annotated[
        int | None,
        Option(
            metavar="N",
            min=1,
            help="Steps to forecast by models.",
            show_default="the shortest of theirs, or as in the forecast files",
        ),
    ] = None
    windows: WindowCount = 3
    stride: Stride = None
    as_of: AsOf = None
    device: Device = None


@with_option_groups
def compare(
    files: Annotated[
        list[str],
        Argument(
            metavar="A B ... DATA",
            help="Two or more models of 'train' and forecast files of any tool; and the data with "
            "what came, as for 'train' (- is stdin).",
        ),
    ],
    wanted: ComparingOptions,
    reading: DataOptions,
    talk: Talk,
) -> None:
    """Rank models and forecasts on the windows that all of them forecast.

    The best by MASE stands first and is held against the others. Models forecast the windows of
    the forecast files, or the last ones of each series.

    Example: lstmcast compare old.lstm new.lstm sales.csv
    """
    *contestants, data = files
    if len(contestants) < FEWEST:
        raise UsageError(
            "compare takes two or more models or forecasts, and DATA: lstmcast compare A B DATA."
        )
    demands, said = demands_of(wanted, *files), said_of(wanted)
    paths = _by_name([file_path(name, "a model or forecast") for name in contestants])

    from lstmcast.backtesting import forecast_asked, note_on_seen
    from lstmcast.data.any_forecast import read_any_forecast
    from lstmcast.data.seasonality import natural_season
    from lstmcast.evaluation.contest import judge_given

    models = _models(paths, wanted.device)
    panels = _panels(models, data, wanted.as_of, reading, talk)
    panel = next(iter(panels.values()))
    given = {
        name: read_any_forecast(path, panel, said)
        for name, path in paths.items()
        if name not in models
    }
    if models:
        asked = _windows_of(list(given.values()), panel, models, wanted)
        for name, model in models.items():
            given[name] = forecast_asked(model, panels[name], asked)
    demands.demand_known(next(iter(given.values())).levels)
    season = wanted.season_length or natural_season(panel)
    evaluation = judge_given(panel, given, season, demands.models)
    seen = (note_on_seen(name, model, evaluation.course) for name, model in models.items())
    notes = (*evaluation.notes, *filter(None, seen))
    report(replace(evaluation, notes=notes), demands, talk)


def _by_name(paths: list[Path]) -> dict[str, Path]:
    """Call each contestant by its file; by its whole path where files are called alike."""
    alike = len({path.stem for path in paths}) < len(paths)
    named = {str(path) if alike else name_of(path): path for path in paths}
    if len(named) < len(paths):
        raise UsageError("a model or forecast is given twice: give each of them once.")
    return named


def _models(paths: Mapping[str, Path], device: str | None) -> dict[str, Model]:
    """Load those that are models, to compute where this command line says."""
    from lstmcast import artifact

    models = {name: artifact.load(path) for name, path in paths.items() if artifact.is_model(path)}
    return {
        name: replace(model, config=model.config.model_copy(update={"device": device or "auto"}))
        for name, model in models.items()
    }


def _panels(
    models: Mapping[str, Model], data: str, as_of: str | None, reading: DataOptions, talk: Talk
) -> dict[str, Panel]:
    """Read DATA as each model remembers it; once, where all remember it alike."""
    panels: dict[str, Panel] = {}
    if not models:
        return {data: read_panel(data, reading, talk, as_of)}
    for name, model in models.items():
        alike = [other for other in panels if models[other].config.data == model.config.data]
        if panels and not alike and data == STDIN_OR_STDOUT:
            raise UsageError("these models read DATA in different ways, so DATA must be a file.")
        quiet = Talk(quiet=True) if panels else talk
        panels[name] = (
            panels[alike[0]] if alike else read_panel_for(model, data, reading, quiet, as_of)
        )
        _demand_same_series(next(iter(panels.values())), panels[name], name)
    return panels


def _demand_same_series(panel: Panel, other: Panel, name: str) -> None:
    """Refuse a model that sees other series, or other values of them, than the first one."""
    import numpy as np

    pairs = (
        (panel.series_ids, other.series_ids),
        (panel.axis.stamps(panel.first_steps), other.axis.stamps(other.first_steps)),
        (panel.offsets, other.offsets),
    )
    alike = all(map(np.array_equal, *zip(*pairs, strict=True)))
    if not (alike and np.array_equal(panel.values, other.values, equal_nan=True)):
        raise UsageError(
            f"{name} forecasts other series of DATA than the first model, or at other times: "
            "compare models of the same target."
        )


def _windows_of(
    given: list[GivenForecast],
    panel: Panel,
    models: Mapping[str, Model],
    wanted: ComparingOptions,
) -> Asked:
    """Say which windows models are to forecast, and at which levels."""
    from lstmcast.backtesting import Asked
    from lstmcast.evaluation.backtest import BacktestPlan, lay_out_rounds

    if given:
        first = given[0]
        horizon = wanted.horizon or min(each.point.shape[1] for each in given)
        return Asked(first.series, first.cutoffs, horizon, first.levels)
    configs = [model.config for model in models.values()]
    plan = BacktestPlan(wanted.horizon, wanted.windows, wanted.stride)
    rounds = lay_out_rounds(panel, plan, min(config.horizon for config in configs))
    series, cutoffs = rounds.windows
    levels = configs[0].forecast.quantile_levels
    return Asked(series, panel.first_steps[series] + cutoffs, rounds.horizon, levels)
