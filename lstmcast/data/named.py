"""Columns that are named: by the user in options and settings, or by a model that remembers."""

from __future__ import annotations

import csv
import difflib
from typing import TYPE_CHECKING, Literal, TypeAlias

from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from lstmcast.config import DataConfig, Names

Role: TypeAlias = Literal["time", "target", "id", "past", "known", "static"]
COVARIATES: tuple[Role, ...] = ("past", "known", "static")
MAX_LISTED = 20  # columns in a message


def requested_columns(table: Collection[str], said: DataConfig) -> dict[Role, tuple[str, ...]]:
    """Return the columns that the user named, each of them in the table and in one role only.

    An empty id is the role of no column.

    Raises:
        DataError: a column is absent, or named twice.
    """
    asked = {
        role: (said.time or "",) if role == "time" else _split(names, table)
        for role, names in _names(said).items()
        if names is not None
    }
    for role in ("id", *COVARIATES):
        if asked.get(role) == ("",):
            asked[role] = ()
    for role, names in asked.items():
        for name in names:
            if name not in table:
                raise DataError(f"no column '{name}' for --{role}{_nearest(name, table)}")
    named = [name for names in asked.values() for name in names]
    if twice := [name for name in named if named.count(name) > 1]:
        raise DataError(f"column '{twice[0]}' cannot play two roles: name another for one of them.")
    return asked


def remembered_columns(
    table: Collection[str], remembered: DataConfig, claimed: Mapping[Role, tuple[str, ...]]
) -> dict[Role, tuple[str, ...]]:
    """Return the columns of the model that the table has, for roles that the user left open.

    Ids make sense together only; of several targets those that are there will do.

    Raises:
        DataError: a covariate of the model is not in the table.
    """
    taken = {name for names in claimed.values() for name in names}
    found: dict[Role, tuple[str, ...]] = {}
    for role, names in _names(remembered).items():
        if role == "id" and names == "" and role not in claimed:
            found[role] = ()  # that there is one series was said, and holds
            continue
        known = _split(names, table) if names is not None and role not in claimed else ()
        present = tuple(name for name in known if name in table and name not in taken)
        if role in COVARIATES and present != known:
            absent = next(name for name in known if name not in present)
            raise DataError(
                f"the model was trained with covariate '{absent}' (--{role})"
                f"{_nearest(absent, table)}"
            )
        if present and (role == "target" or present == known):
            found[role] = present
    return found


def _names(settings: DataConfig) -> dict[Role, Names | None]:
    """Return what settings name for each role."""
    return {
        "time": settings.time,
        "target": settings.target,
        "id": settings.id,
        "past": settings.past,
        "known": settings.known,
        "static": settings.static,
    }


def find_categorical(
    texts: Collection[str],
    covariates: Sequence[str],
    said: DataConfig,
    remembered: DataConfig | None,
) -> tuple[str, ...]:
    """Return the covariates that are categories: those that are said to be, and those of texts.

    A model remembers which of its covariates were.

    Raises:
        DataError: one that is said to be is no covariate.
    """
    forced = _split(said.categorical, covariates) if said.categorical else ()
    if strange := [name for name in forced if name not in covariates]:
        raise DataError(
            f"column '{strange[0]}' for --categorical is no covariate: name it with --past, "
            "--known or --static as well."
        )
    known: set[str] = set()
    categories = {*forced}
    if remembered:
        settings = _names(remembered)
        known = {name for role in COVARIATES for name in _split(settings[role] or (), covariates)}
        categories |= {*_split(remembered.categorical or (), covariates)}
    categories |= {name for name in texts if name not in known}
    return tuple(name for name in covariates if name in categories)


def _split(names: Names, table: Collection[str]) -> tuple[str, ...]:
    """Return the columns that a text means: one by that name, or several with commas between.

    A name with a comma in it may stand in double quotes, as in CSV.
    """
    if not isinstance(names, str):
        return names
    if names in table or not names:
        return (names,)
    try:
        parts = next(csv.reader([names], skipinitialspace=True))
    except csv.Error:  # a line break outside of quotes
        return (names,)
    return tuple(part if part in table else part.strip() for part in parts)


def _nearest(name: str, table: Collection[str]) -> str:
    """Return the end of a sentence about an absent column: the nearest name, and all of them."""
    near = difflib.get_close_matches(name, table, n=1)
    hint = f" (did you mean '{near[0]}'?)" if near else ""
    return f"{hint}: the table has {listed(table)}."


def listed(names: Collection[str]) -> str:
    """Return names in quotes, the first twenty of them."""
    shown = ", ".join(f"'{name}'" for name in list(names)[:MAX_LISTED])
    rest = len(names) - MAX_LISTED
    return f"{shown} and {rest:,} more" if rest > 0 else shown


def columns_named(names: Collection[str]) -> str:
    """Name one or several columns."""
    return f"column{'s' if len(names) > 1 else ''} {listed(names)}"
