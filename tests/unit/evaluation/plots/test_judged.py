"""Pictures of an evaluation: errors by step, calibration and residuals, and what they stand on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.patches import Rectangle

from lstmcast.data.frequency import TimeAxis
from lstmcast.data.panel import Columns, Panel, Windows
from lstmcast.errors import DataError
from lstmcast.evaluation.backtest import evaluate_methods
from lstmcast.evaluation.baselines import baselines_of
from lstmcast.evaluation.judgement import Course
from lstmcast.evaluation.metrics import Told
from lstmcast.evaluation.plots.calibration import draw_calibration
from lstmcast.evaluation.plots.judged import on_judged
from lstmcast.evaluation.plots.residuals import draw_residuals
from lstmcast.evaluation.plots.sheet import render_figure
from lstmcast.evaluation.plots.steps import draw_errors
from lstmcast.evaluation.spans import Known

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lstmcast.evaluation.backtest import Evaluation

LEVELS = (0.1, 0.5, 0.9)
HORIZON = 2
FIRST = Windows(np.zeros(1, dtype=np.int64), np.full(1, 9))


def evaluation_of(
    n_series: int = 1,
    windows: int = 3,
    levels: tuple[float, ...] = LEVELS,
    known: tuple[int, int] | None = None,
) -> Evaluation:
    """Judge forecasts that are 1, 2 too low at steps 1, 2; of series that move by 1 a step."""
    length = 10 + windows * HORIZON
    values = np.tile(np.arange(length, dtype=np.float64), (n_series, 1))
    panel = Panel(
        values=values.ravel(),
        offsets=np.arange(n_series + 1) * length,
        first_steps=np.zeros(n_series, dtype=np.int64),
        series_ids=np.array([f"s{k}" for k in range(n_series)], dtype=object),
        axis=TimeAxis("MS", np.datetime64("2000-01-01", "us"), "%Y-%m"),
        columns=Columns("month", ("sales",), ("shop",)),
    )
    number = np.repeat(np.arange(windows), n_series)
    series = np.tile(np.arange(n_series), windows)
    course = Course(panel, Windows(series, 9 + number * HORIZON), number, HORIZON, 1)
    point = course.actual - np.arange(1, HORIZON + 1)
    quantiles = course.actual[..., None] + 10 * (np.array(levels) - 0.5)
    methods = {"my_model": Told(point, quantiles, levels), **baselines_of(course, levels)}
    knowledge = None
    if known is not None:
        first, last = (np.full(len(series), step) for step in known)
        knowledge = Known(first, last, np.zeros(len(series), dtype=np.int64))
    return evaluate_methods(course, HORIZON, methods, knowledge)


def line(axes: Axes, label: str) -> list[float]:
    drawn = {str(line.get_label()): line for line in axes.get_lines()}[label]
    values: list[float] = np.asarray(drawn.get_ydata()).tolist()
    return values


def test_what_is_judged_is_said() -> None:
    assert on_judged(evaluation_of(2)) == "6 windows of 2 steps, 2 series, 2000-11 to 2001-04"
    assert on_judged(evaluation_of(windows=1)).startswith("1 window of 2 steps, 1 series, ")
    assert on_judged(evaluation_of(known=(0, 9))).endswith("; none was seen in training")
    seen = on_judged(evaluation_of(known=(0, 12)))
    assert seen.endswith("; 2 seen in training, which flatters"), "one whole, one in part"


def test_errors_of_each_method_by_step() -> None:
    figure = draw_errors(evaluation_of())
    (axes,) = figure.axes
    assert axes.get_title(loc="left") == "MASE by step ahead"
    assert line(axes, "my model") == [1, 2]
    assert line(axes, "seasonal naive") == [1, 2]
    assert line(axes, "drift") == [0, 0]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        *("my model", "naive", "seasonal naive", "drift", "seasonal average", "naive2")
    ]
    assert axes.get_ylim() == (0, 6), "three times the largest error that matters"
    markers = {line.get_marker() for line in axes.get_lines()}
    assert len(markers) == len(axes.get_lines()), "told apart without colour"
    note = on_judged(evaluation_of())
    assert figure.get_supxlabel() == f"{note}; errors above 6 are cut off"


def test_a_method_is_called_as_it_is() -> None:
    evaluation = evaluation_of()
    told = evaluation.methods["my_model"]
    methods = {"$x_1$ \\frac": told, "naive": evaluation.methods["naive"]}
    judged = evaluate_methods(evaluation.course, HORIZON, methods)
    figure = draw_errors(judged)
    assert figure.legends[0].get_texts()[0].get_text() == "$x 1$ \\frac"
    assert render_figure(figure, ".png")
    assert render_figure(draw_residuals(judged), ".png")


def test_nothing_is_cut_off_where_all_is_in_sight() -> None:
    evaluation = evaluation_of()
    methods = dict(list(evaluation.methods.items())[:3])
    figure = draw_errors(evaluate_methods(evaluation.course, HORIZON, methods))
    assert figure.axes[0].get_ylim()[0] == 0
    assert 2 < figure.axes[0].get_ylim()[1] < 3
    assert figure.get_supxlabel() == on_judged(evaluation)


def test_errors_that_nothing_scales_are_told_in_units_of_the_target() -> None:
    evaluation = evaluation_of()
    course = evaluation.course
    flat = np.where(np.arange(len(course.panel.values)) < 10, 0.0, course.panel.values)
    still = course._replace(
        panel=replace(course.panel, values=flat), windows=FIRST, number=FIRST.series
    )
    told = evaluation.methods["my_model"]
    first = Told(told.point[:1], told.quantiles[:1], told.levels)
    judged = evaluate_methods(still, None, {"m": first, **baselines_of(still, LEVELS)})
    figure = draw_errors(judged)
    assert figure.axes[0].get_title(loc="left") == "mean absolute error by step ahead"
    assert line(figure.axes[0], "m") == [1, 2]
    with pytest.raises(DataError, match="residuals have no scale"):
        draw_residuals(judged)


def test_calibration_is_drawn_against_the_diagonal() -> None:
    figure = draw_calibration(evaluation_of())
    (axes,) = figure.axes
    promised, found = axes.get_lines()
    assert np.asarray(promised.get_ydata()).tolist() == [0, 100]
    assert np.asarray(found.get_xdata()).tolist() == [10, 50, 90]
    assert np.asarray(found.get_ydata()).tolist() == [0, 100, 100]
    assert figure.get_suptitle() == "calibration of my model"
    assert axes.get_title(loc="left") == "23.3 points off on average, 50.0 at the most"
    assert axes.get_xlim() == axes.get_ylim() == (0, 100)


def test_a_point_forecast_has_no_calibration() -> None:
    with pytest.raises(DataError, match="my_model has no quantiles"):
        draw_calibration(evaluation_of(levels=()))


def test_residuals_over_time_with_their_correlation_and_histogram() -> None:
    figure = draw_residuals(evaluation_of())
    time, lags, bars = figure.axes
    assert np.asarray(time.get_lines()[0].get_ydata()).tolist() == [1, 2, 1, 2, 1, 2]
    assert lags.get_lines()[-1].get_ydata() == pytest.approx([-5 / 6, 4 / 6, -3 / 6, 2 / 6, -1 / 6])
    (band,) = lags.patches
    assert band.get_extents().height > 0
    heights = [patch.get_height() for patch in bars.patches if isinstance(patch, Rectangle)]
    assert sum(heights) == 6
    assert heights[0] == heights[-1] == 3
    assert bars.get_title(loc="left") == "histogram: mean +1.50, standard deviation 0.50"


def test_few_series_have_a_line_each_and_many_a_band() -> None:
    few, many = (draw_residuals(evaluation_of(n)).axes[0] for n in (5, 6))
    assert len(few.get_lines()) == 5 + 1, "and a line at 0"
    assert len(many.get_lines()) == 1 + 1
    assert any(isinstance(shape, PolyCollection) for shape in many.collections)
    assert many.get_title(loc="left") == "over time: median and middle 80 % of 6 series"


@pytest.mark.parametrize("draw", [draw_errors, draw_calibration, draw_residuals])
def test_the_same_evaluation_gives_the_same_bytes(draw: Callable[[Evaluation], Figure]) -> None:
    first, second = (render_figure(draw(evaluation_of()), ".svg") for _ in range(2))
    assert first == second
