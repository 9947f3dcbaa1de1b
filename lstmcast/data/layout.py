"""Layouts of tables: long, wide (a column for each series), transposed (a row for each series)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lstmcast.data.shapes import looks_like_date
from lstmcast.data.styles import MONTHS
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

MONTH = re.compile("(?i:" + "|".join(f"{name[:3]}({name[3:]})?" for name in MONTHS) + r")\.?")
YEAR = re.compile(r"(19|20)\d\d")
FEWEST_ACROSS = 3  # columns that make a header of times


def looks_wide(names: Sequence[str]) -> bool:
    """Say whether names of columns differ by a number only, as store_1 and store_2 do.

    Then they are series beside each other: different quantities have different names.
    """
    stems = {re.sub(r"\d+", "0", name) for name in names}
    return len(names) > 1 and len(stems) == 1 and "0" in stems.pop()


def refuse_calendar_across(names: Sequence[str]) -> None:
    """Raise if months or years run across the header, and the rest of the time down the rows.

    Raises:
        DataError: so it seems.
    """
    months = [name for name in names if MONTH.fullmatch(name)]
    years = [name for name in names if YEAR.fullmatch(name)]
    across = max(months, years, key=len)
    if len(across) >= FEWEST_ACROSS:
        raise DataError(
            f"the time seems to run across the header as well as down ('{across[0]}', "
            f"'{across[1]}', ...): write one row for each time, with the whole of it in one "
            "column, such as 2024-01-31."
        )


def refuse_transposed(names: Collection[str]) -> None:
    """Raise if time seems to run across the header: by dates, or by V1, V2, ... as in M4's files.

    Raises:
        DataError: so it seems.
    """
    dates = [name for name in names if looks_like_date(name)]
    places = [name for name in names if re.fullmatch(r"[VvTtDdWwMm]_?\d+", name)]
    across = max(dates, places, key=len)
    if len(across) >= FEWEST_ACROSS and 2 * len(across) > len(names):
        raise DataError(
            f"time seems to run across the header ('{across[0]}', '{across[1]}', ...), with a row "
            "for each series: transpose the table, so that a column holds the times, and read it "
            "with --wide."
        )
