"""`lstmcast train`: settings in their order, refusals before the work, a model file at the end."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from lstmcast import artifact

if TYPE_CHECKING:
    from conftest import Run

QUICK = ("--set", "training.max_steps=8", "--set", "model.hidden_size=4")


MLP_IS_NOT_RECURRENT = (
    "setting model = {'bidirectional': True, 'kind': 'mlp'}: an mlp has no recurrence: leave out "
    "model.bidirectional, or take --model lstm."
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("horizon: 4\nseed: 4\ncontext_length: 24\nmodel: {hidden_size: 4}\n")
    return path


def printed(run: Run, *words: str | Path) -> dict[str, Any]:
    ended = run("train", *words, "--print-config")
    assert ended.code == 0
    settings = yaml.safe_load(ended.out)
    assert isinstance(settings, dict)
    return settings


# --- settings -----------------------------------------------------------------------------------


def test_a_named_option_wins_over_set_and_set_over_the_file(
    data: Path, config: Path, run: Run
) -> None:
    settings = printed(
        run, data, "--config", config, "--set", "seed=5", "--set", "horizon=5", "--horizon", "6"
    )
    assert (settings["horizon"], settings["seed"], settings["context_length"]) == (6, 5, 24)
    assert settings["model"]["hidden_size"] == 4


def test_every_option_reaches_its_setting(data: Path, run: Run) -> None:
    settings = printed(
        run,
        *(data, "--horizon", "3", "--season-length", "6,24", "--context-length", "20"),
        *("--seed", "7", "--device", "cpu", "--size", "small"),
        *("--threads", "1", "--budget", "1.5m"),
        *("--time", "month", "--target", "sales", "--frequency", "MS"),
    )
    expected = {
        "horizon": 3,
        "season_length": 6,
        "other_season_lengths": [24],
        "size": "small",
        "context_length": 20,
        "seed": 7,
        "device": "cpu",
        "threads": 1,
    }
    assert settings["training"]["budget_seconds"] == 90
    assert expected.items() <= settings.items()
    named = {"time": "month", "target": "sales", "id": None, "frequency": "MS"}
    assert named.items() <= settings["data"].items()


def test_a_season_that_is_no_number(data: Path, run: Run) -> None:
    ended = run("train", data, "--horizon", "3", "--season-length", "12,a", "--print-config")
    assert ended.code == 2
    assert "--season-length 12,a: write steps with commas, such as 12 or 24,168." in ended.err


def test_the_calendar_can_be_turned_off(data: Path, run: Run) -> None:
    assert printed(run, data, "--horizon", "3")["data"]["calendar"] is True
    settings = printed(run, data, "--horizon", "3", "--no-calendar")
    assert settings["data"]["calendar"] is False


def test_what_print_config_prints_is_a_config_that_prints_the_same(
    data: Path, tmp_path: Path, run: Run
) -> None:
    first = printed(run, data, "--horizon", "6")
    path = tmp_path / "printed.yaml"
    path.write_text(yaml.safe_dump(first))
    assert printed(run, data, "--config", path) == first


def test_how_a_file_is_written_can_be_said(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "sales.txt"
    rows = "".join(f"{2000 + k}-01-01#1.{k:03}#Köln\n" for k in range(100, 130))
    path.write_text(f"day#sold#shop\n{rows}", encoding="utf-16-le")
    words = ["--delimiter", "#", "--decimal", ",", "--thousands", ".", "--encoding", "utf-16-le"]
    data = printed(run, path, "--horizon", "2", *words)["data"]
    said = {
        "time": "day",
        "target": "sold",
        "id": "shop",
        "frequency": "YS-JAN",
        "delimiter": "#",
        "decimal": ",",
        "thousands": ".",
        "encoding": "utf-16-le",
    }
    assert said.items() <= data.items()
    ended = run("train", path, "--horizon", "2", "--print-config", *words)
    assert "read as utf-16-le; separated by '#'; decimal comma; thousands grouped by points" in (
        ended.err
    )


def test_a_folder_of_files_is_trained_on(data: Path, tmp_path: Path, run: Run) -> None:
    for name in ("north", "south"):
        (tmp_path / f"{name}.csv").write_bytes(data.read_bytes())
    ended = run("train", tmp_path, "--horizon", "2", "--print-config")
    assert yaml.safe_load(ended.out)["data"]["id"] == "file"
    assert f"2 files in {tmp_path}\neach file is a series, named after it" in ended.err
    path = tmp_path / "printed.yaml"
    path.write_text(ended.out)
    assert printed(run, tmp_path, "--config", path) == yaml.safe_load(ended.out)


def test_print_config_says_on_stderr_what_was_found(data: Path, run: Run) -> None:
    ended = run("train", data, "--horizon", "6", "--print-config")
    assert "time column 'month'" in ended.err
    assert "season length 12" in ended.err
    assert run("train", data, "--horizon", "6", "--print-config", "-q").err == ""


def test_the_model_option_names_the_kind_of_network(data: Path, run: Run) -> None:
    words = ("--horizon", "3", "--set", "model.layers=2", "--set", "model.kind=rnn")
    settings = printed(run, data, *words, "--model", "gru")
    assert (settings["model"]["kind"], settings["model"]["layers"]) == ("gru", 2)
    ended = run("train", data, *words, "--print-config")
    assert "3 rnn network(s) of 2 layer(s) of 64 units" in ended.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["--model", "mlp", "--set", "model.bidirectional=true"],
            MLP_IS_NOT_RECURRENT,
        ),
        (
            ["--set", "model.hiden_size=3"],
            "unknown setting model.hiden_size: did you mean model.hidden_size?",
        ),
        (["--set", "horizon"], "--set horizon: write key=value, such as model.hidden_size=64."),
        (["--horizon", "0"], "setting horizon = 0: input should be greater than or equal to 1."),
        (
            ["--config", "absent.yaml"],
            "cannot read config file absent.yaml: No such file or directory.",
        ),
    ],
)
def test_a_bad_setting_is_exit_code_2(
    words: list[str], sentence: str, data: Path, run: Run
) -> None:
    ended = run("train", data, *words, "--print-config")
    assert (ended.code, ended.out, ended.err) == (2, "", f"error: {sentence}\n")


def test_an_encoder_that_would_look_back_too_far_is_exit_code_2(data: Path, run: Run) -> None:
    words = ("--horizon", "3", "--context-length", "20", "--set", "model.dilations=[[1,21]]")
    ended = run("train", data, *words, "--print-config")
    assert (ended.code, ended.out) == (2, "")
    assert "error: setting model.dilations has 21: more than the 7 steps that the" in ended.err


def test_all_bad_settings_are_told_at_once(data: Path, run: Run) -> None:
    ended = run("train", data, "--set", "seeed=1", "--set", "model.layers=0", "--print-config")
    assert ended.code == 2
    assert [line.split(":")[:2] for line in ended.err.splitlines()] == [
        ["error", " setting model.layers = 0"],
        ["error", " unknown setting seeed"],
    ]


def test_without_a_horizon_there_is_nothing_to_train(data: Path, tmp_path: Path, run: Run) -> None:
    ended = run("train", data, "-o", tmp_path / "sales.lstm", "-q")
    assert ended.code == 2
    assert "--horizon N" in ended.err
    assert list(tmp_path.iterdir()) == []


# --- the model file -----------------------------------------------------------------------------


def test_a_training_leaves_one_file_and_says_what_comes_next(
    data: Path, tmp_path: Path, run: Run
) -> None:
    path = tmp_path / "my sales.lstm"
    ended = run("train", data, "--horizon", "6", "-o", path, *QUICK)
    assert (ended.code, ended.out) == (0, "")
    assert list(tmp_path.iterdir()) == [path]
    assert artifact.load(path).config.horizon == 6
    *_, wrote, following = ended.err.splitlines()
    pattern = r"wrote .*my sales\.lstm \(\d+ kB\): 1 series, 60 observations, \d steps, .* in .* s"
    assert re.fullmatch(pattern, wrote)
    assert following == f"next: lstmcast predict '{path}' {data}"


def test_quiet_says_nothing(data: Path, tmp_path: Path, run: Run) -> None:
    ended = run("train", data, "--horizon", "6", "-o", tmp_path / "m.lstm", "-q", *QUICK)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_json_is_one_document_on_stdout(data: Path, tmp_path: Path, run: Run) -> None:
    path = tmp_path / "m.lstm"
    ended = run("train", data, "--horizon", "6", "-o", path, "--json", *QUICK)
    assert ended.code == 0
    document = json.loads(ended.out)
    assert document["model"] == str(path)
    assert document["bytes"] == path.stat().st_size
    assert document["seconds"] > 0
    assert document["config"]["horizon"] == 6
    assert document["training"]["n_observations"] == 60


def test_same_seed_same_model(data: Path, tmp_path: Path, run: Run) -> None:
    paths = (tmp_path / "a.lstm", tmp_path / "b.lstm")
    for path in paths:
        run("train", data, "--horizon", "6", "--seed", "3", "-o", path, "-q", *QUICK)
    one, other = (artifact.load(path) for path in paths)
    assert (one.config, one.training) == (other.config, other.training)
    assert one.weights.keys() == other.weights.keys()
    assert all((one.weights[name] == other.weights[name]).all() for name in one.weights)


def test_a_model_is_replaced_by_force_alone(
    model: Path, data: Path, tmp_path: Path, run: Run
) -> None:
    path = Path(shutil.copy(model, tmp_path))
    before = path.read_bytes()
    words = ("train", data, "--horizon", "6", "--seed", "1", "-q", "-o", path, *QUICK)
    ended = run(*words)
    sentence = f"error: {path} exists: give --force to replace it, or another -o MODEL.\n"
    assert (ended.code, ended.err) == (2, sentence)
    assert path.read_bytes() == before
    assert run(*words, "--force").code == 0
    assert path.read_bytes() != before


# --- refusals before the data is read -------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("-", "the output of -o must be a file: only DATA may be '-'."),
        ("no/m.lstm", "cannot write no/m.lstm: there is no folder no; make it first."),
        (None, "name the model file to write: -o MODEL, such as -o sales.lstm."),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_the_data_is_read(
    output: str | None, sentence: str, run: Run
) -> None:
    words = ["-o", output] if output else []
    ended = run("train", "absent.csv", "--horizon", "6", *words)
    assert (ended.code, ended.out, ended.err) == (2, "", f"error: {sentence}\n")


def test_the_data_is_not_overwritten_by_its_model(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("ds,y\n2020-01-01,1\n")
    ended = run("train", path, "--horizon", "1", "-o", path, "--force")
    sentence = f"error: -o {path} is an input of this command: choose another name.\n"
    assert (ended.code, ended.err) == (2, sentence)
    assert path.read_text() == "ds,y\n2020-01-01,1\n"


def test_bad_data_is_exit_code_3_and_leaves_nothing(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("ds,y\n2020-01-01,1\n2020-02-01,two\n2020-03-01,3\n")
    ended = run("train", path, "--horizon", "1", "-o", tmp_path / "m.lstm", "--target", "y")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith(f"error: {path}")
    assert "row 3" in ended.err
    assert "'two'" in ended.err
    assert list(tmp_path.iterdir()) == [path]


def test_absent_data_is_exit_code_3(tmp_path: Path, run: Run) -> None:
    ended = run("train", tmp_path / "no.csv", "--horizon", "1", "-o", tmp_path / "m.lstm")
    assert ended.code == 3
    assert "no.csv" in ended.err
    assert list(tmp_path.iterdir()) == []


# --- what stands beside a training ----------------------------------------------------------------


def test_a_history_has_a_row_for_each_step(data: Path, tmp_path: Path, run: Run) -> None:
    history = tmp_path / "h.csv"
    words = ("train", data, "--horizon", "6", "-o", tmp_path / "m.lstm", "-q", *QUICK)
    assert run(*words, "--history", history).code == 0
    rows = history.read_text().splitlines()
    assert rows[0].startswith("phase,member,step,loss,validation,")
    assert len(rows) == 1 + 3 * 8


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--history", "{data}"], "--history {data} is an input of this command"),
        (["--history", "{model}"], "--history and -o name the same file: give each its own."),
        (["--from", "-"], "the model of --from must be a file: only DATA may be '-'."),
        (["--from", "{model}"], "model file {model} does not exist: check the path."),
    ],
)
def test_files_that_are_in_each_others_way(
    words: list[str], sentence: str, data: Path, tmp_path: Path, run: Run
) -> None:
    model = tmp_path / "m.lstm"
    names = {"data": data, "model": model}
    more = [word.format(**names) for word in words]
    ended = run("train", data, "--horizon", "6", "-o", model, *more)
    assert ended.code in {2, 4}
    assert sentence.format(**names) in ended.err
    assert not model.exists()


def test_a_model_is_the_beginning_of_another(
    model: Path, data: Path, tmp_path: Path, run: Run
) -> None:
    path = tmp_path / "tuned.lstm"
    words = ("train", data, "--from", model, "-o", path, "--set", "training.max_steps=4")
    assert run(*words).code == 0
    tuned, base = artifact.load(path), artifact.load(model)
    assert (tuned.config.horizon, tuned.config.model) == (6, base.config.model)
    assert tuned.training.base is not None
    assert "nothing to do" in run(*words).err
    ended = run(*words, "--set", "model.hidden_size=5", "--force")
    assert ended.code == 2
    assert "the model to begin with has 4; leave the setting out" in ended.err


def test_tensorboard_is_an_extra(
    data: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    words = ("train", data, "--horizon", "6", "-o", tmp_path / "m.lstm", "-q")
    ended = run(*words, "--tensorboard", tmp_path / "curves")
    assert ended.code == 2
    assert "--tensorboard needs the package 'tensorboard'" in ended.err
