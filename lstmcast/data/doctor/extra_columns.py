"""Columns beside the target: do they give it away, as a covariate that is known ahead would?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.columns import column_kinds
from lstmcast.data.doctor.findings import Finding, Place
from lstmcast.data.doctor.leaks import find_leak

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from lstmcast.data.doctor.leaks import Leak
    from lstmcast.data.panel import Panel, SeriesTable
    from lstmcast.data.raw import Source

MOST_COLUMNS = 50  # they are held in memory at once
MOST_LEADS = 48


def find_leaks(source: Source, table: SeriesTable, panel: Panel, horizon: int) -> Iterator[Finding]:
    """Tell of each column of numbers beside the target that copies it, now or to come.

    `table` was read from `source`, row by row, and laid out as `panel`. Where a row holds values of
    several series, or rows were gathered, columns are not looked at.
    """
    names, sample = source.sample()
    roles = table.columns
    taken = {roles.time, *roles.targets, *roles.ids, *roles.past, *roles.static}
    kinds = column_kinds(names, sample)
    free = [name for name in names if kinds[name] in {"numbers", "integers"} and name not in taken]
    if not free or roles.melted or panel.n_series < len(table.series_ids):
        return
    leads = range(min(horizon, MOST_LEADS) + 1)
    for name, column in source.read([], free[:MOST_COLUMNS]).numbers.items():
        if len(column.values) != len(table.codes):
            return
        finite = np.where(np.isfinite(column.values), column.values, np.nan)
        leak = find_leak(panel, _laid_out(finite, table, panel), leads)
        if leak is not None:
            yield _finding(name, leak)


def _laid_out(values: NDArray[np.float64], table: SeriesTable, panel: Panel) -> NDArray[np.float64]:
    """Put the values of the rows of a table at their places in the panel: one for each entry."""
    entries = table.steps - panel.first_steps[table.codes]
    inside = (entries >= 0) & (entries < panel.lengths[table.codes])
    placed = np.full(len(panel.values), np.nan)
    placed[panel.offsets[table.codes[inside]] + entries[inside]] = values[inside]
    return placed


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
