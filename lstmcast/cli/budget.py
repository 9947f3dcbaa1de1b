"""A budget of time, counted as whoever waits would: from the start of the process to its end."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from lstmcast.errors import UsageError

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*([smh])")
# From the last step to the end of the process: the model is written, and Python takes leave.
SECONDS_TO_END = 0.4

_imported = time.monotonic()


def parse_seconds(text: str) -> float:
    """Read a budget such as 90s, 5m or 1.5h as seconds.

    Raises:
        UsageError: it is none, or has no unit.
    """
    found = WRITTEN.fullmatch(text.strip())
    if found is None or not float(found[1]):
        raise UsageError(f"--budget {text}: write a time with its unit, such as 90s, 5m or 2h.")
    return float(found[1]) * UNITS[found[2]]


def deadline(seconds: float) -> float:
    """Return when training must end, so that the process ends after `seconds`: `time.monotonic`."""
    return _began() + seconds - SECONDS_TO_END


def _began() -> float:
    """Return when this process began, or where that cannot be found, when this was imported."""
    try:
        # After the name of the program, which may hold anything, come the fields from the third on.
        fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        booted = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - booted
    except (OSError, ValueError, IndexError, AttributeError):
        return _imported
    return min(_imported, time.monotonic() - age)
