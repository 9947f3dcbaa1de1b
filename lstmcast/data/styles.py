"""Styles: templates of time stamps that read texts and write them again, array by array.

A style is a strftime format made of the directives in `WRITERS`. Beyond strftime: %-m, %-d, %-H and
%-I have no leading zero, %1f to %5f are shorter fractions, %^b and %^B are in capital letters, %!b,
%!B and %!p in small ones, %q is the quarter, %:z is +02:00 and %#z is +02, and %{s}, %{ms}, %{us}
and %{ns} count from 1970. Months have English names whatever the locale.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Fields: TypeAlias = Mapping[str, NDArray[np.int64]]

FIRST_STAMP = np.datetime64("1000-01-01", "us")
LAST_STAMP = np.datetime64("4999-12-31T23:59:59.999999", "us")
EXAMPLE = np.datetime64("2024-01-31T13:45", "us")  # how a message shows a style
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
# Counts from 1970: how many make a microsecond, and how many microseconds each is.
EPOCHS = {"s": (1, 1_000_000), "ms": (1, 1_000), "us": (1, 1), "ns": (1_000, 1)}
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - stamps are naive where their zone is kept beside them
DIRECTIVE = re.compile(r"%(\{\w+\}|[-^!:#1-5]?[a-zA-Z])")
# RE2 has no name groups that begin with a digit, and one name for all spellings of a field.
PATTERNS = {
    "Y": r"\d{4}",
    "G": r"\d{4}",
    "m": r"\d{1,2}",
    "d": r"\d{1,2}",
    "b": r"[A-Za-z]{3,9}",
    "q": r"[1-4]",
    "V": r"\d{2}",
    "u": r"[1-7]",
    "H": r"\d{1,2}",
    "I": r"\d{1,2}",
    "M": r"\d{2}",
    "S": r"\d{2}",
    "f": r"\d{1,9}",
    "p": r"[AaPp][Mm]",
    "z": r"[+-]\d{2}(?::?\d{2})?",
    "epoch": r"\d{1,18}|[1-8]\d{18}",
}


def read_stamps(style: str, texts: pa.Array) -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """Read texts [U] in a style: wall-clock times [U], and minutes east of UTC [U].

    The time is NaT where a text does not fit, is no date, or not of the years 1000 to 4999. The
    minutes are 0 where the style has no offset.
    """
    matches = pc.extract_regex(texts, f"^(?:{pattern_of(style)})$")
    fields = {field.name: _numbers(field.name, matches) for field in matches.type}
    right = pc.is_valid(matches).to_numpy(zero_copy_only=False)
    if "epoch" in fields:
        stamps, fits = _since_1970(style, fields)
    else:
        days, fits = _weeks(fields) if "G" in fields else _days(fields)
        clock, shown = _clock(fields)
        stamps = np.asarray(days.astype("datetime64[us]") + clock)
        fits &= shown
    offsets = fields.get("z", np.zeros(len(stamps), dtype=np.int64))
    right &= fits & (stamps >= FIRST_STAMP) & (stamps <= LAST_STAMP) & (abs(offsets) < 24 * 60)
    return np.where(right, stamps, np.datetime64("NaT")), offsets


def write_stamps(
    style: str, stamps: NDArray[np.datetime64], offsets: NDArray[np.int64] | None = None
) -> NDArray[np.object_]:
    """Write wall-clock times of any shape in a style: same shape, each an str.

    `offsets` are their minutes east of UTC, none by default.
    """
    stamps = stamps.astype("datetime64[us]")
    minutes = np.zeros(stamps.shape, dtype=np.int64) if offsets is None else offsets
    _, first, inverse = np.unique(
        stamps - minutes.astype("timedelta64[m]"), return_index=True, return_inverse=True
    )
    parts = _compiled(style)
    texts = np.empty(len(first), dtype=object)
    pairs = zip(stamps.ravel()[first].tolist(), minutes.ravel()[first].tolist(), strict=True)
    texts[:] = ["".join(part(stamp, offset) for part in parts) for stamp, offset in pairs]
    return texts[inverse].reshape(stamps.shape)


def example_of(style: str) -> str:
    """Write a time that no one can misread in a style, to show what it looks like."""
    return str(write_stamps(style, np.array([EXAMPLE]))[0])


def pattern_of(style: str) -> str:
    """Return the regular expression of a style, a group for each field, for `re` and for RE2."""
    # Numbers that touch have all their digits; elsewhere a leading zero may lack.
    touching = re.search("%[YmdHM]%[mdHMS]", style)
    pieces = []
    for place, piece in enumerate(DIRECTIVE.split(style)):
        if place % 2:
            name = field_of(piece)
            digits = PATTERNS[name].replace("1,2", "2") if touching else PATTERNS[name]
            pieces.append(f"(?P<{name}>{digits})")
        else:
            pieces.append(re.escape(piece))
    return "".join(pieces)


def field_of(directive: str) -> str:
    """Return the field that a directive without its % writes: "m" for "-m", "b" for "^B"."""
    return "epoch" if directive.startswith("{") else directive[-1].replace("B", "b")


def _numbers(name: str, matches: pa.StructArray) -> NDArray[np.int64]:
    """Return one field of matched texts as numbers, 0 where there is no match: [U]."""
    texts = pc.fill_null(pc.struct_field(matches, name), "0")
    if name == "b":
        texts = pc.utf8_slice_codeunits(pc.utf8_lower(texts), 0)
        full = pa.array([month.lower() for month in MONTHS])
        short = pc.utf8_slice_codeunits(full, 0, 3)
        found = pc.coalesce(pc.index_in(texts, full), pc.index_in(texts, short))
        numbers = pc.add(pc.fill_null(found, -1), 1)
    elif name == "p":
        numbers = pc.equal(pc.utf8_lower(texts), "pm")
    elif name == "f":
        numbers = pc.utf8_slice_codeunits(pc.utf8_rpad(texts, 6, "0"), 0, 6)
    elif name == "z":
        return _minutes(texts)
    else:
        numbers = texts
    return np.asarray(pc.cast(numbers, pa.int64()).to_numpy())


def _minutes(offsets: pa.Array) -> NDArray[np.int64]:
    """Return minutes east of UTC of offsets such as +02:00, +0200 and +02: [U]."""
    digits = pc.utf8_rpad(pc.replace_substring_regex(offsets, r"[^\d]", ""), 4, "0")
    hours, minutes = np.divmod(pc.cast(digits, pa.int64()).to_numpy(), 100)
    west = pc.starts_with(offsets, "-").to_numpy(zero_copy_only=False)
    beyond = np.where(minutes < 60, 0, 24 * 60)  # noqa: PLR2004 - an hour; no offset is a day
    return np.asarray(np.where(west, -1, 1) * (hours * 60 + minutes + beyond))


def _days(fields: Fields) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Return the days that year, month or quarter and day tell, and whether they exist: [U]."""
    month = fields["b"] if "b" in fields else fields.get("m", 3 * fields.get("q", np.array(1)) - 2)
    day = fields.get("d", np.array(1))
    months = ((fields["Y"] - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    exist = (month >= 1) & (month <= len(MONTHS)) & (days.astype("datetime64[M]") == months)
    return days, exist


def _weeks(fields: Fields) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Return the days of ISO weeks, Mondays unless a day is told, and whether they exist: [U]."""
    january4 = ((fields["G"] - 1970) * 12).astype("datetime64[M]").astype("datetime64[D]") + 3
    monday = january4 - (january4.astype(np.int64) + 3) % 7 + 7 * (fields["V"] - 1)
    # A week belongs to the year of its Thursday.
    exist = (fields["V"] >= 1) & ((monday + 3).astype("datetime64[Y]") == january4.astype("M8[Y]"))
    return monday + (fields.get("u", np.array(1)) - 1), exist


def _clock(fields: Fields) -> tuple[NDArray[np.timedelta64], NDArray[np.bool_]]:
    """Return the time past midnight, and whether a clock shows it: [U], or one for all."""
    none = np.array(0)
    hour, minute, second = (fields.get(name, none) for name in "HMS")
    shown = (hour < 24) & (minute < 60) & (second < 60)  # noqa: PLR2004 - of any clock
    if "I" in fields:
        hour = fields["I"] % 12 + 12 * fields["p"]
        shown &= (fields["I"] >= 1) & (fields["I"] <= 12)  # noqa: PLR2004 - noon
    seconds = (hour * 60 + minute) * 60 + second
    return (seconds * 1_000_000 + fields.get("f", none)).astype("timedelta64[us]"), shown


def _since_1970(style: str, fields: Fields) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Return the times that counts from 1970 tell, and whether they are plain and in range: [U]."""
    unit = re.findall(r"%\{(\w+)\}", style)[0]
    divisor, microseconds = EPOCHS[unit]
    count, rest = np.divmod(fields["epoch"], divisor)
    fits = (rest == 0) & (count <= LAST_STAMP.astype(np.int64) // microseconds)
    values = np.where(fits, count, 0) * microseconds + fields.get("f", np.array(0))
    return values.astype("datetime64[us]"), fits


def _compiled(style: str) -> list[Callable[[datetime, int], str]]:
    """Return the writers of the literals and directives of a style, in order."""
    pieces = DIRECTIVE.split(style)
    return [WRITERS[piece] if place % 2 else _literal(piece) for place, piece in enumerate(pieces)]


def _literal(text: str) -> Callable[[datetime, int], str]:
    return lambda _, __: text


def _offset(minutes: int, separator: str | None) -> str:
    """Write an offset: +0200, +02:00, or where the separator is None +02 unless it has minutes."""
    hours, rest = divmod(abs(minutes), 60)
    tail = "" if separator is None and not rest else f"{separator or ''}{rest:02}"
    return f"{'-' if minutes < 0 else '+'}{hours:02}{tail}"


def _count(stamp: datetime, minutes: int, unit: str) -> str:
    """Count from 1970 in whole units."""
    since = stamp - EPOCH
    microseconds = (since.days * 86_400 + since.seconds - minutes * 60) * 1_000_000
    many, size = EPOCHS[unit]
    return str((microseconds + since.microseconds) * many // size)


WRITERS: dict[str, Callable[[datetime, int], str]] = {
    "Y": lambda stamp, _: f"{stamp.year:04}",
    "m": lambda stamp, _: f"{stamp.month:02}",
    "-m": lambda stamp, _: str(stamp.month),
    "d": lambda stamp, _: f"{stamp.day:02}",
    "-d": lambda stamp, _: str(stamp.day),
    "B": lambda stamp, _: MONTHS[stamp.month - 1],
    "^B": lambda stamp, _: MONTHS[stamp.month - 1].upper(),
    "!B": lambda stamp, _: MONTHS[stamp.month - 1].lower(),
    "b": lambda stamp, _: MONTHS[stamp.month - 1][:3],
    "^b": lambda stamp, _: MONTHS[stamp.month - 1][:3].upper(),
    "!b": lambda stamp, _: MONTHS[stamp.month - 1][:3].lower(),
    "q": lambda stamp, _: str((stamp.month + 2) // 3),
    "G": lambda stamp, _: f"{stamp.isocalendar().year:04}",
    "V": lambda stamp, _: f"{stamp.isocalendar().week:02}",
    "u": lambda stamp, _: str(stamp.isoweekday()),
    "H": lambda stamp, _: f"{stamp.hour:02}",
    "-H": lambda stamp, _: str(stamp.hour),
    "I": lambda stamp, _: f"{(stamp.hour - 1) % 12 + 1:02}",
    "-I": lambda stamp, _: str((stamp.hour - 1) % 12 + 1),
    "M": lambda stamp, _: f"{stamp.minute:02}",
    "S": lambda stamp, _: f"{stamp.second:02}",
    "f": lambda stamp, _: f"{stamp.microsecond:06}",
    "1f": lambda stamp, _: f"{stamp.microsecond:06}"[:1],
    "2f": lambda stamp, _: f"{stamp.microsecond:06}"[:2],
    "3f": lambda stamp, _: f"{stamp.microsecond:06}"[:3],
    "4f": lambda stamp, _: f"{stamp.microsecond:06}"[:4],
    "5f": lambda stamp, _: f"{stamp.microsecond:06}"[:5],
    "p": lambda stamp, _: "PM" if stamp.hour >= 12 else "AM",  # noqa: PLR2004 - noon
    "!p": lambda stamp, _: "pm" if stamp.hour >= 12 else "am",  # noqa: PLR2004 - noon
    "z": lambda _, minutes: _offset(minutes, ""),
    ":z": lambda _, minutes: _offset(minutes, ":"),
    "#z": lambda _, minutes: _offset(minutes, None),
    "{s}": lambda stamp, minutes: _count(stamp, minutes, "s"),
    "{ms}": lambda stamp, minutes: _count(stamp, minutes, "ms"),
    "{us}": lambda stamp, minutes: _count(stamp, minutes, "us"),
    "{ns}": lambda stamp, minutes: _count(stamp, minutes, "ns"),
}
