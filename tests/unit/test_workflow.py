"""The three verbs end to end, on networks too small to be good but not to be right."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import torch

from lstmcast.artifact import load, save
from lstmcast.config import Config, DataConfig, ResolvedConfig, ResolvedForecast
from lstmcast.data.panel import Panel, build_panel, truncate
from lstmcast.data.table import table_from_frame
from lstmcast.errors import DataError, ModelFileError, UsageError
from lstmcast.evaluation.backtest import BacktestPlan
from lstmcast.layers import build_config
from lstmcast.levels import NINE
from lstmcast.nn.calibration import PROMISES, uncalibrated
from lstmcast.nn.copula import MOST_LAGS
from lstmcast.nn.events import PhaseStarted, TrainingEvent
from lstmcast.provenance import series_hashes
from lstmcast.workflow import SamplePlan, evaluate, plan, predict, sample, train

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from lstmcast.artifact import Model

NAN = np.nan
HORIZON = 6


def settings(**more: Any) -> Config:
    quick = {
        "horizon": HORIZON,
        "device": "cpu",
        "model": {"hidden_size": 8},
        "training": {"max_steps": 12, "batch_size": 8},
    }
    return build_config([quick, more])


def panel_of(
    series: Mapping[str, Sequence[float]], frequency: str = "ME", start: str = "2015-01-31"
) -> Panel:
    frames = [
        pd.DataFrame(
            {
                "day": pd.date_range(start, periods=len(values), freq=frequency),
                "sales": np.asarray(values, dtype=float),
                "shop": name,
            }
        )
        for name, values in series.items()
    ]
    return _build(pd.concat(frames), frequency)


def late_shops() -> Panel:
    """North from January 2015 to December 2016, and east from June 2019 to March 2021."""
    frames = [
        pd.DataFrame(
            {
                "day": pd.date_range(start, periods=length, freq="ME"),
                "sales": sales(length),
                "shop": name,
            }
        )
        for name, start, length in (("north", "2015-01-31", 24), ("east", "2019-06-30", 22))
    ]
    return _build(pd.concat(frames), "ME")


def integers(values: Sequence[float], first: int = 1, spacing: int = 1) -> Panel:
    steps = first + spacing * np.arange(len(values))
    frame = pd.DataFrame({"day": steps, "sales": np.asarray(values, dtype=float), "shop": "a"})
    return _build(frame, None)


def _build(frame: pd.DataFrame, frequency: str | None) -> Panel:
    request = DataConfig(time="day", target="sales", id="shop")
    return build_panel(table_from_frame(frame, request.model_copy(update={"frequency": frequency})))


def sales(length: int, level: float = 100.0) -> list[float]:
    """A trend and a season of twelve steps, and nothing random."""
    return [level * (1 + 0.01 * t + 0.2 * (t % 12 in {5, 6, 7})) for t in range(length)]


@pytest.fixture(scope="module")
def shops() -> Panel:
    return panel_of({"north": sales(60), "south": sales(40, 3.0), "west": sales(50, -7.0)})


@pytest.fixture(scope="module")
def model(shops: Panel) -> Model:
    return train(shops, settings())


def days(model: Model, panel: Panel, horizon: int | None = None) -> list[list[Any]]:
    """Times that a forecast is for, as written, by series."""
    forecast = predict(model, panel, horizon=horizon, device="cpu")
    times = forecast.to_frame()["day"].to_numpy().reshape(forecast.steps.shape)
    return [list(row) for row in times]


# --- a model and its file ------------------------------------------------------------------------


@pytest.mark.parametrize("horizon", [None, 1, 3 * HORIZON])
def test_a_loaded_model_forecasts_bit_for_bit(
    model: Model, shops: Panel, tmp_path: Path, horizon: int | None
) -> None:
    save(model, tmp_path / "m.lstm")
    loaded = load(tmp_path / "m.lstm")
    before = predict(model, shops, horizon=horizon, device="cpu")
    after = predict(loaded, shops, horizon=horizon, device="cpu")
    assert after.quantiles.tobytes() == before.quantiles.tobytes()
    assert after.render("csv") == before.render("csv")


def test_a_loaded_model_is_judged_alike(model: Model, shops: Panel, tmp_path: Path) -> None:
    save(model, tmp_path / "m.lstm")
    loaded = load(tmp_path / "m.lstm")
    backtest = BacktestPlan(windows=2, stride=3)
    found, expected = (evaluate(shops, backtest, model=each) for each in (loaded, model))
    assert found.to_dict() == expected.to_dict()


def file_of(panel: Panel, path: Path, **more: Any) -> bytes:
    save(train(panel, settings(**more)), path)
    return path.read_bytes()


def test_the_seed_decides_every_byte_of_the_file(shops: Panel, tmp_path: Path) -> None:
    first = file_of(shops, tmp_path / "first", seed=3)
    torch.manual_seed(99)
    assert file_of(shops, tmp_path / "again", seed=3) == first
    other = file_of(shops, tmp_path / "other", seed=4)
    assert load(tmp_path / "other").weights["members.0.head.out.bias"].tolist() != (
        load(tmp_path / "first").weights["members.0.head.out.bias"].tolist()
    )
    assert other != first


def test_the_file_gives_away_no_id(model: Model, tmp_path: Path) -> None:
    save(model, tmp_path / "m.lstm")
    content = (tmp_path / "m.lstm").read_bytes()
    assert b"shop" in content  # the name of the column is told
    assert not any(name in content for name in (b"north", b"south", b"west"))


def test_the_record_says_what_was_learnt_from(shops: Panel) -> None:
    panel = replace(shops, values=np.where(shops.values == shops.values[3], NAN, shops.values))
    record = train(panel, settings()).training
    assert (record.n_series, record.n_observations) == (3, 149)
    assert (record.first_timestamp, record.last_timestamp) == ("2015-01-31", "2019-12-31")
    assert 1 <= record.steps <= 12
    assert record.validation_score is not None
    assert record.n_parameters > 0


@pytest.mark.parametrize(
    "other",
    [
        panel_of({"a": [*sales(11), 0.0]}),
        panel_of({"b": sales(12)}),
        panel_of({"a": sales(12)}, start="2015-02-28"),
        panel_of({"a": sales(13)}),
    ],
    ids=["value", "id", "time", "length"],
)
def test_the_record_tells_data_apart(other: Panel) -> None:
    data = panel_of({"a": sales(12)})
    quick = settings(training={"max_steps": 1, "batch_size": 1})
    known = train(data, quick).training.data_hash
    assert train(data, quick).training.data_hash == known
    assert train(other, quick).training.data_hash != known


def test_training_tells_how_it_goes(shops: Panel) -> None:
    events: list[TrainingEvent] = []
    train(shops, settings(), on_event=events.append)
    started = [event.phase for event in events if isinstance(event, PhaseStarted)]
    assert started == ["search", "final"]


def _without(weights: dict[str, Any]) -> None:
    del weights["members.0.head.out.bias"]


def _with_another(weights: dict[str, Any]) -> None:
    weights["head.more"] = np.zeros(1, dtype=np.float32)


def _longer(weights: dict[str, Any]) -> None:
    weights["members.0.head.out.bias"] = np.zeros(10, dtype=np.float32)


def _of_more_dimensions(weights: dict[str, Any]) -> None:
    weights["members.0.head.out.bias"] = np.zeros((9, 1), dtype=np.float32)


def _of_another_type(weights: dict[str, Any]) -> None:
    weights["members.0.head.out.bias"] = np.zeros(9)


@pytest.mark.parametrize(
    "tamper", [_without, _with_another, _longer, _of_more_dimensions, _of_another_type]
)
def test_weights_that_do_not_fit_are_refused(
    model: Model, shops: Panel, tamper: Callable[[dict[str, Any]], None]
) -> None:
    weights = dict(model.weights)
    tamper(weights)
    with pytest.raises(ModelFileError, match="do not fit its settings: train the model again"):
        predict(replace(model, weights=weights), shops)


@pytest.mark.parametrize(
    "huge",
    [
        {},
        {"kind": "slstm"},
        {"kind": "peephole", "bidirectional": True},
        {"dilations": ((60,) * 16,)},
        {"kind": "mlp"},
    ],
    ids=str,
)
def test_settings_that_do_not_fit_the_weights_are_refused_before_memory_is_taken(
    model: Model, shops: Panel, huge: dict[str, Any]
) -> None:
    wanted = {"hidden_size": 8_192, "layers": 16} | huge
    network = model.config.model.model_copy(update=wanted)
    config = model.config.model_copy(update={"model": network})
    with pytest.raises(ModelFileError):
        predict(replace(model, config=config), shops)


def test_a_kind_that_does_not_fit_the_weights_is_refused(model: Model, shops: Panel) -> None:
    for other in ({"kind": "peephole"}, {"bidirectional": True}, {"decoder": "autoregressive"}):
        config = model.config.model_copy(
            update={"model": model.config.model.model_copy(update=other)}
        )
        with pytest.raises(ModelFileError, match="do not fit its settings"):
            predict(replace(model, config=config), shops)


FAMILY: list[dict[str, Any]] = [
    *({"kind": kind} for kind in ("gru", "rnn", "peephole", "slstm", "mlp")),
    {"bidirectional": True},
    {"dilations": [[1, 2], [4]], "layer_norm": True},
    {"decoder": "autoregressive", "kind": "slstm", "layers": 2, "dropout": 0.2},
]


@pytest.mark.parametrize("network", FAMILY, ids=str)
def test_every_network_trains_alike_twice_and_comes_back_from_its_file(
    network: dict[str, Any], shops: Panel, tmp_path: Path
) -> None:
    # On two threads, where members train side by side.
    wanted = settings(model=network | {"hidden_size": 8, "members": 2}, threads=2)
    trained, again = train(shops, wanted), train(shops, wanted)
    assert all(np.array_equal(trained.weights[k], again.weights[k]) for k in trained.weights)
    save(trained, tmp_path / "m.lstm")
    before = predict(trained, shops, device="cpu")
    after = predict(load(tmp_path / "m.lstm"), shops, device="cpu")
    assert after.quantiles.tobytes() == before.quantiles.tobytes()
    assert np.isfinite(before.quantiles).all()


# --- what can be forecast ------------------------------------------------------------------------


def test_the_point_is_the_median_and_the_panel_keeps_its_order(model: Model, shops: Panel) -> None:
    forecast = predict(model, shops, device="cpu")
    assert forecast.series_ids.tolist() == ["north", "south", "west"]
    assert forecast.quantiles.shape == (3, HORIZON, 9)
    np.testing.assert_array_equal(forecast.point, forecast.quantiles[..., 4])


def test_series_that_training_never_saw(model: Model) -> None:
    new = panel_of({"east": sales(30, 2.0), "sea": sales(8, 1e5)}, start="2020-03-31")
    forecast = predict(model, new, device="cpu")
    assert forecast.series_ids.tolist() == ["east", "sea"]
    assert np.isfinite(forecast.quantiles).all()
    ratio = forecast.point.mean(axis=1) / [2.0, 1e5]
    assert (ratio > 0.8).all()
    assert (ratio < 1.6).all()


def test_a_horizon_beyond_the_trained_one_begins_like_it(model: Model, shops: Panel) -> None:
    long = predict(model, shops, horizon=40, device="cpu")
    assert long.quantiles.shape == (3, 40, 9)
    assert np.isfinite(long.quantiles).all()
    short = predict(model, shops, device="cpu").quantiles
    np.testing.assert_allclose(long.quantiles[:, :HORIZON], short, rtol=1e-5)


ODD = {
    "one": [5.0],
    "two": [5.0, 6.0],
    "constant": [3.0] * 30,
    "zero": [0.0] * 30,
    "tail": [*sales(24), *[NAN] * 6],
    "tiny": sales(40, 1e-12),
    "huge": sales(40, 1e12),
    "both signs": sales(20, 1e12) + sales(20, -1e12),
    "spike": [*[0.0] * 39, 1e12],
    "intermittent": [0.0, 0.0, 4.0] * 10,
}


def test_odd_series_beside_each_other_get_finite_ordered_forecasts(model: Model) -> None:
    odd = panel_of(ODD)
    for one in (model, train(odd, settings())):
        quantiles = predict(one, odd, horizon=2 * HORIZON, device="cpu").quantiles
        assert np.isfinite(quantiles).all()
        assert (np.diff(quantiles, axis=-1) >= 0).all()
    scores = evaluate(odd, BacktestPlan(), model=model).to_dict()
    json.dumps(scores, allow_nan=False)


def test_series_silent_for_longer_than_the_model_looks_back_are_refused(model: Model) -> None:
    silent = {"gone": [*sales(24), *[NAN] * 90], "nothing": [NAN] * 8, "here": sales(24)}
    trained = train(panel_of(silent), settings())
    for one in (model, trained):
        with pytest.raises(DataError, match=r"1 series hold no value .*: 'gone'\. Remove"):
            predict(one, panel_of(silent), device="cpu")


def test_integer_steps_are_not_years() -> None:
    years = panel_of({"a": sales(30)}, frequency="YS")
    yearly = train(years, settings())
    with pytest.raises(DataError, match="the data is integer steps, but the model was trained on"):
        predict(yearly, integers(sales(30)), device="cpu")


def test_odd_series_lean_on_what_they_have(model: Model) -> None:
    odd = panel_of({name: ODD[name] for name in ("one", "two", "constant", "zero", "tiny")})
    one, two, constant, zero, tiny = predict(model, odd, device="cpu").point
    np.testing.assert_allclose(one, 5, rtol=0.01)
    np.testing.assert_allclose(two, 6, rtol=0.05)
    np.testing.assert_allclose(constant, 3, rtol=0.01)
    assert (zero == 0).all()
    assert (tiny > 0.5e-12).all()
    assert (tiny < 3e-12).all()


def test_series_of_one_step_alone_are_nothing_to_learn_from() -> None:
    with pytest.raises(DataError, match="no series has two steps"):
        train(panel_of({"a": [1.0], "b": [2.0]}), settings())
    with pytest.raises(DataError, match="no series has two steps"):
        train(integers([1.0]), settings())


def test_two_steps_are_enough_to_train_on() -> None:
    panel = panel_of({"a": [1.0, 2.0]})
    trained = train(panel, settings())
    assert trained.training.validation_score is None
    assert np.isfinite(predict(trained, panel, device="cpu").quantiles).all()


def test_other_time_steps_are_refused(model: Model) -> None:
    daily = panel_of({"north": sales(60)}, frequency="D")
    sentence = (
        r"the data is daily, D, but the model was trained on monthly, ME: use data with the "
        r"model's time steps, or train a model on this data\."
    )
    with pytest.raises(DataError, match=sentence):
        predict(model, daily)
    with pytest.raises(DataError, match=sentence):
        evaluate(daily, BacktestPlan(), model=model)


def test_month_starts_are_forecast_by_a_model_of_month_ends(model: Model) -> None:
    starts = panel_of({"north": sales(30)}, frequency="MS", start="2016-02-01")
    assert days(model, starts)[0][:2] == ["2018-08-01", "2018-09-01"]


# --- when it is for ------------------------------------------------------------------------------


def test_forecasts_follow_the_last_row_of_each_series(model: Model) -> None:
    panel = panel_of({"long": sales(61), "short": sales(13), "tail": [*sales(12), NAN]})
    long, short, tail = days(model, panel, horizon=3)
    assert long == ["2020-02-29", "2020-03-31", "2020-04-30"]
    assert short == tail == ["2016-02-29", "2016-03-31", "2016-04-30"]


def test_each_series_has_a_beginning_of_its_own(model: Model) -> None:
    assert days(model, late_shops(), horizon=2) == [
        ["2017-01-31", "2017-02-28"],
        ["2021-04-30", "2021-05-31"],
    ]


def test_rows_that_are_missing_are_steps_all_the_same(model: Model) -> None:
    every = pd.date_range("2015-01-31", periods=24, freq="ME")
    frame = pd.DataFrame({"day": every, "sales": sales(24), "shop": "a"})
    gappy = _build(frame.drop(index=[3, 9, 10, 11, 22]), None)
    assert days(model, gappy, horizon=2) == [["2017-01-31", "2017-02-28"]]


def test_weeks_keep_their_weekday() -> None:
    panel = panel_of({"a": sales(30)}, frequency="W-WED", start="2024-01-03")
    trained = train(panel, settings())
    assert trained.config.data.frequency == "W-WED"
    assert days(trained, panel, horizon=3) == [["2024-07-31", "2024-08-07", "2024-08-14"]]


def test_business_days_leave_weekends_out() -> None:
    panel = panel_of({"a": sales(14)}, frequency="B", start="2024-01-01")
    assert days(train(panel, settings()), panel, horizon=3) == [
        ["2024-01-19", "2024-01-22", "2024-01-23"]
    ]


def test_integers_keep_their_spacing() -> None:
    panel = integers(sales(30), first=100, spacing=5)
    trained = train(panel, settings())
    assert days(trained, panel, horizon=3) == [[250, 255, 260]]
    assert trained.training.last_timestamp == "245"


# --- settings ------------------------------------------------------------------------------------


def test_a_plan_leaves_nothing_open_and_says_what_it_chose(shops: Panel) -> None:
    config, notes = plan(shops, build_config([{"horizon": 4}]))
    assert isinstance(config, ResolvedConfig)
    assert None not in config.model_dump().values()
    assert None not in config.model.model_dump().values()
    assert None not in config.training.model_dump().values()
    assert (config.horizon, config.season_length) == (4, 12)
    assert config.data.model_dump(exclude_none=True) == {
        "time": "day",
        "target": "sales",
        "id": "shop",
        "wide": False,
        "duplicates": "error",
        "fill": "none",
        "frequency": "ME",
        "calendar": True,
    }
    assert len(notes) == 1
    assert notes[0].startswith(f"season length 12, context length {config.context_length}, ")


def test_a_plan_is_what_training_keeps(model: Model, shops: Panel) -> None:
    assert model.config == plan(shops, settings()).config
    assert plan(shops, model.config).config == model.config


def test_what_the_user_says_is_kept(shops: Panel) -> None:
    wanted = settings(season_length=6, context_length=9, model={"layers": 2, "dropout": 0.3})
    config = plan(shops, wanted).config
    assert (config.season_length, config.context_length) == (6, 9)
    assert config.model.model_dump() == {
        "kind": "lstm",
        "decoder": "direct",
        "hidden_size": 8,
        "layers": 2,
        "bidirectional": False,
        "dilations": (),
        "layer_norm": False,
        "dropout": 0.3,
        "patch_length": 1,
        "decoder_patch_length": 1,
        "power": 0.0,
        "spread_told": False,
        "other_paths": False,
        "members": 3,
        "head": "quantiles",
        "quantile_levels": NINE,
    }
    assert (config.training.max_steps, config.training.batch_size) == (12, 8)


def test_short_series_are_said_to_lean_on_the_anchor() -> None:
    notes = plan(panel_of({"a": sales(18), "b": sales(3)}), settings()).notes
    assert notes[1].startswith("the longest series has 18 steps: too short to learn much from")


def test_the_season_of_integer_steps_is_found_or_given() -> None:
    panel = integers([5.0, 1.0, 2.0, 9.0] * 20)
    assert plan(panel, settings()).config.season_length == 4
    assert plan(panel, settings(season_length=7)).config.season_length == 7
    assert plan(integers([1.0, 2.0]), settings()).config.season_length == 1


def test_nobody_but_the_user_knows_the_horizon(shops: Panel) -> None:
    for verb in (plan, train):
        with pytest.raises(UsageError, match="say how many steps to forecast"):
            verb(shops, Config())
    with pytest.raises(UsageError, match="say how many steps to forecast"):
        evaluate(shops, BacktestPlan())


def test_a_device_that_is_not_here_is_a_usage_error(model: Model, shops: Panel) -> None:
    absent = "mps" if not torch.backends.mps.is_available() else "cuda"
    with pytest.raises(UsageError, match=f"torch finds no {absent} device"):
        predict(model, shops, device=absent)
    with pytest.raises(UsageError, match=f"torch finds no {absent} device"):
        train(shops, settings(device=absent))


# --- backtests -----------------------------------------------------------------------------------


def seen_in(model: Model, panel: Panel, backtest: BacktestPlan) -> list[tuple[int, int, int]]:
    """Series, those seen whole and those seen in part, of each round."""
    rounds = evaluate(panel, backtest, model=model).rounds
    return [(one.n_series, one.n_seen, one.n_partly_seen) for one in rounds]


def test_a_model_has_seen_all_it_was_trained_on(model: Model, shops: Panel) -> None:
    assert seen_in(model, shops, BacktestPlan(windows=2)) == [(3, 3, 0), (3, 3, 0)]


def test_a_model_of_the_first_part_has_not_seen_the_rest(shops: Panel) -> None:
    # The rounds begin after 42, 48 and 54 steps of north, 22, 28 and 34 of south, 32, 38 and 44
    # of west, each six steps long.
    first = truncate(shops, np.array([48, 29, 38]))
    trained = train(first, settings())
    assert trained.training.last_timestamp == "2018-12-31"
    assert seen_in(trained, shops, BacktestPlan()) == [(3, 3, 0), (3, 0, 1), (3, 0, 0)]
    notes = evaluate(shops, BacktestPlan(), model=trained).notes
    assert notes[0].startswith("3 of the 9 windows were seen whole in training and 1 in part")
    assert evaluate(shops, BacktestPlan(windows=1), model=trained).notes == (
        "no window was seen in training: the scores are honest",
    )


def test_series_that_are_new_are_unseen(model: Model) -> None:
    mixed = panel_of({"atlantis": sales(60), "north": sales(60), "zz": sales(60)})
    assert seen_in(model, mixed, BacktestPlan(windows=2)) == [(3, 1, 0), (3, 1, 0)]


def test_what_was_seen_is_told_by_time_not_by_place(model: Model) -> None:
    # North was seen up to the end of 2019. This file begins later, and ends in August 2020.
    recent = panel_of({"north": sales(20)}, start="2019-01-31")
    backtest = BacktestPlan(horizon=4, windows=3)
    assert seen_in(model, recent, backtest) == [(1, 1, 0), (1, 0, 0), (1, 0, 0)]
    assert seen_in(model, recent, BacktestPlan(horizon=6, windows=2)) == [(1, 0, 1), (1, 0, 0)]


def test_what_was_seen_is_told_series_by_series() -> None:
    panel = late_shops()
    trained = train(truncate(panel, np.array([18, 12])), settings())
    assert seen_in(trained, panel, BacktestPlan(windows=2)) == [(2, 1, 1), (2, 0, 0)]


def test_integer_times_are_told_apart_too() -> None:
    trained = train(integers(sales(30)), settings())
    later = integers(sales(40), first=1)
    backtest = BacktestPlan(horizon=5, windows=3)
    assert seen_in(trained, later, backtest) == [(1, 1, 0), (1, 0, 0), (1, 0, 0)]


def test_without_a_model_nothing_is_seen(shops: Panel) -> None:
    events: list[TrainingEvent] = []
    evaluation = evaluate(shops, BacktestPlan(windows=2), config=settings(), on_event=events.append)
    assert [(one.n_seen, one.n_partly_seen) for one in evaluation.rounds] == [(0, 0), (0, 0)]
    assert evaluation.notes[0].startswith("no window was seen in training")
    assert (evaluation.course.horizon, evaluation.course.season_length) == (HORIZON, 12)
    finals = [e for e in events if isinstance(e, PhaseStarted) and e.phase == "final"]
    assert len(finals) == 2
    json.dumps(evaluation.to_dict(), allow_nan=False)


def test_ragged_series_join_the_rounds_that_they_are_long_enough_for() -> None:
    panel = panel_of({"long": sales(40), "short": sales(14), "tiny": sales(7)})
    evaluation = evaluate(panel, BacktestPlan(windows=3), config=settings())
    described = [
        (one.first_timestamp, one.last_timestamp, one.n_series) for one in evaluation.rounds
    ]
    assert described == [
        ("2016-11-30", "2017-04-30", 1),
        ("2015-03-31", "2017-10-31", 2),
        ("2015-09-30", "2018-04-30", 2),
    ]
    assert evaluation.notes[1] == "1 series are too short to be judged and are left out"


def test_a_panel_too_short_for_a_window_is_a_data_error() -> None:
    panel = panel_of({"a": sales(7), "b": sales(3)})
    with pytest.raises(DataError, match="no series is long enough to be judged"):
        evaluate(panel, BacktestPlan(), config=settings())


def test_targets_that_were_not_observed_do_not_count(model: Model) -> None:
    values = sales(40)
    values[36] = values[38] = NAN
    evaluation = evaluate(panel_of({"a": values}), BacktestPlan(windows=1), model=model)
    assert {scores["mae"].n for scores in evaluation.scores.values()} == {4}


def test_a_series_is_known_again_by_each_part_of_its_name() -> None:
    parts = [("a/b", "c"), ("a", "b/c"), ("c", "a/b")]
    frame = pd.DataFrame(
        [(*part, step, 1.0 + step) for part in parts for step in range(4)],
        columns=["town", "shop", "ds", "y"],
    )
    panel = build_panel(table_from_frame(frame, DataConfig(id="town,shop")))
    hashes = series_hashes(panel)
    assert len(set(hashes)) == len(parts)
    alone = frame[frame["town"] == "c"]
    same = build_panel(table_from_frame(alone, DataConfig(id="town,shop")))
    assert series_hashes(same).tolist() == [hashes[2]]


def test_what_was_never_negative_is_not_forecast_to_be() -> None:
    rng = np.random.default_rng(0)
    counts = rng.poisson(0.4, 40).astype(float)
    panel = panel_of({"counts": counts.tolist(), "balance": (counts - 1).tolist()})
    model = train(panel, settings())
    forecast = predict(model, panel, device="cpu")
    assert forecast.quantiles[0].min() == 0
    wide = predict(model, panel, quantile_levels=[0.001, 0.999], device="cpu")
    assert wide.quantiles[0].min() == 0
    assert forecast.quantiles[1].min() < 0
    assert forecast.notes == (
        "forecasts held to their bounds: 1 of 2 series (see --lower and --upper)",
    )
    free = replace(
        model, config=model.config.model_copy(update={"forecast": ResolvedForecast(lower="none")})
    )
    unbounded = predict(free, panel, device="cpu")
    assert unbounded.quantiles[0].min() < 0
    np.testing.assert_array_equal(unbounded.quantiles[1], forecast.quantiles[1])
    assert unbounded.notes == ()


def test_an_evaluation_judges_forecasts_within_their_bounds(model: Model) -> None:
    panel = panel_of({"sales": sales(60)})
    bounds = ResolvedForecast(lower=0, upper=50)  # half of what is sold
    low = replace(model, config=model.config.model_copy(update={"forecast": bounds}))
    plan_ = BacktestPlan(windows=2)
    evaluation = evaluate(panel, plan_, model=low)
    assert "forecasts held to their bounds: 2 of 2 windows (see --lower and --upper)" in (
        evaluation.notes
    )
    free = evaluate(panel, plan_, model=model).scores["lstm"]["mae"].value
    held = evaluation.scores["lstm"]["mae"].value
    assert free is not None
    assert held is not None
    assert held > free
    refit = evaluate(panel, plan_, config=settings(forecast={"upper": 50}))
    assert any("2 of 2 windows" in note for note in refit.notes)


# --- paths ----------------------------------------------------------------------------------------


def test_paths_have_the_distribution_of_the_forecast(model: Model, shops: Panel) -> None:
    paths = sample(model, shops, SamplePlan(samples=4000), device="cpu")
    assert paths.values.shape == (3, 4000, HORIZON)
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    forecast = predict(model, shops, quantile_levels=levels, device="cpu")
    np.testing.assert_array_equal(paths.steps, forecast.steps)
    below = (paths.values[:, :, :, None] <= forecast.quantiles[:, None]).mean(axis=1)
    np.testing.assert_allclose(below, np.broadcast_to(levels, below.shape), atol=0.03)


def test_steps_of_a_path_go_together_as_held_out_errors_did(model: Model, shops: Panel) -> None:
    wanted = np.array([0.9, 0.7, 0.5, 0.3, 0.1])
    stored = np.concatenate([wanted, np.zeros(MOST_LAGS - len(wanted))]).astype(np.float32)
    bound = replace(model, weights={**model.weights, "correlations": stored})
    paths = sample(bound, shops, SamplePlan(samples=4000), device="cpu").values
    for series in paths:
        ranks = np.argsort(np.argsort(series, axis=0), axis=0)
        by_lag = [np.corrcoef(ranks[:, 0], ranks[:, k])[0, 1] for k in range(1, HORIZON)]
        # Spearman's of a Gaussian copula: Kruskal (1958).
        np.testing.assert_allclose(by_lag, 6 / np.pi * np.arcsin(wanted / 2), atol=0.06)


def test_a_series_has_its_paths_whatever_is_beside_it(model: Model) -> None:
    shops = {"north": sales(60), "south": sales(40, 3.0)}
    together, alone = (
        sample(model, panel_of(part), SamplePlan(samples=3), device="cpu").values
        for part in (shops, {"south": shops["south"]})
    )
    np.testing.assert_allclose(alone[0], together[1], rtol=1e-5)
    longer = sample(model, panel_of(shops), SamplePlan(5, 2 * HORIZON), device="cpu").values
    np.testing.assert_allclose(longer[:, :3, :HORIZON], together, rtol=1e-5)


def test_the_seed_of_paths_is_the_one_of_the_model_unless_given(model: Model, shops: Panel) -> None:
    first, given, other = (
        sample(model, shops, SamplePlan(2, seed=seed), device="cpu").values for seed in (None, 0, 1)
    )
    assert first.tobytes() == given.tobytes()
    assert not np.allclose(other, first)


def test_paths_of_a_loaded_model_are_the_same(model: Model, shops: Panel, tmp_path: Path) -> None:
    save(model, tmp_path / "m.lstm")
    before = sample(model, shops, SamplePlan(2), device="cpu").values
    assert sample(
        load(tmp_path / "m.lstm"), shops, SamplePlan(2), device="cpu"
    ).values.tobytes() == (before.tobytes())


def test_paths_keep_to_bounds(model: Model, shops: Panel) -> None:
    bounds = ResolvedForecast(lower=120, upper=130)
    held = replace(model, config=model.config.model_copy(update={"forecast": bounds}))
    paths = sample(held, shops, device="cpu")
    assert (paths.values.min(), paths.values.max()) == (120, 130)
    assert paths.values.shape[1] == SamplePlan().samples
    assert paths.notes == (
        "forecasts held to their bounds: 3 of 3 series (see --lower and --upper)",
    )


@pytest.mark.parametrize(
    ("samples", "sentence"),
    [(0, "0 samples: ask for 1 or more"), (10**9, "18,000,000,000 values, and at most")],
)
def test_paths_that_cannot_be_drawn(
    model: Model, shops: Panel, samples: int, sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        sample(model, shops, SamplePlan(samples))


def test_a_horizon_of_one_step_tells_nothing_of_dependence(shops: Panel) -> None:
    model = train(shops, settings(horizon=1))
    assert not model.weights["correlations"].any()
    assert sample(model, shops, SamplePlan(2, 3), device="cpu").values.shape == (3, 2, 3)


# --- heads ----------------------------------------------------------------------------------------


def counts_of(*rates: float) -> Panel:
    rng = np.random.default_rng(0)
    return panel_of({f"rate {rate}": rng.poisson(rate, 40).tolist() for rate in rates})


def test_counts_are_forecast_as_counts() -> None:
    panel = counts_of(0.0, 0.3, 4.0, 1e7)
    model = train(panel, settings(model={"hidden_size": 8, "head": "negative_binomial"}))
    forecast = predict(model, panel, quantile_levels=[0.01, 0.5, 0.99], device="cpu")
    paths = sample(model, panel, device="cpu")
    for values in (forecast.quantiles, forecast.point, paths.values):
        np.testing.assert_array_equal(values, values.round())
        assert values.min() >= 0
    assert (forecast.quantiles[0, :, 1] == 0).all()
    judged = evaluate(panel, BacktestPlan(windows=1), model=model)
    assert judged.scores["lstm"]["mae"].value is not None


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (-1.0, r"series 'a', 2015-03-31: -1 is no count, and --head negative_binomial is for"),
        (2.5, r"series 'a', 2015-03-31: 2.5 is no count"),
    ],
)
def test_what_is_no_count_is_refused(value: float, sentence: str) -> None:
    counts = settings(model={"hidden_size": 8, "head": "negative_binomial"})
    bad = panel_of({"a": [1.0, NAN, value, *[2.0] * 20]})
    with pytest.raises(DataError, match=sentence):
        train(bad, counts)
    with pytest.raises(DataError, match=sentence):
        evaluate(bad, BacktestPlan(windows=1), config=counts)
    model = train(counts_of(3.0), counts)
    with pytest.raises(DataError, match=sentence):
        predict(model, bad)


def test_a_point_of_its_own_is_the_forecast_and_is_judged(shops: Panel) -> None:
    quick = {"max_steps": 12, "batch_size": 8, "loss": "mse"}
    model = train(shops, settings(training=quick))
    forecast = predict(model, shops, quantile_levels=[0.5], device="cpu")
    assert not np.allclose(forecast.point, forecast.quantiles[..., 0], rtol=1e-6)
    np.testing.assert_allclose(forecast.point, forecast.quantiles[..., 0], rtol=0.2)
    judged = evaluate(shops, BacktestPlan(horizon=3, windows=1), model=model)
    assert judged.scores["lstm"]["mae"].n == 9


def test_levels_that_are_asked_for_in_training_are_learnt(shops: Panel) -> None:
    levels = (0.025, 0.5, 0.975)
    model = train(shops, settings(forecast={"quantile_levels": levels}))
    assert model.config.model.quantile_levels == (0.025, *NINE, 0.975)
    assert model.weights["members.0.head.out.bias"].shape == (11,)
    assert predict(model, shops, device="cpu").quantile_levels == levels
    evaluation = evaluate(shops, BacktestPlan(windows=1), model=model)
    assert "coverage_95" in evaluation.scores["lstm"]
    other = predict(model, shops, quantile_levels=[0.7, 0.2], device="cpu")
    assert other.quantile_levels == (0.2, 0.7)
    with pytest.raises(UsageError, match=r"^quantile level 2 does not lie between 0 and 1\.$"):
        predict(model, shops, quantile_levels=[2])


@pytest.fixture(scope="module")
def many() -> Panel:
    """Sixty noisy series: enough to calibrate by."""
    rng = np.random.default_rng(0)
    names = {f"shop {k}": (20 + rng.gamma(2, 5, size=40)).tolist() for k in range(60)}
    return panel_of(names)


def test_intervals_are_as_wide_as_held_out_ends_say(many: Panel) -> None:
    model = train(many, settings())
    ends = model.weights["interval_ends"]
    usual = uncalibrated(HORIZON).numpy()
    assert ends.shape == usual.shape
    assert (ends == ends[0]).all()  # sixty ends tell all steps together
    assert not np.allclose(ends, usual)
    coverage = model.training.coverage
    assert coverage is not None
    before, after = np.transpose([coverage["80"], coverage["95"]])
    assert (np.abs(after - [0.8, 0.95]) <= np.abs(before - [0.8, 0.95])).all()
    levels = [0.05, 0.5, 0.95]
    calibrated = predict(model, many, quantile_levels=levels).quantiles
    forecast = model.config.forecast.model_copy(update={"calibrated": False})
    plain = replace(model, config=model.config.model_copy(update={"forecast": forecast}))
    plain_quantiles = predict(plain, many, quantile_levels=levels).quantiles
    np.testing.assert_array_equal(calibrated[..., 1], plain_quantiles[..., 1])
    widths = [quantiles[..., 2] - quantiles[..., 0] for quantiles in (calibrated, plain_quantiles)]
    wider = ends[0, PROMISES.index(0.9)] > usual[0, PROMISES.index(0.9)]
    assert ((widths[0] > widths[1]) == wider).all()


def test_few_held_out_ends_calibrate_nothing(model: Model) -> None:
    np.testing.assert_allclose(model.weights["interval_ends"], uncalibrated(HORIZON))
    assert model.training.coverage is None


def test_what_held_out_windows_say_of_dependence_is_in_the_model(shops: Panel) -> None:
    """Each window of these series is off by a level of its own at all its steps."""
    model = train(shops, settings())
    correlations = model.weights["correlations"]
    assert np.abs(correlations).max() <= 1
    assert correlations[0] > 0
