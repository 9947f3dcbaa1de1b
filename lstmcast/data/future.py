"""What is known of the future: rows that a forecast needs, read from a file of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lstmcast.data.columns import FIND_ALL
from lstmcast.data.content import readable
from lstmcast.data.covariates import code_texts, is_given, recode, side_by_side
from lstmcast.data.features import Features, place_rows
from lstmcast.data.forecast_file import steps_of_rows
from lstmcast.data.named import listed
from lstmcast.data.panel import parts_or_names
from lstmcast.data.problems import SHOWN, Problem, problems_error, quoted
from lstmcast.data.rows import FREE_STEPS, STEPS_PER_ROW
from lstmcast.data.series import group_rows
from lstmcast.data.sources import open_source
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel
    from lstmcast.data.raw import Coded, RawColumns, Source

NO_NUMBER = "no finite number: correct it, or leave the cell empty."


def read_future(source: str | Path, panel: Panel) -> Panel:
    """Return a panel with the known covariates of a file added, after the end of each series.

    The file has the time, id and known columns of the data, in rows of any order. Rows up to the
    end of a series are not looked at, nor are series that the panel does not have.

    Raises:
        DataError: the file cannot be read, lacks a column, has cells that cannot be read, times off
            the axis of the panel, or two rows for one time of one series.
    """
    with readable(source):
        file = open_source(source, FIND_ALL)
        names, _ = file.sample()
        columns, covariates = panel.columns, panel.covariates.known
        needed = [columns.time, *columns.ids, *columns.known]
        if missing := [name for name in needed if name not in names]:
            raise DataError(
                f"{file.name}: no column '{missing[0]}', which the future needs beside the others "
                f"({listed(needed)}): the table has {listed(names)}."
            )
        texts = [columns.time, *columns.ids, *covariates.categories]
        return _add_rows(panel, file, file.read(texts, covariates.numbers))


@dataclass(frozen=True)
class _Rows:
    """Rows [N] by series of a panel and step, and their known covariates."""

    series: NDArray[np.int64]
    steps: NDArray[np.int64]
    known: Features


def _add_rows(panel: Panel, source: Source, raw: RawColumns) -> Panel:
    """Lay known covariates of a panel out anew, with those that were read."""
    covariates = panel.covariates.known
    coded = {name: raw.texts[name] for name in covariates.categories}
    panel, _ = recode(panel, {**panel.vocabularies, **_wider(panel, coded)})
    categories = [code_texts(text, panel.vocabularies[name])[0] for name, text in coded.items()]
    numbers = [raw.numbers[name].values for name in covariates.numbers]
    n_rows = len(raw.texts[panel.columns.time].codes)
    known = side_by_side(numbers, categories, n_rows)
    rows = _matched(panel, source, raw, known)
    ends = panel.first_steps + np.diff(panel.known_offsets) - 1
    np.maximum.at(ends, rows.series, rows.steps)
    offsets = np.concatenate([[0], np.cumsum(ends - panel.first_steps + 1)])
    moved = np.arange(panel.known_offsets[-1])
    moved += np.repeat(offsets[:-1] - panel.known_offsets[:-1], np.diff(panel.known_offsets))
    old = place_rows(panel.known, moved, int(offsets[-1]))
    places = offsets[rows.series] + rows.steps - panel.first_steps[rows.series]
    old.numbers[places] = rows.known.numbers
    old.categories[places] = rows.known.categories
    return replace(panel, known=old, known_offsets=offsets)


def _wider(panel: Panel, coded: dict[str, Coded]) -> dict[str, tuple[str, ...]]:
    """Return vocabularies that hold the texts of the panel and those of the rows that were read."""
    return {
        name: tuple(sorted({*panel.vocabularies[name], *code_texts(column)[1]}))
        for name, column in coded.items()
    }


def _matched(panel: Panel, source: Source, raw: RawColumns, known: Features) -> _Rows:
    """Return the rows after the end of each series; a row may serve several targets."""
    columns = panel.columns
    if problems := [
        Problem(name, numbers.wrong, NO_NUMBER, "no number")
        for name, numbers in raw.numbers.items()
        if numbers.wrong.size
    ]:
        raise problems_error(source, problems)
    time = raw.texts[columns.time]
    groups = group_rows(columns.ids, raw.texts, len(time.codes))
    texts = np.array(time.texts.to_pylist(), dtype=object)[time.codes]
    try:
        steps = steps_of_rows(pd.Series(texts, name=columns.time), groups.codes, panel.axis)
    except DataError as error:
        raise DataError(f"{source.name}: {error}") from error
    _refuse_twice(source, columns.time, groups.codes, steps)
    rows, series = _pairs(groups.codes, _places_of(_group_parts(panel), groups.parts))
    reach = steps[rows] - (panel.first_steps + panel.lengths)[series]
    ahead = reach >= 0
    rows, series, reach = rows[ahead], series[ahead], reach[ahead]
    farthest = np.zeros(panel.n_series, dtype=np.int64)
    np.maximum.at(farthest, series, reach)
    if farthest.sum() > max(FREE_STEPS, STEPS_PER_ROW * len(rows)):
        [(number, text)] = source.cells([int(rows[reach.argmax()])], columns.time)
        raise DataError(
            f"{source.name}, column '{columns.time}', row {number}: {quoted(text)} is "
            f"{reach.max():,} steps after the end of its series: correct this time."
        )
    return _Rows(series, steps[rows], known.rows(rows))


def _group_parts(panel: Panel) -> NDArray[np.object_]:
    """Return the ids [S, K] of the rows that each series comes from, without its target's name."""
    parts = parts_or_names(panel.id_parts, panel.series_ids)
    return parts[:, : len(panel.columns.ids)]


def _places_of(wanted: NDArray[np.object_], parts: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return the place of each row of parts [S, K] among others [G, K], -1 where there is none."""
    n_columns = wanted.shape[1]
    if n_columns == 0:
        return np.zeros(len(wanted), dtype=np.int64)
    if n_columns == 1:
        found = pd.Index(parts[:, 0]).get_indexer(pd.Index(wanted[:, 0]))
    else:
        index = pd.MultiIndex.from_arrays(list(parts.T))
        found = index.get_indexer(pd.MultiIndex.from_arrays(list(wanted.T)))
    return np.asarray(found, dtype=np.int64)


def _pairs(
    codes: NDArray[np.int32], group_of: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every row [N] with every series [S] of its group, as numbers of both."""
    series = np.argsort(group_of, kind="stable")
    begin = np.searchsorted(group_of[series], codes)
    counts = np.searchsorted(group_of[series], codes, side="right") - begin
    rows = np.repeat(np.arange(len(codes)), counts)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, series[begin[rows] + nth]


def _refuse_twice(
    source: Source, time: str, codes: NDArray[np.int32], steps: NDArray[np.int64]
) -> None:
    """Raise if two rows are for one step of one group."""
    order = np.lexsort((steps, codes))
    again = (np.diff(codes[order]) == 0) & (np.diff(steps[order]) == 0)
    if again.any():
        place = int(np.argmax(again))
        pair = [int(row) for row in order[place : place + 2]]
        (first, text), (second, _) = source.cells(pair, time)
        raise DataError(
            f"{source.name}, column '{time}': {first} and {second} are both {quoted(text)} of "
            "one series: keep one of them."
        )


def require_known(panel: Panel, horizon: int) -> None:
    """Check that every series has a row of known covariates for each step of the horizon.

    Raises:
        DataError: some have not; the first few are named by series and time.
    """
    if not panel.covariates.known.all:
        return
    given, _ = _ahead(panel, horizon)
    absent = ~given
    if not absent.any():
        return
    series, step = np.nonzero(absent)
    steps = (panel.first_steps + panel.lengths)[series[:SHOWN]] + step[:SHOWN]
    times = panel.axis.render(panel.axis.stamps(steps))
    shown = ", ".join(
        f"{quoted(panel.series_ids[s])} at {time}"
        for s, time in zip(series[:SHOWN], times, strict=True)
    )
    more = f", and {len(series) - SHOWN:,} more" if len(series) > SHOWN else ""
    raise DataError(
        f"known covariates ({listed(panel.columns.known)}) are absent for {shown}{more}: "
        "'lstmcast future MODEL DATA -o need.csv' writes the rows that are needed; fill them in "
        "and give them with --future need.csv."
    )


def _ahead(panel: Panel, horizon: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Say which steps after each series have known covariates, and where they stand: [S, H] each.

    A step without any stands anywhere.
    """
    entries = panel.lengths[:, None] + np.arange(horizon)
    inside = entries < np.diff(panel.known_offsets)[:, None]
    places = np.where(inside, panel.known_offsets[:-1, None] + entries, 0)
    return inside & is_given(panel.known)[places], places


def future_rows(panel: Panel, horizon: int) -> pd.DataFrame:
    """Return the rows that a forecast needs: ids, time and known covariates, empty where unknown.

    There is one row for each step after the series of the same ids, in order of series and time.
    """
    columns = panel.columns
    ahead = _ahead(panel, horizon)
    given, places = ahead[0].ravel(), ahead[1].ravel()
    steps = ((panel.first_steps + panel.lengths)[:, None] + np.arange(horizon)).ravel()
    ids = pd.DataFrame(_group_parts(panel), columns=list(columns.ids))
    ids = ids.iloc[np.repeat(np.arange(panel.n_series), horizon)].reset_index(drop=True)
    kept = np.flatnonzero(~pd.concat([ids, pd.Series(steps)], axis=1).duplicated())
    known = panel.known.rows(places[kept])
    frame = ids.iloc[kept].reset_index(drop=True)
    frame[columns.time] = panel.axis.render(panel.axis.stamps(steps[kept]))
    names = panel.covariates.known
    for name, numbers in zip(names.numbers, known.numbers.T, strict=True):
        frame[name] = np.where(given[kept], numbers, np.nan)
    for name, codes in zip(names.categories, known.categories.T, strict=True):
        texts = np.array([*panel.vocabularies[name], None], dtype=object)  # -1: the last
        frame[name] = pd.array(texts[np.where(given[kept], codes, -1)], dtype="str")
    return frame[[*columns.ids, columns.time, *columns.known]]
