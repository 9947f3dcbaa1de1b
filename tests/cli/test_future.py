"""`lstmcast future` and `predict --future`: what is needed, filled in, is what is taken."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

QUICK = ("--set", "training.max_steps=8", "--set", "model.hidden_size=4")
HEADER = ["month", "promo"]


@pytest.fixture
def with_promo(data: Path, tmp_path: Path, run: Run) -> tuple[Path, Path]:
    """A model with a covariate that is known ahead, and its data."""
    path = tmp_path / "promo.csv"
    first, *rows = data.read_text().splitlines()
    rows = [f"{row},{k % 5 == 0:d}" for k, row in enumerate(rows)]
    path.write_text("\n".join([f"{first},promo", *rows, "2020-01-01,,1"]) + "\n")
    model = tmp_path / "promo.lstm"
    ended = run(
        *("train", path, "--target", "sales", "--known", "promo", "--horizon", "3"),
        *("-o", model, *QUICK),
    )
    assert ended.code == 0, ended.err
    assert "covariates: known ahead 'promo'" in ended.err
    return model, path


def test_what_is_needed_is_filled_in_and_taken(
    with_promo: tuple[Path, Path], tmp_path: Path, run: Run
) -> None:
    model, data = with_promo
    refused = run("predict", model, data)
    assert refused.code == 3
    assert (
        "error: known covariates ('promo') are absent for 'sales' at 2020-02-01, 'sales' at "
        "2020-03-01: "
    ) in refused.err
    need = tmp_path / "need.csv"
    ended = run("future", model, data, "-o", need)
    assert (ended.code, ended.out) == (0, "")
    assert f"wrote {need}: 3 rows to fill in" in ended.err
    header, *rows = csv.reader(io.StringIO(need.read_text()))
    assert header == HEADER
    assert rows == [["2020-01-01", "1.0"], ["2020-02-01", ""], ["2020-03-01", ""]]
    need.write_text("month,promo\n2020-02-01,1\n2020-03-01,0\n")
    taken = run("predict", model, data, "--future", need, "-q")
    assert (taken.code, taken.err) == (0, "")
    assert [row["month"] for row in csv.DictReader(io.StringIO(taken.out))] == [
        *("2020-01-01", "2020-02-01", "2020-03-01")
    ]


def test_any_horizon_on_stdout(with_promo: tuple[Path, Path], run: Run) -> None:
    ended = run("future", *with_promo, "--horizon", "1", "-q")
    assert (ended.code, ended.out, ended.err) == (0, "month,promo\n2020-01-01,1.0\n", "")


def test_a_model_that_needs_nothing(model: Path, data: Path, run: Run) -> None:
    ended = run("future", model, data)
    assert ended.code == 2
    assert "was trained without covariates that are known ahead (--known)" in ended.err
    ended = run("predict", model, data, "--future", data)
    assert ended.code == 2
    assert "was trained without covariates that are known ahead (--known)" in ended.err
