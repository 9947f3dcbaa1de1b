from __future__ import annotations

import math

import pytest
import torch

from lstmcast.nn.anchors import last_observed, seasonal_naive

nan = math.nan


@pytest.mark.parametrize(
    ("context", "season_length", "expected"),
    [
        ([1, 2, 3, 4, 5, 6], 3, [4, 5, 6, 4, 5]),
        ([1, 2, 3, 4, 5], 3, [3, 4, 5, 3, 4]),  # not a whole number of seasons
        ([1, 2, 3], 1, [3, 3, 3, 3, 3]),
        ([1, 2, 3, 4, nan, 6], 3, [4, 2, 6, 4, 2]),  # a gap: the season before
        ([nan, nan, 3, nan, nan, nan], 3, [3, 3, 3, 3, 3]),  # phases never seen: the last value
        ([7], 4, [7, 7, 7, 7, 7]),
        ([nan, nan], 2, [0, 0, 0, 0, 0]),
    ],
)
def test_seasonal_naive(context: list[float], season_length: int, expected: list[float]) -> None:
    values = torch.tensor([context], dtype=torch.float64)
    assert seasonal_naive(values, season_length, 5).tolist() == [expected]


def test_last_observed() -> None:
    context = torch.tensor([[1.0, nan, 3.0, nan], [5.0, nan, nan, nan], [nan] * 4])
    assert last_observed(context)[:2].tolist() == [3.0, 5.0]
    assert last_observed(context)[2].isnan()
