"""The colours of all pictures, after Okabe and Ito (2008): told apart by all, and in grey."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """Colours by what they are for; those of words have the contrast that WCAG 2.1 AA asks for."""

    paper: str
    ink: str  # titles, legends and history
    quiet: str  # ticks and notes
    rule: str  # grid lines
    subject: str  # what a picture is about: a forecast, a method that is judged
    actual: str  # what came
    others: tuple[str, ...]  # what the subject is held against


LIGHT = Theme(
    paper="#FFFFFF",
    ink="#333333",
    quiet="#6B6B6B",
    rule="#E4E4E4",
    subject="#0072B2",
    actual="#D55E00",
    others=("#333333", "#D55E00", "#009E73", "#B5608F", "#8C8C8C"),
)
# Lighter kin of the same hues where the dark ones would sink into the paper.
DARK = Theme(
    paper="#15181C",
    ink="#E8E8E8",
    quiet="#A0A6AD",
    rule="#2F343A",
    subject="#56B4E9",
    actual="#FFB733",
    others=("#E8E8E8", "#FFB733", "#2CC09A", "#CC79A7", "#8C9299"),
)
