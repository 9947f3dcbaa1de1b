from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.nn.scaling import MOST_SPREADS, fit_scale, restore, standardise

nan = math.nan


def scale_of(values: list[float], season_length: int) -> tuple[bool, float, float]:
    scale = fit_scale(torch.tensor([values], dtype=torch.float64), season_length)
    return bool(scale.logs), scale.centre.item(), scale.spread.item()


def test_centre_is_the_mean_of_two_seasons_and_spread_the_seasonal_change() -> None:
    logs, centre, spread = scale_of([-9, -9, 1, 2, 3, 5], season_length=2)
    assert not logs
    assert centre == pytest.approx((1 + 2 + 3 + 5) / 4)
    assert spread == pytest.approx((10 + 11 + 2 + 3) / 4)


def test_positive_contexts_are_scaled_in_logs() -> None:
    logs, centre, spread = scale_of([1, math.e, math.e**2, math.e**3], season_length=1)
    assert logs
    assert centre == pytest.approx(2.5)
    assert spread == pytest.approx(1)


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


def test_wild_outputs_stay_finite() -> None:
    context = torch.tensor([[1.0, 2.0, 4.0], [-1e300, 1.0, 1e300]], dtype=torch.float64)
    restored = restore(torch.full((2, 1, 1), 1e30), fit_scale(context / 1e10, 1))
    assert restored.isfinite().all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6, width=32) | st.just(nan), min_size=2, max_size=30))
def test_restore_undoes_standardise(values: list[float]) -> None:
    context = torch.tensor([values], dtype=torch.float64)
    scale = fit_scale(context, 3)
    z = standardise(context, scale)
    again = restore(z.unsqueeze(-1), scale).squeeze(-1)
    tolerance = 1e-5 * max((abs(v) for v in values if not math.isnan(v)), default=0) + 1e-9
    within = z.abs() < MOST_SPREADS  # what lies further out is clipped, see the test above
    assert ((again - context).abs().nan_to_num(0) <= tolerance)[within].all()
    assert torch.equal(z.isnan(), context.isnan())
