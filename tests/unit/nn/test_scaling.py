from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.nn.scaling import (
    AS_IT_IS,
    LOGS,
    MOST_SPREADS,
    bend,
    fit_scale,
    restore,
    standardise,
    unbend,
)

nan = math.nan


def scale_of(
    values: list[float], season_length: int, power: float = LOGS
) -> tuple[float, float, float]:
    scale = fit_scale(torch.tensor([values], dtype=torch.float64), season_length, power=power)
    return scale.power.item(), scale.centre.item(), scale.spread.item()


def test_centre_is_the_mean_of_two_seasons_and_spread_the_seasonal_change() -> None:
    power, centre, spread = scale_of([-9, -9, 1, 2, 3, 5], season_length=2)
    assert power == AS_IT_IS
    assert centre == pytest.approx((1 + 2 + 3 + 5) / 4)
    assert spread == pytest.approx((10 + 11 + 2 + 3) / 4)


def test_positive_contexts_are_scaled_in_logs() -> None:
    power, centre, spread = scale_of([1, math.e, math.e**2, math.e**3], season_length=1)
    assert power == LOGS
    assert centre == pytest.approx(2.5)
    assert spread == pytest.approx(1)


def test_positive_contexts_are_scaled_as_the_root_that_is_asked_for() -> None:
    power, centre, spread = scale_of([4, 9, 16, 25], season_length=1, power=0.5)
    assert power == 0.5
    assert centre == pytest.approx(2 * (4.5 - 1))
    assert spread == pytest.approx(2)
    assert scale_of([0, 9, 16, 25], season_length=1, power=0.5)[0] == AS_IT_IS, "too close to zero"


@pytest.mark.parametrize("power", [0.0, 0.25, 0.5, 1.0])
def test_a_level_that_never_moves_is_spread_by_its_hundredth(power: float) -> None:
    context = torch.full((1, 4), 50.0, dtype=torch.float64)
    scale = fit_scale(context, 2, power=power)
    [[found]] = restore(torch.ones(1, 1, 1), scale)[0].tolist()
    assert found == pytest.approx(50.5, rel=1e-3)


@pytest.mark.parametrize(
    ("values", "spread"),
    [
        ([-1, nan, 2, nan], 3.0),  # no seasonal pair but (-1, 2); season_length 2
        ([-4, 4], 8.0),  # shorter than a season: first differences
        ([-4, nan, nan, 4], 4.0),  # no pair at all: deviation from the centre
        ([-5, -5, -5, -5], 0.05),  # never moves: a share of the level
        ([0, 0, 0, 0], 0.0),
        ([nan, nan], 0.0),
    ],
)
def test_spread_falls_back(values: list[float], spread: float) -> None:
    assert scale_of(values, season_length=2)[2] == pytest.approx(spread)


def test_rounding_noise_on_a_level_is_not_a_spread() -> None:
    _, _, spread = scale_of([-1e6, -1e6 + 1e-9, -1e6, -1e6 + 1e-9], season_length=1)
    assert spread == pytest.approx(1e4)


def test_values_without_a_logarithm_are_unobserved_targets() -> None:
    scale = fit_scale(torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64), 1)
    assert standardise(torch.tensor([[0.0, -1.0, 2.0]]), scale).isnan().tolist() == [
        [True, True, False]
    ]


@pytest.mark.parametrize("power", [0.0, 1e-6, 0.1, 0.5, 0.9, 1.0])
def test_wild_outputs_stay_finite(power: float) -> None:
    context = torch.tensor([[1.0, 2.0, 4.0], [-1e300, 1.0, 1e300]], dtype=torch.float64)
    restored = restore(torch.full((2, 1, 1), 1e30), fit_scale(context / 1e10, 1, power=power))
    assert restored.isfinite().all()


powers = st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=30), powers)
def test_a_small_power_is_nearly_a_logarithm_and_a_power_is_undone(
    values: list[float], power: float
) -> None:
    y, p = torch.tensor(values, dtype=torch.float64), torch.tensor(power, dtype=torch.float64)
    torch.testing.assert_close(unbend(bend(y, p), p), y)
    torch.testing.assert_close(bend(y, torch.full_like(y, 1e-9)), y.log(), rtol=1e-6, atol=1e-6)


def test_what_has_no_power_is_not_observed_and_what_is_no_power_is_zero() -> None:
    y = torch.tensor([-1.0, 0.0, 4.0])
    assert bend(y, torch.tensor(0.5)).tolist()[1:] == [-2.0, 2.0]
    assert bend(y, torch.tensor(0.5)).isnan().tolist() == [True, False, False]
    assert bend(y, torch.tensor(0.0)).isnan().tolist() == [True, True, False]
    assert bend(y, torch.tensor(1.0)).tolist() == y.tolist()
    assert unbend(torch.tensor([-9.0, -2.0, 2.0]), torch.tensor(0.5)).tolist() == [0.0, 0.0, 4.0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6, width=32) | st.just(nan), min_size=2, max_size=30), powers)
def test_restore_undoes_standardise(values: list[float], power: float) -> None:
    context = torch.tensor([values], dtype=torch.float64)
    scale = fit_scale(context, 3, power=power)
    z = standardise(context, scale)
    again = restore(z.unsqueeze(-1), scale).squeeze(-1)
    tolerance = 1e-5 * max((abs(v) for v in values if not math.isnan(v)), default=0) + 1e-9
    within = z.abs() < MOST_SPREADS  # what lies further out is clipped, see the test above
    assert ((again - context).abs().nan_to_num(0) <= tolerance)[within].all()
    assert torch.equal(z.isnan(), context.isnan())
