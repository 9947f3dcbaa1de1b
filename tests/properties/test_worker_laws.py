"""However many workers share a panel: every series is somebody's, every window is drawn once."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from lstmcast.nn.distributed import ALONE, Share, Workers

LENGTHS = st.lists(st.integers(1, 300), min_size=1, max_size=40)


@given(LENGTHS, st.integers(1, 8))
def test_every_series_is_one_workers_and_none_has_more_of_any_length(
    lengths: list[int], size: int
) -> None:
    size = min(size, len(lengths))
    shares = [Workers(rank, size).deal(np.array(lengths)) for rank in range(size)]
    assert sorted(np.concatenate(shares).tolist()) == list(range(len(lengths)))
    for least in {*lengths, 0}:
        longer = [sum(lengths[k] >= least for k in share) for share in shares]
        assert max(longer) - min(longer) <= 1


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.integers(1, 512))
def test_a_batch_is_drawn_by_all_workers_together(counts: list[int], batch_size: int) -> None:
    ends = np.cumsum(counts).tolist()
    shares = [Share(end - n, end, ends[-1]) for n, end in zip(counts, ends, strict=True)]
    drawn = [share.of(batch_size) for share in shares]
    assert min(drawn) >= 1
    if batch_size * min(counts) >= ends[-1]:
        assert sum(drawn) == batch_size
    assert abs(sum(share.weight for share in shares) - 1) < 1e-12


@given(LENGTHS, st.integers(1, 512))
def test_one_worker_has_everything(lengths: list[int], number: int) -> None:
    assert ALONE.deal(np.array(lengths)).tolist() == list(range(len(lengths)))
    share = ALONE.share(number)
    assert (share.of(number), share.weight, share.total) == (number, 1.0, number)
    assert ALONE.threads(number, None) == ALONE.threads(1, number) == number
    assert ALONE.average([0.1], [number]) == [0.1]
    rows = torch.tensor([[1.0]])
    assert ALONE.gather(rows) is ALONE.sum(rows) is rows
