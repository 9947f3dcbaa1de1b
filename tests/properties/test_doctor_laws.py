"""Laws of the doctor: what is planted is found where it stands, and clean series are left alone."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.cli.check_report import check_report
from lstmcast.config import DataConfig
from lstmcast.data.doctor.blocks import blocks
from lstmcast.data.doctor.diagnosis import diagnose
from lstmcast.data.doctor.examine import examine
from lstmcast.data.doctor.leaks import find_leak
from lstmcast.data.doctor.outliers import outliers
from lstmcast.data.doctor.rows import row_medians, running_max
from lstmcast.data.doctor.runs import flat_runs
from lstmcast.data.doctor.shifts import level_shifts, unit_jumps
from lstmcast.data.doctor.strengths import season_strengths
from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from lstmcast.data.doctor.findings import Marks

    Matrix: TypeAlias = NDArray[np.float64]

lawful = settings(max_examples=60, deadline=None)
seeds = st.integers(0, 2**32 - 1)
SEASON = 12


def panel_of(series: Sequence[NDArray[np.float64]]) -> Panel:
    lengths = [len(values) for values in series]
    return Panel(
        values=np.concatenate(series),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        first_steps=np.zeros(len(series), dtype=np.int64),
        series_ids=np.array([f"s{k}" for k in range(len(series))], dtype=object),
        axis=TimeAxis("1", 0, ""),
        columns=Columns("step", ("value",), ("id",)),
    )


def autoregressive(noise: Matrix, share: float) -> Matrix:
    series = noise.copy()
    for step in range(1, noise.shape[1]):
        series[:, step] += share * series[:, step - 1]
    return series


STEPS = np.arange(120.0)
PEAK = np.arange(120) % SEASON == SEASON - 1
CLEAN: dict[str, Callable[[Matrix], Matrix]] = {
    "noise": lambda noise: noise,
    "noise around 100": lambda noise: 100 + noise,
    "AR 0.5": lambda noise: autoregressive(noise, 0.5),
    "AR 0.9": lambda noise: autoregressive(noise, 0.9),
    "AR -0.7": lambda noise: autoregressive(noise, -0.7),
    "random walk": lambda noise: noise.cumsum(axis=1),
    "random walk with drift": lambda noise: 100 + (noise + 0.3).cumsum(axis=1),
    "random walk in logarithms": lambda noise: np.exp(0.1 * noise.cumsum(axis=1)),
    "trend": lambda noise: 5 * STEPS + noise,
    "straight line": lambda noise: 2 * STEPS + 0 * noise,
    "sine": lambda noise: 100 + 10 * np.sin(STEPS / SEASON * 2 * np.pi) + noise,
    "season with a peak": lambda noise: 100 + 30 * PEAK + noise,
    "season and random walk": lambda noise: (
        10 * np.sin(STEPS / SEASON * 2 * np.pi) + noise.cumsum(axis=1)
    ),
    "season that grows": lambda noise: np.exp(
        0.02 * STEPS + 0.4 * np.sin(STEPS / SEASON * 2 * np.pi) + 0.05 * noise
    ),
    "logarithmic noise": lambda noise: np.exp(0.5 * noise),
    "rounded": lambda noise: np.round(20 + noise),
    "counts": lambda noise: np.floor(np.exp(noise / 2 + 1)),
}


@pytest.mark.parametrize("season", [1, SEASON])
@pytest.mark.parametrize("kind", CLEAN)
def test_fewer_than_one_clean_series_in_a_hundred_gives_an_alarm(kind: str, season: int) -> None:
    noise = np.random.default_rng(1).standard_normal((1_500, 120))
    found = examine(panel_of(list(CLEAN[kind](noise))), [season])
    assert sum(each.n_series or 0 for each in found if each.severity != "note") < 15


def clean(seed: int, width: int = 120) -> tuple[np.random.Generator, Matrix]:
    """Five series with a season, on a level of their own: noise of size 1."""
    rng = np.random.default_rng(seed)
    levels = rng.uniform(80, 400, (5, 1))
    season = rng.uniform(0, 5, (5, 1)) * np.sin(np.arange(width) / SEASON * 2 * np.pi)
    return rng, levels + season + rng.standard_normal((5, width))


def places(marks: Marks) -> list[tuple[int, int]]:
    return list(zip(marks.rows.tolist(), marks.entries.tolist(), strict=True))


@lawful
@given(seed=seeds, size=st.floats(20, 70), down=st.booleans())
def test_an_outlier_is_found_where_it_stands(seed: int, size: float, down: bool) -> None:
    rng, values = clean(seed)
    row, entry = int(rng.integers(5)), int(rng.integers(2, 118))
    values[row, entry] += -size if down else size
    assert places(outliers(values, SEASON)) == [(row, entry)]


@lawful
@given(seed=seeds, size=st.floats(20, 70), down=st.booleans())
def test_a_level_shift_is_found_where_it_begins(seed: int, size: float, down: bool) -> None:
    rng, values = clean(seed)
    row, entry = int(rng.integers(5)), int(rng.integers(15, 105))
    values[row, entry:] += -size if down else size
    marks = level_shifts(values, SEASON)
    assert places(marks) == [(row, entry)]
    assert abs(abs(marks.sizes[0]) - size) < 5
    assert (marks.sizes[0] < 0) == down


@lawful
@given(seed=seeds, factor=st.sampled_from([1000.0, 0.001, 100.0, 0.01, 1e6, 10.0, 0.1]))
def test_a_unit_jump_is_found_with_its_factor_and_is_no_level_shift(
    seed: int, factor: float
) -> None:
    rng, values = clean(seed)
    values += 200  # noise below one per cent
    row, entry = int(rng.integers(5)), int(rng.integers(15, 105))
    values[row, entry:] *= factor
    marks = unit_jumps(values, SEASON)
    assert places(marks) == [(row, entry)]
    assert marks.sizes[0] == pytest.approx(factor)
    kinds = [each.kind for each in examine(panel_of(list(values)), [SEASON])]
    assert "unit jump" in kinds
    assert "level shift" not in kinds


@pytest.mark.parametrize("factor", [2.54, 1 / 2.2046, 3.6, 60.0])
def test_a_change_of_units_is_told_from_a_level_shift_of_the_same_size(factor: float) -> None:
    rng = np.random.default_rng(5)
    values = 500 + rng.standard_normal((200, 160))
    jumps, shifts = values.copy(), values.copy()
    jumps[:, 80:] *= factor
    shifts[:, 80:] += 500 * (factor - 1)
    # The swings of each half are known to some ten per cent only.
    assert len(unit_jumps(jumps, SEASON).rows) >= 190
    np.testing.assert_allclose(unit_jumps(jumps, SEASON).sizes, factor)
    assert len(unit_jumps(shifts, SEASON).rows) <= 30
    assert len(level_shifts(shifts, SEASON).rows) == 200


@lawful
@given(seed=seeds, length=st.integers(8, 60))
def test_a_flat_run_is_found_where_it_begins(seed: int, length: int) -> None:
    rng, values = clean(seed)
    row, entry = int(rng.integers(5)), int(rng.integers(0, 120 - length))
    values[row, entry : entry + length] = values[row, entry]
    marks = flat_runs(values)
    assert places(marks) == [(row, entry)]
    assert marks.sizes.tolist() == [length]


@lawful
@given(seed=seeds, by=st.sampled_from([1e-12, 1e-3, 1024.0, 1e12]), shift=st.sampled_from([0, 512]))
@pytest.mark.parametrize("detect", [outliers, level_shifts])
def test_findings_move_with_the_scale_and_not_with_the_level(
    detect: Callable[[Matrix, int], Marks], seed: int, by: float, shift: float
) -> None:
    rng, values = clean(seed)
    values[rng.integers(5), rng.integers(20, 100)] += 40
    values[rng.integers(5), rng.integers(20, 100) :] += 40
    before, after = detect(values, SEASON), detect((values + shift) * by, SEASON)
    assert places(after) == places(before)
    np.testing.assert_allclose(after.sizes, before.sizes * by, rtol=1e-6)


@lawful
@given(seed=seeds)
def test_findings_do_not_depend_on_the_other_series(seed: int) -> None:
    rng = np.random.default_rng(seed)
    series = [rng.standard_t(2, rng.integers(1, 90)) for _ in range(12)]
    for values in series:
        values[rng.random(len(values)) < 0.1] = np.nan
    together = examine(panel_of(series), [4])
    alone = [each for values in series for each in examine(panel_of([values]), [4])]
    for kind in {each.kind for each in [*together, *alone]}:
        assert sum(each.count for each in together if each.kind == kind) == sum(
            each.count for each in alone if each.kind == kind
        )


@lawful
@given(seed=seeds)
def test_blocks_hold_every_series_once(seed: int) -> None:
    rng = np.random.default_rng(seed)
    series = [rng.standard_normal(n) for n in rng.integers(1, 50, 30)]
    panel = panel_of(series)
    seen = []
    for block in blocks(panel):
        for row, place in enumerate(block.series):
            length = block.lengths[row]
            np.testing.assert_array_equal(block.values[row, :length], series[place])
            assert np.isnan(block.values[row, length:]).all()
            seen.append(int(place))
    assert sorted(seen) == list(range(30))


@lawful
@given(seed=seeds, window=st.integers(1, 9))
def test_row_statistics_are_those_of_numpy(seed: int, window: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((4, 20))
    values[rng.random(values.shape) < 0.3] = np.nan
    np.testing.assert_allclose(row_medians(values), np.nanmedian(values, axis=1))
    expected = [np.fmax.reduce(values[:, k : k + window], axis=1) for k in range(21 - window)]
    np.testing.assert_array_equal(running_max(values, window), np.stack(expected, axis=1))


@lawful
@given(
    seed=seeds,
    lead=st.integers(0, 6),
    a=st.sampled_from([1.0, 2.0, 0.01, -1.0, -300.0]),
    b=st.sampled_from([0.0, 0.5, -100.0]),
)
def test_a_copy_of_the_future_is_a_leak_and_noise_upon_it_is_none(
    seed: int, lead: int, a: float, b: float
) -> None:
    rng = np.random.default_rng(seed)
    panel = panel_of([rng.standard_normal(n).cumsum() for n in rng.integers(20, 60, 6)])
    copy = np.concatenate(
        [
            np.append(x[lead:], np.full(lead, np.nan))
            for x in np.split(panel.values, panel.offsets[1:-1])
        ]
    )
    leak = find_leak(panel, a * copy + b, range(8))
    assert leak is not None
    assert (leak.lead, leak.equal) == (lead, (a, b) == (1, 0))
    assert find_leak(panel, copy + 0.05 * rng.standard_normal(len(copy)), range(8)) is None


@lawful
@given(seed=seeds, factor=st.sampled_from([1e-9, 0.5, 1e9]))
def test_strength_is_between_nothing_and_all_whatever_the_scale(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    season = np.tile(rng.standard_normal(7), 10)
    panel = panel_of([season, season + rng.standard_normal(70), rng.standard_normal(70)])
    strengths = season_strengths(panel, [7])[:, 0]
    assert strengths[0] == pytest.approx(1)
    assert strengths[0] >= strengths[1]
    assert strengths[2] < 0.6
    scaled = panel_of([factor * values + factor for values in np.split(panel.values, 3)])
    np.testing.assert_allclose(season_strengths(scaled, [7])[:, 0], strengths, atol=1e-6)


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, bool]:
    """A table of a few series, and whether it was soiled with what is safe to repair."""
    rng = np.random.default_rng(draw(seeds))
    days = [str(day) for day in np.arange("2024-01-01", "2024-01-13", dtype="datetime64[D]")]
    ids = ["a", "b, c", 'said "d"']
    rows = [f"{day},{_quoted(each)},{rng.integers(100)}" for each in ids for day in days]
    dirt = draw(st.lists(st.sampled_from(sorted(DIRT)), max_size=6))
    soiled = [[row] for row in rows]
    for kind, place in zip(dirt, rng.permutation(len(rows)), strict=False):
        soiled[place] = DIRT[kind](rows[place])
    rows = [row for some in soiled for row in some]
    return "\n".join(["day,shop,sales", *rows]) + "\n", bool(dirt)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text


def _without_time(row: str) -> str:
    return "," + row.split(",", 1)[1]


DIRT: dict[str, Callable[[str], list[str]]] = {
    "row repeated": lambda row: [row, row],
    "header repeated": lambda row: [row, "day,shop,sales"],
    "row without a time": lambda row: [row, _without_time(row)],
    "no number": lambda row: [row.rsplit(",", 1)[0] + ",oops"],
    "spaces": lambda row: [" " + row.rsplit(",", 1)[0] + ", 7 "],
}


@lawful
@given(table=tables(), suffix=st.sampled_from([".csv", ".parquet"]))
def test_a_table_that_was_repaired_is_sound_and_repairing_it_again_changes_nothing(
    table: tuple[str, bool], suffix: str
) -> None:
    text, is_soiled = table
    with TemporaryDirectory() as folder:
        path, fixed = Path(folder) / "table.csv", Path(folder) / f"fixed{suffix}"
        path.write_text(text)
        diagnosis, mended = diagnose(path, DataConfig(), mend=True)
        assert mended is not None
        assert mended.is_sound
        assert mended.log.empty == (not is_soiled)
        assert is_soiled or mended.table_bytes(".csv").decode() == text
        assert is_soiled or not diagnosis.problems
        fixed.write_bytes(mended.table_bytes(suffix))
        again, remended = diagnose(fixed, DataConfig(), mend=True)
        assert not again.problems
        assert remended is not None
        assert remended.log.empty
        if suffix == ".csv":
            assert remended.table_bytes(suffix) == fixed.read_bytes()


@settings(max_examples=150, deadline=None)
@given(table=tables(), data=st.data())
def test_no_table_however_hostile_makes_the_doctor_stumble(
    table: tuple[str, bool], data: st.DataObject
) -> None:
    content = bytearray(table[0].encode())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=5)):
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(
            st.one_of(st.binary(max_size=3), st.sampled_from([b"1e308", b"-1e308", b",", b"\n"]))
        )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(content)
        try:
            diagnosis, mended = diagnose(path, DataConfig(), 6, mend=True)
        except DataError:
            return
        json.dumps(diagnosis.to_dict(), allow_nan=False)
        assert check_report(diagnosis, colour=False)
        assert diagnosis.is_complete == (diagnosis.facts is not None)
        if mended is not None:
            mended.table_bytes(".parquet")
