"""The options that say how DATA is to be read, alike in every command that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from typer import Option


@dataclass(frozen=True)
class DataOptions:
    """How DATA is to be read: the fields of `DataConfig`; None: find out."""

    time: Annotated[
        str | None,
        Option(
            metavar="COLUMN",
            help="Column with dates, date-times or integer steps.",
            show_default="found by name or content",
            rich_help_panel="Data",
        ),
    ] = None
    target: Annotated[
        str | None,
        Option(
            metavar="COLUMN",
            help="Column to forecast.",
            show_default="found by name, or the only one with numbers",
            rich_help_panel="Data",
        ),
    ] = None
    id: Annotated[
        str | None,
        Option(
            metavar="COLUMN",
            help="Column that names the series; '' where the table is one series.",
            show_default="found by name, or the only one with text",
            rich_help_panel="Data",
        ),
    ] = None
    frequency: Annotated[
        str | None,
        Option(
            metavar="ALIAS",
            help="One step of the time axis, as a pandas alias: 15min, h, D, B, W-SUN, MS, QS, YS.",
            show_default="inferred",
            rich_help_panel="Data",
        ),
    ] = None
    day_first: Annotated[
        bool | None,
        Option(
            "--day-first/--no-day-first",
            help="Whether 01/02/2024 is the first of February or the second of January.",
            show_default="told by days past the 12th",
            rich_help_panel="Data",
        ),
    ] = None
    timezone: Annotated[
        str | None,
        Option(
            metavar="ZONE",
            help="Zone of local times, or to convert times to: Europe/Berlin, UTC, +02:00.",
            show_default="as the times tell",
            rich_help_panel="Data",
        ),
    ] = None
    resample: Annotated[
        Literal["sum", "mean", "last", "max"] | None,
        Option(
            help="Gather the rows of each period of --frequency: events, irregular times.",
            show_default="one row for each period",
            rich_help_panel="Data",
        ),
    ] = None
