"""A table as it was known at some time: without its later rows, before anyone looks at them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from lstmcast.data.partial import Partial
from lstmcast.data.problems import CellsError
from lstmcast.data.shapes import is_aware
from lstmcast.data.stamps import parse_in_style, parse_times
from lstmcast.data.zones import to_instants
from lstmcast.errors import DataError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.config import DataConfig
    from lstmcast.data.raw import Source
    from lstmcast.data.stamps import Times

MOMENT = np.timedelta64(1, "us")


def until(source: Source, column: str, as_of: str, settled: DataConfig) -> Source:
    """Return a source without its rows whose time is after `as_of`; a date counts as a whole day.

    Only the way in which times are written is found out with the later rows. Where they cannot be
    read all rows are left: who reads them will say what is wrong, and where.

    Raises:
        UsageError: `as_of` is no time of the kind that the column has.
        DataError: the column cannot be read, or all rows are later.
    """
    told = source.read([column], []).texts[column]
    zone = settled.timezone or told.timezone
    try:
        times = parse_times(told.texts, day_first=settled.day_first, timezone=zone)
    except CellsError:
        return source
    values: NDArray[Any] = times.values
    late = (values >= _end(times, as_of))[told.codes]
    if late.all():
        raise DataError(f"{source.name}: no row is as early as --as-of {as_of}.")
    return Partial(source, np.flatnonzero(late))


def _end(times: Times, as_of: str) -> np.datetime64 | int:
    """Return the first time that is too late, as times are told.

    Raises:
        UsageError: the text is no time of the kind that these are.
    """
    if not times.style:
        try:
            return int(as_of) + 1
        except ValueError as error:
            raise UsageError(
                f"--as-of {as_of}: the times of the data are whole numbers: give one, such as 120."
            ) from error
    try:
        day = date.fromisoformat(as_of)
    except ValueError:
        return _after(times, as_of)
    return _instant(times, np.datetime64(day + timedelta(days=1), "us"))


def _after(times: Times, as_of: str) -> np.datetime64:
    """Return the first moment after one that a text tells, in ISO 8601 or as in the data."""
    try:
        moment = datetime.fromisoformat(as_of)
    except ValueError:
        return _after_own(times, as_of)
    if moment.tzinfo is None:
        return _instant(times, np.datetime64(moment, "us")) + MOMENT
    if not times.timezone:
        raise UsageError(
            f"--as-of {as_of}: the times of the data have no zone, so leave out that of this one."
        )
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us") + MOMENT


def _after_own(times: Times, as_of: str) -> np.datetime64:
    try:
        (stamp,) = parse_in_style(times.style, pa.array([as_of]))
    except CellsError as error:
        raise UsageError(
            f"--as-of {as_of}: write a date such as 2024-01-31, or 2024-01-31T13:00."
        ) from error
    own = np.datetime64(stamp, "us")
    return (own if is_aware(times.style) else _instant(times, own)) + MOMENT


def _instant(times: Times, wall: np.datetime64) -> np.datetime64:
    """Return what clocks show as the times are told."""
    if not times.timezone:
        return wall
    instant: np.datetime64 = to_instants(times.timezone, np.array([wall]))[0]
    return instant
