"""Pictures: what is drawn, what is written beside it, and that the bytes are always the same."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.figure import Figure

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel
from lstmcast.errors import UsageError
from lstmcast.evaluation.plots.fan import draw_forecast
from lstmcast.evaluation.plots.sheet import render_figure
from lstmcast.evaluation.plots.theme import DARK
from lstmcast.forecast import Forecast

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

MONTHS = TimeAxis("MS", np.datetime64("2000-01-01", "us"), "%Y-%m")
STEPS = TimeAxis("1", 1990, "")
LEVELS = (0.1, 0.5, 0.9)


def panel_of(
    values: NDArray[np.float64], axis: TimeAxis = MONTHS, ids: tuple[str, ...] = ()
) -> Panel:
    """Return series of one length, the rows of `values` [S, T]."""
    n_series, length = values.shape
    return Panel(
        values=values.ravel(),
        offsets=np.arange(n_series + 1) * length,
        first_steps=np.zeros(n_series, dtype=np.int64),
        series_ids=np.array(ids or ["sales"], dtype=object),
        axis=axis,
        columns=Columns("month", ("sales",), ("shop",) if ids else ()),
    )


def forecast_of(
    panel: Panel, horizon: int = 3, start: int | None = None, levels: tuple[float, ...] = LEVELS
) -> Forecast:
    """Return 10, 20, 30 ... as the median, and intervals that widen with the level."""
    first = int(panel.lengths[0]) if start is None else start
    point = np.tile(10.0 * np.arange(1, horizon + 1), (panel.n_series, 1))
    return Forecast(
        series_ids=panel.series_ids,
        steps=np.tile(first + np.arange(horizon), (panel.n_series, 1)),
        quantile_levels=levels,
        quantiles=point[..., None] + 10 * (np.array(levels) - 0.5),
        point=point,
        axis=panel.axis,
        columns=panel.columns,
    )


def line(axes: Axes, label: str) -> tuple[list[float], list[float]]:
    drawn = {str(line.get_label()): line for line in axes.get_lines()}[label]
    return np.asarray(drawn.get_xdata(orig=False)).tolist(), np.asarray(drawn.get_ydata()).tolist()


def bands(axes: Axes) -> list[PolyCollection]:
    return [shape for shape in axes.collections if isinstance(shape, PolyCollection)]


def legend_of(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def titles_of(figure: Figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in figure.axes]


def test_the_forecast_grows_out_of_the_last_observation() -> None:
    panel = panel_of(np.array([[1.0, 2.0, 5.0, np.nan]]), STEPS)
    figure = draw_forecast(panel, forecast_of(panel))
    (axes,) = figure.axes
    assert line(axes, "forecast") == ([1992, 1994, 1995, 1996], [5, 10, 20, 30])
    (band,) = bands(axes)
    corners = np.asarray(band.get_paths()[0].vertices)
    assert corners[:, 0].min() == 1992
    assert corners[:, 1].max() == 34
    assert corners[:, 1].min() == 5


def test_history_breaks_at_gaps_and_a_lone_observation_is_a_dot() -> None:
    panel = panel_of(np.array([[1.0, 2.0, np.nan, 4.0, np.nan, 6.0, 7.0]]), STEPS)
    (axes,) = draw_forecast(panel, forecast_of(panel)).axes
    times, values = line(axes, "history")
    assert times == [1990, 1991, 1992, 1993, 1994, 1995, 1996]
    np.testing.assert_array_equal(values, [1, 2, np.nan, 4, np.nan, 6, 7])
    (dots,) = (shape for shape in axes.collections if isinstance(shape, PathCollection))
    assert np.asarray(dots.get_offsets()).tolist() == [[1993, 4]]


@pytest.mark.parametrize(
    ("axis", "horizon", "shown"),
    [(MONTHS, 3, 48), (MONTHS, 20, 80), (STEPS, 2, 24), (STEPS, 400, 1000)],
)
def test_four_seasons_or_horizons_of_history_are_shown(
    axis: TimeAxis, horizon: int, shown: int
) -> None:
    panel = panel_of(np.ones((1, 1200)), axis)
    (axes,) = draw_forecast(panel, forecast_of(panel, horizon)).axes
    assert len(line(axes, "history")[0]) == shown


def test_what_came_is_drawn_apart_from_the_history() -> None:
    panel = panel_of(np.arange(12.0)[None], STEPS)
    figure = draw_forecast(panel, forecast_of(panel, start=6))
    (axes,) = figure.axes
    assert line(axes, "history")[0][-1] == 1995
    assert line(axes, "forecast")[0] == [1995, 1996, 1997, 1998]
    assert line(axes, "actual") == ([1995, 1996, 1997, 1998], [5, 6, 7, 8])
    assert legend_of(figure) == ["history", "forecast", "actual", "80 % interval"]


def test_what_came_of_one_series_alone_is_in_the_legend() -> None:
    values = np.array([[1.0, 2.0, 3.0, np.nan, np.nan], [1.0, 2.0, 3.0, np.nan, 5.0]])
    panel = panel_of(values, STEPS, ids=("a", "b"))
    figure = draw_forecast(panel, forecast_of(panel, start=3))
    first, second = figure.axes
    assert legend_of(figure) == ["history", "forecast", "80 % interval", "actual"]
    assert "actual" not in {str(line.get_label()) for line in first.get_lines()}
    times, actual = line(second, "actual")
    assert times == [1992, 1993, 1994, 1995]
    np.testing.assert_array_equal(actual, [3, np.nan, 5, np.nan])


def test_a_forecast_without_any_history_in_sight() -> None:
    panel = panel_of(np.array([[1.0, np.nan, np.nan]]), STEPS)
    (axes,) = draw_forecast(panel, forecast_of(panel, start=100)).axes
    assert line(axes, "history") == ([], [])
    assert line(axes, "forecast") == ([2090, 2091, 2092], [10, 20, 30])


@pytest.mark.parametrize(
    ("levels", "legend"),
    [
        ((0.5,), []),
        ((0.1, 0.5, 0.9), ["80 % interval"]),
        ((0.025, 0.25, 0.5, 0.75, 0.975), ["95, 50 % intervals"]),
        ((0.05, 0.1, 0.5, 0.9), ["85 % interval"]),
    ],
)
def test_each_pair_of_levels_is_an_interval(levels: tuple[float, ...], legend: list[str]) -> None:
    panel = panel_of(np.ones((1, 30)))
    figure = draw_forecast(panel, forecast_of(panel, levels=levels))
    assert legend_of(figure) == ["history", "forecast", *legend]
    heights = [
        float(np.ptp(np.asarray(band.get_paths()[0].vertices)[:, 1]))
        for band in bands(figure.axes[0])
    ]
    assert all(outer >= inner for outer, inner in pairwise(heights))
    assert len(heights) == min(sum(np.less(levels, 0.5)), sum(np.greater(levels, 0.5)))


@pytest.mark.parametrize(
    ("n_series", "grid"), [(1, (1, 1)), (2, (1, 2)), (3, (1, 3)), (4, (2, 2)), (5, (2, 3))]
)
def test_series_stand_in_a_grid(n_series: int, grid: tuple[int, int]) -> None:
    ids = tuple(f"s{k}" for k in range(n_series))
    panel = panel_of(np.ones((n_series, 30)), ids=ids)
    figure = draw_forecast(panel, forecast_of(panel))
    assert titles_of(figure) == list(ids)
    spec = figure.axes[0].get_subplotspec()
    assert spec is not None
    assert spec.get_gridspec().get_geometry() == grid
    assert figure.get_suptitle() == "sales"
    assert figure.get_supxlabel() == ""


def test_twelve_series_at_most_and_the_figure_says_so() -> None:
    ids = tuple(f"s{k}" for k in range(1300))
    panel = panel_of(np.ones((1300, 3)), ids=ids)
    figure = draw_forecast(panel, forecast_of(panel))
    assert titles_of(figure) == list(ids[:12])
    assert figure.get_supxlabel() == "12 of 1,300 series shown"


def test_the_caller_may_choose_series() -> None:
    panel = panel_of(np.array([[1.0] * 30, [2.0] * 30, [3.0] * 30]), ids=("a", "b", "c"))
    figure = draw_forecast(panel, forecast_of(panel), ("c", "a"))
    assert titles_of(figure) == ["c", "a"]
    assert line(figure.axes[0], "history")[1][-1] == 3
    assert figure.get_supxlabel() == "2 of 3 series shown"


def test_a_series_that_is_not_there() -> None:
    panel = panel_of(np.ones((2, 30)), ids=("north", "south"))
    with pytest.raises(UsageError, match="the forecast has no series 'nort': did you mean 'north'"):
        draw_forecast(panel, forecast_of(panel), ["nort"])
    other = panel_of(np.ones((1, 30)), ids=("zzz",))
    with pytest.raises(UsageError, match=r"the data has no series 'zzz'\."):
        draw_forecast(panel, forecast_of(other))


def test_ids_are_shown_as_they_are() -> None:
    ids = ("$x_1$ \\frac", "two\nlines\t", "x" * 60)
    panel = panel_of(np.ones((3, 30)), ids=ids)
    figure = draw_forecast(panel, forecast_of(panel))
    assert titles_of(figure) == ["$x_1$ \\frac", "two lines ", "x" * 23 + "…" + "x" * 12]
    assert render_figure(figure, ".png")


def test_a_letter_that_the_font_lacks_is_no_warning() -> None:
    panel = panel_of(np.ones((1, 30)), ids=("東京",))
    assert render_figure(draw_forecast(panel, forecast_of(panel)), ".svg")


def ticks(axes: Axes, which: str) -> list[str]:
    axis = axes.xaxis if which == "x" else axes.yaxis
    return axis.get_major_formatter().format_ticks(axis.get_majorticklocs().tolist())


def test_ticks_are_readable() -> None:
    panel = panel_of(np.linspace(0, 2_000_000, 48)[None])
    (axes,) = draw_forecast(panel, forecast_of(panel)).axes
    assert "2,000,000" in ticks(axes, "y")
    assert {"2001", "2002", "2003"} <= set(ticks(axes, "x"))
    small = panel_of(np.linspace(-0.01, 0.01, 48)[None], STEPS)
    (axes,) = draw_forecast(small, forecast_of(small, levels=(0.5,))).axes
    formatter = axes.yaxis.get_major_formatter()
    assert formatter.format_ticks([-0.004, 0.0, 0.01]) == ["−0.004", "0.000", "0.010"]
    assert formatter(0.25) == "0.25"
    assert formatter.format_ticks([]) == []
    assert formatter.format_ticks([0, 5e-05, 0.0001]) == ["0.00000", "0.00005", "0.00010"]
    assert formatter.format_ticks([0, 2e-07]) == ["0", "2e−07"]
    assert formatter.format_ticks([5e12, 5e13]) == ["5e+12", "5e+13"]
    assert {"1,990", "2,000"}.isdisjoint(ticks(axes, "x"))


@pytest.mark.parametrize(
    ("suffix", "start"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".PDF", b"%PDF")]
)
def test_the_same_forecast_gives_the_same_bytes(suffix: str, start: bytes) -> None:
    panel = panel_of(np.ones((2, 30)), ids=("a", "b"))
    first, second = (
        render_figure(draw_forecast(panel, forecast_of(panel)), suffix) for _ in range(2)
    )
    assert first.startswith(start)
    assert first == second


def test_dark_paper_goes_into_the_file() -> None:
    panel = panel_of(np.ones((1, 30)))
    figure = draw_forecast(panel, forecast_of(panel), (), DARK)
    assert DARK.paper.lower() in render_figure(figure, ".svg").decode()


def test_an_ending_that_is_no_picture() -> None:
    with pytest.raises(UsageError, match=r"pictures end in \.png, \.svg, \.pdf, not '\.gif'"):
        render_figure(Figure(), ".gif")
