"""Covariates through training, prediction and backtest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from lstmcast.artifact import load, save
from lstmcast.config import Config, DataConfig
from lstmcast.data.panel import Panel, build_panel, truncate
from lstmcast.data.table import table_from_frame
from lstmcast.errors import DataError
from lstmcast.evaluation.backtest import BacktestPlan
from lstmcast.workflow import evaluate, predict, train

if TYPE_CHECKING:
    from pathlib import Path

    from lstmcast.artifact import Model
    from lstmcast.evaluation.backtest import Evaluation

HORIZON = 6
SAID = DataConfig(time="day", target="sold", id="shop", known=("promo", "kind"), static="size")


def shops(days: int = 150, promo_ahead: bool = True, kinds: tuple[str, ...] = ("a", "b")) -> Panel:
    """Sales that rise by 5 on days with a promotion, which nothing but the covariate tells."""
    rng = np.random.default_rng(1)
    frames = []
    for shop in ("north", "south"):
        promo = rng.random(days + HORIZON) < 0.3
        sold = 20 + 5 * promo + 0.2 * rng.standard_normal(days + HORIZON)
        sold[days:] = np.nan
        frame = {
            "day": pd.date_range("2024-01-01", periods=days + HORIZON).astype(str),
            "shop": shop,
            "sold": sold,
            "promo": promo.astype(float),
            "kind": rng.choice(kinds, days + HORIZON),
            "size": 3.0 if shop == "north" else 7.0,
        }
        frames.append(pd.DataFrame(frame).iloc[: None if promo_ahead else days])
    return build_panel(table_from_frame(pd.concat(frames), SAID))


def settings(**more: object) -> Config:
    small = {"model": {"members": 1, "hidden_size": 16}, "training": {"max_steps": 200}}
    return Config.model_validate({"horizon": HORIZON, "data": SAID.model_dump()} | small | more)


@pytest.fixture(scope="module")
def model() -> Model:
    return train(shops(), settings())


def test_a_forecast_follows_what_is_known_ahead(model: Model) -> None:
    panel = shops()
    forecast = predict(model, panel)
    promo = np.stack(
        [panel.known.numbers[end - HORIZON : end, 0] for end in panel.known_offsets[1:]]
    )
    assert 0 < promo.sum() < promo.size
    assert forecast.point[promo == 1].min() > forecast.point[promo == 0].max()
    assert forecast.point[promo == 1].mean() > forecast.point[promo == 0].mean() + 3


def test_a_backtest_with_known_covariates_is_better_than_without(model: Model) -> None:
    windows = BacktestPlan(windows=2)
    bare = DataConfig(time="day", target="sold", id="shop").model_dump()
    plain = error(evaluate(without_covariates(), windows, config=settings(data=bare)))
    assert error(evaluate(shops(), windows, config=settings())) < 0.5 * plain
    assert error(evaluate(shops(), windows, model=model)) < 0.5 * plain


def error(evaluation: Evaluation) -> float:
    found = evaluation.scores["lstm"]["mae"].value
    assert found is not None
    return found


def without_covariates() -> Panel:
    panel = shops()
    return Panel(
        panel.values,
        panel.offsets,
        panel.first_steps,
        panel.series_ids,
        panel.axis,
        panel.columns,
    )


def test_what_is_not_known_ahead_is_asked_for(model: Model) -> None:
    with pytest.raises(DataError, match=r"absent for 'north' at 2024-05-30.*and 7 more"):
        predict(model, shops(promo_ahead=False))


def test_a_category_that_training_never_met_counts_as_missing(model: Model) -> None:
    forecast = predict(model, shops(kinds=("a", "b", "new", "newer")))
    assert np.isfinite(forecast.quantiles).all()
    assert forecast.notes[0] == (
        "column 'kind': 2 categories are new to the model and count as missing: 'new', 'newer'"
    )
    again = evaluate(shops(kinds=("a", "new")), BacktestPlan(windows=1), model=model)
    assert "column 'kind': 1 categories are new to the model" in " ".join(again.notes)


def test_the_order_of_categories_in_other_data_changes_nothing(model: Model) -> None:
    panel = shops()
    names = np.array(panel.vocabularies["kind"])
    swapped = Panel(**{**vars(panel), "vocabularies": {"kind": ("a", "b")}})
    assert names.tolist() == ["a", "b"]
    np.testing.assert_array_equal(
        predict(model, panel).quantiles, predict(model, swapped).quantiles
    )


def test_other_covariates_than_in_training_are_refused(model: Model) -> None:
    with pytest.raises(DataError, match=r"with other covariates \(promo, kind, size\)"):
        predict(model, without_covariates())


def test_a_model_with_covariates_comes_back_from_its_file(model: Model, tmp_path: Path) -> None:
    save(model, tmp_path / "m.lstm")
    loaded = load(tmp_path / "m.lstm")
    assert loaded.inputs == model.inputs
    before, after = (predict(each, shops()).quantiles for each in (model, loaded))
    np.testing.assert_array_equal(before, after)


def test_training_does_not_see_what_comes_after_the_cutoff_of_past_covariates() -> None:
    panel = shops()
    short = truncate(panel, panel.lengths - HORIZON)
    assert len(short.past.numbers) == len(short.values)
    assert short.known_offsets.tolist() == panel.known_offsets.tolist()


def test_a_model_of_dates_is_not_for_steps() -> None:
    frame = pd.DataFrame({"t": pd.date_range("2023-01-01", periods=60, freq="W"), "y": range(60)})
    few = {"model": {"members": 1}, "training": {"max_steps": 2}}
    dated = train(build_panel(table_from_frame(frame)), settings(data={}, **few))
    steps = table_from_frame(frame.assign(t=range(60)), DataConfig(frequency="W"))
    with pytest.raises(DataError, match="trained on dates, and these steps are whole numbers"):
        predict(dated, build_panel(steps))
