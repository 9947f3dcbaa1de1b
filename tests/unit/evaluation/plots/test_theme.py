"""Colours: readable on their paper, by the rules of WCAG 2.1, and told apart without hue."""

from __future__ import annotations

from itertools import combinations

import pytest
from matplotlib.colors import to_rgb

from lstmcast.evaluation.plots.theme import DARK, LIGHT, Theme

TEXT, SHAPE = 4.5, 3.0  # least contrasts that WCAG 2.1 AA asks for


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.1 defines it."""
    parts = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour))
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_and_lines_stand_out_from_the_paper(theme: Theme) -> None:
    for colour in (theme.ink, theme.quiet):
        assert contrast(colour, theme.paper) >= TEXT
    for colour in (theme.subject, theme.actual, *theme.others):
        assert contrast(colour, theme.paper) >= SHAPE
    assert contrast(theme.rule, theme.paper) < contrast(theme.quiet, theme.paper) / 3


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_no_two_lines_of_a_picture_have_one_colour(theme: Theme) -> None:
    assert len({theme.subject, *theme.others}) == 1 + len(theme.others)
    for one, other in combinations((theme.ink, theme.subject, theme.actual), 2):
        assert abs(luminance(one) - luminance(other)) > 0.05, "in grey, too, they differ"
