"""One model, one file: safetensors with a JSON header. Loading it never runs code.

The file holds the resolved settings, the weights, and what training saw: for each series a hash of
its id, its first and its last timestamp, so that a backtest can say which windows were known. No id
and no row of the data is in it, but the categories of covariates are. The same training gives the
same bytes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import safetensors.numpy
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open

from lstmcast.config import ResolvedConfig
from lstmcast.data.features import NO_COVARIATES, Covariates, FeatureNames
from lstmcast.errors import ModelFileError
from lstmcast.output import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from lstmcast.evaluation.guard import Guard

FORMAT = 8
MOST_HEADER_BYTES = 100_000_000  # as safetensors has it
HEADER = "lstmcast"
WEIGHTS = "weights."
SERIES_HASHES = "seen.series_hashes"
FIRST_STAMPS, LAST_STAMPS = "seen.first_stamps", "seen.last_stamps"
CHOICES, USUAL = "guard.choices", "guard.usual"


@dataclass(frozen=True)
class TrainingRecord:
    """What a model was trained on, and how it went; nothing that differs between equal runs."""

    n_series: int
    n_observations: int
    first_timestamp: str
    last_timestamp: str
    data_hash: str  # of ids, timestamps and values
    base: str | None  # hash of the weights that training began with; None: fresh ones
    ending: str  # complete; budget or stopped, where it was cut short
    steps: int
    validation_score: float | None  # loss on the held-out ends, in spreads or nats
    # Share of the held-out ends in intervals of "80" and "95" %, not calibrated and calibrated;
    # None: there were too few to calibrate by.
    coverage: dict[str, list[float]] | None
    kept: dict[str, int] | None  # series by the source of their forecast; None: without a guard
    n_parameters: int
    lstmcast_version: str
    torch_version: str


@dataclass(frozen=True)
class Seen:
    """From where on and how far training saw each series."""

    series_hashes: NDArray[np.uint64]  # [S], sorted
    first_stamps: NDArray[np.int64]  # [S], as the last ones
    last_stamps: NDArray[np.int64]  # [S], microseconds since 1970 or integer steps


class InputRecord(NamedTuple):
    """What the network is fed beside the target: covariates, and features of the calendar."""

    covariates: Covariates = NO_COVARIATES
    vocabularies: Mapping[str, tuple[str, ...]] = {}
    calendar: int = 0


@dataclass(frozen=True)
class Model:
    """A trained forecaster as a value: settings, weights by name, and its history."""

    config: ResolvedConfig
    training: TrainingRecord
    seen: Seen
    inputs: InputRecord
    weights: Mapping[str, NDArray[np.float32]]
    guard: Guard | None = None  # its choices are in the order of the series in `seen`


def save(model: Model, path: Path) -> int:
    """Write a model file, whole or not at all, and give its size in bytes.

    Raises:
        UsageError: the file cannot be written.
    """
    tensors = _tensors(model)
    header = {
        "format": FORMAT,
        "config": model.config.model_dump(mode="json"),
        "training": asdict(model.training),
        "inputs": _to_document(model.inputs),
    }
    signed = header | {"digest": _digest(header, tensors)}
    # One entry of metadata only: safetensors writes several in an order that changes.
    data = safetensors.numpy.save(tensors, {HEADER: json.dumps(signed)})
    write_atomically(path, data)
    return len(data)


def load(path: Path) -> Model:
    """Read a model file and check that it is whole, ours and unchanged.

    Raises:
        ModelFileError: it is absent, damaged, foreign, changed, or written by a newer version.
    """
    header, tensors = _read(path, with_tensors=True)
    config, training, inputs = _check_header(header, path)
    if header.pop("digest", None) != _digest(header, tensors):
        raise ModelFileError(f"{path} was changed after it was written: train the model again.")
    try:
        seen = Seen(*(tensors[name] for name in (SERIES_HASHES, FIRST_STAMPS, LAST_STAMPS)))
    except KeyError as error:
        raise ModelFileError(f"{path} lacks {error}: train the model again.") from error
    weights = {k.removeprefix(WEIGHTS): v for k, v in tensors.items() if k.startswith(WEIGHTS)}
    return Model(config, training, seen, inputs, weights, _guard_in(tensors, seen))


def is_model(path: Path) -> bool:
    """Tell by its first bytes whether a file is one of safetensors; what cannot be read is not."""
    try:
        with path.open("rb") as file:
            head = file.read(9)
    except OSError:
        return False
    length = int.from_bytes(head[:8], "little")
    return head[8:] == b"{" and length <= MOST_HEADER_BYTES


def describe(path: Path) -> dict[str, Any]:
    """Read the header of a model file alone: format, config and training record.

    Raises:
        ModelFileError: as for `load`, except that changed weights go unnoticed.
    """
    header, _ = _read(path, with_tensors=False)
    _check_header(header, path)
    return {name: part for name, part in header.items() if name != "digest"}


def _to_document(inputs: InputRecord) -> dict[str, Any]:
    return {
        "covariates": asdict(inputs.covariates),
        "vocabularies": dict(inputs.vocabularies),
        "calendar": inputs.calendar,
    }


def _from_document(document: Mapping[str, Any]) -> InputRecord:
    parts = {
        name: FeatureNames(tuple(part["numbers"]), tuple(part["categories"]))
        for name, part in document["covariates"].items()
    }
    vocabularies = {name: tuple(texts) for name, texts in document["vocabularies"].items()}
    return InputRecord(Covariates(**parts), vocabularies, int(document["calendar"]))


def _tensors(model: Model) -> dict[str, NDArray[Any]]:
    weights = {WEIGHTS + name: np.ascontiguousarray(w) for name, w in model.weights.items()}
    guard = {}
    if model.guard is not None:
        guard = {CHOICES: model.guard.choices, USUAL: np.array([model.guard.usual], np.uint8)}
    return (
        weights
        | guard
        | {
            SERIES_HASHES: model.seen.series_hashes,
            FIRST_STAMPS: model.seen.first_stamps,
            LAST_STAMPS: model.seen.last_stamps,
        }
    )


def _guard_in(tensors: Mapping[str, NDArray[Any]], seen: Seen) -> Guard | None:
    """Find the guard among the tensors, if there is one.

    Raises:
        ModelFileError: it is not one of these series.
    """
    if CHOICES not in tensors:
        return None

    # What a guard chooses from takes pandas, which `lstmcast info` does without.
    from lstmcast.evaluation.guard import CANDIDATES, Guard

    choices, usual = tensors[CHOICES], tensors.get(USUAL, tensors[CHOICES][:0])
    alike = choices.shape == seen.series_hashes.shape and usual.shape == (1,)
    if not alike or max(choices.max(initial=0), usual[0]) >= CANDIDATES:
        raise ModelFileError("the guard of the model is damaged: train the model again.")
    return Guard(choices.astype(np.uint8), int(usual[0]))


def _digest(header: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tensors[name].shape}".encode())
        digest.update(tensors[name].tobytes())
    return digest.hexdigest()


def _read(path: Path, *, with_tensors: bool) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            names = file.keys() if with_tensors else ()
            tensors = {name: file.get_tensor(name) for name in names}
    except FileNotFoundError as error:
        raise ModelFileError(f"model file {path} does not exist: check the path.") from error
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ModelFileError(
            f"{path} is not a model file, or it is damaged ({error}): train the model again."
        ) from error
    if HEADER not in metadata:
        raise ModelFileError(f"{path} is a safetensors file, but lstmcast did not write it.")
    try:
        return dict(json.loads(metadata[HEADER])), tensors
    except (ValueError, TypeError, RecursionError) as error:
        raise ModelFileError(f"the header of {path} is damaged: train the model again.") from error


def _check_header(
    header: dict[str, Any], path: Path
) -> tuple[ResolvedConfig, TrainingRecord, InputRecord]:
    written = header.get("format")
    if isinstance(written, int) and written != FORMAT:
        remedy = "upgrade lstmcast" if written > FORMAT else "train the model again"
        raise ModelFileError(
            f"{path} has format {written}, this lstmcast reads {FORMAT}: {remedy}."
        )
    try:
        return (
            ResolvedConfig.model_validate(header["config"]),
            TrainingRecord(**header["training"]),
            _from_document(header["inputs"]),
        )
    except (ValidationError, KeyError, TypeError) as error:
        raise ModelFileError(f"the header of {path} is damaged: train the model again.") from error
