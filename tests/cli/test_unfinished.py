"""Trainings that end before their time, or are ended, and what goes on from there."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from lstmcast import artifact, checkpoint

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run, Start

# Some seconds of training with a checkpoint at every barrier, and a validation every 20 steps.
WORDS = (
    *("--horizon", "6", "--context-length", "24", "-v"),
    *("--set", "model.hidden_size=8", "--set", "model.members=2", "--set", "model.dropout=0.1"),
    *("--set", "training.max_steps=600", "--set", "training.early_stopping=false"),
    *("--set", "training.checkpoint_seconds=0.001"),
)
NO_END = ("--set", "training.max_steps=1000000", "--set", "model.hidden_size=4")
NOTHING = "error: interrupted; nothing was written.\n"


@pytest.fixture(scope="module")
def uninterrupted(data: Path, start: Start, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The model file of a training that nothing disturbs."""
    path = tmp_path_factory.mktemp("whole") / "sales.lstm"
    assert start("train", data, "-o", path, *WORDS).returncode == 0
    assert list(path.parent.iterdir()) == [path]
    return path.read_bytes()


def begin(*words: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "lstmcast", "train", *map(str, words)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def wait_for(process: subprocess.Popen[str], text: str) -> list[str]:
    """Read lines up to one that holds `text`."""
    assert process.stderr
    read: list[str] = []
    for line in process.stderr:
        read.append(line)
        if text in line:
            return read
    raise AssertionError("".join(read))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_training_keeps_its_best_and_can_go_on(
    number: int, data: Path, tmp_path: Path, run: Run, uninterrupted: bytes
) -> None:
    path = tmp_path / "sales.lstm"
    with begin(data, "-o", path, *WORDS) as process:
        wait_for(process, "validation")
        process.send_signal(number)
        assert process.stderr
        *_, last = process.stderr
    assert process.returncode == 128 + number
    unfinished = tmp_path / "sales.lstm.checkpoint"
    assert last.startswith(f"error: interrupted: wrote {path}, the best so far (validation 0.")
    assert last.endswith("); --resume goes on with it.\n")
    record = artifact.load(path).training
    assert record.ending == "stopped"
    assert 0 < record.steps < 600
    assert sorted(tmp_path.iterdir()) == [path, unfinished]

    refused = run("train", data, "-o", path, *WORDS)
    assert refused.code == 2
    assert refused.err.endswith(
        f"error: {path} exists: give --force to replace it, or --resume to go on with it.\n"
    )
    resumed = run("train", data, "-o", path, *WORDS, "--resume")
    assert resumed.code == 0
    assert "resumed after step " in resumed.err
    assert path.read_bytes() == uninterrupted
    assert list(tmp_path.iterdir()) == [path]
    again = run("train", data, "-o", path, *WORDS, "--resume")
    assert again.code == 0
    assert "nothing to do" in again.err


def test_killed_at_any_moment_and_resumed(
    data: Path, tmp_path: Path, start: Start, uninterrupted: bytes
) -> None:
    path = tmp_path / "sales.lstm"
    unfinished = checkpoint.beside(path)
    for seconds in np.random.default_rng(0).uniform(0.05, 0.8, size=3):
        with begin(data, "-o", path, *WORDS, "--resume") as process:
            wait_for(process, "up to")
            time.sleep(seconds)
            process.kill()
        assert not path.exists()
        if unfinished.exists():
            assert checkpoint.read_header(unfinished)["standing"]["phase"] == "search"
    assert start("train", data, "-o", path, *WORDS, "--resume").returncode == 0
    assert path.read_bytes() == uninterrupted
    assert list(tmp_path.iterdir()) == [path]


def test_a_second_signal_ends_at_once() -> None:
    code = (
        "import os, signal\n"
        "from lstmcast.cli.signals import asking, stopping_by_exception\n"
        "from lstmcast.nn.control import Stop\n"
        "stop = Stop()\n"
        "with stopping_by_exception(), asking(stop) as asked:\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    assert stop.asked and asked.number == signal.SIGTERM\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == -signal.SIGTERM


def test_stopped_before_there_is_a_model_it_can_go_on_from_a_checkpoint(
    data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "sales.lstm"
    often = ("--set", "training.checkpoint_seconds=0.001")
    with begin(data, "-o", path, "--horizon", "6", "-v", *NO_END, *often) as process:
        wait_for(process, "up to")
        while not checkpoint.beside(path).exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.stderr
        *_, last = process.stderr
    assert process.returncode == 130
    assert last == (
        f"error: interrupted before there was a model; --resume goes on from {path}.checkpoint.\n"
    )
    assert list(tmp_path.iterdir()) == [checkpoint.beside(path)]


# --- a budget -----------------------------------------------------------------------------------


def test_a_budget_is_kept_and_spent(data: Path, tmp_path: Path, start: Start) -> None:
    path = tmp_path / "sales.lstm"
    began = time.monotonic()
    ended = start("train", data, "--horizon", "6", "-o", path, "--budget", "12s", *NO_END)
    seconds = time.monotonic() - began
    assert ended.returncode == 0
    assert 9 < seconds < 12 * 1.05 + 1, "a busy machine takes a while to end a process"
    record = artifact.load(path).training
    assert record.ending == "budget"
    assert record.validation_score is not None
    assert record.steps > 0
    assert list(tmp_path.iterdir()) == [path]


def test_a_budget_too_short_to_learn_leaves_the_anchor(
    data: Path, tmp_path: Path, run: Run
) -> None:
    path = tmp_path / "sales.lstm"
    ended = run("train", data, "--horizon", "12", "-o", path, "--budget", "0.1s", *NO_END)
    assert ended.code == 0
    assert "time was up after 0 steps, before any validation: the forecasts lean on" in ended.err
    assert artifact.load(path).training.validation_score is None
    forecast = run("predict", path, data, "-q", "--horizon", "3").out.splitlines()[1:]
    assert [float(line.split(",")[1]) for line in forecast] == pytest.approx([148, 149, 150])


@pytest.mark.parametrize("budget", ["60", "0s", "1 day", "s", "-5s"])
def test_a_budget_needs_a_number_and_a_unit(budget: str, data: Path, run: Run) -> None:
    ended = run("train", data, "--horizon", "6", "--print-config", f"--budget={budget}")
    sentence = f"error: --budget {budget}: write a time with its unit, such as 90s, 5m or 2h.\n"
    assert (ended.code, ended.err) == (2, sentence)


# --- nothing to do, and checkpoints that do not fit -----------------------------------------------


def test_a_model_of_the_same_data_and_settings_is_left_alone(
    data: Path, tmp_path: Path, run: Run
) -> None:
    model = tmp_path / "sales.lstm"
    few = ("--set", "training.max_steps=8", "--set", "model.hidden_size=4")
    words = ("train", data, "--horizon", "6", "-o", model, *few)
    assert run(*words).code == 0
    before = model.stat().st_mtime_ns
    ended = run(*words)
    assert ended.code == 0
    sentence = f"{model} was trained on this data with these settings: nothing to do.\n"
    assert ended.err.endswith(sentence)
    assert '"steps"' in run(*words, "--json").out
    assert model.stat().st_mtime_ns == before
    assert run(*words, "--force").code == 0
    assert model.stat().st_mtime_ns > before
    refused = run(*words, "--seed", "5")
    assert refused.code == 2
    assert "exists: give --force to replace it, or another -o MODEL." in refused.err


def test_a_file_that_is_no_model_is_not_replaced(data: Path, tmp_path: Path, run: Run) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    ended = run("train", data, "--horizon", "6", "-o", path)
    assert (ended.code, path.read_text()) == (2, "mine")


def test_resume_without_a_checkpoint_begins_anew(data: Path, tmp_path: Path, run: Run) -> None:
    path = tmp_path / "sales.lstm"
    few = ("--set", "training.max_steps=8", "--set", "model.hidden_size=4")
    ended = run("train", data, "--horizon", "6", "-o", path, "--resume", *few)
    assert ended.code == 0
    assert f"there is no {path}.checkpoint: training begins anew" in ended.err


def test_a_file_in_the_place_of_the_checkpoint_is_not_replaced(
    data: Path, tmp_path: Path, run: Run
) -> None:
    path = tmp_path / "sales.lstm"
    checkpoint.beside(path).write_text("mine")
    ended = run("train", data, "--horizon", "6", "-o", path, "-q")
    assert ended.code == 4
    assert f"{path}.checkpoint is not a checkpoint of lstmcast" in ended.err
    assert checkpoint.beside(path).read_text() == "mine"


# --- a loss that is no number -------------------------------------------------------------------


def test_a_loss_that_is_no_number_is_traced_to_its_window(
    data: Path, tmp_path: Path, run: Run
) -> None:
    words = ("--horizon", "6", "-o", tmp_path / "m.lstm", "--set", "model.hidden_size=4")
    ended = run("train", data, *words, "--set", "training.learning_rate=1e30")
    assert ended.code == 5
    assert "error: the loss is no longer a number at step " in ended.err
    assert "the first of series 'sales' with its context up to 201" in ended.err
    assert list(tmp_path.iterdir()) == []
