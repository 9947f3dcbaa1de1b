"""The tables of docs/forecasts.md name what there is, and its figures are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from lstmcast.config import Loss, PointLoss
from lstmcast.levels import MOST_LEVELS
from lstmcast.network_config import HeadName
from lstmcast.nn.copula import FEWEST_PAIRS, MOST_LAGS
from lstmcast.nn.counts import SHARE_OF_LEVEL
from lstmcast.nn.distributions import FEWEST_DEGREES, LEAST_WIDTH, MOST_DEGREES
from lstmcast.workflow import MOST_SAMPLED

PAGE = (Path(__file__).parents[2] / "docs" / "forecasts.md").read_text()


def first_cells(heading: str) -> list[str]:
    """Return the code of the first cell of each row of the table in a section."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)`", section, re.MULTILINE)


def test_every_head_is_told_of() -> None:
    assert first_cells("Heads") == list(get_args(HeadName))


def test_every_loss_is_told_of() -> None:
    told = first_cells("Points")
    assert told == ["head", *get_args(PointLoss)[:1], "mse", "huber"]
    assert "head" in get_args(get_args(Loss)[0])


def test_figures_are_those_of_the_code() -> None:
    for figure in (
        f"width w > {LEAST_WIDTH:g}",
        f"degrees of freedom n from {FEWEST_DEGREES:g} to {MOST_DEGREES:g}",
        f"up to {MOST_LAGS} apart",
        f"fewer than {FEWEST_PAIRS} pairs",
        f"{MOST_LEVELS} levels, and {MOST_SAMPLED // 10**6} million values",
    ):
        assert figure in PAGE, figure
    assert SHARE_OF_LEVEL == 0.1, "a tenth of the level"
