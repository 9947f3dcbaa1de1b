"""Columns beside the target: do they give it away, as a covariate that is known ahead would?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.columns import column_kinds
from lstmcast.data.doctor.findings import Finding, Place
from lstmcast.data.doctor.leaks import find_leak
from lstmcast.data.panel import build_panel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from lstmcast.data.doctor.leaks import Leak
    from lstmcast.data.panel import Panel, SeriesTable
    from lstmcast.data.raw import Source

MOST_COLUMNS = 50  # they are held in memory at once
MOST_LEADS = 48


def find_leaks(source: Source, table: SeriesTable, panel: Panel, horizon: int) -> Iterator[Finding]:
    """Tell of each column of numbers without a role that copies the target, now or to come.

    `table` was read from `source`, row by row, and laid out as `panel`.
    """
    names, sample = source.sample()
    roles = table.columns
    free = [
        name
        for name, kind in column_kinds(names, sample).items()
        if kind in {"numbers", "integers"} and name not in {roles.time, roles.target, roles.id}
    ][:MOST_COLUMNS]
    if not free:
        return
    leads = range(min(horizon, MOST_LEADS) + 1)
    for name, column in source.read([], free).numbers.items():
        values = _laid_out(table, panel, column.values)
        leak = None if values is None else find_leak(panel, values, leads)
        if leak is not None:
            yield _finding(name, leak)


def _laid_out(
    table: SeriesTable, panel: Panel, column: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Put a column where the target of the same row is: [N]; None if rows are not series alone."""
    if len(column) != len(table.codes):
        return None
    finite = np.where(np.isfinite(column), column, np.nan)
    other = build_panel(replace(table, values=finite))
    return other.values if np.array_equal(other.offsets, panel.offsets) else None


def _finding(name: str, leak: Leak) -> Finding:
    when = f"{leak.lead} steps ahead" if leak.lead else "at the same step"
    what = "equals the target" if leak.equal else "is the target on another scale"
    return Finding(
        "leak",
        "warning",
        1,
        (Place(f"column '{name}'", detail=f"{what} {when}"),),
        "a network that is shown it as known ahead reads the future off it, in a backtest only",
        "do not use it as a known covariate",
        column=name,
    )
