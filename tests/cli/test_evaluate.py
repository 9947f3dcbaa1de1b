"""`lstmcast evaluate`: a table for people, a document for programs, and what they stand on."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from lstmcast.cli.scoreboard import scoreboard
from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, Windows
from lstmcast.evaluation.aggregation import Score
from lstmcast.evaluation.backtest import Evaluation, Round
from lstmcast.evaluation.judgement import Comparison, Course, Skill, Tables, Verdict
from lstmcast.evaluation.metrics import ERRORS, Told
from lstmcast.evaluation.significance import EqualAccuracy
from lstmcast.evaluation.spans import Known

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

QUICK = ("--set", "training.max_steps=8", "--set", "model.hidden_size=4")
METHODS = ["lstm", "naive", "seasonal naive", "drift", "seasonal average", "naive2"]


# --- the command ----------------------------------------------------------------------------------


def test_a_model_is_judged_beside_the_naive_methods(model: Path, data: Path, run: Run) -> None:
    ended = run("evaluate", model, data)
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0].split() == [
        *("method", "MAE", "RMSE", "MASE", "RMSSE"),
        *("sMAPE", "%", "MAPE", "%", "WQL", "MSIS", "OWA", "coverage", "%"),
    ]
    assert [re.split(r"  +", line)[0] for line in lines[2:8]] == METHODS
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


# --- refits, days and gates -----------------------------------------------------------------------


def spans_of(document: dict[str, Any]) -> list[tuple[str, str]]:
    """First and last time of what was trained on, window by window."""
    return [tuple(each["trained"]) for each in document["spans"]]


@pytest.mark.parametrize(
    ("words", "trained_until"),
    [
        ([], ["2019-06-01", "2019-08-01", "2019-10-01"]),
        (["--refit", "every"], ["2019-06-01", "2019-08-01", "2019-10-01"]),
        (["--refit", "2", "--warm-start"], ["2019-06-01", "2019-06-01", "2019-10-01"]),
        (["--refit", "never"], ["2019-06-01"] * 3),
    ],
)
def test_networks_are_trained_anew_when_it_is_said(
    words: list[str], trained_until: list[str], data: Path, run: Run
) -> None:
    ended = run("evaluate", data, "--horizon", "2", *words, *QUICK, "--json", "-q")
    assert ended.code == 0
    assert [last for _, last in spans_of(json.loads(ended.out))] == trained_until


def test_the_settings_of_a_model_can_be_trained_anew(model: Path, data: Path, run: Run) -> None:
    words = ("--windows", "2", "--horizon", "3", "--json", "-q")
    document = json.loads(run("evaluate", model, data, "--refit", "never", *words).out)
    assert document["notes"][0] == "no window was seen in training: the scores are honest"
    assert [last for _, last in spans_of(document)] == ["2019-06-01"] * 2


def test_a_refit_that_is_none_is_a_usage_error(data: Path, run: Run) -> None:
    ended = run("evaluate", data, "--horizon", "2", "--refit", "often")
    assert (ended.code, ended.out) == (2, "")
    assert (
        ended.err == "error: --refit often: say every, never, or a number of windows, such as 3.\n"
    )


def test_no_row_after_the_day_is_read(model: Path, data: Path, tmp_path: Path, run: Run) -> None:
    early = tmp_path / "early.csv"
    early.write_text("".join(data.read_text().splitlines(keepends=True)[:-6]))
    words = ("--windows", "1", "--json", "-q")
    expected = run("evaluate", model, early, *words).out
    assert run("evaluate", model, data, "--as-of", "2019-06-30", *words).out == expected
    forecast = run("predict", model, data, "--as-of", "2019-06-30", "-q").out
    assert forecast == run("predict", model, early, "-q").out


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_scores_of_every_series_are_written(
    ending: str, model: Path, data: Path, tmp_path: Path, run: Run
) -> None:
    path = tmp_path / f"scores.{ending}"
    ended = run("evaluate", model, data, "--scores", path)
    assert ended.code == 0
    assert f"wrote {path}" in ended.err
    frame: pd.DataFrame = getattr(pd, f"read_{ending}")(path)
    assert [name.replace("_", " ") for name in frame["method"]] == METHODS
    assert {"mae", "owa", "coverage_80", "width_20"} <= set(frame.columns)


def test_an_input_is_not_written_over_by_scores(model: Path, data: Path, run: Run) -> None:
    ended = run("evaluate", model, data, "--scores", data)
    assert ended.code == 2
    assert ended.err.endswith("is an input of this command: choose another name.\n")


def test_gates_that_are_met_change_nothing(model: Path, data: Path, run: Run) -> None:
    plain = run("evaluate", model, data, "-q")
    ended = run("evaluate", model, data, "-q", "--gate", "mase < 1e9", "--gate", "bias > -1e9")
    assert (ended.code, ended.err, ended.out) == (0, "", plain.out)


def test_gates_that_are_missed_end_with_exit_code_6(model: Path, data: Path, run: Run) -> None:
    gates = ("--gate", "mase < 0", "--gate", "mae > 0", "--gate", "coverage_80 between 2 and 3")
    ended = run("evaluate", model, data, *gates, "--json", "-q")
    assert ended.code == 6
    first, second = ended.err.splitlines()
    assert re.fullmatch(r"error: gate 'mase < 0' is not met: mase is [\d.]+\.", first)
    assert second.startswith("error: gate 'coverage_80 between 2 and 3' is not met: coverage_80 is")
    gates = json.loads(ended.out)["gates"]
    assert [gate["met"] for gate in gates] == [False, True, False]
    assert gates[0]["value"] == json.loads(ended.out)["scores"]["lstm"]["mase"]["value"]


@pytest.mark.parametrize("gate", ["mase < ", "mase < 1; import os", "mse < 1", "coverage_95 > 0"])
def test_gates_that_cannot_be_read_are_usage_errors(
    gate: str, model: Path, data: Path, run: Run
) -> None:
    ended = run("evaluate", model, data, "--gate", gate, "-q")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"error: --gate '{gate}': ")


# --- the table ------------------------------------------------------------------------------------


def tables(value: float | None) -> Tables:
    errors = dict.fromkeys([*ERRORS, "owa"], Score(value, n=12, undefined=0))
    return Tables({**errors, "coverage_80": Score(0.75, 12, 0)}, {}, {}, {})


def comparison(low: float | None, p_value: float | None) -> Comparison:
    nothing = Skill(None, None, None)
    skill = {"mae": Skill(0.9833, None, None), "rmse": nothing}
    skill["mase"] = Skill(0.9, low, None if low is None else 0.95)
    return Comparison(skill, EqualAccuracy(None if p_value is None else -3.0, p_value, 24))


def evaluation_of(value: float | None, **of_naive: float | None) -> Evaluation:
    """Five series of 24 months, of which the model knew 12, 18 or all 24."""
    panel = Panel(
        values=np.ones(5 * 24),
        offsets=24 * np.arange(6),
        first_steps=np.zeros(5, dtype=np.int64),
        series_ids=np.array(list("abcde"), dtype=object),
        axis=TimeAxis("MS", np.datetime64("2018-01-01", "us"), "%Y-%m"),
        columns=Columns("month", ("sold",), ("shop",)),
    )
    windows = Windows(np.arange(5), np.full(5, 11))
    told = Told(np.ones((5, 12)), np.ones((5, 12, 3)), (0.1, 0.5, 0.9))
    naive = comparison(of_naive.get("low", 0.25), of_naive.get("p_value", 0.0321))
    return Evaluation(
        course=Course(panel, windows, np.zeros(5, dtype=np.int64), 12, 12),
        stride=6,
        methods={"lstm": told, "seasonal_naive": told},
        verdict=Verdict(
            {"lstm": tables(value), "seasonal_naive": tables(1234.5)}, {"seasonal_naive": naive}
        ),
        known=Known(
            np.zeros(5, dtype=np.int64), np.array([11, 11, 17, 17, 23]), np.array([0, 0, 6, 6, 12])
        ),
        rounds=(Round("2019-01", "2019-12", n_series=5, n_seen=1, n_partly_seen=2),),
        notes=("a note with [brackets]",),
    )


EVALUATION = evaluation_of(20.625)


def test_the_best_of_each_column_is_marked() -> None:
    page = scoreboard(EVALUATION, colour=False).splitlines()
    assert page[2].split() == ["lstm", *["20.6*"] * 9, "75.0*"]
    assert page[3].split() == ["seasonal", "naive", *["1,234.5"] * 9, "75.0*"]
    assert page[5].split() == ["skill", "98.3%", "-", "90.0%", *["-"] * 7]
    assert page[-1] == "a note with [brackets]"


def test_the_sentence_on_windows_counts_what_was_seen() -> None:
    page = scoreboard(EVALUATION, colour=False).splitlines()
    assert "1 window of 12 steps, one every 6, season length 12:" in page
    place = page.index(
        "  2019-01 to 2019-12, 5 series: 2 unseen, 2 seen in part, 1 seen in training"
    )
    tested = "tested on 2019-01 to 2019-12"
    half, all_ = (f"validated on 2019-01 to 2019-{month} of it" for month in ("06", "12"))
    assert page[place + 1 : place + 4] == [
        f"    2 series: trained on 2018-01 to 2018-12, {tested}",
        f"    2 series: trained on 2018-01 to 2019-06, {half}, {tested}",
        f"    1 series: trained on 2018-01 to 2019-12, {all_}, {tested}",
    ]


def test_spans_beyond_the_most_common_are_left_to_json() -> None:
    assert EVALUATION.known
    apart = EVALUATION.known._replace(last=np.array([10, 11, 12, 13, -1]))
    page = scoreboard(replace(EVALUATION, known=apart), colour=False).splitlines()
    assert "    2 series: other spans, which --json tells" in page
    alone = EVALUATION.known._replace(last=np.full(5, -1))
    page = scoreboard(replace(EVALUATION, known=alone), colour=False).splitlines()
    assert "    5 series: not trained on, tested on 2019-01 to 2019-12" in page


def test_how_far_the_skill_may_be_chance_is_said() -> None:
    page = scoreboard(EVALUATION, colour=False).splitlines()
    assert "  in MASE, 95 % interval by a paired bootstrap: 25.0% to 95.0%" in page
    assert page[page.index("skill: share of the error of seasonal naive that lstm saves") + 2] == (
        "  if both erred alike, such a difference would come with a chance of 3.2% (Diebold and "
        "Mariano)"
    )
    sure = scoreboard(evaluation_of(1.0, p_value=1e-5), colour=False)
    assert "with a chance of less than 0.1 %" in sure
    mute = scoreboard(evaluation_of(1.0, low=None, p_value=None), colour=False)
    assert "bootstrap" not in mute
    assert "Diebold" not in mute


def test_statistical_models_are_judged_beside_the_naive_ones(
    model: Path, data: Path, run: Run
) -> None:
    asked = ("--baselines", "ets,theta", "--windows", "1", "--gate", "skill_ets > 0")
    ended = run("evaluate", model, data, *asked)
    assert (ended.code, "skill_ets is -" in ended.err) == (6, True)
    lines = ended.out.splitlines()
    assert [re.split(r"  +", line)[0] for line in lines[2:10]] == [*METHODS, "ets", "theta"]
    assert "fitting ets, theta to 1 windows" in ended.err
    assert run("evaluate", model, data, "--baselines", "prophet").code == 2


@pytest.mark.parametrize(
    ("value", "cell"),
    [(None, "-"), (0.0, "0.0*"), (0.012345, "0.0123*"), (5e-7, "5.000e-07*"), (2e12, "2.000e+12*")],
)
def test_numbers_keep_three_digits(value: float | None, cell: str) -> None:
    verdict = Verdict({"lstm": tables(value)}, {})
    one = replace(EVALUATION, verdict=verdict)
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
