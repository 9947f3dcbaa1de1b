"""Put bytes where the user said: whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from pathlib import Path

from lstmcast.errors import UsageError


def write_atomically(path: Path, data: bytes, *, sibling: str | None = None) -> None:
    """Write `data` as the file `path`, which afterwards holds either all of it or what it held.

    The bytes go to a hidden sibling that is renamed when it is safely on the disk. A symbolic link
    is followed; the permissions of a file that is replaced are kept. A device, a pipe or an open
    descriptor (`/dev/null`, a fifo, `/dev/stdout`) is written to, never replaced. A `sibling` with
    a name is for files that are written again and again: what a killed process left of it is
    written over, where one of a chance name would stay.

    Raises:
        UsageError: the path cannot be written; whatever was begun has been removed.
        BrokenPipeError: `path` is a pipe whose reader went away.
    """
    try:
        if _is_stream(path):
            _append(path, data)
        else:
            target = _target(path)
            _replace(target, data, target.with_name(sibling) if sibling else _sibling(target))
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(_refusal(path, error)) from error


def check_writable(path: Path) -> None:
    """Find out, before hours of work, whether `write_atomically` could write `path`.

    An empty sibling is made and removed, since only that tells of read-only disks and quotas.

    Raises:
        UsageError: it could not.
    """
    try:
        if _is_stream(path):
            _demand_write_permission(path)
        else:
            temporary = _sibling(_target(path))
            try:
                temporary.touch(exist_ok=False)
            finally:
                temporary.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(_refusal(path, error)) from error


def _replace(target: Path, data: bytes, temporary: Path) -> None:
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _append(path: Path, data: bytes) -> None:
    # Append, never truncate: `-o /dev/stdout >> all.csv` must add to the file behind stdout.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND), "wb") as stream:
        stream.write(data)


def _is_stream(path: Path) -> bool:
    """Tell whether `path` leads to something other than a file of its own."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    folder = os.path.realpath(path.parent)
    return not stat.S_ISREG(mode) or folder == "/dev" or folder.startswith("/proc/")


def _target(path: Path) -> Path:
    """Follow links to the file itself, which must allow writing where it exists."""
    target = Path(os.path.realpath(path))
    if target.exists():
        _demand_write_permission(target)
    return target


def _demand_write_permission(path: Path) -> None:
    if path.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    if not os.access(path, os.W_OK):
        raise PermissionError(None, "it is read-only")


def _sibling(target: Path) -> Path:
    # A short name of its own: one derived from the target's could be longer than a disk allows.
    return target.parent / f".lstmcast-{secrets.token_hex(8)}.tmp"


def _refusal(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and not path.parent.exists():
        return f"cannot write {path}: there is no folder {path.parent}; make it first."
    return f"cannot write {path}: {error.strerror}."
