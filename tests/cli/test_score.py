"""`lstmcast score` and `lstmcast compare`: forecasts of any tool, and of several."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run


@pytest.fixture
def history(data: Path, tmp_path: Path) -> Path:
    """The data without their last six months."""
    path = tmp_path / "history.csv"
    path.write_text("".join(data.read_text().splitlines(keepends=True)[:-6]))
    return path


@pytest.fixture
def forecast(model: Path, history: Path, tmp_path: Path, run: Run) -> Path:
    """What the model says of these six months."""
    path = tmp_path / "forecast.csv"
    assert run("predict", model, history, "-o", path, "-q").code == 0
    return path


def document_of(run: Run, *words: str | Path) -> dict[str, Any]:
    ended = run(*words, "--json", "-q")
    assert (ended.code, ended.err) == (0, "")
    document: dict[str, Any] = json.loads(ended.out)
    return document


def test_a_forecast_has_the_scores_that_its_model_has(
    model: Path, data: Path, forecast: Path, run: Run
) -> None:
    scored = document_of(run, "score", forecast, data)["scores"]
    evaluated = document_of(run, "evaluate", model, data, "--windows", "1")["scores"]
    for name, score in evaluated["lstm"].items():
        assert scored["forecast"][name] == pytest.approx(score), name
    for method in ("naive", "seasonal_naive", "naive2"):
        assert scored[method] == evaluated[method]


@pytest.mark.parametrize("form", ["json", "parquet"])
def test_every_format_of_predict_is_read(
    form: str, model: Path, data: Path, forecast: Path, run: Run
) -> None:
    history = forecast.with_name("history.csv")
    other = forecast.with_name(f"other.{form}")
    assert run("predict", model, history, "-o", other, "-q").code == 0
    expected = document_of(run, "score", forecast, data)["scores"]["forecast"]
    assert document_of(run, "score", other, data)["scores"]["other"] == expected


def test_json_that_is_no_forecast_is_a_data_error(data: Path, tmp_path: Path, run: Run) -> None:
    path = tmp_path / "notes.json"
    path.write_text('{"forecasts": 3}')
    ended = run("score", path, data)
    assert (ended.code, ended.out) == (3, "")
    assert "the forecast has no column 'month', as the data have" in ended.err


def test_columns_of_other_tools_are_named_by_options(
    data: Path, forecast: Path, tmp_path: Path, run: Run
) -> None:
    expected = document_of(run, "score", forecast, data)["scores"]["forecast"]
    other = tmp_path / "other.parquet"
    names = {"month": "ds", "forecast": "Theta", "q0.1": "low", "q0.9": "high"}
    frame = pd.read_csv(forecast, dtype={"month": str}).rename(columns=names)
    frame[[*names.values()]].assign(other=0.0).to_parquet(other)
    columns = ("--forecast-time", "ds", "--forecast-column", "Theta")
    levels = ("--quantile", "0.1=low", "--quantile", "0.9=high")
    found = document_of(run, "score", other, data, *columns, *levels)["scores"]["other"]
    assert found["mase"] == expected["mase"]
    assert found["coverage_80"] == expected["coverage_80"]
    assert "coverage_60" not in found


def test_a_forecast_is_not_called_as_a_naive_method(data: Path, forecast: Path, run: Run) -> None:
    naive = forecast.rename(forecast.with_name("naive.csv"))
    assert list(document_of(run, "score", naive, data)["scores"])[:2] == ["naive.csv", "naive"]


def test_what_has_not_come_yet_cannot_be_scored(history: Path, forecast: Path, run: Run) -> None:
    ended = run("score", forecast, history)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.endswith(
        "nothing of what is forecast has come yet: there is no value to compare.\n"
    )


def test_actuals_alone_give_errors_that_are_not_scaled(
    data: Path, forecast: Path, tmp_path: Path, run: Run
) -> None:
    lines = data.read_text().splitlines(keepends=True)
    path = tmp_path / "actual.csv"
    path.write_text(lines[0] + "".join(lines[-6:]))
    scores = document_of(run, "score", forecast, path)["scores"]
    assert scores["forecast"]["mae"]["n"] == 6
    assert scores["forecast"]["mase"] == {"value": None, "n": 0, "undefined": 1}
    assert scores["naive"]["mae"]["value"] is None


def test_a_model_is_no_forecast(model: Path, data: Path, run: Run) -> None:
    ended = run("score", model, data)
    assert (ended.code, ended.out) == (2, "")
    assert f"{model} is a model: judge it with 'lstmcast evaluate" in ended.err


def test_gates_hold_for_forecasts_too(data: Path, forecast: Path, run: Run) -> None:
    ended = run("score", forecast, data, "--gate", "mase < 0", "-q")
    assert ended.code == 6
    assert run("score", forecast, data, "--gate", "coverage_95 > 0", "-q").code == 2
    assert run("score", forecast, data, "--quantile", "2=high").code == 2
    assert run("score", "-", data).code == 2


def test_models_and_forecasts_are_ranked_on_the_same_windows(
    model: Path, data: Path, forecast: Path, tmp_path: Path, run: Run
) -> None:
    wrong = tmp_path / "wrong.csv"
    frame = pd.read_csv(forecast)
    frame.assign(forecast=frame.forecast + 100).to_csv(wrong, index=False)
    document = document_of(run, "compare", wrong, model, forecast, data)
    names = list(document["scores"])
    assert names[2] == "wrong"
    assert set(names[:2]) == {"sales", "forecast"}
    scores = document["scores"]
    assert scores["sales"]["mae"]["value"] == pytest.approx(scores["forecast"]["mae"]["value"])
    assert document["skill"]["wrong"]["mase"]["value"] > 0
    assert document["notes"][-1].startswith("1 of the 1 windows were seen in the training of sales")


def test_models_alone_forecast_the_last_windows(model: Path, data: Path, run: Run) -> None:
    copy = model.with_name("copy.lstm")
    copy.write_bytes(model.read_bytes())
    words = ("--windows", "2", "--stride", "3", "--horizon", "4")
    document = document_of(run, "compare", model, copy, data, *words)
    evaluated = document_of(run, "evaluate", model, data, *words)
    assert document["horizon"] == 4
    assert [each["tested"] for each in document["spans"]] == [
        each["tested"] for each in evaluated["spans"]
    ]
    assert document["scores"]["sales"] == evaluated["scores"]["lstm"]
    ended = run("compare", model, copy, data, *words, "-q")
    assert "in MASE, sales saves 0.0% of the error of copy" in ended.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["M", "D"], "compare takes two or more models or forecasts, and DATA"),
        (["M", "M", "D"], "a model or forecast is given twice"),
        (["M", "-", "D"], "a model or forecast must be a file"),
    ],
)
def test_what_cannot_be_compared_is_a_usage_error(
    words: list[str], message: str, model: Path, data: Path, run: Run
) -> None:
    places = {"M": model, "D": data}
    ended = run("compare", *(places.get(word, word) for word in words))
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err


def test_models_of_different_targets_cannot_be_compared(
    model: Path, data: Path, tmp_path: Path, run: Run
) -> None:
    both, other = tmp_path / "both.csv", tmp_path / "other.lstm"
    frame = pd.read_csv(data)
    frame.assign(returns=frame.sales / 10).to_csv(both, index=False)
    quick = ("--set", "training.max_steps=8", "--set", "model.hidden_size=4")
    trained = run("train", both, "--target", "returns", "--horizon", "6", "-o", other, *quick)
    assert trained.code == 0
    ended = run("compare", model, other, both, "-q")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "error: other forecasts other series of DATA than the first model, or at other times: "
        "compare models of the same target.\n"
    )


def test_forecasts_without_a_window_in_common_cannot_be_compared(
    data: Path, forecast: Path, tmp_path: Path, run: Run
) -> None:
    later = tmp_path / "later.csv"
    lines = forecast.read_text().splitlines(keepends=True)
    later.write_text("".join([lines[0], *lines[2:]]))
    ended = run("compare", forecast, later, data)
    assert ended.code == 3
    assert "forecast and later forecast no window in common" in ended.err
