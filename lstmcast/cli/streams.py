"""stdout is data, stderr is talk."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from typing import TextIO


def is_silent() -> bool:
    """Tell whether another process talks for this one: of the workers of torchrun, the first."""
    return "TORCHELASTIC_RUN_ID" in os.environ and os.environ.get("RANK", "0") != "0"


def write_stdout(data: str | bytes) -> None:
    """Write data to stdout; text goes out in UTF-8 whatever the locale.

    Raises:
        UsageError: stdout is closed, or what stands behind it takes no more.
        BrokenPipeError: the reader went away.
    """
    if is_silent():
        return
    if sys.stdout is None:  # what Python makes of `>&-`
        raise UsageError("cannot write to stdout: it is closed.")
    encoded = data.encode(errors="backslashreplace") if isinstance(data, str) else data
    try:
        sys.stdout.buffer.write(encoded)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise stdout_refusal(error) from error


def stdout_refusal(error: OSError) -> UsageError:
    """Turn a failed write to stdout into a sentence, and give up on what is still buffered."""
    silence(sys.stdout)
    return UsageError(f"cannot write to stdout: {error.strerror}.")


def stdout_is_terminal() -> bool:
    """Tell whether a person looks at stdout."""
    return sys.stdout is not None and sys.stdout.isatty()


def say(text: str) -> None:
    """Tell the person at the terminal one or more lines; where nobody listens, go on working."""
    if sys.stderr is None or is_silent():
        return
    try:
        sys.stderr.write(f"{_visible(text)}\n")
        sys.stderr.flush()
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Lead `stream` to nowhere, so that Python's last flush of it cannot fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _visible(text: str) -> str:
    """Spell out control characters: a cell of a hostile file must not steer the terminal."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text
    )
