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
            help="Column to forecast, or several with commas: a,b,c.",
            show_default="found by name, or the only one with numbers",
            rich_help_panel="Data",
        ),
    ] = None
    id: Annotated[
        str | None,
        Option(
            metavar="COLUMN",
            help="Column that names the series, or several that do so together: store,item; '' "
            "where the table is one series.",
            show_default="found by name, or the only one with text",
            rich_help_panel="Data",
        ),
    ] = None
    wide: Annotated[
        bool | None,
        Option(
            "--wide/--no-wide",
            help="The table has a column of numbers for each series, beside the time.",
            show_default="found where names differ by a number only: store_1, store_2, ...",
            rich_help_panel="Data",
        ),
    ] = None
    past: Annotated[
        str | None,
        Option(
            metavar="COLUMNS",
            help="Covariates that are seen up to the last value only, with commas.",
            show_default="none",
            rich_help_panel="Data",
        ),
    ] = None
    known: Annotated[
        str | None,
        Option(
            metavar="COLUMNS",
            help="Covariates that are known ahead, with commas; rows after the last value tell "
            "their future.",
            show_default="none",
            rich_help_panel="Data",
        ),
    ] = None
    static: Annotated[
        str | None,
        Option(
            metavar="COLUMNS",
            help="Covariates with one value for each series, with commas.",
            show_default="none",
            rich_help_panel="Data",
        ),
    ] = None
    categorical: Annotated[
        str | None,
        Option(
            metavar="COLUMNS",
            help="Those of the covariates whose numbers are codes of categories, with commas.",
            show_default="those with texts",
            rich_help_panel="Data",
        ),
    ] = None
    duplicates: Annotated[
        Literal["error", "sum", "mean", "last", "first"] | None,
        Option(
            help="Several rows for one time of one series: refuse them, or make them one.",
            show_default="error",
            rich_help_panel="Data",
        ),
    ] = None
    fill: Annotated[
        Literal["none", "linear", "previous", "zero"] | None,
        Option(
            help="Unobserved steps between observed ones: mask them, or fill them in.",
            show_default="none: masked",
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
    calendar: Annotated[
        bool | None,
        Option(
            help="Tell the network which hour, weekday or month a step is.",
            show_default="on where time is dates",
            rich_help_panel="Data",
        ),
    ] = None
    holidays: Annotated[
        str | None,
        Option(
            metavar="COUNTRY",
            help="Public holidays that count: DE, US-CA, ...; needs the extra 'holidays'.",
            show_default="none",
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
    delimiter: Annotated[
        str | None,
        Option(
            metavar="CHARACTER",
            help="What separates the cells of a CSV: one character, or the word tab.",
            show_default="comma, semicolon, tab or bar, as found",
            rich_help_panel="Data",
        ),
    ] = None
    decimal: Annotated[
        Literal[".", ","] | None,
        Option(
            metavar="MARK",
            help="Decimal mark of numbers: . or a comma.",
            show_default="as found",
            rich_help_panel="Data",
        ),
    ] = None
    thousands: Annotated[
        Literal["", ",", ".", " ", "'"] | None,
        Option(
            metavar="MARK",
            help="Mark that groups the thousands of numbers: , . ' or a space; '' for none.",
            show_default="as found",
            rich_help_panel="Data",
        ),
    ] = None
    encoding: Annotated[
        str | None,
        Option(
            metavar="NAME",
            help="Encoding of a text file: utf-8, utf-16, cp1252, latin-1, ...",
            show_default="utf-8, utf-16 by its mark, else cp1252",
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
