"""The house keeps its shape: rooms have names that say something, small files and thick walls.

import-linter and ruff hold the walls; what stands here is that their settings name every wall, and
that no room has been forgotten.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "lstmcast"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TOOLS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
SAY_NOTHING = {"utils", "util", "helpers", "helper", "base", "core", "common", "misc"}
MOST_LINES = 300
OUTSIDE_CLI = {
    f"lstmcast.{path.stem}"
    for path in PACKAGE.iterdir()
    if (path.suffix == ".py" and not path.stem.startswith("__")) or (path / "__init__.py").exists()
} - {"lstmcast.cli"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_small_and_its_name_says_something(path: Path) -> None:
    assert path.stem not in SAY_NOTHING
    assert len(path.read_text().splitlines()) < MOST_LINES


@pytest.mark.parametrize(
    ("rooms", "strangers"),
    [
        (OUTSIDE_CLI, {"typer", "rich", "lstmcast.cli"}),
        ({"lstmcast.errors", "lstmcast.config"}, {"torch", "pandas", "numpy"}),
        ({"lstmcast.data"}, {"torch", "lstmcast.nn"}),
        ({"lstmcast.nn"}, {"pandas", "lstmcast.data.table", "lstmcast.artifact", "lstmcast.cli"}),
        (
            {"lstmcast.evaluation.metrics", "lstmcast.evaluation.baselines"},
            {"torch", "lstmcast.nn"},
        ),
        ({"lstmcast"}, {"pickle"}),
    ],
)
def test_import_contract_holds_every_wall(rooms: set[str], strangers: set[str]) -> None:
    contracts = [each for each in TOOLS["importlinter"]["contracts"] if each["type"] == "forbidden"]
    unguarded = {
        (room, stranger)
        for room in rooms
        for stranger in strangers
        if not any(
            room in each["source_modules"] and stranger in each["forbidden_modules"]
            for each in contracts
        )
    }
    assert not unguarded
    assert not any(each.get("ignore_imports") for each in contracts)


def test_commands_import_what_is_heavy_only_when_they_run() -> None:
    tidy = TOOLS["ruff"]["lint"]["flake8-tidy-imports"]
    assert {"torch", "pandas", "numpy", "lstmcast.workflow"} <= {
        *tidy["banned-module-level-imports"]
    }
    spared = {
        path.relative_to(PACKAGE).as_posix()
        for pattern, rules in TOOLS["ruff"]["lint"]["per-file-ignores"].items()
        if "TID253" in rules and pattern.startswith("lstmcast/")
        for path in _matching(pattern)
    }
    assert not {path for path in spared if path.startswith("cli/")}
    assert not spared & {"__init__.py", "__main__.py", "errors.py", "output.py"}


def test_nothing_unpickles() -> None:
    banned = TOOLS["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]
    assert {"pickle", "torch.load", "torch.save", "eval"} <= set(banned)


def _matching(pattern: str) -> list[Path]:
    """Find the sources that a pattern of ruff's with one pair of braces means."""
    before, brace, rest = pattern.partition("{")
    choices, _, after = rest.partition("}")
    patterns = [before + choice + after for choice in choices.split(",")] if brace else [pattern]
    return [path for each in patterns for path in ROOT.glob(each)]
