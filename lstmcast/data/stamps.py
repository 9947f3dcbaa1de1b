"""Time stamps as people write them: read under one explicit style, in which they are written back.

Dates, date-times and weeks in many shapes (`shapes`), whole numbers that stand for dates, and whole
numbers that are steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lstmcast.data.problems import CellsError
from lstmcast.data.raw import trimmed
from lstmcast.data.shapes import (
    SAMPLE,
    day_first_of,
    has_short_year,
    is_aware,
    is_day_first,
    styles_of,
    with_offset,
)
from lstmcast.data.styles import example_of, read_stamps
from lstmcast.data.zones import clock_changes, zone_of_offsets

if TYPE_CHECKING:
    from numpy.typing import NDArray

INTEGER = r"[+-]?\d{1,18}"
# A month and a day have few values: numbers that all fit them are dates, not steps.
_MONTH, _DAY = "(0[1-9]|1[0-2])", "(0[1-9]|[12][0-9]|3[01])"
_HOUR, _SIXTY = "([01][0-9]|2[0-3])", "([0-5][0-9])"
_CENTURIES = "(1[5-9]|2[0-9])"
# Style by the form that all texts must have. Seconds since 1970 have ten digits as well as
# 2024013113: hours are told from them by the century until the year 2030.
NUMBER_STYLES = (
    (rf"{_CENTURIES}\d{{2}}{_MONTH}", "%Y%m", ""),
    (rf"{_CENTURIES}\d{{2}}{_MONTH}{_DAY}", "%Y%m%d", ""),
    (rf"(19|20|21)\d{{2}}{_MONTH}{_DAY}{_HOUR}", "%Y%m%d%H", ""),
    (rf"{_CENTURIES}\d{{2}}{_MONTH}{_DAY}{_HOUR}{_SIXTY}", "%Y%m%d%H%M", ""),
    (rf"{_CENTURIES}\d{{2}}{_MONTH}{_DAY}{_HOUR}{_SIXTY}{_SIXTY}", "%Y%m%d%H%M%S", ""),
    (r"\d{9,10}", "%{s}", "seconds"),
    (r"\d{12,13}", "%{ms}", "milliseconds"),
    (r"\d{15,16}", "%{us}", "microseconds"),
    (r"[1-8]?\d{15}000", "%{ns}", "nanoseconds"),
)
DECIMAL_SECONDS = r"\d{9,10}\.\d{1,6}"
DECIMAL_MILLISECONDS = r"\d{12,13}\.0"
MANY, NEARLY_ALL = 10, 0.9
EXCEL_FIRST, EXCEL_LAST = 20_000, 60_000  # 1954 to 2064, in days after 1899-12-30

REMEDY = "write dates such as 2024-01-31 or 2024-01-31 13:00, or whole numbers, alike in every row."
EXCEL_REMEDY = (
    "these look like Excel's serial dates (45292 is 2024-01-01): format the column as dates, such "
    "as 2024-01-31, and save the table again."
)


@dataclass(frozen=True)
class Times:
    """Distinct times [U] in the order of their texts, and how the user writes them.

    `values` are datetime64[us], instants in UTC where there is a `timezone` (see `zones`), else as
    they are written; or int64 with an empty `style` for integers. `notes` are sentences on what was
    assumed.
    """

    values: NDArray[np.datetime64] | NDArray[np.int64]
    style: str
    timezone: str | None = None
    notes: tuple[str, ...] = ()

    def in_order(self) -> tuple[Times, NDArray[np.int64]]:
        """Return the distinct times, ascending, and the rank of each of the present ones: [U]."""
        values: NDArray[Any]
        values, ranks = np.unique(self.values, return_inverse=True)
        return replace(self, values=values), ranks


def parse_times(
    texts: pa.Array, *, day_first: bool | None = None, timezone: str | None = None
) -> Times:
    """Read distinct texts [U], one or more, as dates of one style or as whole numbers.

    `day_first` tells 1 February from 2 January in 01/02/2024; None: the texts must tell. Texts that
    tell instants are converted to the `timezone`; None: to the one that their offsets tell.

    Raises:
        CellsError: texts are empty, not alike, ambiguous, or no date between 1000 and 4999, or
            their offsets are not those of a zone.
        UsageError: there is no such zone.
    """
    texts = trimmed(texts)
    _refuse(pc.equal(texts, ""), "the time is missing: fill it in or remove the row.")
    style, unit = _number_style(texts)
    if style:
        note = f"times are {unit} since 1970, read as dates" if unit else ""
        return _in_zone(*_parse_dates(texts, [style]), timezone, note)
    if _all_match(texts, INTEGER):
        values = pc.cast(pc.utf8_ltrim(texts, "+"), pa.int64()).to_numpy()
        note = "times are integer steps; if they are Excel's serial dates, format them as dates"
        return Times(values, "", notes=(note,) if looks_like_excel(values) else ())
    return _in_zone(*_parse_dates(texts, _styles(texts, day_first=day_first)), timezone, "")


def parse_in_style(style: str, texts: pa.Array) -> NDArray[np.datetime64] | NDArray[np.int64]:
    """Read distinct texts [U] in a style that is known: datetime64[us], or int64 where it is empty.

    Where the style tells instants, they are in UTC.

    Raises:
        CellsError: texts are not written so.
    """
    if style:
        stamps, offsets = read_stamps(style, texts)
        _refuse(pa.array(np.isnat(stamps)), "not written like the others")
        return np.asarray(stamps - offsets.astype("timedelta64[m]"))
    whole = pc.match_substring_regex(texts, f"^{INTEGER}$")
    _refuse(pc.invert(whole), "no whole number")
    return np.asarray(pc.cast(texts, pa.int64()).to_numpy())


def hint_on_repeated(times: Times, repeated: NDArray[np.int64]) -> str:
    """Return the end of a sentence that says why times are repeated, if clocks may be to blame."""
    if not times.style or times.timezone:
        return ""
    stamps = times.values.astype("datetime64[us]")
    zone = clock_changes(stamps[repeated], stamps)
    return (
        f"; this looks like clocks that were set back (as in {zone}): give the --timezone of these "
        "local times"
        if zone
        else ""
    )


def looks_like_excel(values: NDArray[np.int64]) -> bool:
    """Say whether all of some whole numbers would be days of 1954 to 2064 in Excel."""
    return bool(len(values) > 1 and values.min() >= EXCEL_FIRST and values.max() <= EXCEL_LAST)


def _refuse(bad: pa.BooleanArray, message: str) -> None:
    """Raise a `CellsError` if any text is marked as bad."""
    which = np.flatnonzero(bad.to_numpy(zero_copy_only=False))
    if which.size:
        raise CellsError(message, which)


def _all_match(texts: pa.Array, pattern: str) -> bool:
    """Say whether each text has a form."""
    return bool(pc.all(pc.match_substring_regex(texts, f"^(?:{pattern})$")).as_py())


def _most_match(texts: pa.Array, pattern: str) -> bool:
    """Say whether nearly all of many texts have a form: the others may be wrong, as 202413 is."""
    fits = pc.sum(pc.match_substring_regex(texts, f"^(?:{pattern})$")).as_py()
    return bool(len(texts) >= MANY and fits >= NEARLY_ALL * len(texts))


def _number_style(texts: pa.Array) -> tuple[str, str]:
    """Return the style in which numbers are dates, and the unit if they count; "" if they are not.

    Ordinary steps, up to the hundred millions, are not taken for dates unless all could be months
    or days.
    """
    lengths = pc.min_max(pc.utf8_length(texts))
    if lengths["min"].as_py() < len("202401") or not _all_match(texts, r"\d+(\.\d+)?"):
        return "", ""
    for pattern, style, unit in NUMBER_STYLES:
        if _all_match(texts, pattern) or (not unit and _most_match(texts, pattern)):
            return style, unit
    if _all_match(texts, DECIMAL_SECONDS):
        digits = lengths["max"].as_py() - pc.max(pc.find_substring(texts, ".")).as_py() - 1
        return f"%{{s}}.%{digits if digits < len('123456') else ''}f", "seconds"
    if _all_match(texts, DECIMAL_MILLISECONDS):
        return "%{ms}.0", "milliseconds"
    return "", ""


def _styles(texts: pa.Array, *, day_first: bool | None) -> list[str]:
    """Return the styles that texts may be written in; raise if they are like no date."""
    sample = texts[:SAMPLE].to_pylist()
    styles = styles_of(sample)
    if not styles:
        everything = pc.is_valid(texts)
        whole = pc.match_substring_regex(texts, f"^{INTEGER}$")
        if 2 * pc.sum(whole).as_py() > len(texts):
            _refuse(pc.invert(whole), f"no whole number, as most rows are: {REMEDY}")
        if 2 * sum(map(has_short_year, sample)) > len(sample):
            _refuse(everything, "years of two digits may be of any century: write all four.")
        if _all_match(texts, r"[2-5]\d{4}\.\d+"):
            _refuse(everything, EXCEL_REMEDY)
        _refuse(everything, f"neither a date nor a whole number: {REMEDY}")
    if day_first is not None and is_day_first(styles[0]) is not None:
        return [day_first_of(styles[0])] if day_first else styles[:1]
    return styles


def _in_zone(
    style: str, read: tuple[NDArray[np.datetime64], NDArray[np.int64]], zone: str | None, note: str
) -> Times:
    """Return wall-clock times and offsets that were read, as instants if they tell such."""
    stamps, offsets = read
    notes = [note] if note else []
    if not is_aware(style):
        return Times(stamps, style, notes=tuple(notes))
    instants = stamps - offsets.astype("timedelta64[m]")
    if zone is None:
        zone, guess = zone_of_offsets(instants, offsets)
        notes += [guess] if guess else []
    return Times(instants, style if zone == "UTC" else with_offset(style), zone, tuple(notes))


def _parse_dates(
    texts: pa.Array, styles: list[str]
) -> tuple[str, tuple[NDArray[np.datetime64], NDArray[np.int64]]]:
    """Read all texts in the one style that fits them all: the style, and what was read."""
    parsed = [read_stamps(style, texts) for style in styles]
    misfits = [np.isnat(stamps) for stamps, _ in parsed]
    if len(styles) > 1 and not any(misfit.any() for misfit in misfits):
        _refuse(
            pc.is_valid(texts),
            "month first or day first? Both are possible in every row: say --day-first or "
            "--no-day-first, or write 2024-01-31 instead.",
        )
    best = min(range(len(styles)), key=lambda k: int(misfits[k].sum()))
    _refuse(
        pa.array(misfits[best]),
        f"no date (of the years 1000 to 4999) written like {_shown(styles[best])}, as most rows "
        f"are: {REMEDY}",
    )
    _refuse_seasons(styles[best], parsed[best][0])
    return styles[best], parsed[best]


def _refuse_seasons(style: str, stamps: NDArray[np.datetime64]) -> None:
    """Raise if every month is the year after: 2010/11 is a season, not November of 2010."""
    months = stamps.astype("datetime64[M]").astype(np.int64)
    years, month = np.divmod(months, 12)
    if style in ("%Y/%m", "%Y-%m") and len(months) > 1 and ((years + 71) % 100 == month + 1).all():
        everything = pa.array(np.ones(len(months), dtype=bool))
        _refuse(everything, "these look like seasons from one year to the next: write one year.")


def _shown(style: str) -> str:
    """Show a style by an example, with the order of day and month where it can be mistaken."""
    day_first = is_day_first(style)
    order = "" if day_first is None else " (day first)" if day_first else " (month first)"
    return example_of(style) + order
