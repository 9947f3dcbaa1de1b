"""`lstmcast plot`: a picture by the ending of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

MAGIC = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


@pytest.fixture
def forecast(model: Path, data: Path, tmp_path: Path, run: Run) -> Path:
    path = tmp_path / "forecast.csv"
    assert run("predict", model, data, "-o", path).code == 0
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
