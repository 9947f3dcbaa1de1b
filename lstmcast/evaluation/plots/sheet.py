"""The sheet that axes stand on: its size and colour, title, legend and note, and its file."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lstmcast.errors import UsageError
from lstmcast.evaluation.plots.axes import SMALL, plain

if TYPE_CHECKING:
    from lstmcast.evaluation.plots.theme import Theme

DOTS_PER_INCH = 150
MOST_COLUMNS = 6  # of a legend beside a title
# No dates and no random ids: the same values give the same bytes.
UNDATED: dict[str, dict[str, Any]] = {
    ".png": {},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def open_sheet(size: tuple[float, float], theme: Theme) -> Figure:
    """Return an empty figure of a size in inches."""
    figure = Figure(figsize=size, layout="constrained", facecolor=theme.paper)
    FigureCanvasAgg(figure)
    return figure


def put_title(figure: Figure, title: str, theme: Theme) -> None:
    """Say over all axes what they show."""
    plain(figure.suptitle(title, x=0.01, ha="left", fontsize=12, color=theme.ink))


def put_legend(figure: Figure, theme: Theme) -> None:
    """Put one legend over all axes; what bears the same name in several has one entry."""
    entries: dict[Any, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    legend = figure.legend(
        entries.values(),
        entries.keys(),
        loc="outside upper right",
        ncols=min(len(entries), MOST_COLUMNS),
        frameon=False,
        fontsize=SMALL,
        labelcolor=theme.ink,
    )
    for text in legend.get_texts():
        plain(text)


def put_note(figure: Figure, note: str, theme: Theme) -> None:
    """Say below all axes what they stand on."""
    plain(figure.supxlabel(note, x=0.01, ha="left", fontsize=SMALL, color=theme.quiet))


def render_figure(figure: Figure, suffix: str) -> bytes:
    """Write a figure as the file that ends in `suffix`: .png, .svg or .pdf.

    Raises:
        UsageError: it is another ending.
    """
    demand_picture(suffix)
    kind = suffix.lower()
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "lstmcast"}), warnings.catch_warnings():
        # An id may need letters that no font here has; the boxes in their place say so.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format=kind[1:], dpi=DOTS_PER_INCH, metadata=UNDATED[kind])
    return buffer.getvalue()


def demand_picture(suffix: str) -> None:
    """Refuse an ending that no picture is written with, before it is drawn.

    Raises:
        UsageError: it is one.
    """
    if suffix.lower() not in UNDATED:
        raise UsageError(f"pictures end in {', '.join(UNDATED)}, not '{suffix}'.")
