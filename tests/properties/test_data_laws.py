"""Laws of the data room: round trips, any row order, every frequency, and no crash on any bytes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.config import DataConfig
from lstmcast.data.fitting import infer_frequency
from lstmcast.data.frequency import TimeAxis
from lstmcast.data.grid import aligned, parse_frequency, place, steps_on
from lstmcast.data.numerals import parse_numbers
from lstmcast.data.panel import Panel, SeriesTable, build_panel
from lstmcast.data.stamps import parse_in_style, parse_times
from lstmcast.data.styles import write_stamps
from lstmcast.data.table import read_table, table_from_frame
from lstmcast.errors import LstmcastError

lawful = settings(max_examples=50, deadline=None)
seeds = st.integers(0, 2**32 - 1)

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "+05:45"]
ALIASES = [
    *("ms", "s", "10s", "min", "5min", "15min", "30min", "h", "2h", "6h", "25h", "D", "2D", "3D"),
    *("B", "2B", "W-SUN", "W-MON", "W-THU", "2W-MON", "4W-SAT", "MS", "ME", "BMS", "BME", "2MS"),
    *("6MS", "4ME", "QS-JAN", "QS-FEB", "QS-MAR", "QE-DEC", "QE-OCT", "QE-NOV", "BQS-JAN"),
    *("BQE-DEC", "YS-JAN", "YS-APR", "YE-DEC", "YE-JUN", "BYS-JAN", "BYE-DEC", "2YS-JAN"),
]
STARTS = st.datetimes(
    pd.Timestamp("1700-01-01").to_pydatetime(), pd.Timestamp("2400-01-01").to_pydatetime()
).map(lambda start: start.replace(microsecond=0))
STYLES = [
    *("%Y-%m", "%Y/%m", "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%m/%d/%Y", "%d-%m-%Y"),
    *("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%3f"),
    *("%-m/%-d/%Y %-H:%M", "%-d.%-m.%Y", "%Y-%-m-%-d", "%Y-%m-%dT%H:%M:%SZ", "%Y%m%d"),
    *("%Y-%m-%d %H:%M:%S%:z", "%Y-%m-%d %H:%M %z", "%Y-%m-%dT%H%#z", "%Y-%m-%d %H:%M:%S.%2f UTC"),
    *("%YQ%q", "%Y-Q%q", "Q%q %Y", "%G-W%V", "%GW%V", "%G-W%V-%u", "%GW%V%u", "%YM%m", "%Y:M%-m"),
    *("%b %Y", "%B %Y", "%^b-%Y", "%Y %!b", "%-d %b %Y", "%d-%^b-%Y", "%B %-d, %Y", "%d%b%Y"),
    *("%m/%Y", "%Y-%b-%d", "%-m/%-d/%Y %-I:%M %p", "%d/%m/%Y %I:%M:%S%!p", "%Y-%m-%d %H"),
    *("%Y%m", "%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S", "%Y%m%dT%H%M", "%Y%m%d %H:%M:%S,%3f"),
    *("%{s}", "%{ms}", "%{us}", "%{ns}", "%{s}.%f", "%{s}.%3f"),
]


def stamps_of(alias: str, start: object, periods: int) -> pd.DatetimeIndex:
    """Pandas' own stamps: the reference that ours are held against."""
    return pd.date_range(pd.Timestamp(str(start)), periods=periods, freq=alias).as_unit("us")


@pytest.mark.parametrize("alias", ALIASES)
@settings(max_examples=10, deadline=None)
@given(start=STARTS, seed=seeds)
def test_any_frequency_is_found_across_gaps(alias: str, start: object, seed: int) -> None:
    rng = np.random.default_rng(seed)
    stamps = stamps_of(alias, start, 60).to_numpy()
    # An unbroken stretch keeps the truth unique: January and July alone would be half-years.
    kept = stamps[(np.arange(60) < 14) | (rng.random(60) < 0.5)]
    assert infer_frequency(rng.permutation(kept)) == alias


@pytest.mark.parametrize("alias", [*ALIASES, "W", "QS", "QE", "YS", "YE", "1D", "60min", "5QS-FEB"])
@settings(max_examples=10, deadline=None)
@given(start=STARTS)
def test_an_axis_places_steps_where_pandas_does(alias: str, start: object) -> None:
    reference = stamps_of(alias, start, 40).to_numpy()
    axis = TimeAxis(alias, reference[0], "%Y-%m-%d")
    steps = np.arange(40).reshape(5, 8)
    np.testing.assert_array_equal(axis.stamps(steps), reference.reshape(5, 8))


@lawful
@given(
    alias=st.sampled_from(ALIASES),
    start=STARTS,
    steps=st.lists(st.integers(-500, 500), min_size=1, max_size=20),
)
def test_steps_and_stamps_are_inverse(alias: str, start: object, steps: list[int]) -> None:
    grid = parse_frequency(alias)
    origin = stamps_of(alias, start, 1).to_numpy()[0]
    stamps = place(grid, origin, np.array(steps))
    found, on_grid = steps_on(grid, origin, stamps)
    assert found.tolist() == steps
    assert on_grid.all()
    assert aligned(grid, stamps).all()
    assert not steps_on(grid, origin, stamps + np.timedelta64(1, "us"))[1].any()


@lawful
@given(
    style=st.sampled_from(STYLES),
    stamps=st.lists(
        st.datetimes(
            pd.Timestamp(1000, 1, 1).to_pydatetime(), pd.Timestamp(4999, 1, 1).to_pydatetime()
        ),
        min_size=1,
        max_size=8,
    ),
)
def test_a_style_reads_what_it_wrote(style: str, stamps: list[object]) -> None:
    # The 23rd and the 4th: no doubt about day and month, and about leading zeros.
    anchors = ["2021-02-23T14:05:06.123456", "2021-03-04T05:06:07.89"]
    if style.startswith(("%Y%m", "%{")):  # whole numbers of other years are steps
        stamps = [stamp for stamp in stamps if 1974 <= int(str(stamp)[:4]) < 2200]
    texts = write_stamps(style, np.array([*anchors, *map(str, stamps)], dtype="datetime64[us]"))
    times = parse_times(pa.array(texts))
    assert times.style == style
    values = times.values.astype("datetime64[us]")
    assert write_stamps(times.style, values).tolist() == texts.tolist()
    aware = style.endswith(("Z", "UTC", "z")) or "{" in style
    assert times.timezone == ("UTC" if aware else None)
    np.testing.assert_array_equal(parse_in_style(style, pa.array(texts)), values)


@lawful
@given(
    seed=seeds, alias=st.sampled_from(ALIASES), style=st.sampled_from(["csv", "parquet", "frame"])
)
def test_a_panel_survives_being_written_and_read(seed: int, alias: str, style: str) -> None:
    frame = random_frame(np.random.default_rng(seed), alias)
    with TemporaryDirectory() as folder:
        panel = build_panel(read_back(frame, style, Path(folder)))
    assert panel.axis.frequency == alias
    assert_same(panel, frame)
    again = build_panel(table_from_frame(frame_of(panel)))
    np.testing.assert_array_equal(again.values, panel.values)
    np.testing.assert_array_equal(again.offsets, panel.offsets)
    np.testing.assert_array_equal(again.series_ids, panel.series_ids)
    assert again.axis.frequency == panel.axis.frequency
    assert again.axis.origin == panel.axis.origin


def random_frame(rng: np.random.Generator, alias: str) -> pd.DataFrame:
    """A few series that start and end anywhere, with gaps, missing values and rows in any order."""
    stamps = stamps_of(alias, "1987-06-05 00:00:00", 60)
    parts = []
    for name in ("b", "a", "NA", "ü, 'x'")[: rng.integers(1, 5)]:
        first, length = rng.integers(0, 20), rng.integers(30, 40)
        kept = np.sort(rng.choice(np.arange(14, length), rng.integers(1, 10), replace=False))
        part = pd.DataFrame({"id": name, "ds": stamps[first + np.r_[0:14, kept]]})
        parts.append(part.assign(y=rng.normal(size=len(part)) * 10.0 ** rng.integers(-9, 9)))
    frame = pd.concat(parts).sample(frac=1, random_state=int(rng.integers(1_000_000)))
    frame.loc[rng.random(len(frame)) < 0.1, "y"] = np.nan
    return frame.reset_index(drop=True)


def read_back(frame: pd.DataFrame, style: str, folder: Path) -> SeriesTable:
    """Write a frame as a file (or not) and read it as a table."""
    if style == "frame":
        return table_from_frame(frame)
    path = folder / f"table.{style}"
    if style == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, date_format="%Y-%m-%d %H:%M:%S.%f")
    return read_table(path)


def assert_same(panel: Panel, frame: pd.DataFrame) -> None:
    """Every row of the frame stands in the panel, in order of appearance, and nothing else does."""
    assert panel.series_ids.tolist() == frame["id"].unique().tolist()
    for number, (_, rows) in enumerate(frame.groupby("id", sort=False)):
        steps = panel.first_steps[number] + np.arange(panel.lengths[number])
        values = panel.values[panel.offsets[number] : panel.offsets[number + 1]]
        dense = pd.Series(values, index=panel.axis.stamps(steps))
        given = rows.set_index("ds")["y"].sort_index()
        assert dense.index[0] == given.index[0]
        assert dense.index[-1] == given.index[-1]
        np.testing.assert_array_equal(dense.loc[given.index].to_numpy(), given.to_numpy())
        assert dense.drop(given.index).isna().all()


def frame_of(panel: Panel) -> pd.DataFrame:
    """The panel as a long frame, steps that were not observed included."""
    series = np.repeat(np.arange(panel.n_series), panel.lengths)
    steps = np.arange(len(panel.values)) - (panel.offsets[:-1] - panel.first_steps)[series]
    stamps = panel.axis.render(panel.axis.stamps(steps))
    return pd.DataFrame({"id": panel.series_ids[series], "ds": stamps, "y": panel.values})


@lawful
@given(seed=seeds, spacing=st.integers(1, 3600), origin=st.integers(-(10**12), 10**7))
def test_integer_steps_survive_being_written_and_read(seed: int, spacing: int, origin: int) -> None:
    rng = np.random.default_rng(seed)
    steps = np.r_[0:10, 10 + np.sort(rng.choice(20, 5, replace=False))]
    frame = pd.DataFrame({"t": origin + steps * spacing, "y": rng.normal(size=15)})
    panel = build_panel(table_from_frame(frame.sample(frac=1, random_state=seed)))
    assert (panel.axis.frequency, panel.axis.origin, panel.axis.spacing) == ("1", origin, spacing)
    np.testing.assert_array_equal(panel.values[steps], frame["y"])
    assert np.isnan(panel.values).sum() == panel.lengths[0] - 15
    assert panel.axis.render(panel.axis.stamps(steps)).tolist() == frame["t"].tolist()


@lawful
@given(seed=seeds)
def test_the_order_of_rows_changes_no_series(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = random_frame(rng, "D")
    one = build_panel(table_from_frame(frame))
    two = build_panel(table_from_frame(frame.iloc[rng.permutation(len(frame))]))
    for number, name in enumerate(one.series_ids):
        other = two.series_ids.tolist().index(name)
        assert one.first_steps[number] == two.first_steps[other]
        np.testing.assert_array_equal(
            one.values[one.offsets[number] : one.offsets[number + 1]],
            two.values[two.offsets[other] : two.offsets[other + 1]],
        )
    assert one.axis == two.axis


@lawful
@given(st.lists(st.floats(allow_infinity=False), max_size=20), st.sampled_from(["", " ", "+"]))
def test_numbers_are_read_as_python_reads_them(numbers: list[float], before: str) -> None:
    before = before if all(number >= 0 for number in numbers) else ""
    texts = pa.chunked_array([pa.array([f"{before}{number!r}" for number in numbers], pa.string())])
    values, wrong = parse_numbers(texts)
    np.testing.assert_array_equal(values, np.array(numbers))
    assert not wrong.any()


@lawful
@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(
        pd.Timestamp(1975, 1, 1).to_pydatetime(), pd.Timestamp(2037, 1, 1).to_pydatetime()
    ),
    minutes=st.sampled_from([15, 30, 60]),
    aware=st.booleans(),
)
def test_local_times_come_back(zone: str, start: object, minutes: int, aware: bool) -> None:
    first = pd.Timestamp(str(start)).floor("h").tz_localize("UTC")
    stamps = pd.date_range(first, periods=24 * 200, freq=f"{minutes}min").tz_convert(zone)
    texts = stamps.strftime("%Y-%m-%d %H:%M%z" if aware else "%Y-%m-%d %H:%M")
    frame = pd.DataFrame({"ds": texts, "y": np.arange(len(texts), dtype=float)})
    panel = build_panel(table_from_frame(frame, DataConfig(timezone=zone)))
    assert panel.values.tolist() == frame["y"].tolist()
    steps = np.arange(len(texts))
    assert panel.axis.render(panel.axis.stamps(steps)).tolist() == texts.tolist()
    walls = stamps.tz_localize(None).as_unit("us").to_numpy()
    np.testing.assert_array_equal(panel.axis.local(steps), walls)


HEADERS = st.lists(st.sampled_from(["ds", "y", "id", "", "x", "1", " y"]), min_size=1, max_size=4)
TIMES = st.one_of(
    st.sampled_from(["2024-10-27 02:00", "2024-10-27 02:30", "2024-03-31 02:00", "2018-11-04"]),
    st.sampled_from(["2024-10-27 02:00+02:00", "2024-10-27 02:00+01:00", "2024-01-01 00:00+14:00"]),
    st.sampled_from(["1704067200", "1704067201", "4102444800", "202401", "202402", "9999999999"]),
    st.sampled_from(["2024Q1", "2024Q2", "2024-W05", "2024-W53", "Jan 2024", "31 Jan 2024", "5"]),
    st.sampled_from(["1/2/2024 1:05 PM", "4999-12-31 23:59:59", "1000-01-01", "4999-12-31T23Z"]),
    st.datetimes().map(str),
)
CELLS = st.one_of(
    TIMES,
    st.sampled_from(["2024-01-01", "2024-01-08", "2024-02", "1/2/2024", "13/2/2024", "5", "6"]),
    st.sampled_from(["20240101", "999999999999999999", "2024-01-01 10:00:00.5+05:30", "1e400"]),
    st.sampled_from(["NaN", "", "a", '"', '"x\ny"', "\r", "\0", "é", ";", "9" * 30]),
    st.text(max_size=5),
)
SAID = st.builds(
    DataConfig,
    frequency=st.sampled_from([None, None, "D", "MS", "W", "h", "1"]),
    day_first=st.sampled_from([None, True, False]),
    timezone=st.sampled_from([None, "UTC", "Europe/Berlin", "America/Sao_Paulo", "+05:45"]),
    resample=st.sampled_from([None, "sum", "mean", "last", "max"]),
)


@settings(max_examples=300, deadline=None)
@given(HEADERS, st.lists(st.lists(CELLS, min_size=4, max_size=4), max_size=6), SAID)
def test_any_text_is_a_panel_or_a_sentence(
    header: list[str], rows: list[list[str]], said: DataConfig
) -> None:
    lines = [",".join(header), *(",".join(row[: len(header)]) for row in rows)]
    panel_or_sentence("\n".join(lines).encode(errors="surrogatepass"), said)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), TIMES), min_size=1, max_size=8), SAID)
def test_any_times_are_a_panel_or_a_sentence(rows: list[tuple[str, str]], said: DataConfig) -> None:
    lines = ["id,ds,y", *(f'{name},"{time}",1' for name, time in rows)]
    panel_or_sentence("\n".join(lines).encode(), said)


@lawful
@given(st.binary(max_size=100))
def test_any_bytes_are_a_panel_or_a_sentence(content: bytes) -> None:
    panel_or_sentence(content, DataConfig())


def panel_or_sentence(content: bytes, said: DataConfig) -> None:
    """Anything but an `LstmcastError` whose message can be printed is a bug of ours."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(content)
        try:
            panel = build_panel(read_table(path, said))
        except LstmcastError as error:
            sentence = str(error)
        else:
            assert panel.lengths.min() >= 1
            panel.axis.render(panel.axis.stamps(panel.first_steps + panel.lengths))
            return
    assert sentence.startswith((str(path), "--resample "))
    assert sentence.encode().endswith(b".")
