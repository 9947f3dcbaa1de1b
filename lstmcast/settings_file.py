"""Settings as YAML: read from a file, written so that they are read back the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from lstmcast.config import Config

MAX_CONFIG_BYTES = 1_000_000


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
    settings = parse_yaml(text, f"config file {path}")
    if settings is None:
        return {}
    if not isinstance(settings, dict):
        raise UsageError(f"config file {path} must hold keys with values, such as 'horizon: 12'.")
    return settings


def to_yaml(config: Config) -> str:
    """Write a config so that `load_config` and `lstmcast.config.build_config` bring it back."""
    settings = config.model_dump(mode="json")
    readable = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)
    if yaml.safe_load(readable) == settings:
        return readable
    # PyYAML reads some line breaks of Unicode, such as U+0085, otherwise than it writes them.
    return yaml.safe_dump(settings, sort_keys=False)


def parse_yaml(text: str | bytes, where: str) -> Any:
    """Return what a text of YAML holds; `where` is what a message calls it.

    Raises:
        UsageError: it is no YAML.
    """
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{where} is not valid YAML: {reason}.") from error
