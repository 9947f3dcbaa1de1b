"""Every setting, its default and its meaning; YAML in and out. `None` means "decide for me".

`Config` is what a user says. `lstmcast.defaults.resolve` turns it into a `ResolvedConfig`, in which
nothing is left open; that is what a model stores and what `--print-config` prints.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

MAX_CONFIG_BYTES = 1_000_000

# A model file from a stranger must not be able to ask for all the memory there is.
Steps = Annotated[int, Field(ge=1, le=100_000)]
Width = Annotated[int, Field(ge=1, le=8_192)]
Members = Annotated[int, Field(ge=1, le=64)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["float32", "bfloat16"]
Resample = Literal["sum", "mean", "last", "max"]


class Section(BaseModel):
    """A frozen group of settings that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(Section):
    """How a table is to be read: what the user says of it; None: find out.

    Columns have the user's own names. An empty `id` says that there is one series.
    """

    time: str | None = Field(default=None, description="column with timestamps or integer steps")
    target: str | None = Field(default=None, description="column to forecast")
    id: str | None = Field(
        default=None, description="column that names the series; null: one series"
    )
    frequency: str | None = Field(
        default=None, description="pandas offset alias: h, D, B, W-SUN, MS, ..."
    )
    day_first: bool | None = Field(
        default=None, description="whether 01/02/2024 is the first of February"
    )
    timezone: str | None = Field(
        default=None, description="zone of local times, or to convert times to: Europe/Berlin"
    )
    resample: Resample | None = Field(
        default=None, description="how to gather the rows of each period of the frequency"
    )


class ModelConfig(Section):
    """The network."""

    hidden_size: Width | None = Field(default=None, description="width of the LSTM layers")
    layers: Annotated[int, Field(ge=1, le=16)] | None = Field(
        default=None, description="LSTM layers in the encoder and in the decoder"
    )
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = Field(
        default=None, description="share of units dropped between layers while training"
    )
    patch_length: Steps | None = Field(
        default=None, description="steps of the context that the encoder takes at once"
    )
    members: Members | None = Field(
        default=None, description="networks whose quantiles are averaged"
    )


class TrainingConfig(Section):
    """How the network is trained."""

    max_steps: Count | None = Field(default=None, description="optimiser steps at the most")
    early_stopping: bool | None = Field(
        default=None,
        description="stop where held-out ends are forecast best, else after max_steps",
    )
    batch_size: Count | None = Field(default=None, description="windows in one step")
    learning_rate: Positive | None = Field(default=None, description="peak learning rate")
    weight_decay: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="AdamW's decay"
    )
    gradient_clip: Positive = Field(default=1.0, description="largest norm of the gradient")
    precision: Precision | None = Field(
        default=None, description="arithmetic of the network's products"
    )


class Config(Section):
    """What the user says; every None is decided by `lstmcast.defaults.resolve`."""

    horizon: Steps | None = Field(default=None, description="steps to forecast")
    season_length: Steps | None = Field(default=None, description="steps in one season")
    context_length: Steps | None = Field(
        default=None, description="steps that the network looks back"
    )
    device: Device = Field(default="auto", description="where to compute")
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(
        default=0, description="seed of all randomness"
    )
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    training: TrainingConfig = TrainingConfig()


class ResolvedData(DataConfig):
    """Column roles, frequency and how times are written, as they were found."""

    time: str
    target: str
    frequency: str


class ResolvedModel(ModelConfig):
    """The network, with nothing left open."""

    hidden_size: Width
    layers: Annotated[int, Field(ge=1, le=16)]
    dropout: Annotated[float, Field(ge=0, lt=1)]
    patch_length: Steps
    members: Members


class ResolvedTraining(TrainingConfig):
    """Training, with nothing left open."""

    max_steps: Count
    early_stopping: bool
    batch_size: Count
    learning_rate: Positive
    weight_decay: Annotated[float, Field(ge=0)]
    precision: Precision


class ResolvedConfig(Config):
    """Every setting of one training run; valid input where a `Config` is."""

    horizon: Steps
    season_length: Steps
    context_length: Steps
    data: ResolvedData
    model: ResolvedModel
    training: ResolvedTraining

    @model_validator(mode="after")
    def _check_patch(self) -> Self:
        """A context is padded to whole patches: to many times its length, if this were let pass."""
        if self.model.patch_length > self.context_length:
            raise ValueError("model.patch_length is longer than context_length")
        return self


def load_config(path: Path) -> dict[str, Any]:
    """Read a YAML file of settings.

    Raises:
        UsageError: the file cannot be read, is not YAML, or is not a mapping.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_CONFIG_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read config file {path}: {error.strerror}.") from error
    if len(text) > MAX_CONFIG_BYTES:
        raise UsageError(f"config file {path} is larger than 1 MB: that cannot be settings.")
    settings = _parse_yaml(text, f"config file {path}")
    if settings is None:
        return {}
    if not isinstance(settings, dict):
        raise UsageError(f"config file {path} must hold keys with values, such as 'horizon: 12'.")
    return settings


def parse_assignments(assignments: Iterable[str]) -> dict[str, Any]:
    """Turn `model.hidden_size=64` and the like into nested settings; values are YAML.

    Raises:
        UsageError: one of them is not `key=value`.
    """
    settings: dict[str, Any] = {}
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--set {assignment}: write key=value, such as model.hidden_size=64.")
        *sections, name = key.strip().split(".")
        nested: dict[str, Any] = {name: _parse_yaml(value, f"--set {assignment}")}
        for section in reversed(sections):
            nested = {section: nested}
        settings = _merge(settings, nested)
    return settings


def build_config(layers: Iterable[Mapping[str, Any]]) -> Config:
    """Lay settings over each other, the last one on top, and check them.

    Raises:
        UsageError: a key is unknown or a value does not fit; all such problems at once.
    """
    settings: dict[str, Any] = {}
    for layer in layers:
        settings = _merge(settings, layer)
    try:
        return Config.model_validate(settings)
    except ValidationError as error:
        problems = [_sentence(problem) for problem in error.errors()]
        raise UsageError("\n".join(problems)) from error


def to_yaml(config: Config) -> str:
    """Write a config so that `load_config` and `build_config` bring it back."""
    settings = config.model_dump()
    readable = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)
    if yaml.safe_load(readable) == settings:
        return readable
    # PyYAML reads some line breaks of Unicode, such as U+0085, otherwise than it writes them.
    return yaml.safe_dump(settings, sort_keys=False)


def _parse_yaml(text: str | bytes, where: str) -> Any:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{where} is not valid YAML: {reason}.") from error


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = _merge(old, value)
        else:
            merged[key] = value
    return merged


def _sentence(problem: Mapping[str, Any]) -> str:
    *sections, name = (str(part) for part in problem["loc"])
    key = ".".join([*sections, name])
    if problem["type"] != "extra_forbidden":
        value = str(problem["input"])[:80]
        return f"setting {key} = {value}: {problem['msg'][0].lower()}{problem['msg'][1:]}."
    known = _keys_of(sections)
    near = difflib.get_close_matches(name, known, n=1)
    hint = (
        f"did you mean {'.'.join([*sections, near[0]])}?" if near else f"known: {', '.join(known)}."
    )
    return f"unknown setting {key}: {hint}"


def _keys_of(sections: Sequence[str]) -> list[str]:
    model: type[BaseModel] = Config
    for section in sections:
        inner = model.model_fields[section].annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return list(model.model_fields)
