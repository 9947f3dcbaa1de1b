from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lstmcast.config import Config, ResolvedConfig
from lstmcast.data.panel import Columns
from lstmcast.defaults import resolve
from lstmcast.efforts import PanelFacts
from lstmcast.errors import UsageError
from lstmcast.layers import build_config, parse_assignments
from lstmcast.settings_file import MAX_CONFIG_BYTES, load_config, to_yaml

if TYPE_CHECKING:
    from pathlib import Path

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
whole = st.integers(1, 1000)
blocks = st.lists(whole, min_size=1, max_size=3).map(tuple)
some_settings = st.fixed_dictionaries(
    {},
    optional={
        "horizon": whole,
        "season_length": whole | st.none(),
        "device": st.sampled_from(["auto", "cpu", "cuda", "mps"]),
        "seed": st.integers(0, 2**63 - 1),
        "size": st.sampled_from(["small", "medium", "large"]),
        "model": st.fixed_dictionaries(
            {},
            optional={
                "kind": st.sampled_from(["lstm", "gru", "rnn", "peephole", "slstm"]),
                "decoder": st.sampled_from(["direct", "autoregressive"]),
                "dilations": st.lists(blocks, max_size=3).map(tuple),
            },
        ),
        "data": st.fixed_dictionaries({}, optional={"time": names, "id": names | st.none()}),
        "training": st.fixed_dictionaries(
            {}, optional={"learning_rate": st.floats(1e-9, 1), "max_steps": whole}
        ),
    },
)


@settings(max_examples=60, deadline=None)
@example({"data": {"time": "\x85"}})
@example({"data": {"time": "größe"}})
@given(some_settings)
def test_a_config_comes_back_from_its_yaml(said: dict[str, Any]) -> None:
    import yaml

    config = build_config([said])
    assert build_config([yaml.safe_load(to_yaml(config))]) == config


@settings(max_examples=60, deadline=None)
@given(some_settings, some_settings)
def test_the_upper_layer_wins(below: dict[str, Any], above: dict[str, Any]) -> None:
    merged = build_config([below, above]).model_dump(exclude_unset=True)
    for key, value in above.items():
        if isinstance(value, dict):
            assert merged[key] == below.get(key, {}) | value
        else:
            assert merged[key] == value


def test_assignments_nest_and_are_yaml() -> None:
    assert parse_assignments(["model.hidden_size=64", "model.layers=2", "data.id=null"]) == {
        "model": {"hidden_size": 64, "layers": 2},
        "data": {"id": None},
    }


@pytest.mark.parametrize(
    ("assignments", "sentence"),
    [
        (["horizon"], "--set horizon: write key=value"),
        (["=3"], "--set =3: write key=value"),
        (["horizon=[1"], r"--set horizon=\[1 is not valid YAML"),
        (
            ["model.hiden_size=3"],
            r"unknown setting model.hiden_size: did you mean model.hidden_size\?",
        ),
        (["zebra=3"], "unknown setting zebra: known: horizon, season_length"),
        (["data.x.y=3"], "unknown setting data.x: known: time, target, id, wide"),
        (["horizon.x=3"], "setting horizon = "),
        (["horizon=0"], "setting horizon = 0: input should be greater than or equal to 1"),
        (["training.learning_rate=.inf"], "setting training.learning_rate = inf"),
        (["model=3"], "setting model = 3"),
        (["model.kind=transformer"], "setting model.kind = transformer: input should be 'lstm', "),
        (["size=huge"], "setting size = huge: input should be 'small', 'medium' or 'large'"),
        (["model.dilations=[1,2]"], "setting model.dilations = 1: input should be a list"),
        (["model.dilations=[[0]]"], "setting model.dilations = 0: input should be greater"),
        (["model.dilations=[[1],[]]"], "setting model = .*: a block of model.dilations has no la"),
        (
            ["model.dilations=[[1000001]]"],
            "setting model.dilations = 1000001: input should be less",
        ),
        ([f"model.dilations=[{[1] * 9},{[1] * 8}]"], "model.dilations has more than 16 layers"),
        (
            ["model.decoder=autoregressive", "training.loss=mse"],
            "an autoregressive decoder has no point: leave out training.loss",
        ),
        (
            ["model.bidirectional=true", "model.dilations=[[2]]"],
            "setting model = .*: choose one of model.bidirectional and model.dilations",
        ),
        (["device=gpu"], "setting device = gpu: input should be 'auto', 'cpu', 'cuda' or 'mps'"),
    ],
)
def test_wrong_settings_are_told(assignments: list[str], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        build_config([parse_assignments(assignments)])


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("bidirectional=true", "model.bidirectional"),
        ("dilations=[[1,2]]", "model.dilations"),
        ("decoder=autoregressive", "model.decoder=autoregressive"),
    ],
)
def test_an_mlp_has_nothing_that_needs_recurrence(said: str, named: str) -> None:
    sentence = f": an mlp has no recurrence: leave out {named}, or take --model lstm"
    with pytest.raises(UsageError, match=sentence):
        build_config([parse_assignments(["model.kind=mlp", f"model.{said}"])])


def test_all_wrong_settings_are_told_at_once() -> None:
    with pytest.raises(UsageError) as error:
        build_config([{"horizon": "x", "seed": -1}])
    assert len(str(error.value).splitlines()) == 2


def test_config_files(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("horizon: 3\nmodel:\n  layers: 2\n")
    assert load_config(path) == {"horizon": 3, "model": {"layers": 2}}
    path.write_text("")
    assert load_config(path) == {}
    assert build_config([load_config(path)]) == Config.model_validate({})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"- 1\n- 2\n", "must hold keys with values"),
        (b"horizon: [", "is not valid YAML"),
        (b"\xff\xfe\x00", "is not valid YAML"),
        (b"a: !!python/object/apply:os.system ['true']", "is not valid YAML"),
        (b"[" * 100_000, "is not valid YAML"),
        (b"#" * (MAX_CONFIG_BYTES + 1), "larger than 1 MB"),
    ],
)
def test_bad_config_files(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=sentence):
        load_config(path)


def test_absent_config_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read config file .*c\.yaml: No such file"):
        load_config(tmp_path / "c.yaml")
    with pytest.raises(UsageError, match="cannot read config file"):
        load_config(tmp_path)


def test_every_setting_is_described() -> None:
    schema = Config.model_json_schema()
    for section in [schema, *schema["$defs"].values()]:
        for name, field in section.get("properties", {}).items():
            assert "description" in field or "$ref" in field or "allOf" in field, name


def test_a_patch_longer_than_the_context_is_refused() -> None:
    facts = PanelFacts(Columns("t", ("y",)), "D", 1, 1, 100, 100, fast_bfloat16=False)
    settings = resolve(Config(horizon=2, context_length=5), facts).config.model_dump()
    settings["model"]["patch_length"] = 6
    with pytest.raises(ValidationError, match="patch_length is longer than context_length"):
        ResolvedConfig.model_validate(settings)


def test_a_dilation_longer_than_what_is_encoded_is_refused() -> None:
    facts = PanelFacts(Columns("t", ("y",)), "D", 1, 1, 100, 100, fast_bfloat16=False)
    settings = resolve(Config(horizon=2, context_length=5), facts).config.model_dump()
    settings["model"] |= {"patch_length": 2, "dilations": [[1, 3]]}
    ResolvedConfig.model_validate(settings)
    settings["model"] |= {"dilations": [[1, 4]]}
    with pytest.raises(ValidationError, match="has more steps than the encoder takes"):
        ResolvedConfig.model_validate(settings)


@pytest.mark.parametrize(
    ("said", "bounds"),
    [
        ({}, (None, None)),
        ({"lower": "0", "upper": "2.5"}, (0.0, 2.5)),
        ({"lower": "history", "upper": "none"}, ("history", "none")),
        ({"lower": -1, "upper": -1}, (-1.0, -1.0)),
    ],
)
def test_bounds_of_forecasts(said: dict[str, Any], bounds: tuple[Any, Any]) -> None:
    forecast = build_config([{"forecast": said}]).forecast
    assert (forecast.lower, forecast.upper) == bounds


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"lower": 2, "upper": 1}, "setting forecast = .*lower is higher than forecast.upper"),
        ({"lower": "low"}, "setting forecast.lower = low: input should be a valid number"),
        ({"upper": "inf"}, "setting forecast.upper = inf: input should be a finite number"),
    ],
)
def test_bounds_that_cannot_be(said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        build_config([{"forecast": said}])


def test_columns_are_one_text_or_a_list(tmp_path: Path) -> None:
    config = build_config([{"data": {"id": ["a", "b"], "target": "x,y"}}])
    assert (config.data.id, config.data.target) == (("a", "b"), "x,y")
    path = tmp_path / "settings.yaml"
    path.write_text(to_yaml(config))
    assert "id:\n  - a\n  - b\n" in path.read_text()
    assert build_config([load_config(path)]) == config
