"""Panel: many series as one flat buffer, the value that pandas-land hands to torch-land."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.data.features import NO_COVARIATES, Covariates, Features, no_features

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from lstmcast.data.frequency import TimeAxis


@dataclass(frozen=True)
class Columns:
    """The user's own names of the columns that play a role; `id` is None for a single series."""

    time: str
    target: str
    id: str | None = None


@dataclass(frozen=True)
class SeriesTable:
    """A long table whose every row was checked: one (series, step) at most once, any row order.

    `codes` [N] points into `series_ids` [S]; `steps` [N] counts steps of `axis` from its origin;
    `values` [N] is NaN where the target is missing. `notes` are sentences that say what was
    understood or assumed on the way in.
    """

    codes: NDArray[np.int32]
    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    series_ids: NDArray[np.object_]
    axis: TimeAxis
    columns: Columns
    notes: tuple[str, ...] = ()


class Windows(NamedTuple):
    """Addresses in a panel: window w looks back from entry `cutoffs[w]` of series `series[w]`.

    Entries are counted from 0 within each series; the cutoff is the last one that may be seen.
    """

    series: NDArray[np.int64]  # [W]
    cutoffs: NDArray[np.int64]  # [W]


@dataclass(frozen=True)
class Panel:
    """Series of any length on one time axis, end to end in one buffer.

    Series `s` holds `values[offsets[s]:offsets[s + 1]]`, one entry for every step from its first
    to its last row; NaN marks a step that was not observed. Its first entry stands at step
    `first_steps[s]` of `axis`.

    Covariates stand beside: `past` has the rows of `values`. `known` has at least these, and goes
    on to the last step of a series for which its known covariates were given: series `s` has rows
    `known_offsets[s]:known_offsets[s + 1]`, the first of them at step `first_steps[s]` as well.
    `static` has a row for each series. A panel that is built without covariates has none of them:
    each has the same rows, and no column.
    """

    values: NDArray[np.float64]  # [N]
    offsets: NDArray[np.int64]  # [S + 1]
    first_steps: NDArray[np.int64]  # [S]
    series_ids: NDArray[np.object_]  # [S]
    axis: TimeAxis
    columns: Columns
    past: Features = field(default_factory=lambda: no_features(0))  # rows [N]
    known: Features = field(default_factory=lambda: no_features(0))  # rows [M]
    known_offsets: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))  # [S+1]
    static: Features = field(default_factory=lambda: no_features(0))  # rows [S]
    vocabularies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # sorted texts
    covariates: Covariates = NO_COVARIATES

    def __post_init__(self) -> None:
        """Give covariates that have no column the rows that they would have."""
        if not self.past.n_columns:
            object.__setattr__(self, "past", no_features(len(self.values)))
        if not self.known.n_columns:
            object.__setattr__(self, "known", no_features(len(self.values)))
            object.__setattr__(self, "known_offsets", self.offsets)
        if not self.static.n_columns:
            object.__setattr__(self, "static", no_features(len(self.series_ids)))

    @property
    def n_series(self) -> int:
        """S, the number of series."""
        return len(self.series_ids)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Steps of each series, observed or not: [S]."""
        return np.diff(self.offsets)


def truncate(panel: Panel, ends: NDArray[np.int64]) -> Panel:
    """Keep the first `ends` [S] entries of each series, as if the rest had not happened yet.

    Known covariates stay whole: that they are known ahead is what tells them from past ones.
    """
    entry = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1], panel.lengths)
    kept = entry < np.repeat(ends, panel.lengths)
    offsets = np.concatenate([[0], np.cumsum(np.minimum(ends, panel.lengths))])
    return replace(panel, values=panel.values[kept], offsets=offsets, past=panel.past.rows(kept))


def build_panel(table: SeriesTable) -> Panel:
    """Lay the rows of a checked table out as a panel; steps without a row become NaN."""
    n_series = len(table.series_ids)
    first = np.full(n_series, np.iinfo(np.int64).max)
    last = np.full(n_series, np.iinfo(np.int64).min)
    np.minimum.at(first, table.codes, table.steps)
    np.maximum.at(last, table.codes, table.steps)
    offsets = np.concatenate([[0], np.cumsum(last - first + 1)])
    values = np.full(offsets[-1], np.nan)
    entries = (offsets[:-1] - first)[table.codes]
    entries += table.steps  # in place: fresh memory costs more than arithmetic
    values[entries] = table.values
    return Panel(values, offsets, first, table.series_ids, table.axis, table.columns)
