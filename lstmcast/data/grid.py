"""Grids: the stamps that a regular time axis can hold, counted and placed array by array.

A stamp stands in a unit (a microsecond, a day, a business day or a calendar month), which has an
ordinal: its count since 1970. In units of a day or longer every stamp has the same time of day, and
months may be told by any day of theirs up to the 28th, which the origin of the grid tells.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from pandas.tseries.frequencies import to_offset
from pandas.tseries.offsets import Tick

from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Stamps: TypeAlias = NDArray[np.datetime64]  # always in microseconds
    Ordinals: TypeAlias = NDArray[np.int64]

Unit = Literal["us", "day", "business day", "month"]
Edge = Literal["S", "E", "BS", "BE"]  # first or last day, first or last business day of a month

EDGES: tuple[Edge, ...] = ("S", "E", "BS", "BE")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("THU", "FRI", "SAT", "SUN", "MON", "TUE", "WED")  # day 0 of 1970 was a Thursday
MICROSECONDS = {
    "D": 86_400_000_000,
    "h": 3_600_000_000,
    "min": 60_000_000,
    "s": 1_000_000,
    "ms": 1_000,
    "us": 1,
}
DAY = MICROSECONDS["D"]
SHORTEST_MONTH = np.timedelta64(28, "D")
MAX_COUNT = 1_000_000  # units in one step: keeps the arithmetic far from the end of 64 bits

SPELLINGS = {
    "M": "MS (month starts) or ME (month ends)",
    "monthly": "MS (month starts) or ME (month ends)",
    "BM": "BME (last business days of months)",
    "Q": "QS (quarter starts) or QE (quarter ends)",
    "quarterly": "QS (quarter starts) or QE (quarter ends)",
    "Y": "YS (year starts) or YE (year ends)",
    "A": "YS (year starts) or YE (year ends)",
    "AS": "YS (year starts)",
    "yearly": "YS (year starts) or YE (year ends)",
    "annual": "YS (year starts) or YE (year ends)",
    "w": "W (weeks)",
    "weekly": "W (weeks)",
    "d": "D (days)",
    "daily": "D (days)",
    "b": "B (business days)",
    "H": "h (hours)",
    "hourly": "h (hours)",
    "T": "min (minutes)",
    "m": "min (minutes) or MS (month starts)",
    "S": "s (seconds)",
    "L": "ms (milliseconds)",
}
KNOWN = (
    "us, ms, s, min, h, D, B, W, MS, ME, BMS, BME, QS, QE, YS, YE, their multiples such as 15min"
)


@dataclass(frozen=True)
class Grid:
    """Stamps `count` units apart; `edge` says which day stands for a month.

    With an `anchor` (cycle, remainder), only units whose ordinal leaves that remainder belong.
    """

    unit: Unit
    count: int
    edge: Edge = "S"
    anchor: tuple[int, int] = (1, 0)


def parse_frequency(alias: str) -> Grid:
    """Return the grid that a pandas offset alias names, "W", "QS", "YE", ... on any anchor.

    Raises:
        UsageError: it is no alias that stands for a regular grid.
    """
    canonical = _canonical(alias)
    if match := re.fullmatch(r"(\d*)W-([A-Z]{3})", canonical):
        days = 7 * int(match[1] or 1)
        return Grid("day", days, anchor=_anchor(alias, 7, WEEKDAYS.index(match[2])))
    if match := re.fullmatch(r"(\d*)(B?)([MQY])([SE])(?:-([A-Z]{3}))?", canonical):
        cycle = {"M": 1, "Q": 3, "Y": 12}[match[3]]
        edge = next(edge for edge in EDGES if edge == match[2] + match[4])
        month = MONTHS.index(match[5] or "JAN") % cycle
        return Grid("month", cycle * int(match[1] or 1), edge, _anchor(alias, cycle, month))
    if match := re.fullmatch(r"(\d*)(D|B)", canonical):
        return Grid("day" if match[2] == "D" else "business day", int(match[1] or 1))
    return _tick_grid(canonical)


def _canonical(alias: str) -> str:
    """Return pandas' own spelling of an alias that stands for a step forward."""
    unit = re.sub(r"^\d*|-.*$", "", alias)
    if unit in SPELLINGS:
        raise UsageError(f"frequency '{alias}' is spelled otherwise: use {SPELLINGS[unit]}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            offset = to_offset(alias)
    except (ValueError, OverflowError, DeprecationWarning) as error:
        raise UsageError(f"frequency '{alias}' is unknown: use one of {KNOWN}.") from error
    if not 1 <= offset.n <= MAX_COUNT:
        raise UsageError(f"frequency '{alias}': use between 1 and {MAX_COUNT:,} units a step.")
    return str(offset.freqstr)


def _anchor(alias: str, cycle: int, remainder: int) -> tuple[int, int]:
    """Return the anchor if the user named one: a bare "W" is weekly, whatever the weekday."""
    return (cycle, remainder) if "-" in alias else (1, 0)


def _tick_grid(canonical: str) -> Grid:
    """Return the grid of hours, minutes or shorter; whole days count as days."""
    offset = to_offset(canonical)
    if not isinstance(offset, Tick) or offset.nanos % 1_000:
        raise UsageError(f"frequency '{canonical}' is no regular grid: use one of {KNOWN}.")
    microseconds = offset.nanos // 1_000
    whole_days = microseconds % DAY == 0
    return Grid("day", microseconds // DAY) if whole_days else Grid("us", microseconds)


def alias_of(grid: Grid, origin: np.datetime64) -> str:
    """Return the pandas alias of a grid through `origin`, with its weekday or month."""
    ordinal = int(ordinals(grid.unit, np.asarray([origin]))[0])
    count = grid.count
    if grid.unit == "month":
        return _month_alias(grid, ordinal)
    if grid.unit == "business day":
        unit = "B"
    elif grid.unit == "day":
        weekly = count % 7 == 0
        unit, count = (f"W-{WEEKDAYS[ordinal % 7]}", count // 7) if weekly else ("D", count)
    else:
        unit = next(name for name, size in MICROSECONDS.items() if count % size == 0)
        count //= MICROSECONDS[unit]
    return f"{count}{unit}" if count > 1 else unit


def _month_alias(grid: Grid, month: int) -> str:
    """Return the alias of a grid of months, in years or quarters where that is what it is."""
    business, side = grid.edge[:-1], grid.edge[-1]
    count, letter, anchor = grid.count, "M", ""
    if count % 12 == 0:
        count, letter, anchor = count // 12, "Y", f"-{MONTHS[month % 12]}"
    elif count == 3:  # noqa: PLR2004 - a quarter; half-years stay months: 6MS
        # Quarters are named after their first start (JAN to MAR) or last end (OCT to DEC).
        count, letter = 1, "Q"
        anchor = f"-{MONTHS[month % 3 + (9 if side == 'E' else 0)]}"
    return f"{count if count > 1 else ''}{business}{letter}{side}{anchor}"


def ordinals(unit: Unit, stamps: Stamps) -> Ordinals:
    """Count the units from 1970 to the one that each stamp stands in: same shape."""
    if unit == "us":
        return stamps.astype(np.int64)
    days = stamps.astype("datetime64[D]")
    if unit == "business day":
        return np.busday_count(np.datetime64(0, "D"), days).astype(np.int64)
    return (days if unit == "day" else days.astype("datetime64[M]")).astype(np.int64)


def place(grid: Grid, origin: np.datetime64, steps: Ordinals) -> Stamps:
    """Return the stamps that stand `steps` (any shape, any sign) of the grid after `origin`."""
    start = np.asarray([origin])
    units = ordinals(grid.unit, start)[0] + steps * grid.count
    return np.asarray(stamps_of(grid, units) + offsets_in(grid, start)[0])


def stamps_of(grid: Grid, units: Ordinals) -> Stamps:
    """Return the stamps of units of any shape, at midnight where one is a day or longer."""
    if grid.unit == "us":
        return units.astype("datetime64[us]")
    if grid.unit == "business day":
        days = np.busday_offset(np.datetime64(0, "D"), units)
    elif grid.unit == "day":
        days = units.astype("datetime64[D]")
    else:
        days = _edge_days(grid.edge, units.astype("datetime64[M]"))
    return days.astype("datetime64[us]")


def _edge_days(edge: Edge, months: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Return the day that stands for each month."""
    days = months.astype("datetime64[D]") if edge[-1] == "S" else _last_days(months)
    if edge[0] == "B":
        return np.busday_offset(days, 0, roll="forward" if edge == "BS" else "backward")
    return days


def _last_days(months: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Return the last day of each month."""
    return np.asarray((months + 1).astype("datetime64[D]") - np.timedelta64(1, "D"))


def offsets_in(grid: Grid, stamps: Stamps) -> NDArray[np.timedelta64]:
    """Return how far stamps of any shape are past where a unit begins: same shape.

    That is midnight, on the first of the month where months are not told by their ends or business
    days, so that they may be told by any day of theirs; zero where the unit is shorter than a day.
    """
    if grid.unit == "us":
        return np.zeros(stamps.shape, dtype="timedelta64[us]")
    unit = "datetime64[M]" if _is_on_any_day(grid) else "datetime64[D]"
    return np.asarray(stamps - stamps.astype(unit).astype("datetime64[us]"))


def _is_on_any_day(grid: Grid) -> bool:
    """Say whether a month may be told by another day than its first: the 15th of each."""
    return grid.unit == "month" and grid.edge == "S"


def aligned(grid: Grid, stamps: Stamps) -> NDArray[np.bool_]:
    """Say which stamps could belong to the grid: right day of the month, weekday or month."""
    units = ordinals(grid.unit, stamps)
    cycle, remainder = grid.anchor
    offsets = offsets_in(grid, stamps)
    in_all_months = offsets < SHORTEST_MONTH
    right = in_all_months & (stamps_of(grid, units) + offsets == stamps)
    return np.asarray(right & (units % cycle == remainder))


def find_origin(grid: Grid, stamps: Stamps) -> np.datetime64:
    """Return the first of the ascending `stamps` on the phase that most of them share."""
    candidates = stamps[aligned(grid, stamps)]
    if not candidates.size:
        return np.datetime64(stamps[0])
    phases = ordinals(grid.unit, candidates) % grid.count
    phases += offsets_in(grid, candidates).astype(np.int64) * grid.count
    _, first, counts = np.unique(phases, return_index=True, return_counts=True)
    return np.datetime64(candidates[first[counts.argmax()]])


def steps_on(
    grid: Grid, origin: np.datetime64, stamps: Stamps
) -> tuple[Ordinals, NDArray[np.bool_]]:
    """Return the step of each stamp after `origin`, and whether it stands exactly on the grid."""
    start = ordinals(grid.unit, np.asarray([origin]))[0]
    steps = (ordinals(grid.unit, stamps) - start) // grid.count
    return steps, aligned(grid, stamps) & (place(grid, origin, steps) == stamps)
