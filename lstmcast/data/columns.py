"""Roles of columns: which ones hold the time, the targets and the ids of a table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias

from lstmcast.config import DataConfig
from lstmcast.data.layout import looks_wide, refuse_calendar_across, refuse_transposed
from lstmcast.data.named import (
    COVARIATES,
    Role,
    find_categorical,
    listed,
    remembered_columns,
    requested_columns,
)
from lstmcast.data.numerals import NULLS, looks_like_number
from lstmcast.data.panel import Columns
from lstmcast.data.shapes import looks_like_clock, looks_like_date
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

Kind: TypeAlias = Literal["dates", "clocks", "integers", "numbers", "text", "empty"]

TIMES = ("ds", "date", "datetime", "date_time", "timestamp", "time_stamp", "time")
CALENDAR = ("year", "quarter", "month", "week", "day", "hour", "period", "step", "t", "time_idx")
PARTS = ("year", "quarter", "month", "week", "day", "hour")  # of a time, in columns of their own
TARGETS = ("y", "value", "target")
IDS = ("unique_id", "series_id", "item_id", "ts_id", "id", "series", "item")
SAMPLE_ROWS = 200  # rows at the top of a table that tell what its columns hold
SAMPLE_CELLS = 200_000  # of them, where there are thousands of columns


FIND_ALL = DataConfig()


def column_kinds(names: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Kind]:
    """Say what the cells of each column are, judged by sample rows of texts."""
    rows = rows[: max(20, SAMPLE_CELLS // max(1, len(names)))]
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
    if 2 * sum(map(looks_like_date, present)) > len(present):
        return "dates"
    return "clocks" if 2 * sum(map(looks_like_clock, present)) > len(present) else "text"


def find_columns(
    kinds: Mapping[str, Kind],
    said: DataConfig = FIND_ALL,
    remembered: DataConfig | None = None,
) -> Columns:
    """Return the columns of each role: named, else remembered, else well known, else the only one.

    `remembered` names the columns of a model: taken where the table has them.

    Raises:
        DataError: a named column is absent or has two roles; a role has no column, or several.
    """
    claimed = requested_columns(kinds, said)
    if remembered:
        claimed |= remembered_columns(kinds, remembered, claimed)
    found = _find_roles(kinds, claimed, said, remembered)
    return _with_covariates(found, kinds, claimed, (said, remembered))


def _find_roles(
    kinds: Mapping[str, Kind],
    claimed: Mapping[Role, tuple[str, ...]],
    said: DataConfig,
    remembered: DataConfig | None,
) -> Columns:
    """Return the columns of time, targets and ids."""
    free = _without(kinds, [name for names in claimed.values() for name in names])
    (time,) = claimed.get("time") or (_find_time(free),)
    free = _without(free, [time])
    if "time" not in claimed:
        _refuse_clocks(time, free)
    wide = said.wide
    if wide is None and remembered and not claimed.get("id"):
        wide = remembered.wide
    if wide:
        return _wide_columns(time, claimed, free)
    ids = claimed["id"] if "id" in claimed else _find_id(free)
    free = _without(free, ids)
    if wide is None and not ids and "target" not in claimed and _is_wide(free):
        if _known([time], CALENDAR):
            refuse_calendar_across(_numeric(free))
        return _wide_columns(time, claimed, free)
    if not (free or "id" in claimed or "target" in claimed or _known(ids, IDS)):
        # The only text was to be the target: its reader says which cells are no numbers.
        ids, free = (), dict.fromkeys(ids, "numbers")
    targets = claimed.get("target") or (_find_target(free),)
    said_by_name = {name for names in claimed.values() for name in names}
    _refuse_data(name for name in (time, *targets) if name not in said_by_name)
    return Columns(time, targets, ids)


def _with_covariates(
    found: Columns,
    kinds: Mapping[str, Kind],
    claimed: Mapping[Role, tuple[str, ...]],
    settings: tuple[DataConfig, DataConfig | None],
) -> Columns:
    """Add the covariates to the columns that were found, and tell which of them are categories."""
    past, known, static = (claimed.get(role, ()) for role in COVARIATES)
    covariates = past + known + static
    for name in covariates:
        if kinds[name] == "dates":
            raise DataError(
                f"column '{name}' holds dates, which are no covariate: write numbers or categories."
            )
    texts = [name for name in covariates if kinds[name] in ("text", "clocks")]
    categorical = find_categorical(texts, covariates, *settings)
    return replace(found, past=past, known=known, static=static, categorical=categorical)


def _wide_columns(
    time: str, claimed: Mapping[Role, tuple[str, ...]], free: Mapping[str, Kind]
) -> Columns:
    """Return the columns of a table that has a column for each series."""
    if claimed.get("id"):
        raise DataError("a wide table has a column for each series, and none for --id: leave it.")
    numbers = (*_numeric(free, "empty"),)
    targets = claimed.get("target") or numbers
    if not targets:
        raise DataError(f"no column of numbers is left beside the time column '{time}'.")
    _refuse_data([] if (time,) == claimed.get("time") else [time])
    return Columns(time, targets, wide=True)


def _refuse_clocks(time: str, free: Mapping[str, Kind]) -> None:
    """Raise if a column of clocks such as 13:00 stands beside the time, of which it may be part."""
    if clocks := _of_kind(free, "clocks"):
        raise DataError(
            f"column '{clocks[0]}' holds the time of day: write it and '{time}' as one column, "
            f"such as 2024-01-31 13:00, or say --time {time} if that tells the time by itself."
        )


def _is_wide(free: Mapping[str, Kind]) -> bool:
    """Say whether all that is left beside the time can only be a column for each series."""
    numbers = _numeric(free, "empty")
    others = _of_kind(free, "text", "clocks", "dates")
    return not others and not _known(numbers, TARGETS) and looks_wide(numbers)


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


def _without(kinds: Mapping[str, Kind], taken: Collection[str]) -> dict[str, Kind]:
    """Return the columns that have no role yet."""
    taken = set(taken)
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
    if not candidates:
        refuse_transposed(kinds)
        candidates = _known(kinds, CALENDAR)  # its reader says which cells are no times
    remedy = "name one with --time"
    if len(_known(candidates, PARTS)) > 1:
        remedy = "if they tell the time together, write it as one column, such as 2024-01-31 13:00"
    found = _only("time", candidates, remedy)
    return _absent("time", kinds) if found is None else found


def _find_id(kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    """Return the column that tells the series apart: a known name, else the only text, or none."""
    texts = [name for name in _of_kind(kinds, "text") if not _known([name], TARGETS)]
    candidates = _known(kinds, IDS) or texts
    remedy = (
        f"name one with --id, several that name a series together with --id "
        f"{','.join(candidates[:2])}, or say --id '' if there is one series"
    )
    found = _only("id", candidates, remedy)
    return () if found is None else (found,)


def _find_target(kinds: Mapping[str, Kind]) -> str:
    """Return the column to forecast: a known name, else the only one with numbers."""
    candidates = _known(kinds, TARGETS) or _numeric(kinds) or _of_kind(kinds, "empty")
    refuse_calendar_across(candidates)
    remedy = (
        f"name one with --target, several with --target {','.join(candidates[:2])}, or say --wide "
        "if each of them is a series"
    )
    found = _only("target", candidates, remedy)
    return _absent("target", kinds) if found is None else found


def _numeric(kinds: Mapping[str, Kind], *besides: Kind) -> list[str]:
    """Return the columns of numbers that have a name."""
    return [name for name in _of_kind(kinds, "integers", "numbers", *besides) if name]


def _of_kind(kinds: Mapping[str, Kind], *wanted: Kind) -> list[str]:
    """Return the columns of some kinds."""
    return [name for name, kind in kinds.items() if kind in wanted]


def _known(names: Iterable[str], known: Sequence[str]) -> list[str]:
    """Return the names that mean the same as a known one, whatever their case and spacing."""
    return [name for name in names if name.casefold().replace(" ", "_") in known]


def is_known_id(name: str) -> bool:
    """Say whether a column is named as ids are."""
    return bool(_known([name], IDS))


def _only(role: Role, candidates: Sequence[str], remedy: str) -> str | None:
    """Return the only candidate, None if there is none."""
    if len(candidates) > 1:
        raise DataError(f"columns {listed(candidates)} could each be the {role} column: {remedy}.")
    return candidates[0] if candidates else None


def _absent(role: Role, kinds: Mapping[str, Kind]) -> NoReturn:
    """Raise because no column can play a role."""
    left = f"only {listed(kinds)} left to choose from" if kinds else "no column is left"
    raise DataError(f"no {role} column found ({left}): name it with --{role}.")
