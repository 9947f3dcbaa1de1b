"""Axes without junk: thousands separators, readable dates, and nothing that is not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import (
    Formatter,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullLocator,
    StrMethodFormatter,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from numpy.typing import NDArray

    from lstmcast.evaluation.plots.theme import Theme

SMALL = 8  # points, of all but titles
MOST_TITLE_CHARACTERS = 36  # over one panel of a grid
MOST_NAME_CHARACTERS = 32  # beside a legend
SMALLEST, LARGEST = 1e-4, 1e13  # of what is written without powers of ten
# Times from the least to the largest value: from the first on a logarithm tells more, and from the
# second on powers of ten are ticks enough.
WIDE_RANGE, FEW_DECADES = 10, 1000
# Said once, at the right end, of what the ticks leave out: years to seconds.
DATE_OFFSETS = ["", "%Y", "%b %Y", "%d %b %Y", "%d %b %Y", "%d %b %Y, %H:%M"]


class Thousands(Formatter):
    """Commas between thousands, and as many decimals on every tick as the finest one needs.

    Where all are so small or large that nobody counts the zeros, powers of ten are written.
    """

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002 - matplotlib's
        """Write one value."""
        return self.format_ticks([x])[0]

    def format_ticks(self, values: list[float]) -> list[str]:
        """Write the values of all ticks."""
        largest = max(map(abs, values), default=0.0)
        if largest and not SMALLEST <= largest < LARGEST:
            return [self.fix_minus(f"{value:.4g}") for value in values]
        decimals = max(map(_decimals, values), default=0)
        return [self.fix_minus(f"{value:,.{decimals}f}") for value in values]


def _decimals(value: float) -> int:
    """Count the decimals that a value needs; eight digits tell all of a tick."""
    digits = np.format_float_positional(value, precision=8, fractional=False, trim="-")
    return len(digits.partition(".")[2])


def dress(axes: Axes, theme: Theme, title: str) -> None:
    """Give axes a title, readable numbers and nothing that is not read."""
    plain(axes.set_title(title, loc="left", fontsize=10, color=theme.ink))
    axes.set_facecolor(theme.paper)
    axes.margins(x=0.01)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(theme.quiet)
    axes.grid(axis="y", color=theme.rule, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(axis="both", labelsize=SMALL, labelcolor=theme.quiet, color=theme.quiet)
    axes.tick_params(axis="y", which="both", length=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(Thousands())


def scale_numbers(axes: Axes, values: NDArray[np.float64]) -> None:
    """Take a logarithmic scale beside axes where all values are positive, and far apart."""
    known = values[~np.isnan(values)]
    if not known.size or known.min() <= 0 or known.max() < WIDE_RANGE * known.min():
        return
    axes.set_yscale("log")
    digits = (1.0, 2.0, 5.0) if known.max() < FEW_DECADES * known.min() else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=digits))
    axes.yaxis.set_major_formatter(FuncFormatter(Thousands()))
    axes.yaxis.set_minor_locator(NullLocator())


def time_ticks(axes: Axes, theme: Theme, *, dates: bool) -> None:
    """Put readable dates below the axes, or whole steps, which are names and no amounts."""
    if not dates:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
        return
    locator = AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(locator, offset_formats=DATE_OFFSETS)  # type: ignore[no-untyped-call]
    )
    axes.xaxis.get_offset_text().set(size=SMALL, color=theme.quiet)


def count_ticks(axes: Axes, theme: Theme, what: str) -> None:
    """Put whole numbers below the axes, and say what is counted."""
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True, min_n_ticks=1))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_xlabel(what, fontsize=SMALL, color=theme.quiet)


def plain(text: Text) -> None:
    """Take a text as it is: a dollar sign in an id begins no formula."""
    text.set_parse_math(False)


def printable(name: str, most: int = MOST_TITLE_CHARACTERS) -> str:
    """Return a name on one line, of a length that fits, without control characters.

    What is too long loses its middle: names that differ often do so at their ends.
    """
    clean = "".join(letter if letter.isprintable() else " " for letter in name)
    end = most // 3
    return clean if len(clean) <= most else f"{clean[: most - 1 - end]}…{clean[-end:]}"
