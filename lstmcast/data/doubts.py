"""Second looks at what was guessed of a table, once its rows are known.

A guess that reads a table wrongly is worse than none: where the rows speak against it, the option
that settles it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.named import columns_named
from lstmcast.data.rows import STEPS_PER_ROW, rows_apart
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.data.rows import Rows

FAR = 1_000  # steps without a row, up to which a gap is nothing to ask about
FEW = 0.1  # share of the rows of a series that may stand beyond a gap astray


def refuse_strays(rows: Rows, steps: NDArray[np.int64], frequency: str) -> None:
    """Raise if a few rows of a series stand by far too many steps before or after its others.

    `steps` [U] are those of the distinct times. One row of 1900 or 2204 among those of 2024 is a
    slip; taken for a time, it would begin the series or end it there.

    Raises:
        DataError: so they stand; a --frequency that is said would let them.
    """
    order = np.argsort(rows.keys, kind="stable")
    codes, places = rows.codes[order], steps[rows.ranks[order]]
    lengths = np.bincount(codes)
    starts = np.searchsorted(codes, codes, side="left")
    before = (np.arange(len(codes)) - starts + 1)[:-1]  # rows up to the one before each jump
    jumps, own = np.diff(places), lengths[codes][:-1]
    far = (np.diff(codes) == 0) & (jumps > np.maximum(FAR, STEPS_PER_ROW * own))
    astray = far & (np.minimum(before, own - before) <= np.maximum(1, FEW * own))
    if astray.any():
        place = int(np.where(astray, jumps, 0).argmax())
        raise DataError(
            f"{rows_apart(rows, order[place : place + 2], int(jumps[place]))}: correct a stray "
            f"time, or say --frequency {frequency} if there is nothing in between."
        )


def refuse_lone_series(rows: Rows) -> None:
    """Raise if no two series share a time: their id may be an attribute of the rows of one.

    Such is a column of weekdays, and files that follow each other are parts of one series.

    Raises:
        DataError: there are several series, and each row has a time of its own.
    """
    n_series = len(rows.groups.parts)
    if n_series > 1 and rows.n_ranks == len(rows.codes):
        ids = rows.columns.ids
        raise DataError(
            f"{rows.source.name}, {columns_named(ids)}: is this an id? No two of its {n_series:,} "
            f"series share a time: say --id {ids[0]} if it tells series apart, or --id '' if the "
            "table is one series."
        )
