"""Laws 1, 3, 5 and 6 end to end: tables in, forecasts out, networks trained on the way."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.artifact import load, save
from lstmcast.backtesting import forecast_after_refits
from lstmcast.config import DataConfig
from lstmcast.data.panel import Panel, build_panel, truncate
from lstmcast.data.table import read_table, table_from_frame
from lstmcast.evaluation.backtest import BacktestPlan, Rounds, lay_out_rounds
from lstmcast.layers import build_config
from lstmcast.workflow import predict, train

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.artifact import Model

HORIZON = 4
SAID = DataConfig(time="step", target="sales", id="shop", frequency="1")
QUICK = build_config(
    [
        {
            "horizon": HORIZON,
            "season_length": 4,
            "device": "cpu",
            "model": {"hidden_size": 8},
            "training": {"max_steps": 4, "batch_size": 4},
        }
    ]
)

lawful = settings(max_examples=25, deadline=None)
costly = settings(max_examples=6, deadline=None)  # each example trains networks
seeds = st.integers(0, 2**32 - 1)


def table_of(seed: int, shortest: int = 1) -> pd.DataFrame:
    """Rows of a few series of any length, level, sign and start, some of them not observed."""
    rng = np.random.default_rng(seed)
    frames = []
    for number in range(rng.integers(2, 6)):
        length = int(rng.integers(shortest, shortest + 30))
        noise = rng.standard_normal(length)
        values = 10 ** rng.uniform(-6, 6) * (rng.choice([0, 1]) + 0.2 * noise)
        values[1:][rng.random(length - 1) < 0.15] = np.nan
        steps = int(rng.integers(0, 20)) + np.arange(length)
        frames.append(pd.DataFrame({"step": steps, "sales": values, "shop": f"shop {number}"}))
    return pd.concat(frames, ignore_index=True)


def panel_of(table: pd.DataFrame) -> Panel:
    return build_panel(table_from_frame(table, SAID))


def forecasts_by_id(model: Model, panel: Panel) -> dict[str, NDArray[np.float64]]:
    forecast = predict(model, panel, device="cpu")
    return dict(zip(forecast.series_ids, forecast.quantiles, strict=True))


def assert_close(found: NDArray[np.float64], expected: NDArray[np.float64]) -> None:
    """Another order of sums may cost the last digits of float32, and no more."""
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


@pytest.fixture(scope="module")
def model() -> Model:
    return train(panel_of(table_of(0, shortest=20)), QUICK)


# --- law 1: no leakage, whatever is trained on the way -------------------------------------------


def refits(panel: Panel, rounds: Rounds) -> NDArray[np.float64]:
    def learn(past: Panel, base: Model | None) -> Model:
        return train(past, QUICK, base=base)

    return forecast_after_refits(panel, rounds, BacktestPlan(), learn).forecasts.quantiles


def after(panel: Panel, ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Entries of the buffer that lie at or after `ends` [S] of their series: [N]."""
    entries = np.concatenate([np.arange(length) for length in panel.lengths])
    return np.asarray(entries >= np.repeat(ends, panel.lengths))


@costly
@given(seeds, st.integers(1, 6))
def test_a_refit_forecasts_a_round_from_nothing_but_its_past(seed: int, stride: int) -> None:
    panel = panel_of(table_of(seed, shortest=3))
    rounds = lay_out_rounds(panel, BacktestPlan(windows=2, stride=stride), horizon=1)
    first = rounds.number == 0
    rng = np.random.default_rng(seed)
    future = after(panel, rounds.ends[0])
    values = panel.values.copy()
    values[future] = np.where(
        rng.random(future.sum()) < 0.2, np.nan, rng.lognormal(5, 5, future.sum())
    )
    altered = Panel(
        values, panel.offsets, panel.first_steps, panel.series_ids, panel.axis, panel.columns
    )
    before, now = refits(panel, rounds), refits(altered, rounds)
    assert now[first].tobytes() == before[first].tobytes()


@costly
@given(seeds)
def test_a_round_is_what_train_and_predict_say_on_its_past(seed: int) -> None:
    panel = panel_of(table_of(seed, shortest=2 * HORIZON + 2))
    rounds = lay_out_rounds(panel, BacktestPlan(windows=2), HORIZON)
    quantiles = refits(panel, rounds)
    for number, ends in enumerate(rounds.ends):
        past = truncate(panel, ends)
        expected = predict(train(past, QUICK), past, device="cpu").quantiles
        assert quantiles[rounds.number == number].tobytes() == expected.tobytes()


@lawful
@given(seeds)
def test_truncating_equals_slicing_each_series(seed: int) -> None:
    panel = panel_of(table_of(seed))
    ends = np.random.default_rng(seed).integers(0, 40, size=panel.n_series)
    past = truncate(panel, ends)
    for s, end in enumerate(ends):
        whole = panel.values[panel.offsets[s] : panel.offsets[s + 1]]
        np.testing.assert_array_equal(
            past.values[past.offsets[s] : past.offsets[s + 1]], whole[:end]
        )
    assert len(past.values) == past.offsets[-1]
    assert past.first_steps is panel.first_steps
    assert past.series_ids is panel.series_ids


# --- law 3: rows, order and company change nothing -----------------------------------------------


@lawful
@given(seeds)
def test_the_order_of_rows_changes_no_forecast(model: Model, seed: int) -> None:
    table = table_of(seed)
    expected = forecasts_by_id(model, panel_of(table))
    found = forecasts_by_id(model, panel_of(table.sample(frac=1, random_state=seed)))
    assert found.keys() == expected.keys()
    for name, quantiles in expected.items():
        assert_close(found[name], quantiles)


@lawful
@given(seeds)
def test_a_series_is_forecast_alone_as_in_company(model: Model, seed: int) -> None:
    table = table_of(seed)
    together = forecasts_by_id(model, panel_of(table))
    for name, rows in table.groupby("shop"):
        alone = forecasts_by_id(model, panel_of(rows))
        assert_close(alone[str(name)], together[str(name)])


@costly
@given(seeds)
def test_rows_in_any_order_train_the_same_model(seed: int) -> None:
    table = table_of(seed, shortest=3)
    # Series keep their order: the draw of a window names its series by number.
    shuffled = table.sample(frac=1, random_state=seed).sort_values("shop", kind="stable")
    assert train(panel_of(shuffled), QUICK).training == train(panel_of(table), QUICK).training


# --- law 5: quantiles are ordered ----------------------------------------------------------------


@lawful
@given(seeds, st.integers(1, 30))
def test_forecasts_are_finite_and_their_quantiles_never_cross(
    model: Model, seed: int, horizon: int
) -> None:
    forecast = predict(model, panel_of(table_of(seed)), horizon=horizon, device="cpu")
    assert np.isfinite(forecast.quantiles).all()
    assert (np.diff(forecast.quantiles, axis=-1) >= 0).all()
    assert forecast.point.tobytes() == forecast.quantiles[..., 4].tobytes()


# --- law 6: round trips --------------------------------------------------------------------------


@costly
@given(seeds)
def test_a_model_comes_back_from_its_file_bit_for_bit(seed: int) -> None:
    panel = panel_of(table_of(seed, shortest=3))
    trained = train(panel, QUICK)
    with TemporaryDirectory() as folder:
        save(trained, Path(folder, "first"))
        loaded = load(Path(folder, "first"))
        save(loaded, Path(folder, "second"))
        assert Path(folder, "second").read_bytes() == Path(folder, "first").read_bytes()
    assert (loaded.config, loaded.training) == (trained.config, trained.training)
    before = predict(trained, panel, device="cpu").quantiles
    assert predict(loaded, panel, device="cpu").quantiles.tobytes() == before.tobytes()


@lawful
@given(seeds)
def test_a_table_is_forecast_alike_from_memory_and_from_csv(model: Model, seed: int) -> None:
    table = table_of(seed)
    with TemporaryDirectory() as folder:
        table.to_csv(Path(folder, "table.csv"), index=False)
        read = build_panel(read_table(Path(folder, "table.csv"), SAID))
    before = predict(model, panel_of(table), device="cpu").quantiles
    assert predict(model, read, device="cpu").quantiles.tobytes() == before.tobytes()
