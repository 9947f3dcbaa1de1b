"""Time zones: local clocks to instants and back, hours that clocks skip or show twice included.

An instant is a datetime64[us] in UTC, a wall-clock time is one as the clocks of a zone show it. A
zone is named as by IANA ("Europe/Berlin", "UTC"), or is an offset such as "+02:00".
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import timedelta, timezone
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pandas as pd

from lstmcast.data.problems import CellsError
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from datetime import tzinfo

    from numpy.typing import NDArray

    Stamps: TypeAlias = NDArray[np.datetime64]
    Minutes: TypeAlias = NDArray[np.int64]

OFFSET = re.compile(r"([+-])([01]\d|2[0-3]):([0-5]\d)")
# Of zones whose clocks agree, the first one here names them all; then those in alphabetical order.
WELL_KNOWN = (
    *("Europe/London", "Europe/Berlin", "Europe/Athens", "Europe/Lisbon", "Europe/Dublin"),
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("America/Anchorage", "America/Halifax", "America/St_Johns", "America/Sao_Paulo"),
    *("America/Santiago", "Australia/Sydney", "Australia/Adelaide", "Pacific/Auckland"),
    *("Asia/Jerusalem", "Asia/Tehran", "Europe/Moscow", "Europe/Istanbul", "Africa/Cairo"),
)


@dataclass(frozen=True)
class Clocked:
    """Rows [N] of a column of times: `codes` into its distinct times, and the `series` of each."""

    codes: NDArray[np.integer]
    series: NDArray[np.integer]


@lru_cache
def find_zone(name: str) -> tzinfo:
    """Return the zone of a name.

    Raises:
        UsageError: there is no such zone.
    """
    if offset := OFFSET.fullmatch(name):
        east = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-east if offset[1] == "-" else east)
    if name in _zone_names():
        return ZoneInfo(name)
    near = difflib.get_close_matches(name, sorted(_zone_names()), n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise UsageError(
        f"time zone '{name}' is unknown{hint}: give a name such as Europe/Berlin or UTC, or an "
        "offset such as +02:00."
    )


@cache
def _zone_names() -> frozenset[str]:
    """Return the names of all zones; to find them, folders are walked through."""
    return frozenset(available_timezones())


def is_fixed(name: str) -> bool:
    """Say whether a zone is a mere offset, which tells nothing of the clocks of another season."""
    return OFFSET.fullmatch(name) is not None


def offset_name(minutes: int) -> str:
    """Return the name of the zone that is always so many minutes east of UTC."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}" if minutes else "UTC"


def to_wall(zone: str, instants: Stamps) -> Stamps:
    """Return what the clocks of a zone show at instants of any shape: same shape."""
    if zone == "UTC":
        return instants
    local = _index(instants).tz_localize("UTC").tz_convert(find_zone(zone)).tz_localize(None)
    return _array(local).reshape(instants.shape)


def to_days(zone: str, instants: Stamps) -> Stamps:
    """Return the wall-clock times [U] of instants that are a day or more apart.

    A time that the clocks skipped on its day is told as if they had not: in some zones midnight.
    """
    wall = to_wall(zone, instants)
    days = wall.astype("datetime64[D]").astype("datetime64[us]")
    times, counts = np.unique(wall - days, return_counts=True)
    usual = days + times[counts.argmax()]
    return np.where(to_instants(zone, usual) == instants, usual, wall)


def to_instants(zone: str, wall: Stamps) -> Stamps:
    """Return when the clocks of a zone show wall-clock times of any shape: same shape.

    Where they show a time twice, the first is meant; where they skip it, the end of the gap.
    """
    return _localized(zone, wall, first=True, skipped="shift_forward")


def localize(wall: Stamps, zone: str, rows: Clocked) -> tuple[Stamps, NDArray[np.int64]]:
    """Return the distinct instants [V] of distinct wall-clock times [U], and those of rows [N].

    The order of rows tells which of two equal times is the later one.

    Raises:
        UsageError: there is no such zone.
        CellsError: clocks never showed a time, or twice, and the rows do not tell which is meant.
    """
    if np.unique(wall - wall.astype("datetime64[D]")).size == 1:  # days, or longer
        return to_instants(zone, wall), rows.codes.astype(np.int64)
    first = _localized(zone, wall, first=True, skipped="NaT")
    second = _localized(zone, wall, first=False, skipped="NaT")
    if np.isnat(first).any():
        raise CellsError(
            f"no such time: the clocks of {zone} skipped it. Correct these rows, or give the "
            "--timezone that they were written in.",
            np.flatnonzero(np.isnat(first)),
        )
    doubled = first != second
    later = np.flatnonzero(doubled[rows.codes])
    second_pass, told = _second_passes(rows, first, second)
    if not told[later].all():
        raise CellsError(
            f"the clocks of {zone} showed this time twice, and the rows do not tell which is "
            "meant: have both, in order of time, or write offsets, such as 02:00+01:00.",
            np.unique(rows.codes[later[~told[later]]]),
        )
    later = later[second_pass[later]]
    codes = rows.codes.astype(np.int64)
    codes[later] = len(wall) + (np.cumsum(doubled) - 1)[codes[later]]
    instants = np.concatenate([first, second[doubled]])
    used = np.bincount(codes, minlength=len(instants)) > 0
    return instants[used], (np.cumsum(used) - 1)[codes]


def zone_of_offsets(instants: Stamps, minutes: Minutes) -> tuple[str, str]:
    """Return the zone whose clocks show offsets [U] at instants [U], and a note if it is a guess.

    Raises:
        CellsError: the offsets differ, and no zone has them all.
    """
    written, counts = np.unique(minutes, return_counts=True)
    if len(written) == 1:
        return offset_name(int(written[0])), ""
    order = np.argsort(instants)
    instants, ordered = instants[order], minutes[order]
    change = np.flatnonzero(np.diff(ordered))
    edges = np.unique(np.concatenate([[0], change, change + 1, [len(ordered) - 1]]))
    for zone in _candidates():
        if (offsets_at(zone, instants[edges]) == ordered[edges]).all() and (
            offsets_at(zone, instants) == ordered
        ).all():
            names = " and ".join(offset_name(int(offset)) for offset in written)
            return zone, f"offsets {names} are those of {zone}; --timezone names another zone"
    usual = written[counts.argmax()]
    raise CellsError(
        f"off the usual {offset_name(int(usual))}, and no time zone has all these offsets: write "
        "all times in one zone, such as UTC, or give the --timezone to convert them to.",
        np.flatnonzero(minutes != usual),
    )


def clock_changes(repeated: Stamps, wall: Stamps) -> str | None:
    """Return a zone whose clocks showed all `repeated` times twice and skipped none of `wall`."""
    for zone in WELL_KNOWN:
        first = _localized(zone, repeated, first=True, skipped="NaT")
        second = _localized(zone, repeated, first=False, skipped="NaT")
        if (first != second).all() and not (
            np.isnat(_localized(zone, wall, first=True, skipped="NaT")).any()
        ):
            return zone
    return None


def offsets_at(zone: str, instants: Stamps) -> Minutes:
    """Return the minutes east of UTC that clocks show at instants of any shape: same shape."""
    east = (to_wall(zone, instants) - instants) // np.timedelta64(1, "m")
    return np.asarray(east, dtype=np.int64)


def _candidates() -> list[str]:
    """Return the zones that offsets are looked for in: places, no abbreviations."""
    places = (name for name in _zone_names() if re.match("(?!Etc)[A-Z][a-z]+/", name))
    return list(dict.fromkeys([*WELL_KNOWN, *sorted(places)]))


def _second_passes(
    rows: Clocked, first: Stamps, second: Stamps
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say which rows [N] are at the second of the instants that times [U] may be; and which tell.

    That is told by the clock going back within a series, in the order of the file; else by the pass
    that joins on to the row before or after it, at the usual distance of rows.
    """
    order = _in_time(rows, first, second)
    series, early, late = rows.series[order], first[rows.codes[order]], second[rows.codes[order]]
    plain, same = early == late, np.diff(series) == 0
    gaps, counts = np.unique(np.diff(np.unique(first)), return_counts=True)
    usual = gaps[counts.argmax()]
    after = np.r_[False, same & plain[:-1] & (np.diff(early) == usual)]
    before = np.r_[same & plain[1:] & (np.diff(late) == usual), False]
    places = np.flatnonzero(~plain)
    days = early[places].astype("datetime64[D]").astype(np.int64)
    night = np.unique(np.stack([series[places], days]), axis=1, return_inverse=True)[1]
    passes, setbacks = _passes(early[places], night)
    joins_first, joins_second = (np.bincount(night, edge[places]) > 0 for edge in (after, before))
    straight = setbacks == 0
    told = (setbacks == 1) | (straight & (joins_first != joins_second))
    rising = bool((np.diff(early)[plain[1:] & plain[:-1] & same].astype(np.int64) >= 0).all())
    is_second, is_told = np.zeros((2, len(order)), dtype=bool)
    is_second[order[places]] = (passes > 0) | (straight & joins_second)[night]
    is_told[order[places]] = told[night] & rising
    return is_second, is_told


def _in_time(rows: Clocked, first: Stamps, second: Stamps) -> NDArray[np.int64]:
    """Return rows [N] in the order of series and of the file, or its reverse if time runs back."""
    order = np.argsort(rows.series, kind="stable")
    codes, same = rows.codes[order], np.diff(rows.series[order]) == 0
    plain = first[codes] == second[codes]
    steps = np.diff(first[codes])[plain[1:] & plain[:-1] & same].astype(np.int64)
    return order[::-1] if len(steps) and (steps <= 0).all() else order


def _passes(stamps: Stamps, night: NDArray[np.int64]) -> tuple[Minutes, Minutes]:
    """Return how often the clock went back before each stamp [K] in its night, and in all of it.

    Stamps are in the order of time within the `night` [K] of each, of which there are [G].
    """
    order = np.argsort(night, kind="stable")
    same = np.diff(night[order]) == 0
    back = np.r_[False, (np.diff(stamps[order]).astype(np.int64) <= 0) & same]
    total = np.cumsum(back)
    first = np.r_[True, ~same]
    passes = np.empty(len(night), dtype=np.int64)
    passes[order] = total - total[first][np.cumsum(first) - 1]
    return passes, np.bincount(night[order], weights=back).astype(np.int64)


def _localized(
    zone: str, wall: Stamps, *, first: bool, skipped: Literal["NaT", "shift_forward"]
) -> Stamps:
    """Return the instants of wall-clock times, of two equal ones the first or the second."""
    if zone == "UTC":
        return wall
    times = np.full(wall.size, first)
    local = _index(wall).tz_localize(find_zone(zone), ambiguous=times, nonexistent=skipped)
    return _array(local.tz_convert("UTC").tz_localize(None)).reshape(wall.shape)


def _index(stamps: Stamps) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(stamps.ravel().astype("datetime64[us]"))


def _array(index: pd.DatetimeIndex) -> Stamps:
    return np.asarray(index.as_unit("us").to_numpy())
