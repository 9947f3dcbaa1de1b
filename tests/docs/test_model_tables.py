"""The tables of docs/models.md are true: each is held against the code that it tells of."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import get_args

import pytest

from lstmcast.efforts import EFFORTS, FEW_SERIES, SMALL_PANEL
from lstmcast.network_config import Kind, ModelConfig
from lstmcast.nn.autoregression import PATHS
from lstmcast.nn.networks import Network
from lstmcast.nn.shape import Shape

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "models.md").read_text()
RESULTS = ROOT / "benchmarks" / "results" / "models.csv"
KINDS: tuple[Kind, ...] = get_args(Kind)
SHAPE = Shape(64, 1, 0.0, 12, 60, 1, other_paths=False)


def rows_under(heading: str) -> list[list[str]]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = re.findall(r"^\|.*$", section, re.MULTILINE)[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def number(cell: str) -> int:
    return int(cell.replace(",", ""))


@pytest.mark.parametrize("heading", ["Kinds", "Equations"])
def test_every_kind_has_a_row(heading: str) -> None:
    assert [row[0] for row in rows_under(heading)] == [f"`{kind}`" for kind in KINDS]


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_those_of_the_table(kind: Kind) -> None:
    [told] = [number(row[3]) for row in rows_under("Kinds") if row[0] == f"`{kind}`"]
    assert told == sum(w.numel() for w in Network(SHAPE._replace(kind=kind)).parameters())


def test_every_kind_was_measured() -> None:
    assert [row[0] for row in rows_under("Measured")][: len(KINDS)] == [*KINDS]


def test_measured_is_what_was_measured() -> None:
    if not RESULTS.exists():
        pytest.skip("benchmarks/models.py has not been run: there is no result to compare with")
    with RESULTS.open(newline="") as file:
        found = {(row["network"], row["data"]): row for row in csv.DictReader(file)}
    told = rows_under("Measured")
    assert [row[0] for row in told] == list(dict.fromkeys(network for network, _ in found))
    for network, weights, step_ms, *errors in told:
        monthly = found[network, "M4 monthly"]
        assert (weights.replace(",", ""), step_ms) == (monthly["weights"], monthly["step_ms"])
        scores = [
            float(found[network, data]["score"])
            for data in ("M4 weekly", "M4 monthly", "AirPassengers")
        ]
        assert errors == [f"{scores[0]:.3f}", f"{scores[1]:.3f}", f"{scores[2]:.1f}"]


def test_sizes_come_to_what_the_table_says() -> None:
    rows = rows_under("Sizes")
    for place, effort in enumerate(EFFORTS.values(), start=1):
        expected = [figure for extent in effort.values() for figure in extent]
        assert [number(row[place]) for row in rows] == expected
    assert list(EFFORTS) == re.findall(r"`(\w+)` \|", PAGE.split("| what is left open ")[1])[:3]
    assert f"fewer than {SMALL_PANEL:,} steps" in PAGE
    assert f"fewer than {FEW_SERIES:,} series" in PAGE


def test_every_setting_of_the_network_has_a_row() -> None:
    told = {row[0].strip("`") for row in rows_under("Settings")}
    assert told == {f"model.{name}" for name in ModelConfig.model_fields}


def test_the_number_of_paths_is_told() -> None:
    assert f"{PATHS} paths are drawn" in PAGE
