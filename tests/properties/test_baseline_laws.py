"""Laws of the baselines: agreement with slicing by hand, no leak, equivariance, order."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, Windows
from lstmcast.evaluation.baselines import baseline_forecasts

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS = (0.1, 0.25, 0.5, 0.9)
METHODS = ["naive", "seasonal_naive", "drift", "seasonal_average"]

lawful = settings(max_examples=50, deadline=None)
seeds = st.integers(0, 2**32 - 1)
season_lengths = st.integers(1, 8)
horizons = st.integers(1, 12)


def ragged_panel(rng: np.random.Generator) -> Panel:
    """A few random walks of different lengths, some of them with many gaps or nothing at all."""
    lengths = rng.integers(1, 30, size=rng.integers(1, 5))
    values = np.cumsum(rng.standard_normal(lengths.sum()))
    values[rng.random(len(values)) < rng.choice([0.0, 0.3, 0.9])] = np.nan
    return Panel(
        values=values,
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        first_steps=np.zeros(len(lengths), dtype=np.int64),
        series_ids=np.array([f"s{k}" for k in range(len(lengths))], dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("step", ("value",), ("series",)),
    )


def random_windows(panel: Panel, rng: np.random.Generator) -> Windows:
    """Any cutoffs in any order, some of them more than once."""
    series = rng.integers(0, panel.n_series, size=8)
    return Windows(series, rng.integers(0, panel.lengths[series]))


def by_hand(
    past: NDArray[np.float64], season_length: int, horizon: int
) -> dict[str, list[tuple[float, float]]]:
    """Mean and deviation of each method and step, from the entries up to the cutoff, sliced."""
    seen = np.flatnonzero(~np.isnan(past))
    if not len(seen):
        return {method: [(math.nan, math.nan)] * horizon for method in METHODS}
    first, last = int(seen[0]), int(seen[-1])
    steps = past[1:] - past[:-1]
    steps = steps[~np.isnan(steps)]
    leaps = past[season_length:] - past[:-season_length]
    leaps = leaps[~np.isnan(leaps)]
    leaps = leaps if len(leaps) else steps
    slope = (past[last] - past[first]) / (last - first) if last > first else 0.0
    step_variance = np.mean(steps**2) if len(steps) else math.nan
    leap_variance = np.mean(leaps**2) if len(leaps) else math.nan
    drift_variance = np.sum((steps - slope) ** 2) / (len(steps) - 1) if len(steps) > 1 else math.nan
    paths: dict[str, list[tuple[float, float]]] = {method: [] for method in METHODS}
    for target in range(len(past), len(past) + horizon):
        ahead = target - last
        same = [int(entry) for entry in seen if (target - entry) % season_length == 0]
        source = same[-1] if same else last
        seasons = math.ceil((target - source) / season_length)
        growth = ahead * (1 + ahead / max(last - first, 1))
        paths["naive"].append((past[last], math.sqrt(step_variance * ahead)))
        paths["seasonal_naive"].append((past[source], math.sqrt(leap_variance * seasons)))
        paths["drift"].append((past[last] + slope * ahead, math.sqrt(drift_variance * growth)))
        paths["seasonal_average"].append(average_by_hand(past, season_length, target))
    return paths


def average_by_hand(
    past: NDArray[np.float64], season_length: int, target: int
) -> tuple[float, float]:
    """Mean and deviation of the average of the same step of the season, or else of all."""
    phases = [past[phase::season_length] for phase in range(min(season_length, len(past)))]
    seen = [values[~np.isnan(values)] for values in phases]
    seen = [values for values in seen if len(values)]
    freedom = sum(map(len, seen)) - len(seen)
    squares = sum(float(((values - values.mean()) ** 2).sum()) for values in seen)
    same = past[target % season_length :: season_length]
    same = same[~np.isnan(same)] if target % season_length < len(past) else same[:0]
    base = same if len(same) else past[~np.isnan(past)]
    variance = squares / freedom if freedom else math.nan
    return float(base.mean()), math.sqrt(variance * (1 + 1 / len(base)))


@lawful
@given(seed=seeds, season_length=season_lengths, horizon=horizons)
def test_they_equal_slicing_by_hand(seed: int, season_length: int, horizon: int) -> None:
    rng = np.random.default_rng(seed)
    panel = ragged_panel(rng)
    windows = random_windows(panel, rng)
    forecasts = baseline_forecasts(panel, windows, horizon, season_length, LEVELS)
    assert list(forecasts) == [*METHODS, "naive2"]
    for w, (series, cutoff) in enumerate(zip(*windows, strict=True)):
        start = panel.offsets[series]
        expected = by_hand(panel.values[start : start + cutoff + 1], season_length, horizon)
        for method, path in expected.items():
            means, deviations = np.array(path).T
            scores = np.array([NormalDist().inv_cdf(level) for level in LEVELS])
            np.testing.assert_allclose(forecasts[method].point[w], means, rtol=1e-12)
            np.testing.assert_allclose(
                forecasts[method].quantiles[w],
                means[:, None] + deviations[:, None] * scores,
                rtol=1e-6,
                atol=1e-6,  # of walks whose steps are about 1
            )


@lawful
@given(seed=seeds, season_length=season_lengths, horizon=horizons)
def test_nothing_after_the_cutoff_counts(seed: int, season_length: int, horizon: int) -> None:
    rng = np.random.default_rng(seed)
    panel = ragged_panel(rng)
    series = np.arange(panel.n_series)
    windows = Windows(series, rng.integers(0, panel.lengths))
    after = np.ones(len(panel.values), dtype=bool)
    for start, cutoff in zip(panel.offsets, windows.cutoffs, strict=False):
        after[start : start + cutoff + 1] = False
    noise = np.where(rng.random(len(after)) < 0.3, np.nan, 1e9 * rng.standard_normal(len(after)))
    changed = replace(panel, values=np.where(after, noise, panel.values))
    before = baseline_forecasts(panel, windows, horizon, season_length, LEVELS)
    for method, forecast in baseline_forecasts(
        changed, windows, horizon, season_length, LEVELS
    ).items():
        np.testing.assert_array_equal(forecast.point, before[method].point)
        np.testing.assert_array_equal(forecast.quantiles, before[method].quantiles)


@lawful
@given(
    seed=seeds,
    season_length=season_lengths,
    scale=st.floats(1e-3, 1e3),
    shift=st.sampled_from([0.0, -7.5, 3.25]),
)
def test_they_follow_scale_and_shift(
    seed: int, season_length: int, scale: float, shift: float
) -> None:
    rng = np.random.default_rng(seed)
    panel = ragged_panel(rng)
    windows = random_windows(panel, rng)
    moved = replace(panel, values=scale * (panel.values + shift))
    before = baseline_forecasts(panel, windows, 6, season_length, LEVELS)
    for method, forecast in baseline_forecasts(moved, windows, 6, season_length, LEVELS).items():
        if method == "naive2" and shift:  # what it multiplies by is not that of other levels
            continue
        expected = scale * (before[method].quantiles + shift)
        # A straight line has residuals of about the square root of the rounding error.
        np.testing.assert_allclose(forecast.quantiles, expected, rtol=1e-6, atol=1e-5 * scale)


@lawful
@given(seed=seeds, season_length=season_lengths)
def test_the_order_of_windows_is_free(seed: int, season_length: int) -> None:
    rng = np.random.default_rng(seed)
    panel = ragged_panel(rng)
    windows = random_windows(panel, rng)
    order = rng.permutation(len(windows.series))
    shuffled = Windows(windows.series[order], windows.cutoffs[order])
    before = baseline_forecasts(panel, windows, 5, season_length, LEVELS)
    for method, forecast in baseline_forecasts(panel, shuffled, 5, season_length, LEVELS).items():
        np.testing.assert_array_equal(forecast.quantiles, before[method].quantiles[order])


@lawful
@given(seed=seeds, season_length=season_lengths)
def test_the_point_is_the_median_and_quantiles_ascend(seed: int, season_length: int) -> None:
    rng = np.random.default_rng(seed)
    panel = ragged_panel(rng)
    windows = random_windows(panel, rng)
    for forecast in baseline_forecasts(panel, windows, 5, season_length, LEVELS).values():
        known = ~np.isnan(forecast.quantiles).any(axis=-1)
        medians = forecast.quantiles[..., LEVELS.index(0.5)]
        np.testing.assert_array_equal(medians[known], forecast.point[known])
        assert (np.diff(forecast.quantiles[known], axis=-1) >= 0).all()
