"""Laws of policies: merging agrees with pandas, filling with interpolation, bounds keep order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.bounds import Bounds
from lstmcast.data.duplicates import merge_rows
from lstmcast.data.fill import fill_gaps

lawful = settings(max_examples=50, deadline=None)
seeds = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("how", ["sum", "mean", "first", "last"])
@lawful
@given(seed=seeds)
def test_merged_rows_are_those_of_pandas(seed: int, how: str) -> None:
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, 10, rng.integers(1, 30))
    values = rng.normal(size=(len(keys), 2))
    values[rng.random(values.shape) < 0.3] = np.nan
    merged = merge_rows(keys, values, how)  # type: ignore[arg-type]
    assert (np.diff(merged.rows) > 0).all()
    groups = pd.DataFrame(values).groupby(keys)
    if how in ("first", "last"):
        picked = groups.nth(0 if how == "first" else -1)
        assert merged.rows.tolist() == picked.index.tolist()
        np.testing.assert_array_equal(merged.values, picked)
    else:
        totals = groups.sum(min_count=1) if how == "sum" else groups.mean()
        np.testing.assert_allclose(merged.values, totals.reindex(keys[merged.rows]))


@lawful
@given(seed=seeds)
def test_filling_is_that_of_pandas_series_by_series(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 12, rng.integers(1, 6))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    values = rng.normal(size=offsets[-1])
    values[rng.random(len(values)) < 0.5] = np.nan
    series = pd.Series(values).groupby(np.repeat(np.arange(len(lengths)), lengths))
    ends = series.bfill().notna() & series.ffill().notna()
    for how, reference in (
        ("linear", series.transform(lambda s: s.interpolate(limit_area="inside"))),
        ("previous", series.ffill().where(ends)),
        ("zero", pd.Series(values).fillna(0.0).where(ends)),
    ):
        filled = fill_gaps(values, offsets, how)  # type: ignore[arg-type]
        np.testing.assert_allclose(filled, reference)


@lawful
@given(seed=seeds)
def test_bounded_quantiles_keep_their_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    quantiles = np.sort(rng.normal(size=(4, 3, 5)), axis=-1)
    lower = np.where(rng.random(4) < 0.5, -np.inf, rng.normal(size=4))
    bounds = Bounds(lower, np.maximum(lower, rng.normal(size=4)))
    clipped = bounds.clip(quantiles)
    assert (np.diff(clipped, axis=-1) >= 0).all()
    assert (clipped >= bounds.lower[:, None, None]).all()
    assert (clipped <= bounds.upper[:, None, None]).all()
