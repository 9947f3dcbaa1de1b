"""Laws of windows that are learnt as they would be with a trend of their own."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lstmcast.data.panel import Columns
from lstmcast.defaults import resolve
from lstmcast.efforts import PanelFacts
from lstmcast.layers import build_config
from lstmcast.nn.augmentation import draw_slopes, tilt
from lstmcast.nn.scaling import Scale, bend, fit_scale, unbend
from lstmcast.nn.windows import Addresses, Batch, PanelTensors, WindowShape, gather

lawful = settings(max_examples=60, deadline=None)
seeds = st.integers(0, 2**32 - 1)
powers = st.sampled_from([0.0, 0.5, 1.0])
LENGTH, CUTOFF, N_SERIES = 60, 49, 4
FACTS = PanelFacts(Columns("ds", ("y",)), "MS", 12, 1, 144, 144, fast_bfloat16=False)
SHAPE = WindowShape(context_length=30, horizon=7, lags=(5, 12), patch_length=2)


def series_of(seed: int) -> Tensor:
    """Positive series, with gaps: [S, N]."""
    rng = np.random.default_rng(seed)
    values = np.exp(0.1 * rng.normal(size=(N_SERIES, LENGTH)).cumsum(axis=1))
    values[rng.random(values.shape) < 0.1] = np.nan
    values[:, CUTOFF] = 1.0
    return torch.from_numpy(values)


def windows_of(values: Tensor) -> Batch:
    """One window of each series, all with the same cutoff."""
    offsets = torch.arange(N_SERIES) * LENGTH
    panel = PanelTensors(values.flatten(), offsets, torch.full((N_SERIES,), LENGTH))
    cutoffs = torch.full((N_SERIES,), CUTOFF)
    return gather(panel, Addresses(torch.arange(N_SERIES), cutoffs), SHAPE)


def scale_of(batch: Batch, power: float) -> Scale:
    return fit_scale(batch.inputs.context, 5, power=power)


@lawful
@given(seeds, powers, st.lists(st.floats(-0.3, 0.3), min_size=N_SERIES, max_size=N_SERIES))
def test_a_tilted_window_is_the_window_of_a_tilted_series(
    seed: int, power: float, chosen: list[float]
) -> None:
    values, slopes = series_of(seed), torch.tensor(chosen)
    batch = windows_of(values)
    scale = scale_of(batch, power)
    line = slopes[:, None] * scale.spread * (torch.arange(LENGTH) - CUTOFF)
    expected = windows_of(unbend(bend(values, scale.power) + line, scale.power))
    found = tilt(batch, SHAPE, scale, slopes)
    for mine, other in zip(parts_of(found), parts_of(expected), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-6)


@lawful
@given(seeds, powers)
def test_without_a_slope_a_window_stays_as_it_is(seed: int, power: float) -> None:
    batch = windows_of(series_of(seed))
    found = tilt(batch, SHAPE, scale_of(batch, power), torch.zeros(N_SERIES))
    for mine, other in zip(parts_of(found), parts_of(batch), strict=True):
        np.testing.assert_array_equal(mine, other)


@lawful
@given(seeds, st.floats(0, 1))
def test_slopes_are_drawn_for_a_share_of_windows(seed: int, share: float) -> None:
    """Where there is none, no chance is taken: other draws stay what they were."""
    config = resolve(build_config([{"horizon": 7, "training": {"tilted": share}}]), FACTS).config
    generator = torch.Generator().manual_seed(seed)
    before = generator.get_state()
    slopes = draw_slopes(4_000, config, generator)
    assert abs((slopes != 0).double().mean() - share) < 0.05
    assert torch.equal(generator.get_state(), before) == (share == 0)


def parts_of(batch: Batch) -> list[Tensor]:
    return [batch.inputs.context, batch.inputs.lags, batch.target]
