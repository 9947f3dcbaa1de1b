"""The options of `lstmcast plot`, and which of them go together."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from typer import Option

from lstmcast.cli.forecast_options import ForecastColumns
from lstmcast.cli.judging import Stride, WindowCount
from lstmcast.cli.options import Device
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from _typeshed import DataclassInstance

FILES = 2  # that all kinds of pictures take but one
FOR_A_MODEL = {"windows", "stride", "device"}
JUDGED = ("errors", "calibration", "residuals")


@dataclass(frozen=True)
class PictureOptions:
    """What to draw, and where to put it."""

    output: Annotated[
        str | None,
        Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Picture to write: .png, .svg or .pdf.",
            show_default="none; needed without --terminal",
        ),
    ] = None
    terminal: Annotated[
        bool,
        Option("--terminal", help="Print the forecast as text, not as a picture.", metavar=""),
    ] = False
    what: Annotated[
        Literal["forecast", "errors", "calibration", "residuals", "training"],
        Option(
            help="History and forecast; errors by step ahead, beside naive ones; shares of what "
            "came below each quantile; what forecasts left over; or the curves of a training."
        ),
    ] = "forecast"
    series: Annotated[
        list[str] | None,
        Option(
            metavar="ID",
            help="Series of which the forecast is drawn; repeatable.",
            show_default="all, 12 at the most, 3 with --terminal",
        ),
    ] = None
    dark: Annotated[bool, Option("--dark", help="Draw on a dark background.", metavar="")] = False


@dataclass(frozen=True)
class SubjectOptions(ForecastColumns):
    """What is said of a forecast file, or asked of a model."""

    windows: WindowCount = 3
    stride: Stride = None
    device: Device = None


def demand_fit(files: Sequence[str], wanted: PictureOptions, subject: SubjectOptions) -> None:
    """Refuse files and options that do not go with what is to be drawn.

    Raises:
        UsageError: there are such.
    """
    what = wanted.what
    if (wanted.output is None) == (not wanted.terminal):
        raise UsageError(
            "give -o FILE for a picture, or --terminal for text on stdout: one of the two."
        )
    _demand_count(files, what)
    if what != "forecast":
        _refuse(_given(wanted) & {"series", "terminal"}, "for --what forecast")
    if what not in JUDGED:
        _refuse(_given(subject) - {"device"}, f"for --what {', '.join(JUDGED)}")
    if what == "training":
        _refuse(_given(subject), "for forecasts")
    if wanted.terminal:
        _refuse(_given(wanted) & {"dark"}, "for pictures: a terminal has a background of its own")


def demand_kind(subject: SubjectOptions, *, is_model: bool) -> None:
    """Refuse options that are for a forecast file where a model is given, or the other way round.

    Raises:
        UsageError: there are such.
    """
    if is_model:
        _refuse(_given(subject) - FOR_A_MODEL, "for a forecast file, and a model is given")
    else:
        _refuse(_given(subject) & FOR_A_MODEL, "for a model, and a forecast file is given")


def _refuse(names: AbstractSet[str], why: str) -> None:
    """Raise a UsageError on the first of some options, by its name in the code, if there is any."""
    if names:
        raise UsageError(f"--{min(names).replace('_', '-')} is {why}: leave it out.")


def _demand_count(files: Sequence[str], what: str) -> None:
    if what == "training" and len(files) != 1:
        raise UsageError(
            "--what training takes the file of 'train --history' alone: lstmcast plot HISTORY "
            "--what training -o FILE."
        )
    if what != "training" and len(files) != FILES:
        raise UsageError(
            f"--what {what} takes a forecast or a model, and the data: lstmcast plot FORECAST DATA "
            "-o FILE."
        )


def _given(options: DataclassInstance) -> set[str]:
    """Return the names of options that are not left at their defaults."""
    fields = dataclasses.fields(options)
    return {field.name for field in fields if getattr(options, field.name) != field.default}
