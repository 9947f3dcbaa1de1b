"""The tables of docs/accuracy.md are those of the results in benchmarks/results/."""

from __future__ import annotations

import csv
import re
import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
PAGE = (ROOT / "docs" / "accuracy.md").read_text()


def rows_under(heading: str) -> list[str]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\|.*$", section, re.MULTILINE)[2:]


def results(name: str) -> list[dict[str, Any]]:
    with (BENCHMARKS / "results" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def markdown_of(script: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    found: Callable[..., list[str]] = runpy.run_path(str(BENCHMARKS / script))["as_markdown"]
    return found


@pytest.mark.parametrize(
    ("heading", "name"), [("M4", "m4"), ("What each choice is worth", "ablation")]
)
def test_tables_are_what_was_measured(
    heading: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rows_under(heading) == markdown_of(f"{name}.py", monkeypatch)(results(name))
