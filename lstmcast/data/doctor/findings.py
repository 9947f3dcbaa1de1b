"""What the doctor finds: a kind of trouble, where it is, what follows from it and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel

# A problem keeps lstmcast from reading the table; a warning hurts forecasts; a note is to be known.
Severity = Literal["problem", "warning", "note"]
SHOWN = 5  # places of a kind that a finding names


@dataclass(frozen=True)
class Place:
    """One place of a finding, and what stands there.

    `where` is a series, or a row as an editor counts them; `time` is written as the user does.
    """

    where: str
    time: str | int | None = None
    detail: str = ""


@dataclass(frozen=True)
class Finding:
    """One kind of trouble: `count` places, the first few of them named.

    They lie in `n_series` series of the panel, or in rows of one `column` of the table.
    """

    kind: str
    severity: Severity
    count: int
    places: tuple[Place, ...]
    consequence: str
    remedy: str
    n_series: int | None = None
    column: str | None = None


@dataclass(frozen=True)
class Kind:
    """What is said of every finding of one kind."""

    name: str
    severity: Severity
    consequence: str
    remedy: str


@dataclass(frozen=True)
class Marks:
    """Places [K]: rows of a matrix of series (or series of a panel), entries in them, and sizes.

    What a size means is up to the kind: a number of steps, a jump, a factor.
    """

    rows: NDArray[np.int64]
    entries: NDArray[np.int64]
    sizes: NDArray[np.float64]


def no_marks() -> Marks:
    """Return no place at all."""
    return Marks(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


def joined(parts: Sequence[Marks]) -> Marks:
    """Put the places of several parts together, in the order of series and entries."""
    rows = np.concatenate([part.rows for part in parts])
    entries = np.concatenate([part.entries for part in parts])
    order = np.lexsort((entries, rows))
    sizes = np.concatenate([part.sizes for part in parts])
    return Marks(rows[order], entries[order], sizes[order])


def finding(panel: Panel, kind: Kind, marks: Marks, form: str = "") -> Finding | None:
    """Tell of marked places (rows are series of the panel) as one finding; None if there are none.

    `form` writes size and value of a place into its detail: "{:,.0f} times {value:g}".
    """
    if not len(marks.rows):
        return None
    series, entries = marks.rows[:SHOWN], marks.entries[:SHOWN]
    sizes = marks.sizes[:SHOWN].tolist()
    values = panel.values[panel.offsets[series] + entries].tolist()
    labels = map(str, panel.series_ids[series])
    stamps = times(panel, series, entries)
    details = [form.format(size, value=value) for size, value in zip(sizes, values, strict=True)]
    places = tuple(map(Place, labels, stamps, details))
    return Finding(
        kind.name,
        kind.severity,
        len(marks.rows),
        places,
        kind.consequence,
        kind.remedy,
        n_series=len(np.unique(marks.rows)),
    )


def times(
    panel: Panel, series: NDArray[np.int64], entries: NDArray[np.int64]
) -> list[str] | list[int]:
    """Return the times of entries [K] of series [K], as the user writes them."""
    steps = panel.first_steps[series] + entries
    written: list[str] | list[int] = panel.axis.render(panel.axis.stamps(steps)).tolist()
    return written
