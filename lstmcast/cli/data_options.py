"""The options that say how DATA is to be read, alike in every command that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from typer import Option

# Titles of panels in --help; they stand in the order of the options here.
COLUMNS, COVARIATES, TIME = "Columns", "Covariates", "Time"
POLICIES = "Repeated rows and gaps"
FILES = "Reading files"


@dataclass(frozen=True)
class DataOptions:
    """How DATA is to be read: the fields of `DataConfig`; None: find out."""

    time: Annotated[
        str | None,
        Option(
            metavar="COLUMN",
            help="Column of times: dates, dates with a clock, or whole numbers.",
            show_default="found by name or content",
            rich_help_panel=COLUMNS,
        ),
    ] = None
    target: Annotated[
        str | None,
        Option(
            metavar="COLUMN[,...]",
            help="Column to forecast, or several with commas: sold,price.",
            show_default="found by name, or the only one with numbers",
            rich_help_panel=COLUMNS,
        ),
    ] = None
    id: Annotated[
        str | None,
        Option(
            metavar="COLUMN[,...]",
            help="Column that names the series, or several that do so together: store,item. '' "
            "says that the table is one series.",
            show_default="found by name, or the only one with text",
            rich_help_panel=COLUMNS,
        ),
    ] = None
    wide: Annotated[
        bool | None,
        Option(
            "--wide/--no-wide",
            help="Each column of numbers beside the time is a series.",
            show_default="on where names differ by a number only: store_1, store_2, ...",
            rich_help_panel=COLUMNS,
        ),
    ] = None
    past: Annotated[
        str | None,
        Option(
            metavar="COLUMN[,...]",
            help="Covariates that are seen up to the last value of the target, no further.",
            show_default="none",
            rich_help_panel=COVARIATES,
        ),
    ] = None
    known: Annotated[
        str | None,
        Option(
            metavar="COLUMN[,...]",
            help="Covariates that are known ahead. Rows behind the last value of the target tell "
            "their future.",
            show_default="none",
            rich_help_panel=COVARIATES,
        ),
    ] = None
    static: Annotated[
        str | None,
        Option(
            metavar="COLUMN[,...]",
            help="Covariates with one value for each series.",
            show_default="none",
            rich_help_panel=COVARIATES,
        ),
    ] = None
    categorical: Annotated[
        str | None,
        Option(
            metavar="COLUMN[,...]",
            help="Those of the covariates whose numbers are codes of categories.",
            show_default="those that hold text",
            rich_help_panel=COVARIATES,
        ),
    ] = None
    frequency: Annotated[
        str | None,
        Option(
            metavar="ALIAS",
            help="One step of time, as a pandas alias: 15min, h, D, B, W-SUN, MS, QS, YS.",
            show_default="inferred from the times",
            rich_help_panel=TIME,
        ),
    ] = None
    resample: Annotated[
        Literal["sum", "mean", "last", "max"] | None,
        Option(
            help="Make one row of all rows in a step of --frequency: for events and irregular "
            "times.",
            show_default="off: at most one row for each step",
            rich_help_panel=TIME,
        ),
    ] = None
    timezone: Annotated[
        str | None,
        Option(
            metavar="ZONE",
            help="Zone of local times; times with an offset are converted to it. Europe/Berlin, "
            "UTC, +02:00.",
            show_default="none, or the one that the offsets tell",
            rich_help_panel=TIME,
        ),
    ] = None
    day_first: Annotated[
        bool | None,
        Option(
            "--day-first/--no-day-first",
            help="Read 01/02/2024 as the first of February, or as the second of January.",
            show_default="told by days past the 12th",
            rich_help_panel=TIME,
        ),
    ] = None
    duplicates: Annotated[
        Literal["error", "sum", "mean", "last", "first"] | None,
        Option(
            help="Several rows for one time of one series: refuse them, or make them one.",
            show_default="error",
            rich_help_panel=POLICIES,
        ),
    ] = None
    fill: Annotated[
        Literal["none", "linear", "previous", "zero"] | None,
        Option(
            help="Unobserved steps between observed ones: mask them (none), or fill them in.",
            show_default="none; zero with --resample sum",
            rich_help_panel=POLICIES,
        ),
    ] = None
    delimiter: Annotated[
        str | None,
        Option(
            metavar="CHARACTER",
            help="What separates the cells of a CSV: one character, or the word tab.",
            show_default="comma, semicolon, tab or bar, as found",
            rich_help_panel=FILES,
        ),
    ] = None
    decimal: Annotated[
        Literal[".", ","] | None,
        Option(
            metavar="MARK",
            help="Decimal mark of numbers: a point or a comma.",
            show_default="as found",
            rich_help_panel=FILES,
        ),
    ] = None
    thousands: Annotated[
        Literal["", ",", ".", " ", "'"] | None,
        Option(
            metavar="MARK",
            help="Mark that groups thousands: , . ' or a space; '' for none.",
            show_default="as found",
            rich_help_panel=FILES,
        ),
    ] = None
    encoding: Annotated[
        str | None,
        Option(
            metavar="NAME",
            help="Encoding of a text file: utf-8, utf-16, cp1252, latin-1, ...",
            show_default="utf-8; utf-16 by its mark; else cp1252",
            rich_help_panel=FILES,
        ),
    ] = None
