"""Rows of a table by number, and what is wrong with where they stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.gaps import row_keys
from lstmcast.data.problems import SHOWN, Problem, TableError, quoted
from lstmcast.data.stamps import hint_on_repeated
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.data.gaps import Gaps
    from lstmcast.data.panel import Columns
    from lstmcast.data.raw import Source
    from lstmcast.data.series import Groups
    from lstmcast.data.stamps import Times

FREE_STEPS = 5_000_000  # cells of a panel that are allowed however few rows there are
STEPS_PER_ROW = 50  # a panel emptier than this comes from a stray time, not from gaps


@dataclass(frozen=True)
class Rows:
    """Rows [N] by number: `groups` that share their ids, `ranks` into ascending `times` [U]."""

    source: Source
    columns: Columns
    groups: Groups
    ranks: NDArray[np.int64]
    times: Times
    numbers: NDArray[np.int64] | None = None  # in the source; None: 0 to N

    @property
    def codes(self) -> NDArray[np.int32]:
        """The group of each row: [N]."""
        return self.groups.codes

    @property
    def keys(self) -> NDArray[np.int64]:
        """A number for each row that no other time of no other group has: [N]."""
        return row_keys(self.codes, self.ranks, self.n_ranks)

    @property
    def n_ranks(self) -> int:
        """U, the number of distinct times."""
        return len(self.times.values)

    def take(self, numbers: NDArray[np.int64]) -> Rows:
        """Return some of the rows."""
        groups = replace(self.groups, codes=self.codes[numbers])
        return replace(
            self, groups=groups, ranks=self.ranks[numbers], numbers=self.in_source(numbers)
        )

    def in_source(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the places of some rows in the source."""
        return rows if self.numbers is None else self.numbers[rows]

    def cells(self, rows: NDArray[np.int64]) -> list[tuple[str, str]]:
        """Return number and text of the times of some rows, as a message shows them."""
        numbers = self.in_source(rows)
        return self.source.cells([int(number) for number in numbers], self.columns.time)


def duplicates_error(rows: Rows, values: NDArray[np.float64]) -> TableError:
    """Return the error that names the first pairs of rows for one time of one series.

    `values` [N, T] are those of the targets.
    """
    keys = rows.keys
    order = np.argsort(keys, kind="stable")
    again = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    again = again[np.argsort(order[again + 1])]
    earlier, later = order[again], order[again + 1]
    pairs = np.stack([earlier, later], axis=1)[:SHOWN]
    cells = rows.cells(pairs.ravel())
    shown = [
        f"{first} and {second} are both {quoted(text)}{_of_series(rows, int(row))}"
        for (first, text), (second, _), row in zip(
            cells[::2], cells[1::2], pairs[:, 0], strict=True
        )
    ]
    more = f", and {len(again) - SHOWN:,} more" if len(again) > SHOWN else ""
    remedies = hint_on_repeated(rows.times, np.unique(rows.ranks[order[again]]))
    if not remedies:
        remedies = ", or say --duplicates sum (mean, last, first)"
        columns = "all columns that tell" if rows.columns.ids else "the column that tells"
        remedies += f", or name {columns} the series apart with --id"
    remedy = f"keep one row for each time of a series{remedies}."
    one, other = values[earlier], values[later]
    same = ((one == other) | (np.isnan(one) & np.isnan(other))).all(axis=1)
    return TableError(
        f"{rows.source.name}, column '{rows.columns.time}': {', '.join(shown)}{more}: {remedy}",
        [
            Problem(rows.columns.time, rows.in_source(later[same]), remedy, "repeated row"),
            Problem(rows.columns.time, rows.in_source(later[~same]), remedy, "conflicting row"),
        ],
    )


def _of_series(rows: Rows, row: int) -> str:
    """Return the series of a row as the end of a phrase, nothing if there is one series."""
    return f" of series {quoted(rows.groups.name(row))}" if rows.columns.ids else ""


def sparse_error(rows: Rows, gaps: Gaps, jumps: NDArray[np.int64]) -> DataError:
    """Return the error that names the longest gap of a table whose panel would be nearly empty."""
    longest = int(jumps.argmax())
    order = np.argsort(rows.keys)
    before = rows.ranks[order][:-1] == gaps.before[longest]
    after = rows.ranks[order][1:] == gaps.after[longest]
    same = np.diff(rows.codes[order]) == 0
    place = int(np.flatnonzero(before & after & same)[0])
    ends = order[place : place + 2]
    return DataError(
        f"{rows_apart(rows, ends, int(jumps[longest]))}: correct a stray time, or give a longer "
        "--frequency."
    )


def rows_apart(rows: Rows, ends: NDArray[np.int64], n_steps: int) -> str:
    """Return the beginning of a sentence on two neighbouring rows of a series, far apart."""
    (first, start), (second, end) = rows.cells(ends)
    return (
        f"{rows.source.name}, column '{rows.columns.time}': from {first} ({quoted(start)}) to "
        f"{second} ({quoted(end)}){_of_series(rows, int(ends[0]))} there are {n_steps:,} steps, "
        "far more than rows"
    )
