"""Shapes of time stamps: the style that a text is written in, told without reading its numbers."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from lstmcast.data.styles import MONTHS, pattern_of

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLE = 1_000  # texts that are looked at to find the style of a column
_NAME = "|".join(name[:3] + f"(?:{name[3:]})?" for name in MONTHS if name != "May") + "|May"
_NAME = f"(?P<b>(?i:{_NAME}))"
_DATES = [
    (re.compile(pattern, re.ASCII), style)
    for pattern, style in (
        (r"\d{4}(?P<s>[-/.])\d{1,2}(?P=s)\d{1,2}", "%Y{s}%m{s}%d"),
        (r"\d{4}(?P<s>[-/])\d{1,2}", "%Y{s}%m"),  # 2024.5 is a decimal year, no month
        (r"\d{1,2}(?P<s>[-/.])\d{1,2}(?P=s)\d{4}", "%m{s}%d{s}%Y"),
        (r"\d{1,2}(?P<s>[-/])\d{4}", "%m{s}%Y"),
        (r"\d{4}(?P<s>[ :/-]?)(?P<q>[Qq])[1-4]", "%Y{s}{q}%q"),
        (r"(?P<q>[Qq])[1-4](?P<s>[ :/-]?)\d{4}", "{q}%q{s}%Y"),
        (r"\d{4}(?P<s>[ -]?)(?P<w>[Ww])\d{2}", "%G{s}{w}%V"),
        (r"\d{4}(?P<s>-?)W\d{2}(?P=s)[1-7]", "%G{s}W%V{s}%u"),
        (r"\d{4}(?P<s>[ :-]?)(?P<w>[Mm])\d{1,2}", "%Y{s}{w}%m"),
        (rf"\d{{4}}(?P<s>[ /-]?){_NAME}", "%Y{s}%b"),
        (rf"{_NAME}(?P<s>[ /-]|, ?|)\d{{4}}", "%b{s}%Y"),
        (rf"\d{{1,2}}(?P<s>[ /.-]|\. |){_NAME}(?P<e>[ /.-]|, ?|)\d{{4}}", "%d{s}%b{e}%Y"),
        (rf"{_NAME}(?P<s>[ -])\d{{1,2}}(?P<e>,? |-)\d{{4}}", "%b{s}%d{e}%Y"),
        (rf"\d{{4}}(?P<s>[ /-]){_NAME}(?P=s)\d{{1,2}}", "%Y{s}%b{s}%d"),
        (r"\d{8}", "%Y%m%d"),
    )
]
_CLOCK = re.compile(
    r"(?P<date>.*?\d)(?P<join>T| |, )(?:(?P<compact>\d{4}(?:\d{2})?)|"
    r"\d{1,2}(?P<minutes>:\d{2})?(?P<seconds>:\d{2})?(?:(?P<point>[.,])(?P<fraction>\d{1,9}))?"
    r"(?:(?P<space> ?)(?P<half>[AaPp][Mm]))?)"
    r"(?:(?P<gap> ?)(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?",
    re.ASCII,
)
_SHORT_YEAR = re.compile(
    r"(?:\d{1,2}(?P<s>[-/.])\d{1,2}(?P=s)\d{2}|"
    rf"(?:\d{{1,2}}[ /-]?)?{_NAME}[ /'-]{{1,2}}\d{{2}})(?:[T ,].*)?",
    re.ASCII,
)


def style_of(text: str) -> str | None:
    """Return the style of one text with all its leading zeros, None if it has no date's shape."""
    if date := _date_of(text):
        return date if date != "%Y%m%d" else None  # 20240131 alone may be a number
    match = _CLOCK.fullmatch(text)
    date = _date_of(match["date"]) if match else None
    if match is None or date is None or not re.search("%[du]", date):
        return None
    return date + match["join"] + _clock_of(match) + _zone_of(match)


def styles_of(texts: Sequence[str]) -> list[str]:
    """Return the styles that the most common shape of texts allows: none, one, or two.

    Two where the year stands last and the numbers before it may be month and day or the reverse.
    """
    shapes = [(shape, text) for text in texts[:SAMPLE] if (shape := style_of(text))]
    if not shapes:
        return []
    common = Counter(shape for shape, _ in shapes).most_common(1)[0][0]
    style = _spelled(common, [text for shape, text in shapes if shape == common])
    return [style, day_first_of(style)] if is_day_first(style) is False else [style]


def is_day_first(style: str) -> bool | None:
    """Say whether a style of numbers with the year last has the day first; None for all others."""
    order = re.match(r"%-?([md])[-/.]%-?[md][-/.]%Y", style)
    return order[1] == "d" if order else None


def is_aware(style: str) -> bool:
    """Say whether a style tells the instant, by an offset, the name of UTC or a count from 1970."""
    return re.search(r"(%[:#]?z|Z|UTC|GMT)$|%\{", style) is not None


def with_offset(style: str) -> str:
    """Put an offset where a style names UTC."""
    return re.sub("(Z|UTC|GMT)$", "%:z", style)


def day_first_of(style: str) -> str:
    """Swap month and day in a style that begins with the month."""
    return re.sub(r"^(%-?m)(.)(%-?d)", r"\3\2\1", style)


def looks_like_date(text: str) -> bool:
    """Say whether a text has the shape of a date, whatever its numbers."""
    return style_of(text.strip()) is not None or has_short_year(text.strip())


def looks_like_clock(text: str) -> bool:
    """Say whether a text has the shape of a time of day, without a date."""
    return re.fullmatch(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?", text.strip()) is not None


def has_short_year(text: str) -> bool:
    """Say whether a text has the shape of a date whose year has two digits."""
    return _SHORT_YEAR.fullmatch(text) is not None


def _date_of(text: str) -> str | None:
    """Return the style of a date without a clock."""
    for pattern, style in _DATES:
        if match := pattern.fullmatch(text):
            return style.format(**match.groupdict())
    return None


def _clock_of(match: re.Match[str]) -> str:
    """Return the style of the clock after a date."""
    if match["compact"]:
        return "%H%M%S" if len(match["compact"]) == len("134500") else "%H%M"
    clock = ("%I" if match["half"] else "%H") + (":%M" if match["minutes"] else "")
    clock += ":%S" if match["seconds"] else ""
    if match["fraction"]:
        digits = len(match["fraction"])
        clock += f"{match['point']}%{digits if digits < len('123456') else ''}f"
    if match["half"]:
        clock += match["space"] + ("%!p" if match["half"].islower() else "%p")
    return clock


def _zone_of(match: re.Match[str]) -> str:
    """Return the directive that writes an offset alike; names of UTC stay as they are."""
    zone = match["zone"] or ""
    if zone[1:2].isdigit():
        zone = "%:z" if ":" in zone else "%z" if len(zone) > len("+02") else "%#z"
    return (match["gap"] or "") + zone


def _spelled(style: str, texts: Sequence[str]) -> str:
    """Say in a style where texts of its shape leave leading zeros out, and how they name months."""
    pattern = re.compile(pattern_of(style), re.ASCII)
    fields = [match.groupdict() for text in texts if (match := pattern.fullmatch(text))]
    for names in ("md", "HI"):  # the date and the clock
        if any(len(found.get(name) or "00") == 1 for found in fields for name in names):
            style = re.sub(f"%([{names}])", r"%-\1", style)
    months = [found["b"] for found in fields if found.get("b")]
    if months:
        length = "B" if any(len(name) > len("Jan") for name in months) else "b"
        case = "^" if months[0].isupper() else "!" if months[0].islower() else ""
        style = style.replace("%b", f"%{case}{length}")
    return style
