"""From options to values of the library: the settings of a training, the series of a table."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lstmcast.artifact import Model
    from lstmcast.cli.data_options import DataOptions
    from lstmcast.cli.options import Talk, TrainingOptions
    from lstmcast.cli.told_options import ToldOptions
    from lstmcast.config import Config, DataConfig
    from lstmcast.data.panel import Panel

TOLD = ("quantile_levels", "calibrated", "guarded", "lower", "upper")  # settings `forecast.`


def build_settings(
    training: TrainingOptions, reading: DataOptions, more: Mapping[str, Any] | None = None
) -> Config:
    """Lay --config, --set, the named options and `more` over each other, the last one on top.

    Raises:
        UsageError: the file cannot be read, a key is unknown, or a value does not fit.
    """
    from lstmcast.layers import build_config, parse_assignments
    from lstmcast.settings_file import load_config

    from_file = load_config(Path(training.config)) if training.config is not None else {}
    assigned = parse_assignments(training.assignments or ())
    return build_config([from_file, assigned, _named(training, reading), more or {}])


def told_settings(options: ToldOptions) -> dict[str, Any]:
    """Return the settings `forecast.` that are given.

    Raises:
        UsageError: levels are not numbers between 0 and 1, or one is given twice.
    """
    given = {name: getattr(options, name) for name in TOLD}
    return _given(given | {"quantile_levels": parse_levels(options.quantile_levels)})


def with_forecast(model: Model, told: Mapping[str, Any]) -> Model:
    """Return a model that forecasts as `told` says, in settings `forecast.`, and else as it does.

    Raises:
        UsageError: a bound is no number, or the lower one lies above the upper one.
    """
    from lstmcast.layers import build_config

    settings = build_config([{"forecast": model.config.forecast.model_dump()}, {"forecast": told}])
    forecast = type(model.config.forecast).model_validate(settings.forecast.model_dump())
    return replace(model, config=model.config.model_copy(update={"forecast": forecast}))


def settings_of(model: Model) -> Config:
    """Return the settings of a model, for networks that are trained as it was."""
    from lstmcast.config import Config

    return Config.model_validate(model.config.model_dump())


def read_panel_to_train(
    data: str,
    config: Config,
    talk: Talk,
    base: Model | None = None,
    as_of: str | None = None,
) -> Panel:
    """Read DATA as the settings say, and then as `base` remembers; raises as `read_panel` does."""
    return _read(data, config.data, talk, base.config.data if base else None, as_of)


def read_panel_for(
    model: Model, data: str, reading: DataOptions, talk: Talk, as_of: str | None = None
) -> Panel:
    """Read DATA by the column names and on the time axis that `model` was trained on.

    Options win over what the model remembers. Raises as `read_panel` does, and a UsageError where
    `as_of` is no time like those of DATA.
    """
    return _read(data, data_settings(reading), talk, model.config.data, as_of)


def read_panel(data: str, reading: DataOptions, talk: Talk, as_of: str | None = None) -> Panel:
    """Read DATA (- is stdin), and say what was found in it.

    Raises:
        DataError: the table cannot be read.
        UsageError: the frequency is not a known alias.
    """
    return _read(data, data_settings(reading), talk, as_of=as_of)


def data_settings(reading: DataOptions) -> DataConfig:
    """Return what the options say of how to read DATA."""
    from lstmcast.config import DataConfig

    return DataConfig.model_validate(asdict(reading))


def _read(
    data: str,
    said: DataConfig,
    talk: Talk,
    remembered: DataConfig | None = None,
    as_of: str | None = None,
) -> Panel:
    from lstmcast.data.panel import build_panel
    from lstmcast.data.table import read_table

    panel = build_panel(read_table(data, said, remembered=remembered, as_of=as_of))
    talk.note(*panel.notes)
    return panel


def _named(training: TrainingOptions, reading: DataOptions) -> dict[str, Any]:
    top = asdict(training)
    top.pop("config")
    top.pop("assignments")
    if training.season_length is not None:
        top |= _seasons(training.season_length)
    for name in TOLD:
        top.pop(name)
    shown = {name: top.pop(name) for name in ("calendar", "holidays")}
    data = _given(asdict(reading) | shown)
    network = {"kind": top.pop("model"), "head": top.pop("head")}
    learning = {"loss": top.pop("loss")}
    return _given(top) | {
        "data": data,
        "forecast": told_settings(training),
        "model": _given(network),
        "training": _given(learning),
    }


def parse_levels(text: str | None) -> tuple[float, ...] | None:
    """Split `0.05,0.5,0.95` into levels.

    Raises:
        UsageError: they are not numbers between 0 and 1, or one is given twice.
    """
    if text is None:
        return None
    from lstmcast.levels import in_order

    try:
        return in_order(float(word) for word in text.split(","))
    except ValueError as error:
        hint = "write levels with commas, such as 0.1,0.5,0.9"
        reason = hint if "could not convert" in str(error) else str(error)
        raise UsageError(f"--quantile-levels {text}: {reason}.") from error


def _seasons(text: str) -> dict[str, Any]:
    """Split `24,168` into the season and the longer ones; a single one stands for itself."""
    try:
        season, *others = map(int, text.split(","))
    except ValueError as error:
        raise UsageError(
            f"--season-length {text}: write steps with commas, such as 12 or 24,168."
        ) from error
    return {"season_length": season, "other_season_lengths": others or None}


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if value is not None}
