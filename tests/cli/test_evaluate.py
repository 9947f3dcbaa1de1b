"""`lstmcast evaluate`: a table for people, a document for programs, and what they stand on."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lstmcast.cli.scoreboard import scoreboard
from lstmcast.evaluation.backtest import Evaluation, Round
from lstmcast.evaluation.metrics import Score, Scores

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

QUICK = ("--set", "training.max_steps=8", "--set", "model.hidden_size=4")
METHODS = ["lstm", "naive", "seasonal naive", "drift"]


# --- the command ----------------------------------------------------------------------------------


def test_a_model_is_judged_beside_the_naive_methods(model: Path, data: Path, run: Run) -> None:
    ended = run("evaluate", model, data)
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0].split() == [
        *("method", "MAE", "RMSE", "MASE", "RMSSE"),
        *("sMAPE", "%", "MAPE", "%", "WQL", "coverage", "%"),
    ]
    assert [re.split(r"  +", line)[0] for line in lines[2:6]] == METHODS
    assert "3 windows of 6 steps, one every 6, season length 12:" in lines
    assert "  2019-07-01 to 2019-12-01, 1 series: 1 seen in training" in lines
    assert "seen" in lines[-1]
    assert "\x1b" not in ended.out


def test_without_a_model_nothing_has_been_seen(data: Path, run: Run) -> None:
    ended = run("evaluate", data, "--horizon", "4", "--windows", "2", "--stride", "2", *QUICK)
    assert ended.code == 0
    assert "2 windows of 4 steps, one every 2, season length 12:" in ended.out
    assert "1 unseen in training" in ended.out
    assert "going on with all data" in ended.err


def test_json_is_one_document(model: Path, data: Path, run: Run) -> None:
    ended = run("evaluate", model, data, "--windows", "1", "--horizon", "3", "--json", "-q")
    assert (ended.code, ended.err) == (0, "")
    document = json.loads(ended.out)
    assert document["horizon"] == 3
    assert len(document["rounds"]) == 1
    assert [name.replace("_", " ") for name in document["scores"]] == METHODS
    assert document["scores"]["lstm"]["mae"]["n"] == 3


def test_a_model_is_judged_on_the_device_of_this_command(model: Path, data: Path, run: Run) -> None:
    ended = run("evaluate", model, data, "--device", "mps", "-q")
    assert (ended.code, ended.out) == (2, "")
    assert "mps" in ended.err


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--seed", ["--seed", "1"]),
        ("--model", ["--model", "gru"]),
        ("--size", ["--size", "small"]),
        ("--season-length", ["--season-length", "1"]),
        ("--set", ["--set", "seed=1"]),
        ("--config", ["--config", "c.yaml"]),
        ("--calendar", ["--no-calendar"]),
        ("--holidays", ["--holidays", "DE"]),
        ("--head", ["--head", "normal"]),
        ("--loss", ["--loss", "mse"]),
    ],
)
def test_a_trained_model_takes_no_training_options(
    option: str, words: list[str], model: Path, data: Path, run: Run
) -> None:
    ended = run("evaluate", model, data, *words)
    sentence = f"error: {option} is for training: leave it out, or leave MODEL out.\n"
    assert (ended.code, ended.err) == (2, sentence)


def test_a_single_file_needs_a_horizon(model: Path, run: Run) -> None:
    ended = run("evaluate", model)
    assert ended.code == 2
    assert ended.err.startswith("error: give a model to evaluate (MODEL DATA), or --horizon N")


def test_three_files_are_too_many(run: Run) -> None:
    ended = run("evaluate", "a", "b", "c")
    assert ended.code == 2
    assert ended.err.endswith("DATA alone: 3 files are given.\n")


def test_too_short_for_a_single_window_is_exit_code_3(model: Path, data: Path, run: Run) -> None:
    ended = run("evaluate", model, data, "--horizon", "60")
    assert (ended.code, ended.out) == (3, "")


# --- the table ------------------------------------------------------------------------------------


def scores(value: float | None) -> Scores:
    score = Score(value, n=12, undefined=0)
    return Scores(score, score, score, score, score, score, score, Score(0.75, 12, 0))


EVALUATION = Evaluation(
    horizon=12,
    stride=6,
    season_length=12,
    interval=0.8,
    rounds=(Round("2019-01", "2019-12", n_series=5, n_seen=1, n_partly_seen=2),),
    scores={"lstm": scores(20.625), "seasonal_naive": scores(1234.5)},
    skill={"seasonal_naive": {"mae": 0.9833, "rmse": None}},
    notes=("a note with [brackets]",),
)


def test_the_best_of_each_column_is_marked() -> None:
    page = scoreboard(EVALUATION, colour=False).splitlines()
    assert page[2].split() == ["lstm", *["20.6*"] * 7, "75.0*"]
    assert page[3].split() == ["seasonal", "naive", *["1,234.5"] * 7, "75.0*"]
    assert page[5].split() == ["skill", "98.3%", *["-"] * 7]
    assert page[-1] == "a note with [brackets]"


def test_the_sentence_on_windows_counts_what_was_seen() -> None:
    page = scoreboard(EVALUATION, colour=False).splitlines()
    assert "1 window of 12 steps, one every 6, season length 12:" in page
    assert "  2019-01 to 2019-12, 5 series: 2 unseen, 2 seen in part, 1 seen in training" in page


@pytest.mark.parametrize(
    ("value", "cell"),
    [(None, "-"), (0.0, "0.0*"), (0.012345, "0.0123*"), (5e-7, "5.000e-07*"), (2e12, "2.000e+12*")],
)
def test_numbers_keep_three_digits(value: float | None, cell: str) -> None:
    one = replace(EVALUATION, scores={"lstm": scores(value)})
    assert scoreboard(one, colour=False).splitlines()[2].split()[1] == cell


def test_colour_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;32m" in scoreboard(EVALUATION, colour=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;32m" not in scoreboard(EVALUATION, colour=True)


def test_a_network_of_another_kind_goes_by_its_name(data: Path, run: Run) -> None:
    words = ("--horizon", "3", "--windows", "1", "--model", "mlp", *QUICK)
    ended = run("evaluate", data, *words)
    assert ended.code == 0
    assert "mlp" in [line.split(" ")[0] for line in ended.out.splitlines()]
    assert "that mlp saves" in ended.out
    document = json.loads(run("evaluate", data, *words, "--json").out)
    assert next(iter(document["scores"])) == "mlp"
