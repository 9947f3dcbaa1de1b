"""Public holidays, from the package of that name, which the extra `holidays` installs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def holidays_between(
    country: str, first: np.datetime64, end: np.datetime64
) -> NDArray[np.datetime64]:
    """Return the holidays of a country ("DE") or region ("DE-BY") from `first` on, before `end`.

    Raises:
        UsageError: the country or region is unknown, or the package is not installed.
    """
    try:
        import holidays
    except ImportError as error:
        raise UsageError(
            "--holidays needs the package 'holidays': pip install 'lstmcast[holidays]'."
        ) from error
    name, _, region = country.partition("-")
    years = range(_year(first), _year(end) + 1)
    try:
        known = holidays.country_holidays(name, subdiv=region or None, years=years)
    except NotImplementedError as error:
        raise UsageError(
            f"holidays '{country}': {error}. Use a code such as DE, US or GB-SCT."
        ) from error
    days = np.array(sorted(known), dtype="datetime64[D]")
    return days[(days >= first) & (days < end)]


def _year(day: np.datetime64) -> int:
    return int(day.astype("datetime64[Y]").astype(int)) + 1970
