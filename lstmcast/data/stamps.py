"""Time stamps as people write them: read under one explicit format, written back in the same one.

A style is a strftime format that this module can write as well as read: %Y %m %d %H %M %S %f, with
%-m, %-d, %-H for numbers without a leading zero and %1f to %5f for shorter fractions.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lstmcast.data.problems import CellsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_STAMP = np.datetime64("1000-01-01", "us")
LAST_STAMP = np.datetime64("4999-12-31T23:59:59", "us")
EXAMPLE = datetime(2024, 1, 31, 13, 45)  # noqa: DTZ001 - how a message shows a style
SAMPLE = 1_000  # texts that are looked at to find the format of a column

INTEGER = r"[+-]?\d{1,18}"
COMPACT_DATE = r"(1[5-9]|2\d)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
_YEAR_FIRST = r"(?P<year>\d{4})(?P<sep>[-/.])\d{1,2}(?P<day>(?P=sep)\d{1,2})?"
_YEAR_LAST = r"\d{1,2}(?P<end_sep>[-/.])\d{1,2}(?P=end_sep)\d{4}"
_CLOCK = r"(?P<join>[T ])\d{1,2}:\d{2}(?P<seconds>:\d{2}(?P<fraction>\.\d{1,9})?)?"
_ZONE = r"(?P<space> ?)(?P<zone>Z|UTC|[+-]\d{2}(:?\d{2})?)"
UNPADDED_DATE = re.compile(r"(\d+[-/.])*\d([-/.]|(?!\d))")
UNPADDED_HOUR = re.compile(r"[T ]\d:")
OWN_DIRECTIVES = re.compile(r"%-([mdH])|%([1-5])f")
SHAPE = re.compile(rf"(?:{_YEAR_FIRST}|{_YEAR_LAST})(?:{_CLOCK}(?:{_ZONE})?)?")

REMEDY = "write dates such as 2024-01-31 or 2024-01-31 13:00, or whole numbers, alike in every row."


@dataclass(frozen=True)
class Times:
    """Distinct times [U] in the order of their texts, and how the user writes them.

    `values` are datetime64[us] (in UTC where `utc`), or int64 with an empty `style` for integers.
    """

    values: NDArray[np.datetime64] | NDArray[np.int64]
    style: str
    utc: bool = False

    def in_order(self) -> tuple[Times, NDArray[np.int64]]:
        """Return the distinct times, ascending, and the rank of each of the present ones: [U]."""
        values: NDArray[Any]
        values, ranks = np.unique(self.values, return_inverse=True)
        return replace(self, values=values), ranks


def parse_times(texts: pa.Array) -> Times:
    """Read distinct texts [U], one or more, as dates of one format or as whole numbers.

    Raises:
        CellsError: texts are empty, not alike, ambiguous, or no date between 1000 and 4999.
    """
    texts = pc.utf8_trim_whitespace(texts)
    _refuse(pc.equal(texts, ""), "the time is missing: fill it in or remove the row.")
    if pc.all(pc.match_substring_regex(texts, rf"^{COMPACT_DATE}$")).as_py():
        return _parse_dates(texts, ["%Y%m%d"])
    if pc.all(pc.match_substring_regex(texts, rf"^{INTEGER}$")).as_py():
        return Times(pc.cast(pc.utf8_ltrim(texts, "+"), pa.int64()).to_numpy(), style="")
    return _parse_dates(texts, _styles(texts))


def write_stamps(style: str, stamps: NDArray[np.datetime64]) -> NDArray[np.object_]:
    """Write stamps of any shape in a style: same shape, each an str."""
    distinct, inverse = np.unique(stamps, return_inverse=True)
    texts = np.empty(len(distinct), dtype=object)
    texts[:] = [_write(style, stamp) for stamp in distinct.astype("datetime64[us]").tolist()]
    return texts[inverse].reshape(stamps.shape)


def looks_like_date(text: str) -> bool:
    """Say whether a text has the shape of a date, whatever its numbers."""
    return SHAPE.fullmatch(text.strip()) is not None


def _refuse(bad: pa.BooleanArray, message: str) -> None:
    """Raise a `CellsError` if any text is marked as bad."""
    which = np.flatnonzero(bad.to_numpy(zero_copy_only=False))
    if which.size:
        raise CellsError(message, which)


def _styles(texts: pa.Array) -> list[str]:
    """Return the styles that the most common shape of texts allows: one, or two if year last."""
    shapes = [(shape, text) for text in texts[:SAMPLE].to_pylist() if (shape := _shape(text))]
    if not shapes:
        _refuse(pc.is_valid(texts), f"neither a date nor a whole number: {REMEDY}")
    common = Counter(shape for shape, _ in shapes).most_common(1)[0][0]
    alike = [text for shape, text in shapes if shape == common]
    date, clock = common
    if any(map(UNPADDED_DATE.match, alike)):
        date = date.replace("%m", "%-m").replace("%d", "%-d")
    if any(map(UNPADDED_HOUR.search, alike)):
        clock = clock.replace("%H", "%-H")
    month_first = date.startswith(("%m", "%-m"))
    return [date + clock, _day_first(date) + clock] if month_first else [date + clock]


def _shape(text: str) -> tuple[str, str] | None:
    """Return the date and the clock part of the style that a text is written in."""
    match = SHAPE.fullmatch(text)
    if match is None or (match["year"] and not match["day"] and match["sep"] == "."):
        return None  # 2024.5 is a decimal year, no month
    if match["year"]:
        date = "%Y{0}%m{0}%d".format(match["sep"]) if match["day"] else f"%Y{match['sep']}%m"
    else:
        date = "%m{0}%d{0}%Y".format(match["end_sep"])
    if not match["join"]:
        return date, ""
    clock = f"{match['join']}%H:%M" + (":%S" if match["seconds"] else "")
    digits = len(match["fraction"] or ".") - 1
    fraction = f".%{digits}f" if 0 < digits < 6 else ".%f" if digits else ""  # noqa: PLR2004
    return date, clock + fraction + (match["space"] or "") + _utc_mark(match["zone"])


def _utc_mark(zone: str | None) -> str:
    """Return how a zone of this form writes UTC: Z, UTC, +00:00, +0000 or +00."""
    return re.sub(r"\d", "0", zone.replace("-", "+")) if zone else ""


def _day_first(date: str) -> str:
    """Swap day and month in a style that ends with the year."""
    month, day, year = re.findall(r"%-?[mdY]", date)
    separator = date[len(month)]
    return separator.join((day, month, year))


def _parse_dates(texts: pa.Array, styles: list[str]) -> Times:
    """Read all texts in the one style that fits them all."""
    parsed = [_try_style(texts, style) for style in styles]
    fits = [not np.isnat(values).any() for values in parsed]
    if sum(fits) > 1:
        _refuse(
            pc.is_valid(texts),
            "month first or day first? Both are possible in every row: write 2024-01-31 instead.",
        )
    best = min(range(len(styles)), key=lambda k: int(np.isnat(parsed[k]).sum()))
    _refuse(
        pa.array(np.isnat(parsed[best])),
        f"no date (of the years 1000 to 4999) written like {_write(styles[best], EXAMPLE)}, as "
        f"most rows are: {REMEDY}",
    )
    return Times(parsed[best], styles[best], utc=_zone(styles[best]) != "")


def _zone(style: str) -> str:
    """Return the mark of UTC that ends a style, or an empty string."""
    match = re.search(r" ?(Z|UTC|\+00(:?00)?)$", style)
    return match[0] if match else ""


def _try_style(texts: pa.Array, style: str) -> NDArray[np.datetime64]:
    """Read texts in one style; NaT where a text does not fit or is out of range."""
    zone = _zone(style)
    explicit = re.sub(r"%\df", "%f", style.removesuffix(zone).replace("%-", "%"))
    if zone:  # as the only forms that pandas reads: Z and +00:00
        texts = pc.replace_substring_regex(texts, "UTC$", "Z")
        texts = pc.replace_substring_regex(texts, r"([+-]\d\d)$", r"\1:00")
    index = pd.to_datetime(
        texts.to_numpy(zero_copy_only=False),
        format=explicit + (" %z" if zone.startswith(" ") else "%z" if zone else ""),
        errors="coerce",
        utc=bool(zone),
    )
    values: NDArray[np.datetime64] = index.tz_localize(None).as_unit("us").to_numpy().copy()
    values[(values < FIRST_STAMP) | (values > LAST_STAMP)] = np.datetime64("NaT")
    return values


def _write(style: str, stamp: datetime) -> str:
    """Write one stamp; what strftime cannot do on every system is written out before it."""
    fields = {"m": stamp.month, "d": stamp.day, "H": stamp.hour}
    fraction = f"{stamp.microsecond:06d}"
    return stamp.strftime(
        OWN_DIRECTIVES.sub(
            lambda match: str(fields[match[1]]) if match[1] else fraction[: int(match[2])], style
        )
    )
