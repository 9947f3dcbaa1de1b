"""The options on what forecasts tell: how far they go, at which levels, within which bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from typer import Option

FORECAST = "Forecast"

QuantileLevels = Annotated[
    str | None,
    Option(
        metavar="LEVELS",
        help="Levels of the quantiles to tell, between 0 and 1, with commas: 0.05,0.5,0.95.",
        show_default="0.1 to 0.9, or what MODEL was trained with",
        rich_help_panel=FORECAST,
    ),
]
Calibrated = Annotated[
    bool | None,
    Option(
        "--calibration/--no-calibration",
        help="Move intervals towards those that windows held out in training ask for.",
        show_default="on, or what MODEL was trained with",
        rich_help_panel=FORECAST,
    ),
]
Guarded = Annotated[
    bool | None,
    Option(
        "--guard/--no-guard",
        help="Keep of each series the forecast that did best on windows held out in training: the "
        "network's, a naive method's, or the mean of both. A model must be trained with it.",
        show_default="off, or what MODEL was trained with",
        rich_help_panel=FORECAST,
    ),
]
Lower = Annotated[
    str | None,
    Option(
        metavar="X",
        help="No forecast lies below X, in units of the target, or: history (0 for a series that "
        "was never negative), none.",
        show_default="history, or what MODEL was trained with",
        rich_help_panel=FORECAST,
    ),
]
Upper = Annotated[
    str | None,
    Option(
        metavar="X",
        help="No forecast lies above X, in units of the target, or: none.",
        show_default="none, or what MODEL was trained with",
        rich_help_panel=FORECAST,
    ),
]


@dataclass(frozen=True)
class ToldOptions:
    """How far forecasts go, what is told of them, and what they are held to."""

    horizon: Annotated[
        int | None,
        Option(
            metavar="N",
            min=1,
            help="Steps to forecast.",
            show_default="as in training",
            rich_help_panel=FORECAST,
        ),
    ] = None
    quantile_levels: QuantileLevels = None
    calibrated: Calibrated = None
    guarded: Guarded = None
    lower: Lower = None
    upper: Upper = None
