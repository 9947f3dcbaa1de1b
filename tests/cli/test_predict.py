"""`lstmcast predict`: any horizon, level and format, to stdout or whole into a file."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run


def test_csv_on_stdout_by_default(model: Path, data: Path, run: Run) -> None:
    ended = run("predict", model, data)
    assert ended.code == 0
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    levels = [f"q0.{tenth}" for tenth in range(1, 10)]
    assert list(rows[0]) == ["month", "forecast", *levels]
    assert [row["month"] for row in rows] == [f"2020-{month:02}-01" for month in range(1, 7)]
    assert all(row["forecast"] == row["q0.5"] for row in rows)
    assert all(float(row["q0.1"]) <= float(row["q0.9"]) for row in rows)
    found = "time column 'month' (monthly, MS), target column 'sales', no id column: one series\n"
    assert ended.err == found


def test_quiet_says_nothing_and_verbose_more(model: Path, data: Path, run: Run) -> None:
    assert run("predict", model, data, "-q").err == ""
    assert "1 series, 6 steps each" in run("predict", model, data, "-v").err


def test_any_horizon_and_any_level(model: Path, data: Path, run: Run) -> None:
    ended = run("predict", model, data, "--horizon", "20", "--quantile-levels", "0.975, 0.5,0.025")
    rows = list(csv.reader(io.StringIO(ended.out)))
    assert rows[0] == ["month", "forecast", "q0.025", "q0.5", "q0.975"]
    assert len(rows) == 21


@pytest.mark.parametrize("name", ["f.csv", "f.json", "f.parquet", "F.JSON", "f.txt"])
def test_the_ending_of_the_file_says_its_format(
    name: str, model: Path, data: Path, tmp_path: Path, run: Run
) -> None:
    path = tmp_path / name
    ended = run("predict", model, data, "-o", path)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.splitlines()[-1] == f"wrote {path}"
    assert list(tmp_path.iterdir()) == [path]
    content = path.read_bytes()
    if path.suffix == ".parquet":
        assert pq.read_table(path).num_rows == 6
    elif path.suffix.lower() == ".json":
        assert len(json.loads(content)["forecasts"]) == 6
    else:
        assert content.startswith(b"month,forecast,")


def test_format_wins_over_the_ending(model: Path, data: Path, tmp_path: Path, run: Run) -> None:
    path = tmp_path / "f.csv"
    run("predict", model, data, "-o", path, "--format", "json")
    assert json.loads(path.read_text())["horizon"] == 6


def test_a_dash_is_stdout(model: Path, data: Path, run: Run) -> None:
    assert json.loads(run("predict", model, data, "-o", "-", "--format", "json").out)


def test_a_forecast_replaces_an_older_one(
    model: Path, data: Path, tmp_path: Path, run: Run
) -> None:
    path = tmp_path / "f.csv"
    path.write_text("old")
    assert run("predict", model, data, "-o", path, "-q").code == 0
    assert path.read_text().startswith("month,")


def test_parquet_is_not_for_a_terminal(
    model: Path, data: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(type(sys.stdout), "isatty", lambda _: True)
        ended = run("predict", model, data, "--format", "parquet")
    sentence = "error: Parquet is not for a terminal: name a file with -o, or use a pipe.\n"
    assert (ended.code, ended.out, ended.err) == (2, "", sentence)


@pytest.mark.parametrize(
    ("levels", "sentence"),
    [
        ("0.1;0.9", "write levels with commas, such as 0.1,0.5,0.9."),
        ("", "write levels with commas, such as 0.1,0.5,0.9."),
        ("0.5,1", "quantile level 1 does not lie between 0 and 1."),
        ("nan", "quantile level nan does not lie between 0 and 1."),
        ("0.5,0.5", "quantile level 0.5 is given twice."),
    ],
)
def test_a_bad_level_is_refused_before_anything_is_read(
    levels: str, sentence: str, run: Run
) -> None:
    ended = run("predict", "absent.lstm", "absent.csv", "--quantile-levels", levels)
    assert (ended.code, ended.err) == (2, f"error: --quantile-levels {levels}: {sentence}\n")


# --- paths ----------------------------------------------------------------------------------------


def test_samples_are_a_long_table_of_paths(model: Path, data: Path, run: Run) -> None:
    ended = run("predict", model, data, "--samples", "3", "--horizon", "2", "-q")
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    assert list(rows[0]) == ["month", "sample", "value"]
    assert [(row["month"], row["sample"]) for row in rows] == [
        (f"2020-0{month}-01", str(sample)) for sample in (1, 2, 3) for month in (1, 2)
    ]
    assert len({row["value"] for row in rows}) == 6


def test_the_seed_decides_the_paths(model: Path, data: Path, tmp_path: Path, run: Run) -> None:
    ask = ("predict", model, data, "--samples", "4", "-q")
    first, again = (run(*ask, "--seed", "7").out for _ in range(2))
    assert first == again != run(*ask).out
    assert run(*ask).out == run(*ask, "--seed", "0").out, "the seed of the model"
    path = tmp_path / "paths.json"
    assert run(*ask, "-o", path).code == 0
    assert json.loads(path.read_text())["samples"] == 4


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--seed", "1"], "--seed is for --samples: quantiles leave nothing to chance."),
        (
            ["--samples", "2", "--quantile-levels", "0.5"],
            "--samples takes the place of --quantile-levels: give one of them.",
        ),
    ],
)
def test_options_of_paths_and_of_quantiles_do_not_mix(
    words: list[str], sentence: str, run: Run
) -> None:
    ended = run("predict", "absent.lstm", "absent.csv", *words)
    assert (ended.code, ended.err) == (2, f"error: {sentence}\n")


def test_more_paths_than_fit_are_refused(model: Path, data: Path, run: Run) -> None:
    ended = run("predict", model, data, "--samples", "100000000", "-q")
    assert ended.code == 2
    assert "are 600,000,000 values, and at most 100,000,000 are drawn at once" in ended.err


def test_levels_of_training_are_those_of_the_forecast(data: Path, tmp_path: Path, run: Run) -> None:
    path = tmp_path / "m.lstm"
    quick = ("--set", "training.max_steps=2", "--set", "model.hidden_size=4", "-q")
    asked = ("--horizon", "2", "--quantile-levels", "0.025,0.975")
    assert run("train", data, *asked, "-o", path, *quick).code == 0
    header = run("predict", path, data, "-q").out.splitlines()[0]
    assert header == "month,forecast,q0.025,q0.975"
    evaluated = run("evaluate", path, data, "-q", "--windows", "1")
    assert "the coverage of the 95 % interval is best at 95" in evaluated.out
    levels = ("--quantile-levels", "0.3,0.5")
    without = run("evaluate", path, data, "-q", "--windows", "1", *levels).out
    assert "coverage" not in without


@pytest.mark.parametrize("head", ["normal", "student_t", "negative_binomial"])
def test_every_head_is_trained_told_and_sampled(
    head: str, data: Path, tmp_path: Path, run: Run
) -> None:
    path = tmp_path / "m.lstm"
    quick = ("--set", "training.max_steps=2", "--set", "model.hidden_size=4", "-q")
    trained = run(
        "train", data, "--horizon", "2", "--head", head, "--loss", "mse", "-o", path, *quick
    )
    assert trained.code == 0
    rows = list(csv.DictReader(io.StringIO(run("predict", path, data, "-q").out)))
    assert [float(row["q0.1"]) < float(row["q0.5"]) < float(row["q0.9"]) for row in rows]
    assert any(row["forecast"] != row["q0.5"] for row in rows)
    assert run("predict", path, data, "--samples", "2", "-q").code == 0


def test_a_head_of_counts_is_for_counts(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "d.csv"
    path.write_text("month,sales\n2020-01-01,1\n2020-02-01,2.5\n2020-03-01,3\n")
    ask = ("train", path, "--horizon", "1", "--head", "negative_binomial", "-o", tmp_path / "m")
    ended = run(*ask, "-q")
    assert ended.code == 3
    assert "2020-02-01: 2.5 is no count, and --head negative_binomial is for counts" in ended.err


def test_the_inputs_are_not_overwritten(model: Path, data: Path, run: Run) -> None:
    for path in (model, data):
        before = path.read_bytes()
        assert run("predict", model, data, "-o", path).code == 2
        assert path.read_bytes() == before


def test_a_column_of_another_name_can_be_named(model: Path, tmp_path: Path, run: Run) -> None:
    path = tmp_path / "d.csv"
    path.write_text("when,a,b\n2020-01-01,1,9\n2020-02-01,2,9\n2020-03-01,3,9\n")
    ambiguous = run("predict", model, path)
    assert ambiguous.code == 3
    assert "--target" in ambiguous.err
    ended = run("predict", model, path, "--target", "a", "--time", "when")
    assert ended.out.startswith("when,forecast,")


def test_bad_data_is_exit_code_3_and_leaves_nothing(model: Path, tmp_path: Path, run: Run) -> None:
    path = tmp_path / "d.csv"
    path.write_text("month,sales\n2020-01-01,1\n2020-01-01,2\n2020-02-01,3\n")
    ended = run("predict", model, path, "-o", tmp_path / "f.csv")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith(f"error: {path}")
    assert list(tmp_path.iterdir()) == [path]


# --- model files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [("predict", "{}", "{}"), ("info", "{}"), ("evaluate", "{}", "{}")]
)
def test_an_absent_or_damaged_model_is_exit_code_4(
    command: tuple[str, ...], model: Path, data: Path, tmp_path: Path, run: Run
) -> None:
    cut = tmp_path / "cut.lstm"
    cut.write_bytes(model.read_bytes()[:-1])
    for path in (tmp_path / "absent.lstm", cut, data, tmp_path):
        ended = run(command[0], path, *([data] if command[2:] else []))
        assert (ended.code, ended.out) == (4, "")
        assert ended.err.startswith("error: ")
        assert str(path) in ended.err


def test_a_model_cannot_come_from_stdin(data: Path, run: Run) -> None:
    ended = run("predict", "-", data)
    assert (ended.code, ended.err) == (2, "error: MODEL must be a file: only DATA may be '-'.\n")


def test_forecasts_are_held_to_bounds(model: Path, data: Path, run: Run) -> None:
    ended = run("predict", model, data, "--upper", "150", "--lower", "149.5")
    assert ended.code == 0
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    values = [float(row[name]) for row in rows for name in ("forecast", "q0.1", "q0.9")]
    assert min(values) >= 149.5
    assert max(values) <= 150
    assert "forecasts held to their bounds: 1 of 1 series (see --lower and --upper)" in ended.err
    free = run("predict", model, data, "--lower", "none")
    assert "held" not in free.err
    wrong = run("predict", model, data, "--lower", "2", "--upper", "1")
    assert wrong.code == 2
    assert "forecast.lower is higher than forecast.upper" in wrong.err


def test_a_guard_says_where_each_forecast_comes_from(
    model: Path, data: Path, tmp_path: Path, run: Run
) -> None:
    guarded = tmp_path / "guarded.lstm"
    quick = ("--set", "training.max_steps=8", "--set", "model.hidden_size=4")
    trained = run("train", data, "--horizon", "6", "--guard", "-o", guarded, *quick)
    assert trained.code == 0
    assert re.search(r"; the guard keeps \S.* 1$", trained.err, re.MULTILINE)
    rows = run("predict", guarded, data, "--quantile-levels", "0.5", "-q").out.splitlines()
    assert rows[0] == "month,forecast,q0.5,source"
    sources = {row.rpartition(",")[2] for row in rows[1:]}
    assert f"{sources.pop()} 1" in trained.err
    assert not sources
    plain = run("predict", model, data, "-q")
    assert run("predict", guarded, data, "--no-guard", "-q").out == plain.out
    paths = run("predict", guarded, data, "--samples", "2")
    assert (paths.code, "say --no-guard" in paths.err) == (2, True)
    late = run("predict", model, data, "--guard")
    assert (late.code, "trained without a guard: train it with --guard" in late.err) == (2, True)
