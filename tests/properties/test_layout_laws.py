"""Laws of layouts: the same numbers in another layout are the same series."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from lstmcast.config import DataConfig
from lstmcast.data.panel import Panel, build_panel
from lstmcast.data.series import label_series
from lstmcast.data.table import table_from_frame

lawful = settings(max_examples=50, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def read(frame: pd.DataFrame, **said: object) -> Panel:
    return build_panel(table_from_frame(frame, DataConfig.model_validate(said)))


def by_name(panel: Panel) -> dict[tuple[str, ...], tuple[int, list[float]]]:
    """First step and values of each series, NaN as None, by the cells that name it."""
    assert panel.id_parts is not None
    return {
        tuple(parts): (
            int(panel.first_steps[s]),
            [None if np.isnan(v) else v for v in panel.values[slice(*panel.offsets[s : s + 2])]],  # type: ignore[misc]
        )
        for s, parts in enumerate(panel.id_parts)
    }


def random_wide(seed: int) -> pd.DataFrame:
    """A row for each of some steps, most of them, and in it a cell for most of some series."""
    rng = np.random.default_rng(seed)
    n_rows, n_series = rng.integers(2, 12), rng.integers(2, 6)
    cells = rng.normal(0, 10, (n_rows, n_series))
    cells[rng.random(cells.shape) < 0.4] = np.nan
    cells[0, 0] = 1.0
    frame = pd.DataFrame(cells, columns=[f"series {s}" for s in range(n_series)])
    steps = np.sort(rng.choice(20, n_rows, replace=False))
    return frame.assign(step=steps).iloc[rng.permutation(n_rows)]


@lawful
@given(seed=seeds)
def test_a_wide_table_is_the_long_one_of_its_values(seed: int) -> None:
    frame = random_wide(seed)
    wide = read(frame, time="step", wide=True, frequency="1")
    long = frame.melt("step", var_name="name", value_name="y").dropna()
    assert times_and_values(wide) == times_and_values(
        read(long, time="step", id="name", frequency="1")
    )


def times_and_values(panel: Panel) -> dict[str, dict[int, float]]:
    """The observed values of each series by their time."""
    series = np.repeat(np.arange(panel.n_series), panel.lengths)
    entry = np.arange(len(panel.values)) - panel.offsets[series]
    times = panel.axis.stamps(panel.first_steps[series] + entry)
    found: dict[str, dict[int, float]] = {name: {} for name in panel.series_ids}
    for s, time, value in zip(series, times, panel.values, strict=True):
        if np.isfinite(value):
            found[panel.series_ids[s]][int(time)] = float(value)
    return found


@lawful
@given(seed=seeds)
def test_targets_together_are_the_targets_one_by_one(seed: int) -> None:
    frame = random_wide(seed).rename(columns={"series 0": "a", "series 1": "b"})
    if frame["b"].isna().all():
        frame["b"] = 1.0
    both = times_and_values(read(frame, time="step", target="a,b", frequency="1"))
    for name in ("a", "b"):
        alone = times_and_values(read(frame, time="step", target=name, frequency="1"))
        assert both[name] == alone[name]


@lawful
@given(seed=seeds)
def test_several_ids_are_as_good_as_one_that_joins_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = rng.choice(["a", "b", "c/d", "c"], (30, 3))
    frame = pd.DataFrame(names, columns=["p", "q", "r"]).assign(y=rng.normal(size=30))
    frame["ds"] = frame.groupby(["p", "q", "r"]).cumcount()
    one = read(frame.assign(id=frame["p"] + " " + frame["q"] + " " + frame["r"]), id="id")
    several = read(frame, id="p,q,r")
    joined = {(" ".join(parts),): series for parts, series in by_name(several).items()}
    assert joined == by_name(one)
    assert [name for (name,) in joined] == one.series_ids.tolist()


@lawful
@given(
    st.lists(
        st.tuples(*[st.text(st.sampled_from("ab/\\"), min_size=1, max_size=3)] * 2),
        min_size=1,
        unique=True,
    )
)
def test_labels_tell_series_apart(parts: list[tuple[str, str]]) -> None:
    labels = label_series(np.array(parts, dtype=object))
    assert len(set(labels)) == len(parts)
    assert_array_equal(label_series(np.array(parts, dtype=object)[:, :1]), [p for p, _ in parts])
