"""Laws of the paths that a context is decomposed into, and of windows that are upside down."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lstmcast.nn.decomposition import (
    N_EXTRAPOLATIONS,
    extrapolations,
    seasonal_departure,
    seasonal_profile,
    slope,
    smoothed,
    without_season,
)
from lstmcast.nn.features import features_of
from lstmcast.nn.scaling import fit_scale, mirror, restore, standardise
from lstmcast.nn.shape import Shape
from lstmcast.nn.windows import Inputs

lawful = settings(max_examples=60, deadline=None)
seeds = st.integers(0, 2**32 - 1)
season_lengths = st.integers(1, 9)
LEAST_SEASONS, MOST_SEASONS = 3, 6
AHEAD = 7


def contexts(seed: int, length: int, missing: float = 0.2) -> Tensor:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(4, length)).cumsum(axis=1)
    values[rng.random(values.shape) < missing] = np.nan
    values[:, -1] = 1.0  # there is something to go by
    return torch.from_numpy(values)


@lawful
@given(seeds, season_lengths, st.integers(LEAST_SEASONS, MOST_SEASONS), st.floats(-3, 3))
def test_a_season_around_a_level_goes_on_as_it_is(
    seed: int, season_length: int, seasons: int, level: float
) -> None:
    """Slopes too: a level that stays has none."""
    rng = np.random.default_rng(seed)
    season = rng.normal(size=season_length) + level
    z = torch.from_numpy(np.tile(season, seasons)[None])
    expected = np.resize(season, AHEAD)
    paths = extrapolations(z, season_length, AHEAD)
    assert len(paths) == N_EXTRAPOLATIONS
    for path in paths:
        np.testing.assert_allclose(path[0], expected, atol=1e-9)


@lawful
@given(seeds, season_lengths, st.floats(-2, 2))
def test_a_trend_does_not_hide_the_season_nor_the_season_the_trend(
    seed: int, season_length: int, trend: float
) -> None:
    season = np.random.default_rng(seed).normal(size=season_length)
    season -= season.mean()
    steps = np.arange(4 * season_length + 2)
    # The last step has the last phase.
    z = torch.from_numpy((season[(steps - len(steps)) % season_length] + trend * steps)[None])
    profile = seasonal_profile(seasonal_departure(z, season_length))
    np.testing.assert_allclose(profile[0], season, atol=1e-9)
    np.testing.assert_allclose(slope(without_season(z, profile)), [[trend]], atol=1e-9)


@lawful
@given(seeds, season_lengths, st.floats(-5, 5), st.floats(-100, 100))
def test_paths_move_and_stretch_with_the_context(
    seed: int, season_length: int, factor: float, shift: float
) -> None:
    z = contexts(seed, 4 * season_length + 3)
    paths = extrapolations(z, season_length, AHEAD)
    moved = extrapolations(factor * z + shift, season_length, AHEAD)
    for path, after in zip(paths, moved, strict=True):
        np.testing.assert_allclose(after, factor * path + shift, rtol=1e-7, atol=1e-7)


@lawful
@given(seeds, season_lengths)
def test_batch_mates_change_no_path(seed: int, season_length: int) -> None:
    z = contexts(seed, 5 * season_length)
    together = torch.stack(extrapolations(z, season_length, AHEAD))
    alone = [torch.stack(extrapolations(row[None], season_length, AHEAD)) for row in z]
    np.testing.assert_allclose(together, torch.cat(alone, dim=1), atol=1e-12)


@lawful
@given(seeds, st.floats(0.01, 0.99))
def test_smoothing_is_the_recursion_of_textbooks(seed: int, rate: float) -> None:
    """But for the first level, which is a mean here: far back, it makes no difference."""
    z = contexts(seed, 2_000, missing=0.0)
    level = z[:, 0].clone()
    for value in z.T[1:]:
        level = rate * value + (1 - rate) * level
    np.testing.assert_allclose(smoothed(z, rate)[:, 0], level, rtol=1e-6, atol=1e-6)


@lawful
@given(seeds)
def test_slopes_are_those_of_least_squares(seed: int) -> None:
    z = contexts(seed, 30)
    for row, found in zip(z.numpy(), slope(z)[:, 0], strict=True):
        seen = np.flatnonzero(~np.isnan(row))
        np.testing.assert_allclose(found, np.polyfit(seen, row[seen], 1)[0], atol=1e-9)


@lawful
@given(seeds, st.integers(1, 6), st.booleans())
def test_upside_down_is_what_the_negative_looks_like(
    seed: int, season_length: int, several_seasons: bool
) -> None:
    """No feature but the flag of logs tells a mirrored window from a series that falls."""
    n_lags = 4 if several_seasons else 0
    shape = Shape(8, 1, 0.0, season_length, 4 * season_length + 2, 1, n_lags=n_lags)
    context = contexts(seed, shape.context_length)
    context[:, -2] = 0.0  # which has no logarithm
    lags = contexts(seed + 1, 4 * AHEAD).view(4, AHEAD, 4)[..., :n_lags]
    scale = fit_scale(context, season_length)
    below = fit_scale(-context, season_length)
    told = features_of(Inputs(context, lags), mirror(scale, torch.ones(4) > 0), shape)
    expected = features_of(Inputs(-context, -lags), below, shape)
    for name in ("seen", "told", "anchor", "departures", "last", "last_anchor"):
        mine, other = getattr(told, name), getattr(expected, name)
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-5, err_msg=name)


@lawful
@given(seeds, st.booleans())
def test_mirrored_windows_come_back_to_their_units(seed: int, positive: bool) -> None:
    context = contexts(seed, 20, missing=0.0)
    context = context.exp() if positive else context
    which = torch.tensor([True, False, True, False])
    scale = fit_scale(context, 4)
    mirrored = mirror(scale, which)
    z, turned = standardise(context, scale), standardise(context, mirrored)
    np.testing.assert_array_equal(turned[which], -z[which])
    np.testing.assert_array_equal(turned[~which], z[~which])
    np.testing.assert_array_equal(
        restore(turned.unsqueeze(-1), mirrored), restore(z.unsqueeze(-1), scale)
    )
