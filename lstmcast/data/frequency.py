"""The time axis: steps to stamps and back, and the season that people expect of a frequency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.grid import (
    MICROSECONDS,
    Grid,
    parse_frequency,
    place,
    steps_on,
)
from lstmcast.data.shapes import is_day_first
from lstmcast.data.styles import EPOCHS, write_stamps
from lstmcast.data.zones import offsets_at, to_days, to_instants, to_wall
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray


INTEGER_STEPS = "1"
WHOLE_EPOCHS = tuple(f"%{{{unit}}}" for unit in EPOCHS)
LAST_YEAR = 9999
UNIT_MICROSECONDS = {
    "us": 1,
    "day": MICROSECONDS["D"],
    "business day": 1.5 * MICROSECONDS["D"],
    "month": 31 * MICROSECONDS["D"],
}
# Steps shorter than the first of a pair repeat after the second, if they fill it exactly.
CYCLES = (
    (MICROSECONDS["s"], MICROSECONDS["s"]),
    (MICROSECONDS["min"], MICROSECONDS["h"]),
    (MICROSECONDS["D"], MICROSECONDS["D"]),
    (MICROSECONDS["D"], 7 * MICROSECONDS["D"]),
)
DAYS_OF_STEPS = (24, 48, 96, 144, 288, 1440)  # of hours, half-hours, quarters, ... of an hour
UNIT_NAMES = {
    "YS": "yearly",
    "YE": "yearly",
    "QS": "quarterly",
    "QE": "quarterly",
    "MS": "monthly",
    "ME": "monthly",
    "W": "weekly",
    "D": "daily",
    "B": "business days",
    "h": "hourly",
    "min": "minutes",
    "s": "seconds",
}


@dataclass(frozen=True)
class TimeAxis:
    """The steps of a panel: step k stands k frequencies after the origin.

    `frequency` is a pandas offset alias ("h", "15min", "D", "B", "W-SUN", "MS", "QE-DEC", ...), or
    "1" for plain integers. `style` is how the user writes stamps (see `lstmcast.data.styles`),
    empty for integers, which stand `spacing` apart whatever frequency the user says they mean.

    `origin` is a datetime64[us], or an int. With a `timezone` (see `lstmcast.data.zones`) it is in
    UTC where steps are shorter than a day, so that no hour is lost or doubled when clocks change;
    longer steps are counted in wall-clock time, so that days begin at midnight all year.
    """

    frequency: str
    origin: np.datetime64 | int
    style: str
    spacing: int = 1
    timezone: str | None = None

    def stamps(self, steps: NDArray[np.int64]) -> NDArray[np.datetime64] | NDArray[np.int64]:
        """Return the times of steps, past or future: same shape, datetime64[us] or int64.

        With a `timezone` they are instants, in UTC.

        Raises:
            UsageError: a step stands after the year 9999.
        """
        if not isinstance(self.origin, np.datetime64):
            return np.asarray(self.origin + steps * self.spacing, dtype=np.int64)
        placed = self._placed(steps)
        if self.timezone and not self._counts_instants:
            return to_instants(self.timezone, placed)
        return placed

    def local(self, steps: NDArray[np.int64]) -> NDArray[np.datetime64]:
        """Return what clocks show at steps of an axis of dates: same shape, datetime64[us].

        Raises:
            UsageError: a step stands after the year 9999.
        """
        placed = self._placed(steps)
        if self.timezone and self._counts_instants:
            return to_wall(self.timezone, placed)
        return placed

    def steps_of(
        self, times: NDArray[np.datetime64] | NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the steps [N] of times [N] as `stamps` gives them, and which stand on the axis."""
        if not isinstance(self.origin, np.datetime64):
            steps, rest = np.divmod(times.astype(np.int64) - self.origin, self.spacing)
            return steps, rest == 0
        stamps = times.astype("datetime64[us]")
        if self.timezone and not self._counts_instants:
            stamps = to_days(self.timezone, stamps)
        return steps_on(parse_frequency(self.frequency), self.origin, stamps)

    @property
    def _counts_instants(self) -> bool:
        """Whether steps are shorter than a day."""
        return parse_frequency(self.frequency).unit == "us"

    def _placed(self, steps: NDArray[np.int64]) -> NDArray[np.datetime64]:
        """Return the stamps of steps as the origin is told."""
        assert isinstance(self.origin, np.datetime64)
        grid = parse_frequency(self.frequency)
        _refuse_far_future(grid, self.origin, steps)
        return place(grid, self.origin, steps)

    def render(
        self, stamps: NDArray[np.datetime64] | NDArray[np.int64]
    ) -> NDArray[np.object_] | NDArray[np.int64]:
        """Write times as the user does, same shape: str objects, or the integers as they are."""
        if not self.style:
            return stamps.astype(np.int64)
        instants = stamps.astype("datetime64[us]")
        if self.timezone is None:
            return write_stamps(self.style, instants)
        wall, offsets = to_wall(self.timezone, instants), offsets_at(self.timezone, instants)
        texts = write_stamps(self.style, wall, offsets)
        return texts.astype(np.int64) if self.counts_from_1970 else texts

    @property
    def counts_from_1970(self) -> bool:
        """Whether the user writes dates as whole numbers since 1970."""
        return self.style in WHOLE_EPOCHS

    @property
    def day_first(self) -> bool | None:
        """Whether the user writes 31/01/2024 or 01/31/2024; None if neither."""
        return is_day_first(self.style)


def season_length(frequency: str) -> int:
    """Return the steps in the season that people expect of a frequency; 1 where there is none.

    Milliseconds repeat each second, seconds each hour, minutes and hours each day (hours that do
    not divide a day: each week), days and business days each week, weeks, months and quarters each
    year. Multiples divide the season where they can: 2h has 12, half-hours 48, 2W 26.

    Raises:
        UsageError: `frequency` is no alias of a regular grid and not "1".
    """
    if frequency == INTEGER_STEPS:
        return 1
    grid = parse_frequency(frequency)
    if grid.unit == "us":
        whole = (c for longest, c in CYCLES if grid.count < longest and c % grid.count == 0)
        return next(whole, grid.count) // grid.count
    if grid.unit == "day" and grid.count % 7 == 0:
        return _divided(52, grid.count // 7)
    return _divided({"day": 7, "business day": 5, "month": 12}[grid.unit], grid.count)


def longer_seasons(frequency: str, season: int) -> tuple[int, ...]:
    """Return the steps in longer seasons that data with a `season` may have besides.

    What repeats each day may repeat each week, what repeats each week each year. Integer steps do
    if their season is a day's or a week's usual number of steps.

    Raises:
        UsageError: `frequency` is no alias of a regular grid and not "1".
    """
    if frequency == INTEGER_STEPS:
        return (7 * season,) if season in DAYS_OF_STEPS else (365,) if season == 7 else ()  # noqa: PLR2004
    grid = parse_frequency(frequency)
    longest = {"us": 7 * MICROSECONDS["D"], "day": 365, "business day": 261, "month": 0}[grid.unit]
    longer = longest // grid.count
    return (longer,) if 1 < season < longer else ()


def describe(frequency: str) -> str:
    """Return a frequency in words, with its alias: "monthly, MS"."""
    if frequency == INTEGER_STEPS:
        return "integer steps"
    name = UNIT_NAMES.get(frequency.split("-", maxsplit=1)[0])
    return f"{name}, {frequency}" if name else frequency


def _divided(season: int, steps: int) -> int:
    """Return how many groups of `steps` fill a season, 1 if they do not fill it exactly."""
    return season // steps if season % steps == 0 else 1


def _refuse_far_future(grid: Grid, origin: np.datetime64, steps: NDArray[np.int64]) -> None:
    """Raise if steps may leave the years that dates can be written for (and overflow before)."""
    end = float(steps.max(initial=0)) * grid.count * UNIT_MICROSECONDS[grid.unit]
    if origin.astype(np.int64) + end > np.datetime64(f"{LAST_YEAR}-12-31", "us").astype(np.int64):
        raise UsageError(f"the forecast runs past the year {LAST_YEAR}: use a shorter horizon.")
