"""Laws of covariates: each stands where its row says, whatever the order, and knows its future."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from lstmcast.config import DataConfig
from lstmcast.data.covariates import recode
from lstmcast.data.future import future_rows, read_future, require_known
from lstmcast.data.panel import Panel, build_panel
from lstmcast.data.table import table_from_frame

if TYPE_CHECKING:
    from lstmcast.data.features import Features

lawful = settings(max_examples=50, deadline=None)
seeds = st.integers(0, 2**32 - 1)
SAID = DataConfig(
    time="ds", id="id", target="y", past="p,q", known="k,c", static="s", frequency="1"
)


def random_frame(seed: int) -> pd.DataFrame:
    """Rows of some series in random order, with gaps, and cells that are missing."""
    rng = np.random.default_rng(seed)
    parts = []
    for name in range(rng.integers(1, 5)):
        steps = np.flatnonzero(rng.random(15) < 0.8) + rng.integers(0, 5)
        frame = pd.DataFrame({"ds": steps, "id": f"series {name}"})
        frame["y"] = rng.normal(size=len(steps))
        frame["s"] = float(rng.normal())
        parts.append(frame)
    table = pd.concat(parts, ignore_index=True)
    table["p"] = rng.normal(size=len(table))
    table["q"] = rng.choice(["red", "green", "blue"], len(table))
    table["k"] = rng.normal(size=len(table))
    table["c"] = rng.choice(["x", "y"], len(table))
    for column in ("y", "p", "q", "k", "c"):
        table[column] = table[column].mask(rng.random(len(table)) < 0.3)
    if table["y"].isna().all():
        table["y"] = 1.0
    return table.iloc[rng.permutation(len(table))]


def cells(panel: Panel, features: Features, offsets: np.ndarray) -> set[tuple[object, ...]]:
    """The rows that hold a value: series, time, numbers and texts."""
    names = panel.covariates.past if features is panel.past else panel.covariates.known
    found = set()
    for s, name in enumerate(panel.series_ids):
        for row in range(offsets[s], offsets[s + 1]):
            step = panel.first_steps[s] + row - offsets[s]
            time = int(panel.axis.stamps(np.array([step]))[0])
            texts = [
                panel.vocabularies[column][code] if code >= 0 else None
                for column, code in zip(names.categories, features.categories[row], strict=True)
            ]
            numbers = [None if np.isnan(number) else number for number in features.numbers[row]]
            if any(cell is not None for cell in (*numbers, *texts)):
                found.add((name, time, *numbers, *texts))
    return found


def rows_of(frame: pd.DataFrame, columns: list[str]) -> set[tuple[object, ...]]:
    """The same of a data frame."""
    given = frame[frame[columns].notna().any(axis=1)]
    some = given[["id", "ds", *columns]].astype(object)
    return {tuple(row) for row in some.where(some.notna(), None).itertuples(index=False)}


@lawful
@given(seed=seeds)
def test_covariates_stand_where_their_rows_say(seed: int) -> None:
    frame = random_frame(seed)
    panel = build_panel(table_from_frame(frame, SAID))
    heard = frame[frame["id"].isin(panel.series_ids)]
    last = heard[heard["y"].notna()].groupby("id")["ds"].max()
    within = heard[heard["ds"] <= heard["id"].map(last)]
    assert cells(panel, panel.past, panel.offsets) == rows_of(within, ["p", "q"])
    assert cells(panel, panel.known, panel.known_offsets) == rows_of(heard, ["k", "c"])
    statics = heard.groupby("id")["s"].first()
    assert_array_equal(panel.static.numbers[:, 0], statics.reindex(panel.series_ids))
    assert (np.diff(panel.known_offsets) >= panel.lengths).all()


@lawful
@given(seed=seeds)
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    frame = random_frame(seed).sort_values("id", kind="stable")
    one = build_panel(table_from_frame(frame, SAID))
    shuffled = frame.sample(frac=1, random_state=seed % 100).sort_values("id", kind="stable")
    two = build_panel(table_from_frame(shuffled, SAID))
    assert_array_equal(one.values, two.values)
    for mine, theirs in ((one.past, two.past), (one.known, two.known), (one.static, two.static)):
        assert_array_equal(mine.numbers, theirs.numbers)
        assert_array_equal(mine.categories, theirs.categories)


@lawful
@given(seed=seeds, horizon=st.integers(1, 6))
def test_rows_that_are_needed_are_enough_and_change_no_others(seed: int, horizon: int) -> None:
    panel = build_panel(table_from_frame(random_frame(seed), SAID))
    needed = future_rows(panel, horizon)
    assert len(needed) == panel.n_series * horizon
    filled = needed.fillna({"k": 1.0, "c": "new"})
    with TemporaryDirectory() as folder:
        path = Path(folder) / "need.csv"
        filled.sample(frac=1, random_state=0).to_csv(path, index=False)
        known = read_future(path, panel)
    require_known(known, horizon)
    pd.testing.assert_frame_equal(future_rows(known, horizon), filled)
    before = cells(panel, panel.known, panel.known_offsets)
    after = cells(known, known.known, known.known_offsets)
    assert len(before - after) <= len(needed)
    assert_array_equal(known.values, panel.values)


@lawful
@given(seed=seeds)
def test_recoding_keeps_texts(seed: int) -> None:
    panel = build_panel(table_from_frame(random_frame(seed), SAID))
    vocabularies = {"q": ("blue", "green", "other", "red"), "c": ("x", "y", "z")}
    recoded, unseen = recode(panel, vocabularies)
    assert unseen == {}
    assert cells(recoded, recoded.past, recoded.offsets) == cells(panel, panel.past, panel.offsets)
