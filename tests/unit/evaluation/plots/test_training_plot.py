"""Pictures of trainings: every network and every phase, on one axis of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.colors import to_hex

from lstmcast.evaluation.plots.sheet import render_figure
from lstmcast.evaluation.plots.theme import DARK, LIGHT, Theme
from lstmcast.evaluation.plots.training import draw_training
from lstmcast.history import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SEARCH, FINAL = 4, 2  # steps


def history(members: int = 2, *, final: bool = True) -> list[Row]:
    """Return losses that are the number of the network, and scores every second step."""
    steps = [("search", step) for step in range(1, SEARCH + 1)]
    steps += [("final", step) for step in range(1, FINAL + 1)] if final else []
    return [
        Row(phase, member, step, member, score_of(phase, step), step / 1000, 10.0**step, 0.1)
        for phase, step in steps
        for member in range(1, members + 1)
    ]


def score_of(phase: str, step: int) -> float | None:
    return 1 / step if phase == "search" and step % 2 == 0 else None


def drawn(axes: Axes) -> list[tuple[list[float], list[float]]]:
    return [
        (np.asarray(line.get_xdata()).tolist(), np.asarray(line.get_ydata()).tolist())
        for line in axes.get_lines()
    ]


def test_the_final_phase_follows_the_search() -> None:
    loss, validation, rate, norm = draw_training(history()).axes
    search, final = [1, 2, 3, 4], [5, 6]
    divider = ([4.5, 4.5], [0, 1])
    assert drawn(loss) == [
        *[(search, [1] * 4), (search, [2] * 4), (search, [1.5] * 4)],
        *[(final, [1] * 2), (final, [2] * 2), (final, [1.5] * 2)],
        divider,
    ]
    assert drawn(validation) == [([2, 4], [0.5, 0.25]), ([], []), divider]
    assert drawn(rate) == [
        (search, [0.001, 0.002, 0.003, 0.004]),
        (final, [0.001, 0.002]),
        divider,
    ]
    assert drawn(norm)[0] == (search, [10, 100, 1000, 10_000])


def test_curves_are_smoothed_the_more_the_longer_they_are() -> None:
    rows = [Row("search", 1, step, step % 2, None, 0.001, 1.0, 0.1) for step in range(1, 101)]
    raw, smooth = (values for _, values in drawn(draw_training(rows).axes[0]))
    assert set(raw) == {0, 1}
    assert 0.25 <= min(smooth) <= max(smooth) <= 0.75


def test_the_picture_says_what_it_shows() -> None:
    figure = draw_training(history())
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "loss",
        "validation score, least 0.25 at step 4",
        "learning rate",
        "gradient norm, before clipping",
    ]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "search, without the held-out ends",
        "final, with all data",
    ]
    assert figure.get_supxlabel().startswith("thin: each of 2 networks")
    assert [axes.get_yscale() for axes in figure.axes] == ["linear", "linear", "linear", "log"]


def test_a_training_that_has_only_begun() -> None:
    first = history(1, final=False)[:1]
    figure = draw_training(first)
    assert figure.axes[1].get_title(loc="left") == "validation score: none was taken"
    assert len(figure.legends[0].get_texts()) == 1
    assert figure.get_supxlabel().startswith("thin: one network")
    assert render_figure(figure, ".png")


def test_what_is_no_number_is_a_gap() -> None:
    rows = history(1)
    rows[1].loss, rows[2].loss = np.nan, np.inf
    loss = draw_training(rows).axes[0]
    thin = loss.get_lines()[0].get_ydata()
    np.testing.assert_array_equal(thin, [1, np.nan, np.nan, 1])


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_theme_colours_paper_and_lines(theme: Theme) -> None:
    figure = draw_training(history(), theme)
    assert to_hex(figure.get_facecolor()).upper() == theme.paper
    assert {axes.get_facecolor() for axes in figure.axes} == {figure.get_facecolor()}
    colours = {line.get_color() for line in figure.axes[0].get_lines()}
    assert colours == {theme.ink, theme.subject, theme.quiet}


def test_the_same_history_gives_the_same_bytes() -> None:
    first, second = (render_figure(draw_training(history()), ".svg") for _ in range(2))
    assert first == second
