"""Checkpoints that are not of this training, or not whole, are refused with a sentence."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import safetensors.torch
import torch

from lstmcast import checkpoint
from lstmcast.checkpoint import HEADER, Origin
from lstmcast.config import ResolvedConfig
from lstmcast.errors import DataError, LstmcastError, ModelFileError, UsageError
from lstmcast.nn.control import MemberStanding, Standing, TrainingState
from lstmcast.nn.events import Validated

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = ResolvedConfig.model_validate(
    {
        "horizon": 4,
        "season_length": 4,
        "other_season_lengths": [],
        "context_length": 8,
        "data": {"time": "t", "target": "y", "frequency": "QS", "calendar": False},
        "model": {"hidden_size": 4, "layers": 1, "dropout": 0, "patch_length": 2, "members": 1},
        "training": {
            "max_steps": 60,
            "early_stopping": True,
            "batch_size": 8,
            "learning_rate": 0.01,
            "weight_decay": 0.01,
            "precision": "float32",
        },
    }
)
ORIGIN = Origin(CONFIG, "ab", None)
BEST = Validated(2, math.inf, 0, math.inf, math.inf)
STANDING = Standing("search", 0, 48, BEST, 8, 1.5, (MemberStanding(2, 0, 1.0, 0),))
STATE = TrainingState(STANDING, {"0.settled.weights": torch.arange(6.0).view(2, 3).T})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = checkpoint.beside(tmp_path / "m.lstm")
    checkpoint.save(path, ORIGIN, STATE)
    assert list(tmp_path.iterdir()) == [path]
    return path


def test_what_was_saved_is_loaded(path: Path) -> None:
    state = checkpoint.load(path, ORIGIN)
    assert state.standing == STANDING
    assert torch.equal(state.tensors["0.settled.weights"], STATE.tensors["0.settled.weights"])
    checkpoint.remove(path)
    assert not path.exists()


def test_what_has_no_bearing_on_the_steps_may_change(path: Path) -> None:
    config = CONFIG.model_dump()
    config["training"] |= {"checkpoint_seconds": 5, "budget_seconds": 99}
    config["forecast"] |= {"lower": 3.0}
    other = replace(ORIGIN, config=ResolvedConfig.model_validate(config))
    assert checkpoint.load(path, other).standing == STANDING


@pytest.mark.parametrize(
    ("origin", "error", "sentence"),
    [
        (
            replace(ORIGIN, config=CONFIG.model_copy(update={"seed": 5})),
            UsageError,
            r"is of a training with other settings \(seed = 0\): give the same, or train without",
        ),
        (replace(ORIGIN, data_hash="cd"), DataError, "is of a training on other data: train"),
        (replace(ORIGIN, base="ef"), UsageError, "that began with other weights: train without"),
    ],
)
def test_a_checkpoint_of_another_training(
    origin: Origin, error: type[LstmcastError], sentence: str, path: Path
) -> None:
    with pytest.raises(error, match=sentence):
        checkpoint.load(path, origin)


def rewrite(path: Path, **header: Any) -> None:
    changed = checkpoint.read_header(path) | header
    tensors = safetensors.torch.load_file(path)
    path.write_bytes(safetensors.torch.save(tensors, {HEADER: json.dumps(changed)}))


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ({"version": "0.0.1"}, r"was written by lstmcast 0\.0\.1, this is .*: train without"),
        ({"standing": {"phase": "search"}}, "is damaged"),
        ({"standing": None}, "is damaged"),
        ({"config": None}, "is damaged"),
    ],
)
def test_a_checkpoint_that_cannot_be_used(
    header: dict[str, Any], sentence: str, path: Path
) -> None:
    rewrite(path, **header)
    with pytest.raises(ModelFileError, match=sentence):
        checkpoint.load(path, ORIGIN)


@pytest.mark.parametrize("size", [0, -8, 10**9])
def test_a_batch_that_no_training_has(size: int, path: Path) -> None:
    standing = checkpoint.read_header(path)["standing"] | {"batch_size": size}
    rewrite(path, standing=standing)
    with pytest.raises(ModelFileError, match="is damaged"):
        checkpoint.load(path, ORIGIN)


@pytest.mark.parametrize("length", [0, 7, 100, -1])
def test_a_file_that_was_cut_off(length: int, path: Path) -> None:
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ModelFileError, match="is not a checkpoint of lstmcast, or it is damaged"):
        checkpoint.load(path, ORIGIN)
