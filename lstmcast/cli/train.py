"""`lstmcast train`: a table in, a model file out."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from typer import Option

from lstmcast.cli.data_options import DataOptions
from lstmcast.cli.options import (
    DataArgument,
    Json,
    Talk,
    TrainingOptions,
    with_option_groups,
)
from lstmcast.cli.paths import output_path
from lstmcast.cli.progress import drawing_progress
from lstmcast.cli.render import SavedModel, to_json, training_document, training_line
from lstmcast.cli.settings import build_settings, read_panel_to_train
from lstmcast.cli.streams import write_stdout
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from lstmcast.config import ResolvedConfig
    from lstmcast.data.panel import Panel


@dataclass(frozen=True)
class TrainingOutput:
    """What a training leaves behind."""

    output: Annotated[
        str | None,
        Option("--output", "-o", metavar="MODEL", help="Model file to write; needed to train."),
    ] = None
    force: Annotated[bool, Option("--force", help="Replace MODEL where it exists.", metavar="")] = (
        False
    )
    print_config: Annotated[
        bool,
        Option(
            "--print-config",
            help="Print the resolved settings as YAML, valid for --config, and stop.",
            metavar="",
        ),
    ] = False
    json: Json = False


@with_option_groups
def train(
    data: DataArgument,
    wanted: TrainingOutput,
    training: TrainingOptions,
    reading: DataOptions,
    talk: Talk,
) -> None:
    """Train a model on DATA and write it to one file.

    Example: lstmcast train sales.csv --horizon 12 -o sales.lstm
    """
    config = build_settings(training, reading)
    path = None if wanted.print_config else _free_path(wanted, data)
    panel = read_panel_to_train(data, config, talk)

    from lstmcast.settings_file import to_yaml
    from lstmcast.workflow import plan

    resolution = plan(panel, config)
    talk.note(*resolution.notes)
    if path is None:
        write_stdout(to_yaml(resolution.config))
        return
    saved = _train_and_save(panel, resolution.config, path, talk)
    talk.note(training_line(saved), f"next: lstmcast predict {shlex.join([str(path), data])}")
    if wanted.json:
        write_stdout(to_json(training_document(saved)))


def _free_path(wanted: TrainingOutput, data: str) -> Path:
    if wanted.output is None:
        raise UsageError("name the model file to write: -o MODEL, such as -o sales.lstm.")
    path = output_path(wanted.output, data)
    if path.is_file() and not wanted.force:
        raise UsageError(f"{path} exists: give --force to replace it, or another -o MODEL.")
    return path


def _train_and_save(panel: Panel, config: ResolvedConfig, path: Path, talk: Talk) -> SavedModel:
    from lstmcast import artifact, workflow

    started = time.perf_counter()
    with drawing_progress(talk) as on_event:
        model = workflow.train(panel, config, on_event=on_event)
    seconds = time.perf_counter() - started
    return SavedModel(path, artifact.save(model, path), seconds, model)
