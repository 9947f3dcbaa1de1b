"""Panel: many series as one flat buffer, the value that pandas-land hands to torch-land."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lstmcast.data.covariates import lay_out_covariates
from lstmcast.data.features import (
    NO_COVARIATES,
    Covariates,
    Features,
    TableCovariates,
    no_features,
)
from lstmcast.data.fill import fill_gaps
from lstmcast.data.panel_notes import notes_on_rows, notes_on_series
from lstmcast.data.spans import find_spans, keep_heard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from lstmcast.config import Fill
    from lstmcast.data.frequency import TimeAxis


SERIES_COLUMN = "series"  # of a forecast of a wide table
TARGET_COLUMN = "target"  # of a forecast of several targets


@dataclass(frozen=True)
class Columns:
    """The user's own names of the columns that play a role.

    Where there are several targets, each of them makes series of its own; in a `wide` table there
    is one for each series. `ids` is empty where nothing tells series apart. Covariates are seen up
    to the cutoff (`past`), known ahead (`known`), or one value for each series (`static`).
    """

    time: str
    targets: tuple[str, ...]
    ids: tuple[str, ...] = ()
    wide: bool = False
    past: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()  # of the covariates, those that hold no numbers

    @property
    def covariates(self) -> tuple[str, ...]:
        """Past, known and static covariates."""
        return self.past + self.known + self.static

    @property
    def melted(self) -> bool:
        """Whether a row of the table holds values of several series."""
        return self.wide or len(self.targets) > 1

    @property
    def series_columns(self) -> tuple[str, ...]:
        """Columns that tell the series of a forecast apart: K of them."""
        if self.wide:
            return (SERIES_COLUMN,)
        return (*self.ids, TARGET_COLUMN) if self.melted else self.ids

    def settings(self) -> dict[str, Any]:
        """Return the same as fields of `DataConfig`, valid for another table of this kind.

        The columns of a wide table are its series, which another table need not have.
        """
        targets = {} if self.wide else {"target": _one_or_all(self.targets)}
        return (
            {"time": self.time}
            | targets
            | {
                "id": _one_or_all(self.ids),
                "wide": self.wide,
                "past": _one_or_all(self.past),
                "known": _one_or_all(self.known),
                "static": _one_or_all(self.static),
                "categorical": _one_or_all(self.categorical),
            }
        )


def _one_or_all(names: tuple[str, ...]) -> str | tuple[str, ...] | None:
    """Return names as people write them in settings: none, one, or a list."""
    return names if len(names) > 1 else names[0] if names else None


@dataclass(frozen=True)
class SeriesTable:
    """A long table whose every row was checked: one (series, step) at most once, any row order.

    `codes` [N] points into `series_ids` [S]; `steps` [N] counts steps of `axis` from its origin;
    `values` [N] is NaN where the target is missing. `notes` are sentences that say what was
    understood or assumed on the way in. `id_parts` are the cells that name each series, one for
    each of the `series_columns`; where there is no such column, the series' name.
    """

    codes: NDArray[np.int32]
    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    series_ids: NDArray[np.object_]
    axis: TimeAxis
    columns: Columns
    notes: tuple[str, ...] = ()
    id_parts: NDArray[np.object_] | None = None  # [S, K]; None: the ids alone
    fill: Fill = "none"  # what is to become of unobserved steps within series
    covariates: TableCovariates | None = None


def parts_or_names(
    id_parts: NDArray[np.object_] | None, series_ids: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Return parts [S, K] as they are; or names [S] as the only part, where there is none."""
    return series_ids[:, None] if id_parts is None else id_parts


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
    id_parts: NDArray[np.object_] | None = None  # [S, K], cells that name each series; None: its id
    notes: tuple[str, ...] = ()  # what was understood or assumed on the way in

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


def take_series(panel: Panel, series: NDArray[np.int64]) -> Panel:
    """Keep some `series` [R] of a panel, by ascending number."""
    kept = np.zeros(panel.n_series, dtype=bool)
    kept[series] = True
    known_lengths = np.diff(panel.known_offsets)
    rows, known = np.repeat(kept, panel.lengths), np.repeat(kept, known_lengths)
    return replace(
        panel,
        values=panel.values[rows],
        offsets=np.concatenate([[0], np.cumsum(panel.lengths[kept])]),
        first_steps=panel.first_steps[kept],
        series_ids=panel.series_ids[kept],
        past=panel.past.rows(rows),
        known=panel.known.rows(known),
        known_offsets=np.concatenate([[0], np.cumsum(known_lengths[kept])]),
        static=panel.static.rows(kept),
        id_parts=None if panel.id_parts is None else panel.id_parts[kept],
    )


def build_panel(table: SeriesTable) -> Panel:
    """Lay the rows of a checked table out as a panel; steps without a row become NaN, or filled.

    A series without any value is left out, if others have some. Where a row holds values of several
    series, each of them begins with its first and ends with its last value. Where there are known
    covariates, series end with their last value, and rows after it say what is known of the future.
    """
    heard = keep_heard(table)
    spans = find_spans(heard)
    offsets = np.concatenate([[0], np.cumsum(spans.last - spans.first + 1)])
    values = np.full(offsets[-1], np.nan)
    places = (offsets[:-1] - spans.first)[heard.codes]
    places += heard.steps  # in place: fresh memory costs more than arithmetic
    values[places[spans.inside]] = heard.values[spans.inside]
    filled = fill_gaps(values, offsets, table.fill)
    bare = Panel(
        filled,
        offsets,
        spans.first,
        heard.series_ids,
        table.axis,
        table.columns,
        id_parts=heard.id_parts,
    )
    panel = lay_out_covariates(bare, heard, spans)
    notes = [*table.notes, *notes_on_rows(table, heard, spans)]
    n_filled = 0 if filled is values else int((np.isnan(values) & ~np.isnan(filled)).sum())
    if n_filled:
        notes.append(f"filled in, between observed steps: {n_filled:,} (--fill {table.fill})")
    return replace(panel, notes=(*notes, *notes_on_series(panel)))
