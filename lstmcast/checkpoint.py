"""An unfinished training as one file beside its model: safetensors with a JSON header, no pickle.

It holds all that decides the steps to come: networks, their averages and the best ones so far,
states of optimisers and generators, counters; and what it is a training of, so that no other one is
taken up by mistake.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import safetensors.torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open

from lstmcast import __version__
from lstmcast.config import ResolvedConfig
from lstmcast.errors import DataError, ModelFileError, UsageError
from lstmcast.layers import with_full_keys
from lstmcast.nn.control import Standing, TrainingState
from lstmcast.output import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


HEADER = "lstmcast checkpoint"
ENDING = ".checkpoint"
MOST_NAMED = 5  # settings in one message
# What may differ between a training and the one that goes on with it: the steps hang on none.
FREE_SETTINGS = ("training.checkpoint_seconds", "training.budget_seconds", "forecast.")
GUARD = "forecast.guarded"  # decides what is kept of held-out windows


@dataclass(frozen=True)
class Origin:
    """What a training comes from: equal origins lead to equal networks."""

    config: ResolvedConfig
    data_hash: str
    base: str | None  # hash of the weights that it begins with; None: fresh ones


def beside(model: Path) -> Path:
    """Return where the checkpoint of a model file lies."""
    return model.with_name(model.name + ENDING)


def save(path: Path, origin: Origin, state: TrainingState) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        UsageError: the file cannot be written.
    """
    header = {
        "version": __version__,
        "config": origin.config.model_dump(mode="json"),
        "data_hash": origin.data_hash,
        "base": origin.base,
        "standing": asdict(state.standing),
    }
    tensors = {name: tensor.contiguous() for name, tensor in state.tensors.items()}
    data = safetensors.torch.save(tensors, {HEADER: json.dumps(header)})
    write_atomically(path, data, sibling=f".{path.name}.tmp")


def remove(path: Path) -> None:
    """Remove a checkpoint, and what a killed process left of one."""
    path.unlink(missing_ok=True)
    path.with_name(f".{path.name}.tmp").unlink(missing_ok=True)


def load(path: Path, origin: Origin) -> TrainingState:
    """Read the checkpoint of a training that has this origin.

    Raises:
        ModelFileError: the file cannot be read, is damaged, or is of another version.
        UsageError: it is of a training with other settings.
        DataError: it is of a training on other data.
    """
    header = read_header(path)
    try:
        _demand(header, origin, path)
        standing = TypeAdapter(Standing).validate_python(header["standing"])
        most = origin.config.training.batch_size
        if not 1 <= standing.batch_size <= most or (
            len(standing.members) != origin.config.model.members
        ):
            raise _damaged(path)
        tensors = safetensors.torch.load_file(path)
    except (ValidationError, KeyError, TypeError, SafetensorError, OSError) as error:
        raise _damaged(path) from error
    return TrainingState(standing, tensors)


def read_header(path: Path) -> dict[str, Any]:
    """Read what a checkpoint is of.

    Raises:
        ModelFileError: the file cannot be read, or is no checkpoint.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {})[HEADER]
        return dict(json.loads(text))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelFileError(
            f"{path} is not a checkpoint of lstmcast, or it is damaged: move it away, or name "
            "another model file."
        ) from error


def _demand(header: Mapping[str, Any], origin: Origin, path: Path) -> None:
    fresh = "train without --resume to begin anew"
    if header["version"] != __version__:
        raise ModelFileError(
            f"{path} was written by lstmcast {header['version']}, this is {__version__}: {fresh}."
        )
    wanted = dict(with_full_keys(origin.config.model_dump()))
    written = dict(with_full_keys(ResolvedConfig.model_validate(header["config"]).model_dump()))
    other = [
        f"{key} = {value}"
        for key, value in written.items()
        if wanted[key] != value and (key == GUARD or not key.startswith(FREE_SETTINGS))
    ]
    if other:
        raise UsageError(
            f"{path} is of a training with other settings ({', '.join(sorted(other)[:MOST_NAMED])})"
            f": give the same, or {fresh}."
        )
    if header["data_hash"] != origin.data_hash:
        raise DataError(f"{path} is of a training on other data: {fresh}.")
    if header["base"] != origin.base:
        raise UsageError(f"{path} is of a training that began with other weights: {fresh}.")


def _damaged(path: Path) -> ModelFileError:
    return ModelFileError(f"{path} is damaged: remove it, and train without --resume.")
