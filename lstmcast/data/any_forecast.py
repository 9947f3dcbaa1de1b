"""Forecasts of any tool: found by the names of their columns, laid out as windows of a panel."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from lstmcast.data.columns import FIND_ALL
from lstmcast.data.content import readable
from lstmcast.data.forecast_file import rows_of_document, steps_of_rows
from lstmcast.data.frame import open_frame
from lstmcast.data.named import listed
from lstmcast.data.panel import Windows, parts_or_names
from lstmcast.data.problems import Problem, problems_error, quoted
from lstmcast.data.series import group_rows
from lstmcast.data.sources import open_source
from lstmcast.errors import DataError, UsageError
from lstmcast.forecast import POINT_COLUMN
from lstmcast.levels import DIGITS, MEDIAN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel
    from lstmcast.data.raw import Coded, RawColumns, Source

# What tools call a point forecast, the first of them that is there.
POINT_NAMES = (POINT_COLUMN, "yhat", "y_hat", "prediction", "predicted", "mean", "median")
OWN_LEVEL = re.compile(r"q?(0?\.\d+)")  # q0.1 of ours, 0.1 of others
PERCENTILE = re.compile(r"[pPqQ]_?(\d{1,2}(?:\.\d+)?)")  # p10
BOUND = re.compile(r"(.*)-(lo|hi)-(\d{1,2}(?:\.\d+)?)")  # LSTM-lo-80, of Nixtla's libraries
NO_NUMBER = "no finite number: correct it, or leave the cell empty."


@dataclass(frozen=True)
class Said:
    """Which columns a forecast has; None: as in the data, or found by its name."""

    time: str | None = None
    id: tuple[str, ...] | None = None
    point: str | None = None
    cutoff: str | None = None  # last observed time before each row, where windows are many
    quantiles: Mapping[float, str] = field(default_factory=dict)  # by level


class Roles(NamedTuple):
    """The columns of a forecast."""

    time: str
    ids: tuple[str, ...]
    point: str
    quantiles: Mapping[float, str]  # by ascending level
    cutoff: str | None


@dataclass(frozen=True)
class GivenForecast:
    """What was forecast of W windows of a panel; NaN where there is no row for a step."""

    series: NDArray[np.int64]  # [W], places in the panel
    cutoffs: NDArray[np.int64]  # [W], steps of the axis, ascending within each series
    point: NDArray[np.float64]  # [W, H]
    quantiles: NDArray[np.float64]  # [W, H, Q]
    levels: tuple[float, ...]  # ascending


def read_any_forecast(path: Path, panel: Panel, said: Said | None = None) -> GivenForecast:
    """Read a forecast file of any tool, on the time axis of the data that it is of.

    CSV, JSON Lines, Parquet, or JSON as `predict` writes it: a row for each series and time, and
    for each cutoff where there are several. Rows may stand in any order, series may be left out.

    Raises:
        DataError: the file cannot be read, has no forecast, or is none of these data.
        UsageError: a column that is said is not there, or it must be said which one is meant.
    """
    with readable(path):
        source = _open(path)
        names, _ = source.sample()
        roles = find_roles(names, panel, said or Said())
        texts = [roles.time, *roles.ids, *filter(None, [roles.cutoff])]
        raw = source.read(texts, [roles.point, *roles.quantiles.values()])
    if problems := [
        Problem(name, numbers.wrong, NO_NUMBER, "no number")
        for name, numbers in raw.numbers.items()
        if numbers.wrong.size
    ]:
        raise problems_error(source, problems)
    try:
        return _lay_out(panel, raw, roles)
    except DataError as error:
        raise DataError(f"{source.name}: {error}") from error


def _open(path: Path) -> Source:
    """Open a table, or the one document of JSON that `predict` writes."""
    if path.suffix == ".json":
        with contextlib.suppress(ValueError):  # it is JSON Lines, or the reader says what is wrong
            rows = rows_of_document(json.loads(path.read_bytes()))
            return replace(open_frame(rows, FIND_ALL), name=str(path))
    return open_source(path, FIND_ALL)


def find_roles(names: Sequence[str], panel: Panel, said: Said) -> Roles:
    """Find the columns of a forecast by what is said, by the names in the data, and by their own.

    Raises:
        UsageError: a column that is said is not there, or several may be the point forecast.
        DataError: there is no column of times, of ids or of forecasts.
    """
    asked = [said.time, *(said.id or ()), said.point, said.cutoff, *said.quantiles.values()]
    for name in filter(None, asked):
        if name not in names:
            raise UsageError(f"the forecast has no column '{name}', only {listed(names)}.")
    time = said.time or panel.columns.time
    ids = panel.columns.series_columns if said.id is None else said.id
    for name in (time, *ids):
        if name not in names:
            raise DataError(
                f"the forecast has no column '{name}', as the data have: it has {listed(names)}; "
                "say which one it is with --forecast-time or --forecast-id."
            )
    taken = {time, *ids, said.cutoff}
    others = [name for name in names if name not in taken]
    quantiles = dict(said.quantiles) or _levels_of(others, said.point)
    point = said.point or _point_of(others, quantiles)
    cutoff = said.cutoff or ("cutoff" if "cutoff" in others else None)
    return Roles(time, ids, point, dict(sorted(quantiles.items())), cutoff)


def _levels_of(names: Sequence[str], point: str | None) -> dict[float, str]:
    """Find the columns of quantiles by their names; bounds are those of one model."""
    levels: dict[float, str] = {}
    for name in names:
        if found := OWN_LEVEL.fullmatch(name):
            levels[float(found[1])] = name
        elif found := PERCENTILE.fullmatch(name):
            levels[float(found[1]) / 100] = name
        elif (found := BOUND.fullmatch(name)) and point in (None, found[1]):
            outside = (1 - float(found[3]) / 100) / 2
            level = round(outside if found[2] == "lo" else 1 - outside, DIGITS)
            if level in levels:
                raise UsageError(
                    f"several columns are the quantile {level}: '{levels[level]}' and '{name}'; "
                    "say the column of the model with --forecast-column."
                )
            levels[level] = name
    return {level: name for level, name in levels.items() if 0 < level < 1}


def _point_of(names: Sequence[str], quantiles: Mapping[float, str]) -> str:
    """Find the column of point forecasts by its name, or as the median or the only one left."""
    if known := [name for name in POINT_NAMES if name in names]:
        return known[0]
    if MEDIAN in quantiles:
        return quantiles[MEDIAN]
    models = {found[1] for name in names if (found := BOUND.fullmatch(name))} & set(names)
    left = [name for name in names if name not in quantiles.values() and name != "cutoff"]
    candidates = sorted(models) or left
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise DataError(f"no column holds a forecast, among {listed(names)}.")
    raise UsageError(
        f"which column is the forecast? It may be {listed(candidates)}: say it with "
        "--forecast-column."
    )


def _lay_out(panel: Panel, raw: RawColumns, roles: Roles) -> GivenForecast:
    """Give every row its window and its place in it."""
    time = raw.texts[roles.time]
    groups = group_rows(roles.ids, raw.texts, len(time.codes))
    series = _places(panel, groups.parts, roles.ids)[groups.codes]
    steps = _steps(panel, time, roles.time, groups.codes)
    cutoffs = _cutoffs(panel, raw, roles, series, steps)
    keys = np.stack([series, cutoffs], axis=1)
    windows, rows = np.unique(keys, axis=0, return_inverse=True)
    ahead = steps - cutoffs
    if (ahead < 1).any():
        raise DataError("a row is not after its cutoff: each must be of a later time.")
    horizon = int(ahead.max())
    cells = rows.ravel() * horizon + ahead - 1
    if len(np.unique(cells)) < len(cells):
        raise DataError(
            "there are several rows for one time of one series: give one forecast at a time, or "
            "say the column that tells them apart with --cutoff."
        )
    values = np.full((len(windows) * horizon, 1 + len(roles.quantiles)), np.nan)
    for column, name in enumerate([roles.point, *roles.quantiles.values()]):
        values[cells, column] = raw.numbers[name].values
    shaped = values.reshape(len(windows), horizon, -1)
    return GivenForecast(
        windows[:, 0], windows[:, 1], shaped[..., 0], shaped[..., 1:], tuple(roles.quantiles)
    )


def _places(panel: Panel, parts: NDArray[np.object_], ids: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the series of the panel that each group of rows is of: [G]."""
    if not ids:
        return np.zeros(1, dtype=np.int64)
    known = parts_or_names(panel.id_parts, panel.series_ids)
    places = {tuple(row): place for place, row in enumerate(known)}
    if unknown := [tuple(row) for row in parts if tuple(row) not in places]:
        raise DataError(
            f"the data have no series {quoted('/'.join(unknown[0]))}, of which the forecast is."
        )
    return np.array([places[tuple(row)] for row in parts])


def _steps(panel: Panel, times: Coded, name: str, series: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the step of each row; times are written as in the data, or in ISO 8601."""
    texts = np.array(times.texts.to_pylist(), dtype=object)[times.codes]
    try:
        return steps_of_rows(pd.Series(texts, name=name), series, panel.axis)
    except DataError:
        try:
            stamps = pd.Series(pd.to_datetime(texts, format="ISO8601"), name=name)
        except (ValueError, TypeError):
            stamps = None
        if stamps is None or not panel.axis.style:
            raise
        return steps_of_rows(stamps, series, panel.axis)


def _cutoffs(
    panel: Panel,
    raw: RawColumns,
    roles: Roles,
    series: NDArray[np.int64],
    steps: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the last step before each row's window: that of its column, or before its series."""
    if roles.cutoff is not None:
        return _steps(panel, raw.texts[roles.cutoff], roles.cutoff, series)
    first = np.full(panel.n_series, np.iinfo(np.int64).max)
    np.minimum.at(first, series, steps)
    return np.asarray(first[series] - 1)


def with_room(
    panel: Panel, series: NDArray[np.int64], cutoffs: NDArray[np.int64]
) -> tuple[Panel, Windows]:
    """Give windows [W] of `series`, after the steps `cutoffs`, places in a panel.

    Where a series begins later than that, unobserved steps are put before it.
    """
    entries = cutoffs - panel.first_steps[series]
    missing = np.zeros(panel.n_series, dtype=np.int64)
    np.maximum.at(missing, series, -entries)
    if not missing.any():
        return panel, Windows(series, entries)
    starts = np.concatenate([[0], np.cumsum(panel.lengths + missing)])
    values = np.full(starts[-1], np.nan)
    moved = np.arange(len(panel.values)) + np.repeat(np.cumsum(missing), panel.lengths)
    values[moved] = panel.values
    longer = replace(panel, values=values, offsets=starts, first_steps=panel.first_steps - missing)
    return longer, Windows(series, entries + missing[series])
