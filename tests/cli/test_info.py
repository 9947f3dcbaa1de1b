"""`lstmcast info`: the header of a model file, for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lstmcast.cli.render import duration, file_size, to_json

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run


def test_the_card_names_settings_by_the_key_that_set_takes(model: Path, run: Run) -> None:
    ended = run("info", model)
    assert (ended.code, ended.err) == (0, "")
    lines = [line.split() for line in ended.out.splitlines()]
    assert ["settings"] in lines
    assert ["horizon", "6"] in lines
    assert ["model.hidden_size", "4"] in lines
    assert ["data.id", "-"] in lines
    assert ["training"] in lines
    assert ["n_observations", "60"] in lines


def test_json_holds_the_same(model: Path, run: Run) -> None:
    header = json.loads(run("info", model, "--json").out)
    assert header["config"]["model"]["hidden_size"] == 4
    assert header["training"]["n_observations"] == 60


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min 0 s"),
        (450, "7 min 30 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (400, "0 kB"),
        (58_400, "58 kB"),
        (999_400, "999 kB"),
        (999_500, "1.0 MB"),
        (2**31, "2,147.5 MB"),
    ],
)
def test_file_sizes(size: int, text: str) -> None:
    assert file_size(size) == text


def test_what_is_not_json_is_a_bug() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"mae": float("nan")})
