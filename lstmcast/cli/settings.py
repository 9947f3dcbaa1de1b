"""From options to values of the library: the settings of a training, the series of a table."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstmcast.artifact import Model
    from lstmcast.cli.data_options import DataOptions
    from lstmcast.cli.options import Talk, TrainingOptions
    from lstmcast.config import Config, DataConfig
    from lstmcast.data.panel import Panel


def build_settings(training: TrainingOptions, reading: DataOptions) -> Config:
    """Lay --config, --set and the named options over each other, the last one on top.

    Raises:
        UsageError: the file cannot be read, a key is unknown, or a value does not fit.
    """
    from lstmcast.config import build_config, load_config, parse_assignments

    from_file = load_config(Path(training.config)) if training.config is not None else {}
    assigned = parse_assignments(training.assignments or ())
    return build_config([from_file, assigned, _named(training, reading)])


def read_panel_to_train(data: str, config: Config, talk: Talk) -> Panel:
    """Read DATA as the settings say; raises as `read_panel` does."""
    return _read(data, config.data, talk)


def read_panel_for(model: Model, data: str, reading: DataOptions, talk: Talk) -> Panel:
    """Read DATA by the column names and on the time axis that `model` was trained on.

    Options win over what the model remembers. Raises as `read_panel` does.
    """
    return _read(data, data_settings(reading), talk, model.config.data)


def read_panel(data: str, reading: DataOptions, talk: Talk) -> Panel:
    """Read DATA (- is stdin), and say what was found in it.

    Raises:
        DataError: the table cannot be read.
        UsageError: the frequency is not a known alias.
    """
    return _read(data, data_settings(reading), talk)


def data_settings(reading: DataOptions) -> DataConfig:
    """Return what the options say of how to read DATA."""
    from lstmcast.config import DataConfig

    return DataConfig.model_validate(asdict(reading))


def _read(data: str, said: DataConfig, talk: Talk, remembered: DataConfig | None = None) -> Panel:
    from lstmcast.data.panel import build_panel
    from lstmcast.data.table import read_table

    table = read_table(data, said, remembered=remembered)
    talk.note(*table.notes)
    return build_panel(table)


def _named(training: TrainingOptions, reading: DataOptions) -> dict[str, Any]:
    top = asdict(training)
    top.pop("config")
    top.pop("assignments")
    return _given(top) | {"data": _given(asdict(reading))}


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if value is not None}
