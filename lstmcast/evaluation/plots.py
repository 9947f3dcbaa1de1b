"""Pictures of forecasts: history, median and intervals of one series or of a grid of them.

Only matplotlib's object interface is used: no pyplot, no window, no state that others share.
"""

from __future__ import annotations

import difflib
import io
import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, MaxNLocator, StrMethodFormatter

from lstmcast.data.frequency import season_length
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from numpy.typing import NDArray

    from lstmcast.data.frequency import TimeAxis
    from lstmcast.data.panel import Panel
    from lstmcast.forecast import Forecast

MOST_SERIES = 12
SHOWN_SEASONS = SHOWN_HORIZONS = 4  # of history: enough to see the pattern that is continued
FEWEST_SHOWN_STEPS = 24
MOST_SHOWN_STEPS = 1000  # more than that is a black bar at any size
MOST_TITLE_CHARACTERS = 48

MEDIAN = 0.5

FORECAST_COLOUR = "#0072B2"  # blue of Okabe and Ito (2008): told apart by all, and in grey
HISTORY_COLOUR = "#333333"
QUIET_COLOUR = "#767676"  # the lightest grey that is still readable on white (WCAG 2.1 AA)
LINE_COLOUR = "#E4E4E4"
SINGLE_SIZE = (9.0, 4.5)  # inches
PANEL_SIZE = (4.2, 2.7)
DOTS_PER_INCH = 150
# Said once, at the right end, of what the ticks leave out: years to seconds.
DATE_OFFSETS = ["", "%Y", "%b %Y", "%d %b %Y", "%d %b %Y", "%d %b %Y, %H:%M"]
# No dates and no random ids: the same forecast gives the same bytes.
UNDATED: dict[str, dict[str, Any]] = {
    ".png": {},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


@dataclass(frozen=True)
class _Curves:
    """What is drawn of one series; times are datetime64[us] or int64.

    The forecast starts with the last observation before it, so that it grows out of the history.
    """

    times: NDArray[Any]  # [T] of the history
    history: NDArray[np.float64]  # [T], NaN where not observed
    times_ahead: NDArray[Any]  # [H] or, with the last observation, [1 + H]
    median: NDArray[np.float64]  # as times_ahead
    quantiles: NDArray[np.float64]  # [.., Q]


def draw_forecast(panel: Panel, forecast: Forecast, series: Sequence[str] = ()) -> Figure:
    """Draw the forecast of some series (default: all, at most 12) after the end of their history.

    Intervals lie between each pair of quantile levels around the median, the outermost first. If
    the panel goes on beyond the start of the forecast, what came true is drawn as well.

    Raises:
        UsageError: the forecast or the panel has no such series.
    """
    wanted = tuple(series) or tuple(forecast.series_ids)
    shown = wanted[:MOST_SERIES]
    rows, columns = _grid_of(len(shown))
    figure = Figure(figsize=_size_of(rows, columns), layout="constrained")
    FigureCanvasAgg(figure)
    places = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in places[len(shown) :]:
        axes.remove()
    for axes, name in zip(places, shown, strict=False):
        curves = _curves_of(panel, forecast, name)
        _draw(axes, curves, forecast.quantile_levels)
        _dress(axes, name if panel.columns.series_columns else "", dates=bool(panel.axis.style))
    _frame(figure, places[0], "" if panel.columns.melted else panel.columns.targets[0])
    if len(shown) < len(forecast.series_ids):
        note = f"{len(shown)} of {len(forecast.series_ids):,} series shown"
        figure.supxlabel(note, x=0.01, ha="left", fontsize=8, color=QUIET_COLOUR)
    return figure


def render_figure(figure: Figure, suffix: str) -> bytes:
    """Write a figure as the file that ends in `suffix`: .png, .svg or .pdf.

    Raises:
        UsageError: it is another ending.
    """
    kind = suffix.lower()
    if kind not in UNDATED:
        raise UsageError(f"pictures end in {', '.join(UNDATED)}, not '{suffix}'.")
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "lstmcast"}), warnings.catch_warnings():
        # An id may need letters that no font here has; the boxes in their place say so.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format=kind[1:], dpi=DOTS_PER_INCH, metadata=UNDATED[kind])
    return buffer.getvalue()


def _grid_of(n_series: int) -> tuple[int, int]:
    """Return rows and columns: one column for one series, two up to four, else three."""
    columns = 1 if n_series == 1 else 2 if n_series in (2, 4) else 3
    return math.ceil(n_series / columns), columns


def _size_of(rows: int, columns: int) -> tuple[float, float]:
    """Return width and height in inches, legend and footer included."""
    if rows * columns == 1:
        return SINGLE_SIZE
    return columns * PANEL_SIZE[0], rows * PANEL_SIZE[1] + 0.6


def _curves_of(panel: Panel, forecast: Forecast, name: str) -> _Curves:
    """Cut out of the panel what is to be seen of a series, and join its forecast to it."""
    row = _place_of(name, forecast.series_ids, "the forecast")
    entry = _place_of(name, panel.series_ids, "the data")
    steps = panel.first_steps[entry] + np.arange(panel.lengths[entry])
    values = panel.values[panel.offsets[entry] : panel.offsets[entry + 1]]
    ahead = forecast.steps[row]
    seen = (steps >= ahead[0] - _history_length(panel, len(ahead))) & (steps <= ahead[-1])
    steps, values = steps[seen], values[seen]
    last = np.flatnonzero((steps < ahead[0]) & ~np.isnan(values))[-1:]
    median, quantiles = forecast.point[row], forecast.quantiles[row]
    n_levels = quantiles.shape[-1]
    return _Curves(
        times=_seen_times(panel.axis, steps),
        history=values,
        times_ahead=_seen_times(panel.axis, np.concatenate([steps[last], ahead])),
        median=np.concatenate([values[last], median]),
        quantiles=np.concatenate([np.tile(values[last, None], n_levels), quantiles]),
    )


def _seen_times(axis: TimeAxis, steps: NDArray[np.int64]) -> NDArray[Any]:
    """Return the times of steps as clocks show them: [T]."""
    return axis.local(steps) if axis.style else axis.stamps(steps)


def _place_of(name: str, ids: NDArray[np.object_], what: str) -> int:
    """Return where a series stands among ids [S]."""
    found = np.flatnonzero(ids == name)
    if not found.size:
        near = difflib.get_close_matches(name, ids.tolist(), n=1)
        hint = f": did you mean '{near[0]}'?" if near else "."
        raise UsageError(f"{what} has no series '{name}'{hint}")
    return int(found[0])


def _history_length(panel: Panel, horizon: int) -> int:
    """Return how many steps before the forecast are shown."""
    seasons = SHOWN_SEASONS * season_length(panel.axis.frequency)
    wanted = max(seasons, SHOWN_HORIZONS * horizon, FEWEST_SHOWN_STEPS)
    return min(wanted, MOST_SHOWN_STEPS)


def _draw(axes: Axes, curves: _Curves, levels: tuple[float, ...]) -> None:
    """Draw history and median, in the order of the legend, and the intervals below them."""
    alone = _alone(curves.history)
    axes.plot(curves.times, curves.history, color=HISTORY_COLOUR, linewidth=1.2, label="history")
    axes.scatter(curves.times[alone], curves.history[alone], s=4, color=HISTORY_COLOUR)
    axes.plot(
        curves.times_ahead, curves.median, color=FORECAST_COLOUR, linewidth=1.8, label="forecast"
    )
    pairs = _pairs(levels)
    for low, high in pairs:
        axes.fill_between(
            curves.times_ahead,
            curves.quantiles[:, low],
            curves.quantiles[:, high],
            color=FORECAST_COLOUR,
            alpha=0.2,
            linewidth=0,
            label=_interval_label([levels[high] - levels[low] for low, high in pairs]),
        )


def _pairs(levels: tuple[float, ...]) -> list[tuple[int, int]]:
    """Pair the levels below the median with those above, the outermost first."""
    lows = [q for q, level in enumerate(levels) if level < MEDIAN]
    highs = [q for q, level in enumerate(levels) if level > MEDIAN]
    return list(zip(lows, reversed(highs), strict=False))


def _interval_label(shares: list[float]) -> str:
    """Name all intervals at once: their shades tell them apart."""
    percents = ", ".join(f"{100 * share:.4g}" for share in shares)
    return f"{percents} % interval{'s' if len(shares) > 1 else ''}"


def _alone(history: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark observations [T] between two gaps, which no line would show."""
    observed = np.pad(~np.isnan(history), 1)
    alone: NDArray[np.bool_] = observed[1:-1] & ~observed[:-2] & ~observed[2:]
    return alone


class _Thousands(Formatter):
    """Commas between thousands, and as many decimals on every tick as the finest one needs."""

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002 - matplotlib's
        """Write one value."""
        return self.format_ticks([x])[0]

    def format_ticks(self, values: list[float]) -> list[str]:
        """Write the values of all ticks."""
        decimals = max((len(f"{value:.8g}".partition(".")[2]) for value in values), default=0)
        return [self.fix_minus(f"{value:,.{decimals}f}") for value in values]


def _dress(axes: Axes, name: str, *, dates: bool) -> None:
    """Give axes a title, readable ticks and nothing that is not read."""
    _plain(axes.set_title(_printable(name), loc="left", fontsize=10, color=HISTORY_COLOUR))
    axes.margins(x=0.01)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(QUIET_COLOUR)
    axes.grid(axis="y", color=LINE_COLOUR, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(axis="both", labelsize=8, labelcolor=QUIET_COLOUR, color=QUIET_COLOUR)
    axes.tick_params(axis="y", length=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(_Thousands())
    if dates:
        locator = AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(
            ConciseDateFormatter(locator, offset_formats=DATE_OFFSETS)  # type: ignore[no-untyped-call]
        )
        axes.xaxis.get_offset_text().set(size=8, color=QUIET_COLOUR)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))


def _frame(figure: Figure, first: Axes, target: str) -> None:
    """Put the name of the target and one legend over all axes."""
    handles, labels = first.get_legend_handles_labels()
    entries = dict(zip(labels, handles, strict=True))  # one entry for all the intervals
    figure.legend(
        entries.values(),
        entries.keys(),
        loc="outside upper right",
        ncols=len(entries),
        frameon=False,
        fontsize=8,
        labelcolor=HISTORY_COLOUR,
    )
    title = figure.suptitle(
        _printable(target), x=0.01, ha="left", fontsize=12, color=HISTORY_COLOUR
    )
    _plain(title)


def _plain(text: Text) -> None:
    """Take a text as it is: a dollar sign in an id begins no formula."""
    text.set_parse_math(False)


def _printable(name: str) -> str:
    """Return a name on one line, of a length that fits, without control characters."""
    clean = "".join(letter if letter.isprintable() else " " for letter in name)
    if len(clean) <= MOST_TITLE_CHARACTERS:
        return clean
    return clean[: MOST_TITLE_CHARACTERS - 1] + "…"
