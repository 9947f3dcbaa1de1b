"""A model as the beginning of another training."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from lstmcast.config import Config, DataConfig
from lstmcast.data.panel import Panel, build_panel
from lstmcast.data.table import table_from_frame
from lstmcast.errors import DataError, ModelFileError, UsageError
from lstmcast.layers import build_config
from lstmcast.nn.events import Notice, TrainingEvent
from lstmcast.workflow import predict, train

if TYPE_CHECKING:
    from lstmcast.artifact import Model

QUICK: dict[str, Any] = {
    "horizon": 4,
    "device": "cpu",
    "model": {"hidden_size": 8},
    "training": {"max_steps": 12, "batch_size": 8},
}


def panel_of(length: int, shops: str = "ab", frequency: str = "MS", lift: float = 1.0) -> Panel:
    days = pd.date_range("2015-01-01", periods=length, freq=frequency)
    frames = [
        pd.DataFrame(
            {
                "day": days,
                "sales": lift * (100 + np.arange(length) + 20.0 * (np.arange(length) % 12 == 5)),
                "price": np.linspace(1, 2, length),
                "shop": shop,
                "kind": f"kind {shop}",
            }
        )
        for shop in shops
    ]
    request = DataConfig(time="day", target="sales", id="shop", past="price", static="kind")
    return build_panel(table_from_frame(pd.concat(frames), request))


@pytest.fixture(scope="module")
def base() -> Model:
    return train(panel_of(60), build_config([QUICK]))


def test_it_begins_with_the_weights_and_scales_of_the_model(base: Model) -> None:
    few = build_config([{"training": {"max_steps": 1, "learning_rate": 1e-12}}])
    tuned = train(panel_of(70, lift=5.0), few, base=base)
    for name, weights in base.weights.items():
        np.testing.assert_allclose(tuned.weights[name], weights, rtol=1e-6, atol=1e-9)
    assert tuned.config.model == base.config.model
    assert tuned.config.horizon == 4
    assert tuned.inputs == base.inputs
    assert tuned.training.base is not None
    assert base.training.base is None
    assert tuned.training.data_hash != base.training.data_hash


def test_it_learns_from_there(base: Model) -> None:
    tuned = train(
        panel_of(70), build_config([{"horizon": 6, "training": {"max_steps": 12}}]), base=base
    )
    assert tuned.config.horizon == 6
    assert any((tuned.weights[name] != base.weights[name]).any() for name in base.weights)
    assert predict(tuned, panel_of(70), device="cpu").quantiles.shape == (2, 6, 9)


def test_categories_that_are_new_to_the_model_are_said(base: Model) -> None:
    events: list[TrainingEvent] = []
    few = build_config([{"training": {"max_steps": 1}}])
    train(panel_of(60, "abc"), few, base=base, on_event=events.append)
    said = [event.sentence for event in events if isinstance(event, Notice)]
    assert said == [
        "column 'kind': 1 categories are new to the model and count as missing: 'kind c'"
    ]


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"model": {"hidden_size": 9}}, r"model.hidden_size = 9: the model to begin with has 8;"),
        ({"model": {"members": 1}}, "model.members = 1: the model to begin with has 3;"),
        ({"season_length": 7}, "season_length = 7: the model to begin with has 12;"),
        ({"context_length": 7}, "context_length = 7: the model to begin with has"),
        ({"data": {"calendar": False}}, "data.calendar = False: the model to begin with has True;"),
    ],
)
def test_settings_that_contradict_the_weights(
    setting: dict[str, Any], sentence: str, base: Model
) -> None:
    with pytest.raises(UsageError, match=sentence):
        train(panel_of(60), build_config([setting]), base=base)


def test_settings_that_say_the_same_are_no_contradiction(base: Model) -> None:
    same = {"model": {"hidden_size": 8, "dropout": 0.1}, "training": {"max_steps": 1}}
    tuned = train(panel_of(60), build_config([same]), base=base)
    assert tuned.config.model.dropout == 0.1


def test_data_of_other_time_steps(base: Model) -> None:
    with pytest.raises(DataError, match="but the model was trained on monthly"):
        train(panel_of(60, frequency="D"), Config(), base=base)


@pytest.mark.parametrize("name", ["members.7.head.out.bias", "members.x.head", "members.bias"])
def test_weights_of_a_member_that_is_none(name: str, base: Model) -> None:
    broken = replace(base, weights={**base.weights, name: np.zeros(1, np.float32)})
    with pytest.raises(ModelFileError, match="do not fit its settings"):
        train(panel_of(60), Config(), base=broken)


def test_weights_of_another_shape(base: Model) -> None:
    name = "members.0.head.out.bias"
    broken = replace(base, weights={**base.weights, name: np.zeros(3, np.float32)})
    with pytest.raises(ModelFileError, match="do not fit its settings"):
        train(panel_of(60), Config(), base=broken)
