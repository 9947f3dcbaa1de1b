"""Regression in context: what known numbers say, whatever their units."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lstmcast.nn.anchors import Anchored, seasonal_places
from lstmcast.nn.regression import regressions

CONTEXT, HORIZON, SEASON = 40, 6, 4


def anchored(values: torch.Tensor, season: int = SEASON) -> Anchored:
    places = seasonal_places(values, season, HORIZON)
    anchor = values.gather(1, places).nan_to_num(0.0)
    return Anchored(values, season, places, anchor)


def draw(n_windows: int, n_numbers: int = 2) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(n_windows, CONTEXT + HORIZON, n_numbers)


def test_values_that_follow_from_numbers_are_told_ahead_but_for_the_ridge() -> None:
    known = draw(3)
    values = 5 + known @ torch.tensor([2.0, -1.0])
    for path in regressions(anchored(values[:, :CONTEXT]), known):
        torch.testing.assert_close(path, values[:, CONTEXT:], rtol=0, atol=0.15)


def test_where_the_level_has_moved_the_path_of_changes_is_near() -> None:
    known = draw(1, 1)
    values = 3 * known[..., 0]
    values[:, CONTEXT - SEASON :] += 8
    path, moved = regressions(anchored(values[:, :CONTEXT]), known)
    anchor = anchored(values[:, :CONTEXT]).anchor
    error, of_level, of_anchor = (
        (found - values[:, CONTEXT:]).abs().mean() for found in (moved, path, anchor)
    )
    assert error < 0.5 * of_anchor
    assert error < 0.5 * of_level


def test_numbers_that_tell_nothing_leave_the_anchor() -> None:
    """Noise explains what chance allows of noise; a season beats what does not know of it."""
    known = draw(1)
    season = torch.tensor([0.0, 9.0, 1.0, 5.0]).repeat(CONTEXT // SEASON)[None]
    noise = torch.randn(1, CONTEXT)
    for values, most in ((noise, 0.1), (9 * season + noise, 0.1), (season, 0.0)):
        given = anchored(values)
        for path in regressions(given, known):
            assert (path - given.anchor).abs().mean() <= most * values.abs().mean()


@given(st.floats(1e-3, 1e3), st.floats(-1e3, 1e3), st.booleans())
def test_units_of_the_numbers_change_nothing(factor: float, shift: float, down: bool) -> None:
    known = draw(2)
    values = (known.sum(dim=-1) + torch.linspace(0, 3, CONTEXT + HORIZON))[:, :CONTEXT]
    other = (-factor if down else factor) * known + shift * factor
    for found, again in zip(
        regressions(anchored(values), known), regressions(anchored(values), other), strict=True
    ):
        torch.testing.assert_close(again, found, rtol=1e-2, atol=1e-2)


def test_what_is_not_observed_has_no_say() -> None:
    known = draw(1)
    values = known.sum(dim=-1)[:, :CONTEXT]
    hidden = values.clone()
    hidden[:, 3:9] = torch.nan
    moved = known.clone()
    moved[:, 3:9] = 1.0
    found = regressions(anchored(hidden), moved)[0]
    torch.testing.assert_close(found, known.sum(dim=-1)[:, CONTEXT:], rtol=0, atol=0.3)


@pytest.mark.parametrize("number", [0.1, 1e6, torch.nan])
def test_a_number_that_never_moves_says_nothing(number: float) -> None:
    known = torch.full((1, CONTEXT + HORIZON, 1), number)
    known[:, CONTEXT + 2] = 7.0  # it does ahead: what that would change was never seen
    given = anchored(draw(1, 1)[:, :CONTEXT, 0])
    for path in regressions(given, known):
        torch.testing.assert_close(path, given.anchor, rtol=0, atol=1e-5)


def test_nothing_observed_and_a_season_longer_than_the_context() -> None:
    known = draw(1)
    nothing = torch.full((1, CONTEXT), torch.nan)
    for path in regressions(anchored(nothing), known):
        torch.testing.assert_close(path, torch.zeros(1, HORIZON))
    values = draw(1, 1)[:, :CONTEXT, 0]
    long = anchored(values, CONTEXT + 5)
    torch.testing.assert_close(regressions(long, known)[1], long.anchor)


def test_an_outlier_ahead_is_bounded() -> None:
    known = draw(1, 1)
    values = known[:, :CONTEXT, 0]
    known[:, CONTEXT] = 1e30
    known[:, CONTEXT + 1] = torch.inf
    for path in regressions(anchored(values), known):
        assert path.abs().max() < 20
