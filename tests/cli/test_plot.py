"""`lstmcast plot`: a picture by the ending of its name, or text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lstmcast.cli.painted import painted
from lstmcast.evaluation.plots.text import Line
from lstmcast.history import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

MAGIC = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


@pytest.fixture
def forecast(model: Path, data: Path, tmp_path: Path, run: Run) -> Path:
    path = tmp_path / "forecast.csv"
    assert run("predict", model, data, "-o", path).code == 0
    return path


@pytest.fixture
def forecast_of_the_past(model: Path, data: Path, tmp_path: Path, run: Run) -> Path:
    """What the model says of the last six months of the data."""
    past, path = tmp_path / "past.csv", tmp_path / "of_the_past.csv"
    past.write_text("".join(data.read_text().splitlines(keepends=True)[:-6]))
    assert run("predict", model, past, "-o", path).code == 0
    return path


@pytest.mark.parametrize("suffix", MAGIC)
def test_a_picture_in_each_format(
    suffix: str, forecast: Path, data: Path, tmp_path: Path, run: Run
) -> None:
    path = tmp_path / f"forecast{suffix}"
    ended = run("plot", forecast, data, "-o", path)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.endswith(f"wrote {path}\n")
    assert path.read_bytes().startswith(MAGIC[suffix])


def test_another_ending_is_exit_code_2_and_leaves_nothing(
    forecast: Path, data: Path, tmp_path: Path, run: Run
) -> None:
    ended = run("plot", forecast, data, "-o", tmp_path / "forecast.gif")
    assert ended.code == 2
    assert ".png, .svg, .pdf" in ended.err
    assert list(tmp_path.iterdir()) == [forecast]


def test_what_is_no_forecast_is_exit_code_3(data: Path, tmp_path: Path, run: Run) -> None:
    ended = run("plot", data, data, "-o", tmp_path / "forecast.png")
    assert (ended.code, ended.out) == (3, "")
    assert str(data) in ended.err


def test_a_series_can_be_chosen(tmp_path: Path, run: Run) -> None:
    data, forecast = tmp_path / "data.csv", tmp_path / "forecast.csv"
    months = [f"2020-{month:02}-01" for month in range(1, 10)]
    rows = [f"{shop},{month},{k}" for shop in "ab" for k, month in enumerate(months)]
    data.write_text("\n".join(["shop,ds,y", *rows]))
    forecast.write_text("shop,ds,forecast\na,2020-10-01,9\nb,2020-10-01,9\n")
    path = tmp_path / "p.png"
    assert run("plot", forecast, data, "-o", path, "--series", "a", "-q").code == 0
    ended = run("plot", forecast, data, "-o", path, "--series", "c", "-q")
    assert ended.code == 2
    assert "'c'" in ended.err


def test_only_data_may_be_stdin(data: Path, tmp_path: Path, run: Run) -> None:
    ended = run("plot", "-", data, "-o", tmp_path / "p.png")
    assert (ended.code, ended.err) == (2, "error: FORECAST must be a file: only DATA may be '-'.\n")


def test_a_model_forecasts_what_follows_the_data(
    model: Path, data: Path, forecast: Path, tmp_path: Path, run: Run
) -> None:
    by_file, by_model = tmp_path / "file.svg", tmp_path / "model.svg"
    assert run("plot", forecast, data, "-o", by_file).code == 0
    assert run("plot", model, data, "-o", by_model).code == 0
    assert by_model.read_bytes() == by_file.read_bytes()


@pytest.mark.parametrize("what", ["errors", "calibration", "residuals"])
def test_forecasts_and_models_are_judged(
    what: str, model: Path, data: Path, forecast_of_the_past: Path, run: Run
) -> None:
    path = forecast_of_the_past.with_name("p.png")
    ended = run("plot", forecast_of_the_past, data, "--what", what, "-o", path, "--dark")
    assert (ended.code, ended.out) == (0, "")
    assert path.read_bytes().startswith(MAGIC[".png"])
    ended = run("plot", model, data, "--what", what, "--windows", "2", "--stride", "3", "-o", path)
    assert (ended.code, ended.out) == (0, "")
    assert "2 of the 2 windows were seen whole in training" in ended.err


def test_a_forecast_of_any_tool_is_judged_by_columns_that_are_said(
    data: Path, forecast_of_the_past: Path, tmp_path: Path, run: Run
) -> None:
    other = tmp_path / "other.csv"
    text = forecast_of_the_past.read_text().replace("month,forecast", "ds,Theta", 1)
    other.write_text(text)
    words = ("plot", other, data, "--what", "calibration", "-o", tmp_path / "p.png")
    assert run(*words).code == 3
    assert run(*words, "--forecast-time", "ds", "--forecast-column", "Theta").code == 0


def test_what_has_not_come_cannot_be_judged(
    forecast: Path, data: Path, tmp_path: Path, run: Run
) -> None:
    ended = run("plot", forecast, data, "--what", "errors", "-o", tmp_path / "p.png", "-q")
    assert (ended.code, ended.out) == (3, "")
    assert "nothing of what is forecast has come yet" in ended.err


def test_a_training_is_drawn_from_its_history(data: Path, tmp_path: Path, run: Run) -> None:
    history, path = tmp_path / "h.csv", tmp_path / "p.png"
    rows = [f"search,1,{step},0.5,{0.4 if step == 2 else ''},0.001,1,0.1" for step in (1, 2)]
    history.write_text("\n".join([",".join(COLUMNS), *rows]))
    words = ("--what", "training", "-o", path)
    assert run("plot", history, *words).code == 0
    assert path.read_bytes().startswith(MAGIC[".png"])
    ended = run("plot", data, *words)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == (
        f"error: {data} is no history of a training: give the file that 'train --history' wrote.\n"
    )


def test_text_is_as_wide_as_columns_say(
    model: Path, data: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    ended = run("plot", model, data, "--terminal", "-q")
    assert (ended.code, ended.err) == (0, "")
    assert max(map(len, ended.out.splitlines())) == 72
    assert "\x1b" not in ended.out, "a pipe gets no colours"


def test_a_terminal_gets_colours_unless_they_are_not_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = [Line("• words ░", "•░")]
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert painted(lines) == "• words ░\x1b[1;94m•\x1b[0m\x1b[34m░\x1b[0m\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert painted(lines).replace("\x1b[1m", "").replace("\x1b[0m", "") == "• words ░•░\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("F D", "give -o FILE for a picture, or --terminal for text on stdout: one of the two"),
        ("F D -o P --terminal", "give -o FILE for a picture, or --terminal"),
        ("F -o P", "--what forecast takes a forecast or a model, and the data"),
        ("F F D -o P", "--what forecast takes a forecast or a model, and the data"),
        ("F D -o P --what training", "takes the file of 'train --history' alone"),
        ("F --terminal --what training", "--terminal is for --what forecast: leave it out"),
        ("F D -o P --what errors --series a", "--series is for --what forecast"),
        ("F D --terminal --dark", "--dark is for pictures"),
        ("M D -o P --windows 2", "--windows is for --what errors, calibration, residuals"),
        ("F -o P --what training --device cpu", "--device is for forecasts"),
        ("F D -o P --what errors --stride 2", "--stride is for a model, and a forecast file"),
        ("M D -o P --what errors --cutoff c", "--cutoff is for a forecast file, and a model"),
        ("F D -o P --what curves", "invalid value for '--what'"),
        ("- D -o P", "FORECAST must be a file"),
        ("- -o P --what training", "HISTORY must be a file"),
    ],
)
def test_what_does_not_go_together_is_a_usage_error(
    words: str, message: str, model: Path, data: Path, run: Run
) -> None:
    places = {"F": data, "M": model, "D": data, "P": data.with_name("p.png")}
    ended = run("plot", *(places.get(word, word) for word in words.split()))
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert not places["P"].exists()
