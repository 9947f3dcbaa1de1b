"""The names that `import lstmcast` offers, and what they cost."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import lstmcast


@pytest.mark.parametrize("name", lstmcast.__all__)
def test_public_name_is_there(name: str) -> None:
    assert getattr(lstmcast, name) is not None


@pytest.mark.parametrize(("name", "home"), lstmcast._HOMES.items())
def test_public_name_is_defined_in_its_home(name: str, home: str) -> None:
    assert getattr(lstmcast, name) is vars(importlib.import_module(home))[name]
    assert getattr(lstmcast, name).__module__ == home


def test_public_names_are_those_with_a_home() -> None:
    assert set(lstmcast.__all__) == {*lstmcast._HOMES, "__version__"}
    assert lstmcast.__all__ == sorted(set(lstmcast.__all__), key=_by_kind)
    assert dir(lstmcast) == sorted(lstmcast.__all__)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'lstmcast' has no attribute 'forecats'"):
        _ = lstmcast.forecats


def test_import_is_light() -> None:
    heavy = {"torch", "pandas", "numpy", "pyarrow", "pydantic", "matplotlib", "typer", "rich"}
    code = f"import sys, lstmcast; sys.exit(' '.join({heavy!r} & sys.modules.keys()))"
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert process.stderr.strip() == ""


def _by_kind(name: str) -> tuple[bool, str]:
    """Sort as ruff does: classes, then the rest."""
    return (not name[0].isupper(), name)
