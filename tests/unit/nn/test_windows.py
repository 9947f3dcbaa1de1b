from __future__ import annotations

import numpy as np
import pytest
import torch

from lstmcast.errors import UsageError
from lstmcast.nn.device import autocast, choose_device, has_fast_bfloat16
from lstmcast.nn.windows import PanelTensors, window_sampler


def panel_of(*lengths: int) -> PanelTensors:
    values = torch.arange(sum(lengths), dtype=torch.float64)
    offsets = torch.tensor(np.concatenate([[0], np.cumsum(lengths)[:-1]]))
    return PanelTensors(values, offsets, torch.tensor(lengths))


def test_cutoffs_leave_history_behind_and_a_horizon_ahead() -> None:
    sampler = window_sampler(panel_of(10), history=3, horizon=4)
    assert sampler.first_cutoff.tolist() == [2]
    assert (sampler.first_cutoff + sampler.n_cutoffs - 1).tolist() == [5]


def test_short_series_give_what_they_can_and_single_steps_nothing() -> None:
    sampler = window_sampler(panel_of(2, 1, 5), history=3, horizon=4)
    assert sampler.series.tolist() == [0, 2]
    assert sampler.first_cutoff.tolist() == [0, 2]
    assert sampler.n_cutoffs.tolist() == [1, 2]


def test_every_cutoff_is_drawn() -> None:
    sampler = window_sampler(panel_of(10, 7), history=3, horizon=4)
    torch.manual_seed(0)
    windows = sampler.draw(500, torch.Generator().manual_seed(0))
    drawn = set(zip(windows.series.tolist(), windows.cutoffs.tolist(), strict=True))
    assert drawn == {(0, 2), (0, 3), (0, 4), (0, 5), (1, 2)}


def test_a_device_that_is_not_here_is_a_usage_error() -> None:
    missing = "mps" if torch.cuda.is_available() else "cuda"
    with pytest.raises(UsageError, match=f"no {missing} device"):
        choose_device(missing)
    assert choose_device("cpu").type == "cpu"
    assert choose_device("auto").type in {"cpu", "cuda", "mps"}


def test_bfloat16_is_a_matter_of_the_hardware() -> None:
    assert has_fast_bfloat16(torch.device("meta")) is False
    assert isinstance(has_fast_bfloat16(torch.device("cpu")), bool)
    with autocast(torch.device("cpu"), "bfloat16"):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16
    with autocast(torch.device("cpu"), "float32"):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
