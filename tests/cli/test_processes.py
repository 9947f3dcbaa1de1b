"""What a shell script relies on, through real processes: exit codes, streams, files left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Start

NO_END = ("--set", "training.max_steps=1000000", "--set", "model.hidden_size=4")


# --- pipes --------------------------------------------------------------------------------------


def test_stdin_to_stdout_with_a_reader_that_leaves(model: Path, data: Path) -> None:
    command = f"{sys.executable} -m lstmcast predict {model} - -q --horizon 5000 < {data} | head -1"
    ended = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, check=False
    )
    levels = ",".join(f"q0.{tenth}" for tenth in range(1, 10))
    assert ended.stdout.decode() == f"month,forecast,{levels}\n"
    assert ended.stderr == b""
    assert ended.returncode == 0


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["train", "--help"]])
def test_nobody_reads_stdout(words: list[str], start: Start) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    ended = start(*words, stdout=write_end)
    os.close(write_end)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_nobody_reads_stderr(start: Start) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    ended = start("info", "absent.lstm", stderr=write_end)
    os.close(write_end)
    assert ended.returncode == 4


def test_a_full_disk_behind_stdout(model: Path, start: Start) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        for words in (["info", model], ["--help"], ["--version"]):
            ended = start(*words, stdout=full)
            sentence = b"error: cannot write to stdout: No space left on device.\n"
            assert (ended.returncode, ended.stderr) == (2, sentence)


def closed(stream: str, *words: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = " ".join([sys.executable, "-m", "lstmcast", *map(str, words), stream])
    return subprocess.run(["bash", "-c", command], capture_output=True, check=False)


def test_a_closed_stdout(model: Path) -> None:
    ended = closed(">&-", "info", model)
    sentence = b"error: cannot write to stdout: it is closed.\n"
    assert (ended.returncode, ended.stderr) == (2, sentence)


def test_a_closed_stderr_keeps_stdout_clean() -> None:
    ended = closed("2>&-", "info", "absent.lstm")
    assert (ended.returncode, ended.stdout) == (4, b"")


# --- signals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_a_stopped_training_leaves_nothing(
    number: int, code: int, data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "sales.lstm"
    words = ["train", data, "--horizon", "6", "-o", path, "-v", *NO_END]
    process = subprocess.Popen(
        [sys.executable, "-m", "lstmcast", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr
        assert process.stdout
        for line in process.stderr:
            if line.startswith("training without the held-out ends"):
                process.send_signal(number)
                break
        *_, last = process.stderr
        assert process.stdout.read() == ""
    assert last == "error: interrupted; nothing was written.\n"
    assert process.returncode == code
    assert list(tmp_path.iterdir()) == []


def test_an_ignored_signal_stays_ignored() -> None:
    code = (
        "import os, signal, sys\n"
        "from lstmcast.cli.signals import stopping_by_exception\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "with stopping_by_exception():\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- disks --------------------------------------------------------------------------------------


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk that holds 4 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a tmpfs can be mounted by root alone, and not in every container")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_keeps_what_was_there(
    tiny_disk: Path, model: Path, data: Path, start: Start
) -> None:
    path = tiny_disk / "forecast.csv"
    path.write_text("old")
    ended = start("predict", model, data, "--horizon", "500", "-o", path, "-q")
    sentence = f"error: cannot write {path}: No space left on device.\n"
    assert (ended.returncode, ended.stderr.decode()) == (2, sentence)
    assert path.read_text() == "old"
    assert list(tiny_disk.iterdir()) == [path]


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk that not even root can write."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a tmpfs can be mounted by root alone, and not in every container")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_read_only_disk_is_refused_before_training(
    read_only_disk: Path, data: Path, start: Start
) -> None:
    path = read_only_disk / "sales.lstm"
    ended = start("train", data, "--horizon", "6", "-o", path)
    sentence = f"error: cannot write {path}: Read-only file system.\n"
    assert (ended.returncode, ended.stderr.decode()) == (2, sentence)


def test_a_read_only_folder_is_refused_before_training(data: Path, start: Start) -> None:
    ended = start("train", data, "--horizon", "6", "-o", "/proc/sales.lstm")
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"error: cannot write /proc/sales.lstm: ")


# --- what is not imported, and what is not our fault --------------------------------------------


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        (["info", "{model}"], {"torch", "pandas", "matplotlib", "rich"}),
        (
            ["predict", "{model}", "{data}", "-q"],
            {"matplotlib", "rich", "lstmcast.evaluation.plots", "scipy.stats", "sympy"},
        ),
    ],
)
def test_a_command_imports_no_more_than_it_needs(
    words: list[str], absent: set[str], model: Path, data: Path
) -> None:
    argv = [word.format(model=model, data=data) for word in words]
    code = (
        "import sys; from lstmcast.cli.main import main\n"
        f"code = main({argv})\n"
        f"sys.exit(code or ' '.join({absent} & set(sys.modules)) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert ended.stderr == b""
    assert ended.returncode == 0


def test_a_bug_shows_its_traceback_and_asks_for_a_report(model: Path) -> None:
    code = (
        "import sys, lstmcast.artifact as artifact\n"
        "from lstmcast.cli.main import main\n"
        "del artifact.describe\n"
        f"sys.exit(main(['info', {str(model)!r}]))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    first, *_, last = ended.stderr.decode().splitlines()
    assert first == "Traceback (most recent call last):"
    assert last.startswith("This is a bug of lstmcast: please report it")
    assert (ended.returncode, ended.stdout) == (1, b"")
