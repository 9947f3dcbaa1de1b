"""Several rows for one time of one series: told as an error, or made one as the user says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.errors import DataError

if TYPE_CHECKING:
    from typing import Literal

    from numpy.typing import NDArray

VERBS = {
    "sum": "summed",
    "mean": "averaged",
    "last": "the last of them taken",
    "first": "the first of them taken",
}


class Merged(NamedTuple):
    """One row for each distinct key: its number among the rows that were merged, and its values."""

    rows: NDArray[np.int64]  # [M], ascending
    values: NDArray[np.float64]  # [M, T]


def merge_rows(
    keys: NDArray[np.int64],
    values: NDArray[np.float64],
    how: Literal["sum", "mean", "last", "first"],
) -> Merged:
    """Make one row of those [N] with the same key; missing values do not count in sum and mean.

    Raises:
        DataError: a sum is no finite number.
    """
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=keys[order[0]] - 1))
    ends = np.append(starts[1:], len(keys)) - 1
    chosen = order[starts if how == "first" else ends]
    merged = values[chosen]
    if how in ("sum", "mean"):
        merged = _totals(values[order], starts, mean=how == "mean")
    ascending = np.argsort(chosen)
    return Merged(chosen[ascending], merged[ascending])


def _totals(
    values: NDArray[np.float64], starts: NDArray[np.int64], *, mean: bool
) -> NDArray[np.float64]:
    """Sum or average the present values [N, T] from each start on; NaN where there is none."""
    present = np.isfinite(values)
    counts = np.add.reduceat(present, starts, dtype=np.int64)
    with np.errstate(over="ignore"):
        totals = np.add.reduceat(np.where(present, values, 0.0), starts)
    if np.isinf(totals).any():
        raise DataError("rows for the same time add up to more than a number can hold.")
    totals[counts == 0] = np.nan
    return totals / np.maximum(counts, 1) if mean else totals


def note_on_duplicates(n_rows: int, how: str) -> str:
    """Say what became of rows for times that had one already."""
    return f"rows for a time that has one already ({n_rows:,}): {VERBS[how]} (--duplicates {how})"
