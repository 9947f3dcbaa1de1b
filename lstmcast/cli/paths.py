"""Which files may be read and written: refused before the work begins, not after it."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from lstmcast.data.places import several_files
from lstmcast.errors import DataError, UsageError
from lstmcast.output import check_writable

STDIN_OR_STDOUT = "-"


def file_path(text: str, what: str) -> Path:
    """Take an argument that must be a file; only DATA may be stdin.

    Raises:
        UsageError: it is `-`.
    """
    if text == STDIN_OR_STDOUT:
        raise UsageError(f"{what} must be a file: only DATA may be '-'.")
    return Path(text)


def output_path(text: str, *inputs: str, option: str = "-o") -> Path:
    """Take an output file that can be written and is none of the command's inputs.

    `option` is the one that names it.

    Raises:
        UsageError: it cannot, or it is.
    """
    path = file_path(text, f"the output of {option}")
    check_writable(path)
    for name in itertools.chain.from_iterable(map(_files_of, inputs)):
        # Unlike their pathlib twins, these take a folder that may not be searched for an absence.
        if os.path.isfile(path) and os.path.exists(name) and os.path.samefile(path, name):  # noqa: PTH110, PTH113, PTH121
            raise UsageError(f"{option} {path} is an input of this command: choose another name.")
    return path


def _files_of(name: str) -> list[str]:
    """Return the files that an input stands for; the command itself tells where there is none."""
    try:
        found = several_files(name)
    except (DataError, OSError):
        found = None
    return [name] if found is None else list(map(str, found))
