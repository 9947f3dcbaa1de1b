from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from lstmcast.errors import UsageError
from lstmcast.nn.device import autocast, choose_device, has_fast_bfloat16
from lstmcast.nn.memory import has_room
from lstmcast.nn.windows import Addresses, PanelTensors, WindowShape, gather, take, window_sampler


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


def test_windows_go_to_another_device_than_the_panel() -> None:
    """A device without values stands for one that the panel does not fit."""
    host = panel_of(10, 7)
    streamed = replace(host, device=torch.device("meta"))
    windows, shape = Addresses(torch.tensor([0, 1]), torch.tensor([4, 3])), WindowShape(3, 2, (2,))
    here, there = gather(host, windows, shape), gather(streamed, windows, shape)
    parts = [(here.target, there.target), *zip(here.inputs[:2], there.inputs[:2], strict=True)]
    for own, moved in parts:
        assert isinstance(own, torch.Tensor)
        assert isinstance(moved, torch.Tensor)
        assert (own.device.type, moved.device.type) == ("cpu", "meta")
        assert own.shape == moved.shape


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_windows_of_a_panel_on_the_host_are_those_of_one_on_the_gpu() -> None:
    gpu, host = torch.device("cuda"), panel_of(10, 7)
    whole = PanelTensors(host.values.to(gpu), host.offsets.to(gpu), host.ends.to(gpu), device=gpu)
    windows, shape = Addresses(torch.tensor([0, 1]), torch.tensor([4, 3])), WindowShape(3, 2)
    streamed = gather(replace(host, device=gpu), windows, shape)
    resident = gather(whole, Addresses(*(part.to(gpu) for part in windows)), shape)
    torch.testing.assert_close(streamed.target, resident.target, equal_nan=True)
    torch.testing.assert_close(streamed.inputs.context, resident.inputs.context, equal_nan=True)


def test_what_shares_the_memory_of_the_host_has_room() -> None:
    assert has_room(2**60, torch.device("cpu"))


def test_some_windows_of_a_batch() -> None:
    windows = Addresses(torch.tensor([0, 1, 0]), torch.tensor([4, 3, 6]))
    batch = gather(panel_of(10, 7), windows, WindowShape(3, 2))
    part = take(batch, slice(1, 2))
    assert part.target.tolist() == batch.target[1:2].tolist() == [[14.0, 15.0]]
    assert part.inputs.context.tolist() == [[11.0, 12.0, 13.0]]
    assert part.inputs.covariates is None


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
