"""Text pictures in the colours of a terminal."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmcast.evaluation.plots.text import Line

WIDE = 10_000  # columns: a line is never folded
STYLES = {"•": "bold bright_blue", "░": "blue", "▒": "blue", "×": "yellow"}


def painted(lines: Sequence[Line]) -> str:
    """Give the signs of lines their colours, as far as the terminal and NO_COLOR allow."""
    page = io.StringIO()
    console = Console(file=page, width=WIDE, force_terminal=True, highlight=False)
    for line in lines:
        signs = Text(line.signs)
        for sign, style in STYLES.items():
            signs.highlight_words([sign], style)
        console.print(Text(line.words).append_text(signs))
    return page.getvalue()
