"""Columns beside the target: do they give it away, as a covariate that is known ahead would?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.columns import column_kinds
from lstmcast.data.doctor.findings import Finding, Place
from lstmcast.data.doctor.leaks import find_leak
from lstmcast.data.panel import build_panel
from lstmcast.data.table import read_source
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from lstmcast.config import DataConfig
    from lstmcast.data.doctor.leaks import Leak
    from lstmcast.data.panel import Panel
    from lstmcast.data.raw import Source

MOST_COLUMNS = 50  # each is read by itself
MOST_LEADS = 48


def find_leaks(source: Source, said: DataConfig, panel: Panel, horizon: int) -> Iterator[Finding]:
    """Tell of each column of numbers without a role that copies the target, now or to come."""
    names, sample = source.sample()
    roles = panel.columns
    free = [
        name
        for name, kind in column_kinds(names, sample).items()
        if kind in {"numbers", "integers"} and name not in {roles.time, roles.target, roles.id}
    ]
    for name in free[:MOST_COLUMNS]:
        values = _laid_out(source, said, panel, name)
        leak = None if values is None else find_leak(panel, values, range(_leads(horizon)))
        if leak is not None:
            yield _finding(name, leak)


def _leads(horizon: int) -> int:
    return min(horizon, MOST_LEADS) + 1


def _laid_out(
    source: Source, said: DataConfig, panel: Panel, name: str
) -> NDArray[np.float64] | None:
    """Read a column on the steps of the panel: [N], None where it cannot be read as numbers."""
    roles = panel.columns
    named = {"time": roles.time, "target": name, "id": roles.id or ""}
    try:
        other = build_panel(read_source(source, said.model_copy(update=named)))
    except DataError:  # it is not in use: what is wrong with it need not be told
        return None
    alike = np.array_equal(other.offsets, panel.offsets)
    return other.values if alike else None


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
