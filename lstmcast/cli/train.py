"""`lstmcast train`: a table in, a model file out."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from lstmcast.cli.budget import parse_seconds
from lstmcast.cli.data_options import DataOptions
from lstmcast.cli.options import (
    DataArgument,
    Json,
    Talk,
    TrainingOptions,
    with_option_groups,
)
from lstmcast.cli.paths import file_path, output_path
from lstmcast.cli.render import SavedModel, to_json, training_document, training_line
from lstmcast.cli.settings import build_settings, read_panel_to_train
from lstmcast.cli.streams import write_stdout
from lstmcast.cli.training_run import Start, Task, choose_start, run_training
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from lstmcast.artifact import Model
    from lstmcast.config import Config
    from lstmcast.nn.distributed import Workers

RUN = "The run"


@dataclass(frozen=True)
class TrainingOutput:
    """What a training begins with, leaves behind, and may take."""

    output: Annotated[
        str | None,
        Option("--output", "-o", metavar="MODEL", help="Model file to write; needed to train."),
    ] = None
    force: Annotated[
        bool, Option("--force", help="Train in any case, and replace MODEL.", metavar="")
    ] = False
    base: Annotated[
        str | None,
        Option(
            "--from",
            metavar="MODEL",
            help="Begin with the weights and settings of another model (fine-tuning).",
            rich_help_panel=RUN,
        ),
    ] = None
    budget: Annotated[
        str | None,
        Option(
            metavar="TIME",
            help="End after this time (90s, 5m, 2h), from the start of the command on, with the "
            "best networks so far.",
            show_default="none",
            rich_help_panel=RUN,
        ),
    ] = None
    resume: Annotated[
        bool,
        Option(
            "--resume",
            help="Go on with an interrupted training, from MODEL.checkpoint.",
            metavar="",
            rich_help_panel=RUN,
        ),
    ] = False
    history: Annotated[
        str | None,
        Option(
            metavar="FILE",
            help="CSV to write a row to for every step.",
            show_default="none",
            rich_help_panel=RUN,
        ),
    ] = None
    tensorboard: Annotated[
        str | None,
        Option(
            metavar="DIR",
            help="Folder to write the same to for TensorBoard. Needs the extra 'tensorboard'.",
            show_default="none",
            rich_help_panel=RUN,
        ),
    ] = None
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
    config = build_settings(training, reading, _more(wanted))
    from lstmcast.nn.distributed import joined

    with joined(config.device) as workers:
        _train(data, config, wanted, talk, workers)


def _train(data: str, config: Config, wanted: TrainingOutput, talk: Talk, workers: Workers) -> None:
    base = _load_base(wanted)
    path = None if wanted.print_config else _output(wanted, data)
    panel = read_panel_to_train(data, config, talk, base)

    from lstmcast.settings_file import to_yaml
    from lstmcast.workflow import plan

    resolution = plan(panel, config, base)
    talk.note(*resolution.notes)
    if path is None:
        write_stdout(to_yaml(resolution.config))
        return
    outputs = path, wanted.history, wanted.tensorboard
    task = Task(panel, resolution.config, base, *outputs, workers)
    start = choose_start(task, talk, force=wanted.force, resume=wanted.resume)
    workers.demand_same(start.value)
    if start is Start.NEEDLESS:
        saved = _unchanged(path)
        talk.note(f"{path} was trained on this data with these settings: nothing to do.")
    else:
        saved = run_training(task, talk, resume=start is Start.RESUMED)
        talk.note(training_line(saved), f"next: lstmcast predict {shlex.join([str(path), data])}")
    if wanted.json:
        write_stdout(to_json(training_document(saved)))


def _more(wanted: TrainingOutput) -> dict[str, Any]:
    if wanted.budget is None:
        return {}
    return {"training": {"budget_seconds": parse_seconds(wanted.budget)}}


def _load_base(wanted: TrainingOutput) -> Model | None:
    if wanted.base is None:
        return None
    from lstmcast import artifact

    return artifact.load(file_path(wanted.base, "the model of --from"))


def _output(wanted: TrainingOutput, data: str) -> Path:
    """Return the model file to write, when all outputs have been found to be possible."""
    if wanted.output is None:
        raise UsageError("name the model file to write: -o MODEL, such as -o sales.lstm.")
    inputs = [data, wanted.base] if wanted.base else [data]
    path = output_path(wanted.output, *inputs)
    if wanted.history is not None:
        history = output_path(wanted.history, *inputs, option="--history")
        if history == path:
            raise UsageError("--history and -o name the same file: give each its own.")
    return path


def _unchanged(path: Path) -> SavedModel:
    from lstmcast import artifact

    return SavedModel(path, path.stat().st_size, 0.0, artifact.load(path))
