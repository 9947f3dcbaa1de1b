"""Settings in layers: from files, assignments and options, the last one on top, and checked."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from lstmcast.config import Config
from lstmcast.errors import UsageError
from lstmcast.settings_file import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


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
        nested: dict[str, Any] = {name: parse_yaml(value, f"--set {assignment}")}
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


def with_full_keys(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Go through nested settings by the keys that --set takes: `model.hidden_size`."""
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from with_full_keys(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


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
    if not problem["loc"]:  # settings of several sections that do not fit each other
        return f"{_reason(problem)}."
    *sections, name = _path(problem["loc"])
    key = ".".join([*sections, name])
    if problem["type"] != "extra_forbidden":
        value = str(problem["input"])[:80]
        return f"setting {key} = {value}: {_reason(problem)}."
    known = _keys_of(sections)
    near = difflib.get_close_matches(name, known, n=1)
    hint = (
        f"did you mean {'.'.join([*sections, near[0]])}?" if near else f"known: {', '.join(known)}."
    )
    return f"unknown setting {key}: {hint}"


def _reason(problem: Mapping[str, Any]) -> str:
    reason = problem["msg"].removeprefix("Value error, ").replace("a valid tuple", "a list")
    return f"{reason[0].lower()}{reason[1:]}"


def _path(location: Sequence[str | int]) -> list[str]:
    """Return the keys that lead to a setting, without what pydantic adds on kinds of values."""
    keys = [str(part) for part in location]
    for depth in range(1, len(keys)):
        if not _keys_of(keys[:depth]):
            return keys[:depth]
    return keys


def _keys_of(sections: Sequence[str]) -> list[str]:
    model: type[BaseModel] = Config
    for section in sections:
        inner = model.model_fields[section].annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return list(model.model_fields)
