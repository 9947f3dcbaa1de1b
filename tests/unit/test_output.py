"""The atomic writer: all of the bytes or none, and never over a device."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.errors import UsageError
from lstmcast.output import check_writable, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- laws -------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(before=st.none() | st.binary(), data=st.binary())
def test_afterwards_the_file_holds_the_data_and_the_folder_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, before: bytes | None, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("folder") / "out.csv"
    if before is not None:
        path.write_bytes(before)
    check_writable(path)
    assert (path.read_bytes() if path.exists() else None) == before
    write_atomically(path, data)
    assert path.read_bytes() == data
    assert list(path.parent.iterdir()) == [path]


@settings(max_examples=20, deadline=None)
@given(mode=st.integers(0, 0o777).map(lambda mode: mode | 0o200))
def test_a_replaced_file_keeps_its_permissions(
    tmp_path_factory: pytest.TempPathFactory, mode: int
) -> None:
    path = tmp_path_factory.mktemp("folder") / "out.csv"
    path.touch()
    path.chmod(mode)
    write_atomically(path, b"new")
    assert permissions(path) == mode


# --- examples ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("umask", "expected"), [(0o022, 0o644), (0o077, 0o600), (0, 0o666)])
def test_a_new_file_has_the_permissions_that_the_umask_gives(
    tmp_path: Path, umask: int, expected: int
) -> None:
    before = os.umask(umask)
    try:
        write_atomically(tmp_path / "out.csv", b"new")
    finally:
        os.umask(before)
    assert permissions(tmp_path / "out.csv") == expected


def test_a_link_is_followed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "real.csv").write_bytes(b"old")
    link = tmp_path / "link.csv"
    link.symlink_to(folder / "real.csv")
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert (folder / "real.csv").read_bytes() == b"new"
    assert list(folder.iterdir()) == [folder / "real.csv"]


def test_a_link_to_nothing_yet_makes_its_target(tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "real.csv")
    write_atomically(link, b"new")
    assert (tmp_path / "real.csv").read_bytes() == b"new"


def test_the_longest_name_that_a_disk_allows_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_relative_path_is_written_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    check_writable(Path("out.csv"))
    write_atomically(Path("out.csv"), b"new")
    assert (tmp_path / "out.csv").read_bytes() == b"new"


# --- what is no file is written to, never replaced ----------------------------------------------


def test_dev_null_swallows_and_stays_a_device() -> None:
    check_writable(Path("/dev/null"))
    write_atomically(Path("/dev/null"), b"new")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_dev_full_is_refused_with_the_reason() -> None:
    with pytest.raises(UsageError, match=r"^cannot write /dev/full: No space left on device\.$"):
        write_atomically(Path("/dev/full"), b"new")
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_a_fifo_carries_the_data_to_its_reader(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    check_writable(fifo)
    write_atomically(fifo, b"new")
    reader.join()
    assert got == [b"new"]
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_a_pipe_without_a_reader_is_no_usage_error() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        with pytest.raises(BrokenPipeError):
            write_atomically(Path(f"/proc/self/fd/{write_end}"), b"new")
    finally:
        os.close(write_end)


WRITE_STDOUT = (
    "from pathlib import Path; from lstmcast.output import *;"
    "path = Path('/dev/stdout'); check_writable(path); write_atomically(path, b'new')"
)


@pytest.mark.parametrize("mode", ["wb", "ab"])
def test_dev_stdout_adds_to_the_file_behind_it(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "all.csv"
    path.write_bytes(b"old ")
    with path.open(mode) as file:
        subprocess.run([sys.executable, "-c", WRITE_STDOUT], stdout=file, check=True)
    assert path.read_bytes() == (b"old new" if mode == "ab" else b"new")
    assert list(tmp_path.iterdir()) == [path]


# --- refusals: the sentence, and nothing left behind --------------------------------------------


def refusals(path: Path) -> set[str]:
    messages = set()
    for attempt in (check_writable, partial(write_atomically, data=b"new")):
        with pytest.raises(UsageError) as caught:
            attempt(path)
        messages.add(str(caught.value))
    return messages


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    folder = tmp_path / "no" / "folder"
    path = folder / "out.csv"
    assert refusals(path) == {f"cannot write {path}: there is no folder {folder}; make it first."}


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    assert {message.lower() for message in refusals(tmp_path)} <= {
        f"cannot write {tmp_path}: it is a folder.".lower(),
        f"cannot write {tmp_path}: is a directory.".lower(),
    }
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "out.csv"
    assert refusals(path) == {f"cannot write {path}: Not a directory."}


def test_a_link_that_leads_to_itself(tmp_path: Path) -> None:
    path = tmp_path / "loop"
    path.symlink_to(path)
    [message] = refusals(path)
    assert message.startswith(f"cannot write {path}: Too many levels of symbolic links")


def test_a_folder_that_makes_no_files_even_for_root() -> None:
    path = Path("/proc/out.csv")
    reason = "Permission denied" if os.getuid() else "No such file or directory"
    assert refusals(path) == {f"cannot write {path}: {reason}."}


TRY_BOTH = """
import os, sys
from pathlib import Path
from lstmcast.errors import UsageError
from lstmcast.output import check_writable, write_atomically
if os.getuid() == 0:  # whom file permissions do not bind
    os.setuid(65534)
path = Path(sys.argv[1])
for attempt in (lambda: check_writable(path), lambda: write_atomically(path, b"new")):
    try:
        attempt()
    except UsageError as error:
        print(error)
"""


def refusals_without_privileges(path: Path) -> list[str]:
    command = [sys.executable, "-c", TRY_BOTH, str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return result.stdout.splitlines()


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that every user can reach: those of pytest are their owner's alone."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_read_only_folder(shared: Path) -> None:
    folder = shared / "folder"
    folder.mkdir()
    folder.chmod(0o555)
    path = folder / "out.csv"
    assert refusals_without_privileges(path) == [f"cannot write {path}: Permission denied."] * 2
    assert list(folder.iterdir()) == []


def test_a_read_only_file_in_a_folder_that_could_be_written(shared: Path) -> None:
    folder = shared / "folder"
    folder.mkdir()
    folder.chmod(0o777)
    path = folder / "out.csv"
    path.write_bytes(b"old")
    path.chmod(0o444)
    assert refusals_without_privileges(path) == [f"cannot write {path}: it is read-only."] * 2
    assert path.read_bytes() == b"old"
    assert list(folder.iterdir()) == [path]
