"""`lstmcast report`: a page by its name, the same each time; nothing where something is wrong."""

from __future__ import annotations

import html
import re
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run, Start

QUICK = ("--set", "training.max_steps=2", "--set", "model.hidden_size=4")


def text_of(path: Path) -> str:
    """Return the page as a person reads it, scripts left out."""
    page = re.sub(r"<(script|style).*?</\1>", "", path.read_text(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_a_page_that_tells_of_model_and_data(
    model: Path, data: Path, tmp_path: Path, run: Run
) -> None:
    path = tmp_path / "report.html"
    ended = run("report", model, data, "-o", path, "--windows", "2", "--stride", "3")
    assert (ended.code, ended.out) == (0, "")
    assert re.fullmatch(rf"wrote {path} \(2\.\d MB\)", ended.err.splitlines()[-1])
    text = text_of(path)
    assert "sales.csv" in text
    assert "Model sales.lstm , data up to 2019-12-01" in text
    assert "over 2 windows of 6 steps of 1 series" in text
    assert "had seen all of these windows in training" in text


def test_statistical_models_stand_in_the_scores(
    model: Path, data: Path, tmp_path: Path, run: Run
) -> None:
    page = tmp_path / "report.html"
    asked = ("--baselines", "theta", "--windows", "1", "-q")
    assert run("report", model, data, "-o", page, *asked).code == 0
    assert '<th scope="row">theta</th>' in page.read_text("utf-8")


def test_the_same_input_gives_the_same_bytes(
    model: Path, data: Path, tmp_path: Path, run: Run
) -> None:
    paths = tmp_path / "a.html", tmp_path / "b.html"
    for path in paths:
        assert run("report", model, data, "-o", path, "-q").code == 0
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_data_from_a_pipe_up_to_a_day(
    model: Path, data: Path, tmp_path: Path, start: Start
) -> None:
    path = tmp_path / "report.html"
    words = ("--as-of", "2019-06-30", "--horizon", "2", "--quantile-levels", "0.05,0.95", "-q")
    ended = start("report", model, "-", "-o", path, *words, input=data.read_bytes())
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    text = text_of(path)
    assert "standard input" in text
    assert "data up to 2019-06-01" in text
    assert "of 2 steps" in text
    assert "90 %" in text


def test_a_future_that_is_not_known_is_said_and_is_no_obstacle(tmp_path: Path, run: Run) -> None:
    table, model = tmp_path / "weather.csv", tmp_path / "weather.lstm"
    days = [f"2024-{1 + k // 28:02}-{1 + k % 28:02},{50 + k % 7},{k % 5}" for k in range(84)]
    table.write_text("\n".join(["day,sales,rain", *days]) + "\n")
    reading = ("--known", "rain", "--frequency", "D")
    assert run("train", table, "--horizon", "3", "-o", model, "-q", *reading, *QUICK).code == 0
    path = tmp_path / "report.html"
    assert run("report", model, table, "-o", path).code == 0
    text = text_of(path)
    assert "what follows the data is not forecast: known covariates ('rain') are absent" in text
    assert "A report reads them from DATA, in rows behind the last value." in text
    assert "known covariates that end early" in text


def test_no_package_for_pages_is_exit_code_2_before_the_work(
    model: Path, data: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    ended = run("report", model, data, "-o", tmp_path / "report.html")
    sentence = "error: report needs the package 'plotly': pip install 'lstmcast[report]'.\n"
    assert (ended.code, ended.err) == (2, sentence)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("which", ["model", "data"])
def test_no_input_is_written_over(which: str, model: Path, data: Path, run: Run) -> None:
    path = {"model": model, "data": data}[which]
    before = path.read_bytes()
    ended = run("report", model, data, "-o", path)
    assert ended.code == 2
    assert "is an input of this command" in ended.err
    assert path.read_bytes() == before


def test_series_too_short_to_be_judged_are_exit_code_3(
    model: Path, data: Path, tmp_path: Path, run: Run
) -> None:
    path = tmp_path / "report.html"
    ended = run("report", model, data, "-o", path, "--horizon", "60")
    assert ended.code == 3
    assert not path.exists()
