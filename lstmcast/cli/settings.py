"""From options to values of the library: the settings of a training, the series of a table."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstmcast.cli.options import ColumnOptions

if TYPE_CHECKING:
    from lstmcast.artifact import Model
    from lstmcast.cli.options import Talk, TrainingOptions
    from lstmcast.config import Config
    from lstmcast.data.panel import Columns, Panel


def build_settings(training: TrainingOptions, columns: ColumnOptions) -> Config:
    """Lay --config, --set and the named options over each other, the last one on top.

    Raises:
        UsageError: the file cannot be read, a key is unknown, or a value does not fit.
    """
    from lstmcast.config import build_config, load_config, parse_assignments

    from_file = load_config(Path(training.config)) if training.config is not None else {}
    assigned = parse_assignments(training.assignments or ())
    return build_config([from_file, assigned, _named(training, columns)])


def read_panel_to_train(data: str, config: Config, talk: Talk) -> Panel:
    """Read DATA by the columns that the settings name; raises as `read_panel` does."""
    said = config.data
    return read_panel(data, ColumnOptions(said.time, said.target, said.id, said.frequency), talk)


def read_panel_for(model: Model, data: str, columns: ColumnOptions, talk: Talk) -> Panel:
    """Read DATA by the column names and on the time axis that `model` was trained on.

    Options win over what the model remembers. Raises as `read_panel` does.
    """
    from lstmcast.data.panel import Columns

    trained = model.config.data
    like_trained = replace(columns, frequency=columns.frequency or trained.frequency)
    remembered = Columns(trained.time, trained.target, trained.id)
    return read_panel(data, like_trained, talk, remembered)


def read_panel(
    data: str, columns: ColumnOptions, talk: Talk, remembered: Columns | None = None
) -> Panel:
    """Read DATA (- is stdin), and say what was found in it.

    Raises:
        DataError: the table cannot be read.
        UsageError: the frequency is not a known alias.
    """
    from lstmcast.data.columns import ColumnRequest
    from lstmcast.data.panel import build_panel
    from lstmcast.data.table import read_table

    request = ColumnRequest(time=columns.time, target=columns.target, id=columns.id)
    table = read_table(data, request, frequency=columns.frequency, remembered=remembered)
    talk.note(*table.notes)
    return build_panel(table)


def _named(training: TrainingOptions, columns: ColumnOptions) -> dict[str, Any]:
    top = asdict(training)
    top.pop("config")
    top.pop("assignments")
    return _given(top) | {"data": _given(asdict(columns))}


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if value is not None}
