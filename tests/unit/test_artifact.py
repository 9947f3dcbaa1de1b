from __future__ import annotations

import json
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.artifact import (
    FORMAT,
    InputRecord,
    Model,
    Seen,
    TrainingRecord,
    _digest,
    describe,
    load,
    save,
)
from lstmcast.config import ResolvedConfig
from lstmcast.data.features import Covariates, FeatureNames
from lstmcast.errors import ModelFileError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

RECORD = TrainingRecord(
    coverage=None,
    kept=None,
    n_series=1,
    n_observations=3,
    first_timestamp="2024-01-01",
    last_timestamp="2024-01-03",
    data_hash="ab",
    base=None,
    ending="complete",
    steps=5,
    validation_score=None,
    n_parameters=6,
    lstmcast_version="0.1.0",
    torch_version="2",
)
CONFIG = ResolvedConfig.model_validate(
    {
        "horizon": 2,
        "season_length": 7,
        "other_season_lengths": [],
        "context_length": 5,
        "data": {"time": "t", "target": "y", "frequency": "D", "calendar": False},
        "model": {"hidden_size": 4, "layers": 1, "dropout": 0, "patch_length": 2, "members": 2},
        "training": {
            "max_steps": 1,
            "early_stopping": True,
            "batch_size": 1,
            "learning_rate": 1,
            "weight_decay": 0,
            "precision": "float32",
        },
    }
)


INPUTS = InputRecord(
    Covariates(known=FeatureNames(("price",), ("promotion",))), {"promotion": ("no", "yes")}, 3
)


def model(weights: dict[str, Any] | None = None) -> Model:
    seen = Seen(np.array([1, 2], dtype=np.uint64), np.array([0, 1]), np.array([3, 4]))
    return Model(
        CONFIG, RECORD, seen, INPUTS, weights or {"a.b": np.ones((2, 3), dtype=np.float32)}
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "m.lstm"
    save(model(), path)
    return path


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.text("abc.", min_size=1), st.lists(st.floats(width=32), max_size=5), max_size=3
    )
)
def test_a_model_comes_back_from_its_file(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, list[float]]
) -> None:
    path = tmp_path_factory.mktemp("artifact") / "m.lstm"
    weights = {name: np.array(value, dtype=np.float32) for name, value in values.items()}
    original = replace(model(), weights=weights)
    size = save(original, path)
    loaded = load(path)
    assert size == path.stat().st_size
    assert loaded.config == CONFIG
    assert loaded.training == RECORD
    assert loaded.weights.keys() == weights.keys()
    assert all(np.array_equal(loaded.weights[k], weights[k], equal_nan=True) for k in weights)
    assert loaded.seen.last_stamps.tolist() == [3, 4]


def test_the_same_model_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    for number in range(5):
        again = tmp_path / f"{number}.lstm"
        save(model(), again)
        assert again.read_bytes() == path.read_bytes()


def test_the_header_can_be_read_alone(path: Path) -> None:
    header = describe(path)
    assert header["format"] == FORMAT
    assert header["config"]["data"]["frequency"] == "D"
    assert header["training"]["steps"] == 5
    assert set(header) == {"format", "config", "training", "inputs"}


def rewrite(path: Path, change: dict[str, Any], tensors: dict[str, Any] | None = None) -> None:
    """Write the file anew with another header, as someone would who tampers with it."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["lstmcast"])
    kept = tensors if tensors is not None else safetensors.numpy.load(data)
    path.write_bytes(safetensors.numpy.save(kept, {"lstmcast": json.dumps(header | change)}))


def test_a_changed_header_is_noticed(path: Path) -> None:
    rewrite(path, {"training": vars(RECORD) | {"steps": 6}})
    with pytest.raises(ModelFileError, match=r"m\.lstm was changed after it was written"):
        load(path)


def test_changed_weights_are_noticed(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match="was changed after it was written"):
        load(path)


def test_missing_tensors_are_noticed(path: Path) -> None:
    rewrite(path, {}, {"weights.a": np.ones(1, dtype=np.float32)})
    with pytest.raises(ModelFileError, match="was changed after it was written"):
        load(path)
    digest = _digest(describe(path), {"weights.a": np.ones(1, dtype=np.float32)})
    rewrite(path, {"digest": digest}, {"weights.a": np.ones(1, dtype=np.float32)})
    with pytest.raises(ModelFileError, match=r"m\.lstm lacks 'seen\.series_hashes'"):
        load(path)


@pytest.mark.parametrize("keep", [0, 7, 8, 100, -1])
def test_truncated_files(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])
    for read in (load, describe):
        with pytest.raises(ModelFileError, match=r"m\.lstm is not a model file, or it is damaged"):
            read(path)


def test_foreign_files(path: Path) -> None:
    path.write_bytes(b"month,passengers\n1949-01-01,112\n")
    with pytest.raises(ModelFileError, match="is not a model file"):
        load(path)
    path.write_bytes(safetensors.numpy.save({"a": np.ones(1)}))
    with pytest.raises(ModelFileError, match="lstmcast did not write it"):
        load(path)


def test_an_older_format(path: Path) -> None:
    rewrite(path, {"format": FORMAT - 1})
    with pytest.raises(ModelFileError, match=f"has format {FORMAT - 1}.*train the model again"):
        load(path)


def test_a_newer_format(path: Path) -> None:
    rewrite(path, {"format": FORMAT + 1})
    for read in (load, describe):
        with pytest.raises(ModelFileError, match=f"has format {FORMAT + 1}.*upgrade lstmcast"):
            read(path)


@pytest.mark.parametrize(
    "change", [{"config": {}}, {"config": None}, {"training": {}}, {"training": 3}]
)
def test_damaged_headers(path: Path, change: dict[str, Any]) -> None:
    rewrite(path, change)
    with pytest.raises(ModelFileError, match=r"the header of .* is damaged"):
        load(path)


@pytest.mark.parametrize("text", ["{", "3", "[" * 100_000])
def test_headers_that_are_no_json_object(path: Path, text: str) -> None:
    path.write_bytes(safetensors.numpy.save({"a": np.ones(1)}, {"lstmcast": text}))
    with pytest.raises(ModelFileError, match=r"the header of .* is damaged"):
        describe(path)


def test_absent_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"none\.lstm does not exist: check the path"):
        load(tmp_path / "none.lstm")
    with pytest.raises(ModelFileError, match="is not a model file"):
        load(tmp_path)


def test_a_model_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        save(model(), tmp_path / "none" / "m.lstm")
