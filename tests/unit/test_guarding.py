"""A model with a guard: what it keeps, remembers, tells and refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from lstmcast.artifact import load, save
from lstmcast.config import Config, DataConfig
from lstmcast.data.panel import Panel, build_panel, take_series
from lstmcast.data.table import table_from_frame
from lstmcast.errors import ModelFileError, UsageError
from lstmcast.evaluation.backtest import BacktestPlan
from lstmcast.evaluation.baselines import BASELINES
from lstmcast.guarding import guard_of
from lstmcast.layers import build_config
from lstmcast.nn.distributed import Workers
from lstmcast.provenance import series_hashes
from lstmcast.safeguards import _in_order
from lstmcast.workflow import evaluate, predict, sample, train

if TYPE_CHECKING:
    from pathlib import Path

    from lstmcast.artifact import Model

HORIZON = 4
LENGTH = 40


def settings(**forecast: Any) -> Config:
    quick = {
        "horizon": HORIZON,
        "device": "cpu",
        "model": {"hidden_size": 4},
        "training": {"max_steps": 4, "batch_size": 8},
    }
    return build_config([quick, {"forecast": forecast}])


def panel_of(values: np.ndarray) -> Panel:
    """Series [S, T] of days."""
    n_series, length = values.shape
    frame = pd.DataFrame(
        {
            "shop": np.repeat([f"shop {k}" for k in range(n_series)], length),
            "day": np.tile(pd.date_range("2024-01-01", periods=length), n_series),
            "sales": values.ravel(),
        }
    )
    said = DataConfig(time="day", target="sales", id="shop", frequency="D")
    return build_panel(table_from_frame(frame, said))


@pytest.fixture(scope="module")
def walks() -> Panel:
    return panel_of(50 + np.random.default_rng(0).normal(size=(6, LENGTH)).cumsum(axis=1))


@pytest.fixture(scope="module")
def model(walks: Panel) -> Model:
    return train(walks, settings(guarded=True))


def choosing(model: Model, choices: list[int], usual: int = 0) -> Model:
    """The same model, with other choices for the series that it remembers."""
    assert model.guard
    order = np.argsort(series_hashes(panel_of(np.zeros((6, LENGTH)))))
    guard = model.guard._replace(choices=np.array(choices, np.uint8)[order], usual=usual)
    return replace(model, guard=guard)


def without_guard(model: Model) -> Model:
    forecast = model.config.forecast.model_copy(update={"guarded": False})
    return replace(model, config=model.config.model_copy(update={"forecast": forecast}))


def test_the_guard_of_a_model_is_saved_and_said(model: Model, tmp_path: Path) -> None:
    save(model, tmp_path / "m.lstm")
    loaded = load(tmp_path / "m.lstm")
    assert model.guard
    assert loaded.guard
    assert loaded.guard.choices.tolist() == model.guard.choices.tolist()
    assert loaded.guard.usual == model.guard.usual
    assert model.training.kept
    assert sum(model.training.kept.values()) == 6


def test_the_guard_changes_no_network(model: Model, walks: Panel) -> None:
    plain = train(walks, settings())
    assert plain.guard is None
    assert plain.training.kept is None
    found = predict(plain, walks)
    assert predict(without_guard(model), walks).quantiles.tobytes() == found.quantiles.tobytes()
    assert found.sources is None
    assert "source" not in found.to_frame()


def test_forecasts_come_from_what_was_chosen(model: Model, walks: Panel) -> None:
    chosen = choosing(model, [0, 1, 2, 1 + len(BASELINES), 0, 0])
    found, plain = predict(chosen, walks), predict(without_guard(model), walks)
    assert found.sources is not None
    assert found.sources.tolist() == [
        "lstm", "naive", "seasonal_naive", "lstm + naive", "lstm", "lstm"
    ]  # fmt: skip
    last = walks.values.reshape(6, LENGTH)[:, -1]
    assert found.point[1].tolist() == [last[1]] * HORIZON
    assert found.point[3] == pytest.approx((plain.point[3] + last[3]) / 2)
    for row in (0, 4, 5):
        assert found.quantiles[row].tolist() == plain.quantiles[row].tolist()
    rows = found.to_frame()
    assert list(rows["source"]) == np.repeat(found.sources, HORIZON).tolist()
    assert list(rows.columns)[-1] == "source"


def test_a_series_is_known_by_its_name(model: Model, walks: Panel) -> None:
    """Neither the order of the series matters nor which of them there are."""
    chosen = choosing(model, [0, 1, 2, 3, 4, 5])
    whole = predict(chosen, walks)
    some = predict(chosen, take_series(walks, np.array([4, 1])))
    assert whole.sources is not None
    assert some.sources is not None
    assert dict(zip(some.series_ids, some.sources, strict=True)) == {
        "shop 4": whole.sources[4],
        "shop 1": whole.sources[1],
    }


def test_series_that_training_never_saw_have_the_usual_source(model: Model) -> None:
    new = replace(
        panel_of(np.random.default_rng(1).normal(9, 1, (1, LENGTH))),
        series_ids=np.array(["new"], dtype=object),
        id_parts=None,
    )
    found = predict(choosing(model, [0] * 6, usual=1), new)
    assert found.sources is not None
    assert found.sources.tolist() == ["naive"]


def test_an_evaluation_judges_what_is_kept(model: Model, walks: Panel) -> None:
    found = evaluate(walks, BacktestPlan(windows=2), model=choosing(model, [1] * 6))
    assert found.methods["lstm"].point.tolist() == found.methods["naive"].point.tolist()
    assert "windows by what the guard kept: naive 12" in found.notes


def test_each_refit_has_a_guard_of_its_own(walks: Panel) -> None:
    found = evaluate(walks, BacktestPlan(windows=2), config=settings(guarded=True))
    assert any(note.startswith("windows by what the guard kept: ") for note in found.notes)


def test_choices_are_remembered_in_the_order_of_the_hashes(model: Model, walks: Panel) -> None:
    """Networks that know what comes of one series alone are kept for it, wherever it stands."""
    points = np.full((6, 3, HORIZON), 1e6, dtype=np.float32)
    for end in range(3):
        stop = LENGTH - HORIZON * end
        points[2, end] = walks.values.reshape(6, LENGTH)[2, stop - HORIZON : stop]
    guard = guard_of(walks, points, model.config)
    assert (guard.choices == 0).tolist() == (
        model.seen.series_hashes == series_hashes(walks)[2]
    ).tolist()


def test_without_held_out_ends_networks_are_kept() -> None:
    short = train(panel_of(np.array([[1.0, 2.0]])), settings(guarded=True))
    assert short.training.kept == {"lstm": 1}


def test_what_workers_forecast_comes_in_the_order_of_the_panel(walks: Panel) -> None:
    lengths = np.array([9, 30, 12, 40, 5, 12, 8])
    uneven = replace(
        walks,
        values=np.zeros(lengths.sum()),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        first_steps=np.zeros(7, dtype=np.int64),
    )
    points = np.arange(7, dtype=np.float32).reshape(7, 1, 1)
    for size in (1, 2, 3):
        workers = Workers(rank=0, size=size)
        gathered = np.concatenate([points[workers.deal(lengths, rank)] for rank in range(size)])
        assert _in_order(gathered, workers, uneven).tolist() == points.tolist()


def test_a_model_that_was_trained_without_a_guard_cannot_have_one(walks: Panel) -> None:
    plain = train(walks, settings())
    asked = replace(plain, config=plain.config.model_copy(
        update={"forecast": plain.config.forecast.model_copy(update={"guarded": True})}
    ))  # fmt: skip
    with pytest.raises(UsageError, match="trained without a guard: train it with --guard"):
        predict(asked, walks)


def test_paths_are_of_networks_alone(model: Model, walks: Panel) -> None:
    with pytest.raises(UsageError, match=r"paths are drawn from the networks alone.*--no-guard"):
        sample(model, walks)
    assert sample(without_guard(model), walks).values.shape == (6, 100, HORIZON)


@pytest.mark.parametrize(
    ("choices", "usual"), [([99] * 6, 0), ([0] * 6, 99), ([0] * 5, 0)], ids=str
)
def test_a_guard_that_does_not_fit_is_refused(
    model: Model, tmp_path: Path, choices: list[int], usual: int
) -> None:
    assert model.guard
    guard = model.guard._replace(choices=np.array(choices, np.uint8), usual=usual)
    save(replace(model, guard=guard), tmp_path / "m.lstm")
    with pytest.raises(ModelFileError, match="the guard of the model is damaged"):
        load(tmp_path / "m.lstm")
