from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lstmcast.data.panel import Columns
from lstmcast.defaults import resolve
from lstmcast.efforts import PanelFacts
from lstmcast.errors import UsageError
from lstmcast.layers import build_config
from lstmcast.levels import NINE

if TYPE_CHECKING:
    from lstmcast.config import ResolvedTraining

MONTHLY = PanelFacts(
    columns=Columns("month", ("passengers",)),
    frequency="MS",
    season_length=12,
    n_series=1,
    n_steps=144,
    longest=144,
    fast_bfloat16=True,
)
SAID = {"horizon": 12}


def test_nothing_is_left_open_and_a_resolved_config_stays_as_it_is() -> None:
    said = SAID | {"data": {"decimal": ","}}
    resolved = resolve(build_config([said]), MONTHLY).config
    again = resolve(build_config([resolved.model_dump()]), replace(MONTHLY, season_length=7)).config
    assert again == resolved
    assert resolved.data.model_dump(exclude_none=True) == {
        "time": "month",
        "target": "passengers",
        "wide": False,
        "duplicates": "error",
        "fill": "none",
        "frequency": "MS",
        "calendar": True,
        "decimal": ",",
    }


@pytest.mark.parametrize(
    ("said", "fill"),
    [
        ({"resample": "sum"}, "zero"),  # as the table was read: a model must not forget it
        ({"resample": "sum", "fill": "none"}, "none"),
        ({"resample": "mean"}, "none"),
    ],
)
def test_periods_without_an_event_stay_zero_for_the_model(said: dict[str, str], fill: str) -> None:
    config = build_config([SAID | {"data": said}])
    assert resolve(config, MONTHLY).config.data.fill == fill


def test_a_season_that_the_user_names_stands_alone() -> None:
    hourly = replace(MONTHLY, frequency="h", season_length=24, other_season_lengths=(168,))
    assert resolve(build_config([SAID]), hourly).config.lags == (24, 168)
    assert resolve(build_config([SAID, {"season_length": 24}]), hourly).config.lags == ()
    said = SAID | {"season_length": 24, "other_season_lengths": [48]}
    assert resolve(build_config([said]), hourly).config.lags == (24, 48)


def test_integer_steps_have_no_calendar() -> None:
    steps = replace(MONTHLY, frequency="1", is_dated=False)
    assert not resolve(build_config([SAID]), steps).config.data.calendar
    off = build_config([SAID, {"data": {"calendar": False}}])
    assert not resolve(off, MONTHLY).config.data.calendar


def test_what_the_user_said_stands() -> None:
    said = SAID | {"season_length": 6, "model": {"hidden_size": 5}, "training": {"max_steps": 7}}
    resolved = resolve(build_config([said]), MONTHLY).config
    assert resolved.season_length == 6
    assert resolved.model.hidden_size == 5
    assert resolved.training.max_steps == 7


@pytest.mark.parametrize(
    ("season", "horizon", "longest", "expected"),
    [
        (1, 6, 800, 20),
        (52, 13, 2000, 104),
        (24, 48, 700, 120),
        (48, 48, 10_000, 96),
        (168, 24, 10_000, 336),
        (12, 12, 20, 19),
        (12, 12, 1, 1),
    ],
)
def test_context_length(season: int, horizon: int, longest: int, expected: int) -> None:
    facts = replace(MONTHLY, season_length=season, longest=longest)
    resolved = resolve(build_config([SAID | {"horizon": horizon}]), facts).config
    assert resolved.context_length == expected


def test_precision_follows_the_hardware() -> None:
    assert resolve(build_config([SAID]), MONTHLY).config.training.precision == "bfloat16"
    slow = replace(MONTHLY, fast_bfloat16=False)
    assert resolve(build_config([SAID]), slow).config.training.precision == "float32"


def test_short_series_are_said_to_lean_on_the_anchor() -> None:
    short = resolve(build_config([SAID]), replace(MONTHLY, longest=20))
    assert any("lean on the seasonal naive anchor" in note for note in short.notes)
    assert not any("lean" in note for note in resolve(build_config([SAID]), MONTHLY).notes)


def test_the_horizon_cannot_be_guessed() -> None:
    with pytest.raises(UsageError, match="--horizon N"):
        resolve(build_config([]), MONTHLY)


def test_large_panels_get_as_many_steps_as_their_series_need() -> None:
    large = replace(MONTHLY, n_series=10**4, n_steps=10**6)
    for size, few, many in [("small", 1_000, 1_000), ("medium", 2_000, 4_000)]:
        said = build_config([SAID | {"size": size}])
        assert resolve(said, large).config.training.max_steps == many
        assert resolve(said, replace(large, n_series=999)).config.training.max_steps == few


@pytest.mark.parametrize(
    ("season", "n_steps", "expected"),
    [(12, 500, 3), (1, 500, 1), (52, 500, 13), (52, 10**6, 13), (12, 10**6, 12), (1, 10**6, 3)],
)
def test_a_context_is_read_in_patches(season: int, n_steps: int, expected: int) -> None:
    facts = replace(MONTHLY, n_steps=n_steps, season_length=season, longest=200)
    assert resolve(build_config([SAID]), facts).config.model.patch_length == expected


@pytest.mark.parametrize(
    ("season", "n_steps", "expected"),
    [
        *[(12, 500, 60), (1, 500, 20), (52, 500, 104), (7, 500, 35), (168, 500, 199)],
        *[(12, 10**6, 144), (1, 10**6, 40), (52, 10**6, 104), (4, 10**6, 80), (7, 10**6, 140)],
    ],
)
def test_a_context_has_whole_seasons(season: int, n_steps: int, expected: int) -> None:
    facts = replace(MONTHLY, n_steps=n_steps, season_length=season, longest=200)
    assert resolve(build_config([SAID]), facts).config.context_length == expected


@pytest.mark.parametrize(
    ("horizon", "n_steps", "expected"),
    [(18, 10**6, 4), (13, 10**6, 3), (6, 10**6, 1), (3, 10**6, 1), (48, 10**6, 12), (18, 500, 1)],
)
def test_a_horizon_is_taken_in_patches_on_large_panels(
    horizon: int, n_steps: int, expected: int
) -> None:
    facts = replace(MONTHLY, n_steps=n_steps)
    decoder_patch = resolve(build_config([{"horizon": horizon}]), facts).config.model
    assert decoder_patch.decoder_patch_length == expected


def test_a_patch_of_the_decoder_is_never_longer_than_the_horizon() -> None:
    own = build_config([{"horizon": 5, "model": {"decoder_patch_length": 5}}])
    assert resolve(own, MONTHLY).config.model.decoder_patch_length == 5
    wrong = build_config([{"horizon": 4, "model": {"decoder_patch_length": 5}}])
    with pytest.raises(UsageError, match=r"_patch_length = 5: longer than the horizon of 4 steps"):
        resolve(wrong, MONTHLY)
    fed_back = {"horizon": 18, "model": {"decoder": "autoregressive"}}
    large = replace(MONTHLY, n_steps=10**6)
    assert resolve(build_config([fed_back]), large).config.model.decoder_patch_length == 1
    fed_back["model"] = {"decoder": "autoregressive", "decoder_patch_length": 2}
    with pytest.raises(UsageError, match="an autoregressive decoder takes one step at a time"):
        build_config([fed_back])


def test_a_patch_is_never_longer_than_the_context() -> None:
    facts = replace(MONTHLY, n_steps=10**6, season_length=52)
    short = resolve(build_config([SAID | {"context_length": 5}]), facts).config
    assert short.model.patch_length == 5
    wrong = build_config([SAID | {"context_length": 5, "model": {"patch_length": 6}}])
    with pytest.raises(UsageError, match=r"patch_length = 6: longer than the context of 5 steps\."):
        resolve(wrong, facts)


@pytest.mark.parametrize(
    ("n_series", "n_steps", "expected"),
    [(1, 144, 3), (4, 10**6, 2), (359, 10**6, 2), (48_000, 10**7, 2)],
)
def test_there_are_several_networks(n_series: int, n_steps: int, expected: int) -> None:
    facts = replace(MONTHLY, n_series=n_series, n_steps=n_steps)
    assert resolve(build_config([SAID]), facts).config.model.members == expected


def test_many_series_are_learnt_upside_down_too_where_that_is_alike() -> None:
    steps = replace(MONTHLY, n_series=10**4, n_steps=10**6, frequency="1", is_dated=False)

    def mirrored(facts: PanelFacts, **said: Any) -> float:
        return resolve(build_config([SAID | said]), facts).config.training.mirrored

    assert mirrored(steps) == mirrored(steps, training={"loss": "head"}) == 0.15
    undated = {"data": {"calendar": False}}
    assert mirrored(replace(steps, is_dated=True), **undated) == 0.15
    assert mirrored(replace(steps, is_dated=True)) == 0, "the calendar is not mirrored"
    known = replace(steps.columns, known=("price",))
    assert mirrored(replace(steps, columns=known)) == 0, "nor are covariates"
    assert mirrored(replace(steps, n_series=999)) == mirrored(replace(steps, n_steps=500)) == 0
    assert mirrored(steps, season_length=1) == 0
    assert mirrored(steps, model={"head": "negative_binomial"}) == 0
    assert mirrored(steps, training={"loss": "mse"}) == 0
    assert mirrored(steps, training={"mirrored": 0.5}) == 0.5


def test_of_short_histories_windows_with_other_trends_are_learnt_too() -> None:
    def augmented(facts: PanelFacts, **said: Any) -> tuple[float, float]:
        training = resolve(build_config([SAID | said]), facts).config.training
        return training.tilted, training.mirrored

    little = replace(MONTHLY, n_steps=99)
    assert augmented(MONTHLY) == (0.5, 0)
    assert augmented(little) == (0.5, 0.5)
    known = replace(little, columns=replace(little.columns, known=("price",)))
    assert augmented(known) == (0, 0), "what covariates do would be drowned, or turned around"
    assert augmented(replace(MONTHLY, n_steps=5_000)) == (0, 0)
    assert augmented(little, model={"head": "negative_binomial"}) == (0, 0)
    assert augmented(little, training={"tilted": 0, "mirrored": 0}) == (0, 0)


def test_counts_take_no_trend() -> None:
    with pytest.raises(UsageError, match=r"a trend added are none: leave out training\.tilted"):
        build_config([{"model": {"head": "negative_binomial"}, "training": {"tilted": 0.1}}])


def test_many_series_with_a_season_count_by_what_they_move_for_their_level() -> None:
    many = replace(MONTHLY, n_series=10**4, n_steps=10**6)
    facts = [many, replace(many, season_length=1), replace(many, n_series=999), MONTHLY]
    found = [resolve(build_config([SAID]), each).config.training.relative_weight for each in facts]
    assert found == [0.5, 0, 0, 0]


@pytest.mark.parametrize(
    ("n_series", "n_steps", "many"), [(10**4, 10**6, True), (999, 10**6, False), (1, 144, False)]
)
def test_many_series_tell_what_a_spread_means_and_where_an_interval_of_95_ends(
    n_series: int, n_steps: int, *, many: bool
) -> None:
    facts = replace(MONTHLY, n_series=n_series, n_steps=n_steps)
    config = resolve(build_config([SAID]), facts).config
    assert config.model.spread_told is many
    assert config.model.quantile_levels == ((0.025, *NINE, 0.975) if many else NINE)
    assert config.forecast.quantile_levels == NINE, "what is told is another matter"
    own = {"spread_told": not many, "quantile_levels": [0.2, 0.5, 0.8]}
    config = resolve(build_config([SAID | {"model": own}]), facts).config
    assert config.model.spread_told is not many
    assert config.model.quantile_levels == (0.2, 0.5, 0.8)


def test_slow_series_are_bent_less_than_logs_do() -> None:
    def power(facts: PanelFacts, **model: Any) -> float:
        return resolve(build_config([SAID | {"model": model}]), facts).config.model.power

    quarterly = replace(MONTHLY, season_length=4, n_steps=10**6)
    assert power(quarterly) == power(replace(quarterly, season_length=1)) == 0.5
    assert power(MONTHLY) == power(replace(quarterly, season_length=12)) == 0
    assert power(replace(quarterly, n_steps=500)) == 0
    assert power(quarterly, head="negative_binomial") == 0, "counts are seen in logs"
    assert power(quarterly, power=1) == power(MONTHLY, power=1) == 1
    with pytest.raises(UsageError, match=r"in logs or as they are: leave out model\.power"):
        power(quarterly, head="negative_binomial", power=0.5)


@pytest.mark.parametrize("said", [{"model": {"head": "negative_binomial"}}, {}])
def test_what_is_not_alike_both_ways_is_not_learnt_upside_down(said: dict[str, Any]) -> None:
    loss = {} if said else {"loss": "mae"}
    with pytest.raises(UsageError, match=r"upside down: leave out training\.mirrored"):
        build_config([said | {"training": {"mirrored": 0.1} | loss}])


def test_few_held_out_windows_say_nothing_on_when_to_stop() -> None:
    def training_of(n_series: int, n_steps: int) -> ResolvedTraining:
        facts = replace(MONTHLY, n_series=n_series, n_steps=n_steps)
        return resolve(build_config([SAID]), facts).config.training

    assert training_of(11, 1_000).early_stopping
    assert training_of(11, 1_000).max_steps == 750
    assert not training_of(10, 600).early_stopping
    assert training_of(10, 600).max_steps == 25 * 600 // 32
    assert training_of(1, 40).max_steps == 100
    assert training_of(1, 4_999).max_steps == 750
    assert training_of(1, 10_000).max_steps == 25 * 10_000 // 128
    assert training_of(1, 100_000).max_steps == 2_000
    assert training_of(1, 5_000).max_steps == 25 * 5_000 // 128


def test_of_several_series_there_is_more_to_see_in_a_step() -> None:
    def windows_of(n_series: int, n_steps: int) -> int:
        facts = replace(MONTHLY, n_series=n_series, n_steps=n_steps)
        return resolve(build_config([SAID]), facts).config.training.batch_size

    assert windows_of(99, 4_000) == windows_of(200, 4_000) == 32
    assert windows_of(1, 9_000) == windows_of(99, 9_000) == 128
    assert windows_of(100, 9_000) == windows_of(999, 10**6) == windows_of(1_000, 10**6) == 256


LARGE = replace(MONTHLY, n_series=10**4, n_steps=10**6, longest=2_000)


@pytest.mark.parametrize("facts", [MONTHLY, LARGE, replace(LARGE, n_series=500)])
def test_more_size_is_more_of_everything(facts: PanelFacts) -> None:
    efforts = []
    for size in ("small", None, "medium", "large"):
        config = resolve(build_config([SAID | {"size": size}]), facts).config
        model, training = config.model, config.training
        efforts.append((model.hidden_size, model.layers, model.members, training.max_steps))
        assert config.size == (size or "medium")
    small, default, medium, large = efforts
    assert default == medium
    assert all(a <= b <= c for a, b, c in zip(small, medium, large, strict=True))
    assert small[0] < medium[0] < large[0]


def test_what_is_said_of_the_parts_stands_in_any_size() -> None:
    said = SAID | {"size": "large", "model": {"layers": 1}, "training": {"max_steps": 7}}
    config = resolve(build_config([said]), LARGE).config
    assert (config.model.layers, config.training.max_steps) == (1, 7)
    assert config.model.hidden_size == 256
    smaller = resolve(build_config([config.model_dump(), {"size": "small"}]), LARGE).config
    assert smaller.model == config.model, "nothing is left open"


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({}, "3 lstm network(s) of 1 layer(s) of 64 units, "),
        ({"kind": "mlp", "layers": 2}, "3 mlp network(s) of 2 layer(s) of 64 units, "),
        (
            {"kind": "gru", "bidirectional": True},
            "3 gru network(s) of 1 layer(s) of 64 units, bidirectional encoder, ",
        ),
        (
            {"dilations": [[1, 3], [6, 12]], "decoder": "autoregressive"},
            "of 64 units, encoder dilated by 1, 3 and 6, 12, autoregressive decoder, ",
        ),
    ],
)
def test_the_note_says_what_the_network_is(model: dict[str, Any], said: str) -> None:
    [note] = resolve(build_config([SAID | {"model": model}]), MONTHLY).notes
    assert said in note


def test_a_dilation_is_never_longer_than_what_the_encoder_takes() -> None:
    long = {"context_length": 5, "model": {"patch_length": 2, "dilations": [[1, 4]]}}
    sentence = (
        r"^setting model\.dilations has 4: more than the 3 steps that the encoder takes "
        r"\(context_length 5, model\.patch_length 2\)\.$"
    )
    with pytest.raises(UsageError, match=sentence):
        resolve(build_config([SAID, long]), MONTHLY)


@pytest.mark.parametrize(
    ("asked", "learnt"),
    [
        ((0.025, 0.5, 0.975), (0.025, *NINE, 0.975)),
        ((0.001, 0.05, 0.999), (0.05, *NINE)),  # what is too rare is extrapolated
        (tuple(k / 200 for k in range(1, 200)), NINE),  # and what is too much interpolated
    ],
)
def test_levels_that_are_asked_for_are_learnt_beside_the_nine(
    asked: tuple[float, ...], learnt: tuple[float, ...]
) -> None:
    said = SAID | {"forecast": {"quantile_levels": asked}}
    config = resolve(build_config([said]), MONTHLY).config
    assert config.forecast.quantile_levels == asked
    assert config.model.quantile_levels == tuple(sorted(learnt))
    many = resolve(build_config([said]), replace(MONTHLY, n_series=10**4, n_steps=10**6)).config
    assert {0.025, *learnt, 0.975} == set(many.model.quantile_levels)


def test_heads_losses_and_levels_are_those_that_are_said() -> None:
    config = resolve(build_config([SAID]), MONTHLY).config
    assert (config.model.head, config.training.loss) == ("quantiles", "head")
    assert config.model.quantile_levels == config.forecast.quantile_levels == NINE
    own = {"head": "normal", "quantile_levels": [0.2, 0.5, 0.8]}
    said = SAID | {"model": own, "training": {"loss": "huber"}}
    config = resolve(build_config([said]), MONTHLY).config
    assert (config.model.head, config.training.loss) == ("normal", "huber")
    assert config.model.quantile_levels == (0.2, 0.5, 0.8)
