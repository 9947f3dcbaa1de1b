from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lstmcast.errors import DataError
from lstmcast.nn.distributed import ALONE, WorkerLostError, Workers, joined

MEETING = Path(__file__).with_name("meeting.py")


def test_a_process_that_torchrun_did_not_start_is_alone() -> None:
    with joined("cpu") as workers:
        assert workers is ALONE


def test_two_workers_find_the_same() -> None:
    launch = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    root = str(Path(__file__).parents[3])
    met = subprocess.run(
        [sys.executable, "-m", *launch, MEETING],
        env=os.environ | {"PYTHONPATH": root},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert met.stdout.count("met") == 2, met.stderr  # two lines may be written as one


def test_an_error_of_another_worker_is_told_and_its_absence_too(tmp_path: Path) -> None:
    from torch._C._distributed_c10d import FileStore

    store = FileStore(str(tmp_path / "store"), 1)
    first, second = Workers(0, 2, 2, store), Workers(1, 2, 2, store)
    second.report(WorkerLostError("of no interest"))
    assert isinstance(first._why_lost(), WorkerLostError)
    first.report(DataError("it tells this itself"))
    assert isinstance(first._why_lost(), WorkerLostError)
    second.report(DataError("no such file."))
    told = first._why_lost()
    assert type(told) is DataError
    assert str(told) == "worker 2 of 2: no such file."


def test_more_workers_on_a_machine_than_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from lstmcast.errors import UsageError

    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(UsageError, match="2 workers on this machine, and 1 CUDA"), joined("cuda"):
        pass
