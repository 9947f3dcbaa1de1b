"""The rules of the M4 competition: its series, its benchmark Naive2, its scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from provenance import DATA

import lstmcast
from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, Windows
from lstmcast.evaluation.baselines import baseline_forecasts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ALPHA = 0.05  # of the interval that is scored: it is to hold 95 %


class Frequency(NamedTuple):
    """How M4 scores a frequency; `alias` is what pandas calls its step, which M4 only numbers."""

    alias: str
    horizon: int
    season: int
    series: int


FREQUENCIES = {
    "yearly": Frequency("YS", 6, 1, 23_000),
    "quarterly": Frequency("QS", 8, 4, 24_000),
    "monthly": Frequency("MS", 18, 12, 48_000),
    "weekly": Frequency("W", 13, 1, 359),
    "daily": Frequency("D", 14, 1, 4_227),
    "hourly": Frequency("h", 48, 24, 414),
}


class Series(NamedTuple):
    """Series of any length, end to end, in the order of their steps."""

    ids: pd.Index  # [S]
    values: Floats  # [N]
    codes: NDArray[np.int64]  # [N], places in `ids`
    places: NDArray[np.int64]  # [N], steps since the first of the series
    lengths: NDArray[np.int64]  # [S]


class Truth(NamedTuple):
    """What forecasts of some series are judged by."""

    ids: pd.Index  # [S]
    steps: Floats  # [S, H]
    actual: Floats  # [S, H]
    scale: Floats  # [S], mean absolute error of the seasonal naive forecast within the series
    naive2: Floats  # [S, H]


class Told(NamedTuple):
    """A forecast: each [S, H]."""

    point: Floats
    lower: Floats
    upper: Floats


def read_train(frequency: str, sample: int | None = None) -> pd.DataFrame:
    """Read the training part, or that of so many series: the same whenever they are drawn."""
    frame = pd.read_parquet(DATA / "m4" / f"{frequency}_train.parquet")
    if sample is None:
        return frame
    ids = np.random.default_rng(0).permutation(frame.unique_id.unique())
    return frame[frame.unique_id.isin(ids[:sample])]


def read_truth(frequency: str, train: pd.DataFrame) -> Truth:
    """Read the test part of the series of `train`."""
    test = pd.read_parquet(DATA / "m4" / f"{frequency}_test.parquet")
    return truth_of(frequency, train, test[test.unique_id.isin(train.unique_id.unique())])


def truth_of(frequency: str, train: pd.DataFrame, test: pd.DataFrame) -> Truth:
    """Say what forecasts of `test`, which follows `train`, are judged by."""
    rules = FREQUENCIES[frequency]
    series = as_series(train)
    steps, actual = lay_out(test, series.ids, ["ds", "y"])
    assert actual.shape[1] == rules.horizon
    scale = in_sample_errors(series, rules.season)
    return Truth(series.ids, steps, actual, scale, naive2(series, rules.season, rules.horizon))


def hold_out(
    frequency: str, train: pd.DataFrame, skipped: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cut the last horizon off each series, or that before so many others: what is left, and it.

    Series that would be left with less than a horizon, or with one that a seasonal naive forecast
    makes no error on, are left out.
    """
    rules = FREQUENCIES[frequency]
    left = train.groupby("unique_id", sort=False).cumcount(ascending=False)
    left -= skipped * rules.horizon
    known = train[left >= rules.horizon]
    series = as_series(known)
    errors = in_sample_errors(series, rules.season)
    ids = series.ids[(series.lengths >= max(rules.horizon, rules.season + 1)) & (errors > 0)]
    ahead = train[(left >= 0) & (left < rules.horizon)]
    return known[known.unique_id.isin(ids)], ahead[ahead.unique_id.isin(ids)]


def panel_of(frequency: str, frame: pd.DataFrame) -> lstmcast.Panel:
    """Make a panel of series of M4."""
    alias = FREQUENCIES[frequency].alias
    said = lstmcast.DataConfig(time="ds", target="y", id="unique_id", frequency=alias)
    return lstmcast.build_panel(lstmcast.table_from_frame(frame, said))


def in_order_of(truth: Truth, forecast: lstmcast.Forecast) -> Floats:
    """Bring point forecasts into the order of the series that they are judged by: [S, H]."""
    places = truth.ids.get_indexer(pd.Index(forecast.series_ids))
    assert sorted(places) == list(range(len(truth.ids)))
    return forecast.point[np.argsort(places)]


def as_series(frame: pd.DataFrame) -> Series:
    """Take the columns out of a frame that is in the order of series and steps."""
    codes, ids = pd.factorize(frame.unique_id)
    lengths = np.bincount(codes)
    places = np.arange(len(codes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    assert (np.diff(codes) >= 0).all()
    assert (frame.ds.to_numpy() == places + 1).all()
    return Series(pd.Index(ids), frame.y.to_numpy(), codes, places, lengths)


def lay_out(frame: pd.DataFrame, ids: pd.Index, columns: list[str]) -> list[Floats]:
    """Bring rows of series and steps, in any order, into arrays [S, H], one for each column."""
    codes = ids.get_indexer(pd.Index(frame.unique_id))
    assert (codes >= 0).all()
    order = np.lexsort((frame.ds, codes))
    return [frame[name].to_numpy(np.float64)[order].reshape(len(ids), -1) for name in columns]


def in_sample_errors(series: Series, season: int) -> Floats:
    """Return the mean absolute error of the seasonal naive forecast within each series: [S]."""
    errors = np.abs(series.values[season:] - series.values[:-season])
    inside = series.places[season:] >= season
    return _sums(series, errors * inside, season) / (series.lengths - season)


def naive2(series: Series, season: int, horizon: int) -> Floats:
    """Forecast the last value, each seasonal series adjusted for its season: [S, H]."""
    panel = Panel(
        values=series.values,
        offsets=np.concatenate([[0], np.cumsum(series.lengths)]),
        first_steps=np.zeros(len(series.lengths), dtype=np.int64),
        series_ids=series.ids.to_numpy(dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("ds", ("y",), ("unique_id",)),
    )
    windows = Windows(np.arange(panel.n_series), panel.lengths - 1)
    return baseline_forecasts(panel, windows, horizon, season, ())["naive2"].point


def _sums(series: Series, values: Floats, skipped: int = 0) -> Floats:
    """Add up values of each series, where the first `skipped` of all have none: [S]."""
    return np.bincount(series.codes[skipped:], values, len(series.lengths)).astype(np.float64)


def scores(truth: Truth, told: Told) -> dict[str, float]:
    """Score a forecast, every series counting alike."""
    width = told.upper - told.lower
    below = np.maximum(told.lower - truth.actual, 0)
    above = np.maximum(truth.actual - told.upper, 0)
    inside = (told.lower <= truth.actual) & (truth.actual <= told.upper)
    return point_scores(truth, told.point) | {
        "msis": float(_mean(width + 2 / ALPHA * (below + above), truth.scale)),
        "coverage_95": float(inside.mean()),
    }


def point_scores(truth: Truth, point: Floats) -> dict[str, float]:
    """Score points [S, H], every series counting alike."""
    errors = np.abs(truth.actual - point)
    assert np.isfinite(errors).all()
    return {
        "smape": float(np.mean(200 * errors / (np.abs(truth.actual) + np.abs(point)))),
        "mase": _mean(errors, truth.scale),
    }


def _mean(errors: Floats, scale: Floats) -> float:
    """Divide errors [S, H] by the scale [S] of their series."""
    return float((errors.mean(axis=1) / scale).mean())
