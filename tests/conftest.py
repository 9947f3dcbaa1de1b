"""A table, a model trained on it once, two ways to run a command line; how laws are tried."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import pytest
from hypothesis import settings

from lstmcast.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

# Enough to exercise every road, too little to learn much: a second or two.
QUICK = ("--set", "training.max_steps=8", "--set", "model.hidden_size=4")


# On so many examples are laws tried that say nothing of it: all tests are to end within minutes.
settings.register_profile("house", max_examples=60)
settings.load_profile("house")

LONG = {"test_readme", "test_workers", "test_unfinished"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run first what takes long: begun last, it would let other cores wait, or be set up twice."""
    items.sort(key=lambda item: item.path.stem not in LONG)


Process: TypeAlias = subprocess.CompletedProcess[Any]


@dataclass(frozen=True)
class Ended:
    """How a command line ended."""

    code: int
    out: str
    err: str


class Run(Protocol):
    """Run a command line in this process."""

    def __call__(self, *words: str | Path) -> Ended: ...


class Start(Protocol):
    """Run a command line as a process of its own; options are those of `subprocess.run`."""

    def __call__(self, *words: str | Path, **options: Any) -> Process: ...


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_here(*words: str | Path) -> Ended:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Ended(code, *capsys.readouterr())

    return run_here


@pytest.fixture(scope="session")
def start() -> Start:
    def start_process(*words: str | Path, **options: Any) -> Process:
        command = [sys.executable, "-m", "lstmcast", *map(str, words)]
        piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 120}
        return subprocess.run(command, check=False, **(piped | options))

    return start_process


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five years of one monthly series with a season and a trend."""
    path = tmp_path_factory.mktemp("data") / "sales.csv"
    rows = (
        f"{2015 + k // 12}-{k % 12 + 1:02}-01,{100 + k + 20 * (k % 12 in {5, 6, 7})}"
        for k in range(60)
    )
    path.write_text("\n".join(["month,sales", *rows]) + "\n")
    return path


@pytest.fixture(scope="session")
def model(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of `data` with horizon 6."""
    path = tmp_path_factory.mktemp("model") / "sales.lstm"
    assert main(["train", str(data), "--horizon", "6", "-o", str(path), "-q", *QUICK]) == 0
    return path
