"""Roles of columns: which one holds the time, the target and the ids of a table."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias

from lstmcast.config import DataConfig
from lstmcast.data.numerals import NULLS, looks_like_number
from lstmcast.data.panel import Columns
from lstmcast.data.shapes import looks_like_date
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

Role: TypeAlias = Literal["time", "target", "id"]
Kind: TypeAlias = Literal["dates", "integers", "numbers", "text", "empty"]

TIMES = ("ds", "date", "datetime", "date_time", "timestamp", "time_stamp", "time")
CALENDAR = ("year", "quarter", "month", "week", "day", "hour", "period", "step", "t", "time_idx")
TARGETS = ("y", "value", "target")
IDS = ("unique_id", "series_id", "item_id", "ts_id", "id", "series", "item")
SAMPLE_ROWS = 200  # rows at the top of a table that tell what its columns hold
MAX_LISTED = 20  # columns in a message


FIND_ALL = DataConfig()


def column_kinds(names: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Kind]:
    """Say what the cells of each column are, judged by sample rows of texts."""
    return {name: _kind([row[k] for row in rows if k < len(row)]) for k, name in enumerate(names)}


def _kind(cells: Iterable[str]) -> Kind:
    """Say what the cells of one column are, missing ones aside."""
    present = [cell for cell in (cell.strip() for cell in cells) if cell not in NULLS]
    if not present:
        return "empty"
    if all(cell.lstrip("+-").isdecimal() for cell in present):
        return "integers"
    # Most, not all: a column with a bad cell is still what it is, and its reader names the cell.
    if 2 * sum(map(looks_like_number, present)) > len(present):
        return "numbers"
    return "dates" if 2 * sum(map(looks_like_date, present)) > len(present) else "text"


def find_columns(
    kinds: Mapping[str, Kind],
    said: DataConfig = FIND_ALL,
    remembered: DataConfig | None = None,
) -> Columns:
    """Return the column of each role: named, else remembered, else well known, else the only one.

    `remembered` names the columns of a model: taken where the table has them.

    Raises:
        DataError: a named column is absent or has two roles; a role has no column, or several.
    """
    claimed = _requested(kinds, said)
    if remembered:
        claimed |= _remembered(kinds, remembered, claimed)
    free = _without(kinds, claimed.values())
    time = claimed["time"] if "time" in claimed else _find_time(free)
    free = _without(free, [time])
    series = claimed["id"] if "id" in claimed else _find_id(free)
    free = _without(free, [series])
    target = claimed["target"] if "target" in claimed else _find_target(free)
    _refuse_data(name for name in (time, target) if name not in claimed.values())
    return Columns(time, target, series or None)


def _requested(kinds: Mapping[str, Kind], said: DataConfig) -> dict[Role, str]:
    """Return the columns that the user named, each of them in the table and in one role only."""
    asked: dict[Role, str | None] = {
        "time": said.time,
        "target": said.target,
        "id": said.id,
    }
    named = {role: name for role, name in asked.items() if name is not None}
    for role, name in named.items():
        if name not in kinds and (role, name) != ("id", ""):
            raise DataError(f"no column '{name}' for --{role}{_nearest(name, kinds)}")
    if twice := [name for name in named.values() if list(named.values()).count(name) > 1]:
        raise DataError(f"column '{twice[0]}' cannot play two roles: name another for one of them.")
    return named


def _remembered(
    kinds: Mapping[str, Kind], remembered: DataConfig, claimed: Mapping[Role, str]
) -> dict[Role, str]:
    """Return the columns of the model that the table has, for roles that the user left open."""
    known: dict[Role, str | None] = {
        "time": remembered.time,
        "target": remembered.target,
        "id": remembered.id,
    }
    return {
        role: name
        for role, name in known.items()
        if name is not None
        and name in kinds
        and role not in claimed
        and name not in claimed.values()
    }


def looks_like_data(name: str) -> bool:
    """Say whether a column's name is rather a number or a date, as where the header is missing."""
    return bool(name) and (looks_like_number(name) or looks_like_date(name))


def _refuse_data(names: Iterable[str]) -> None:
    """Raise if a column that nobody named is named like a cell: there may be no header."""
    for name in names:
        if looks_like_data(name):
            raise DataError(
                f"the header names a column '{name}', which looks like data: put a header such as "
                "ds,y above the first row, or name the columns with --time and --target."
            )


def _without(kinds: Mapping[str, Kind], taken: Collection[str | None]) -> dict[str, Kind]:
    """Return the columns that have no role yet."""
    return {name: kind for name, kind in kinds.items() if name not in taken}


def _find_time(kinds: Mapping[str, Kind]) -> str:
    """Return the time column: dates under a known name, other dates, then known or row numbers."""
    dates = _of_kind(kinds, "dates")
    candidates = (
        _known(dates, TIMES)
        or _known(dates, CALENDAR)
        or dates
        or _known(kinds, TIMES)
        or _known(_of_kind(kinds, "integers"), CALENDAR)
        or [name for name in _of_kind(kinds, "integers") if not name]
    )
    found = _only("time", candidates)
    return _absent("time", kinds) if found is None else found


def _find_id(kinds: Mapping[str, Kind]) -> str | None:
    """Return the column that tells the series apart: a known name, else the only text; or None."""
    texts = [name for name in _of_kind(kinds, "text") if not _known([name], TARGETS)]
    return _only("id", _known(kinds, IDS) or texts)


def _find_target(kinds: Mapping[str, Kind]) -> str:
    """Return the column to forecast: a known name, else the only one with numbers."""
    numbers = [name for name in _of_kind(kinds, "integers", "numbers") if name]
    candidates = _known(kinds, TARGETS) or numbers or _of_kind(kinds, "empty")
    found = _only("target", candidates)
    return _absent("target", kinds) if found is None else found


def _of_kind(kinds: Mapping[str, Kind], *wanted: Kind) -> list[str]:
    """Return the columns of some kinds."""
    return [name for name, kind in kinds.items() if kind in wanted]


def _known(names: Iterable[str], known: Sequence[str]) -> list[str]:
    """Return the names that mean the same as a known one, whatever their case and spacing."""
    return [name for name in names if name.casefold().replace(" ", "_") in known]


def _only(role: Role, candidates: Sequence[str]) -> str | None:
    """Return the only candidate, None if there is none."""
    if len(candidates) > 1:
        none = ", or say --id '' if there is one series" if role == "id" else ""
        raise DataError(
            f"columns {_listed(candidates)} could each be the {role} column: name one with "
            f"--{role}{none}."
        )
    return candidates[0] if candidates else None


def _absent(role: Role, kinds: Mapping[str, Kind]) -> NoReturn:
    """Raise because no column can play a role."""
    left = f"only {_listed(kinds)} left to choose from" if kinds else "no column is left"
    raise DataError(f"no {role} column found ({left}): name it with --{role}.")


def _nearest(name: str, kinds: Mapping[str, Kind]) -> str:
    """Return the end of a sentence about an absent column: the nearest name, and all of them."""
    near = difflib.get_close_matches(name, kinds, n=1)
    hint = f" (did you mean '{near[0]}'?)" if near else ""
    return f"{hint}: the table has {_listed(kinds)}."


def _listed(names: Collection[str]) -> str:
    """Return names in quotes, the first twenty of them."""
    shown = ", ".join(f"'{name}'" for name in list(names)[:MAX_LISTED])
    rest = len(names) - MAX_LISTED
    return f"{shown} and {rest:,} more" if rest > 0 else shown
