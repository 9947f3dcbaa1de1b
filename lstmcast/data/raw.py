"""Columns of a table as they were read, before anyone has judged what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

UNSEEN = "\ufeff\u200b"  # marks of order, as where files were put together; spaces of no width


@dataclass(frozen=True)
class Coded:
    """A column of texts by its distinct ones: row n holds `texts[codes[n]]`, empty if missing."""

    codes: NDArray[np.int32]  # [N]
    texts: pa.Array  # [U], strings in order of first appearance
    timezone: str | None = None  # of a column of timestamps that has one

    def __len__(self) -> int:
        return len(self.codes)


def trimmed(texts: pa.Array) -> pa.Array:
    """Take away what no one sees around texts: spaces, and the mark at the beginning of a file."""
    return pc.utf8_trim_whitespace(pc.utf8_trim(texts, UNSEEN))


@dataclass(frozen=True)
class Numbers:
    """A column of numbers; `wrong` are the rows whose cell is neither finite nor missing."""

    values: NDArray[np.float64]  # [N], NaN where missing
    wrong: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class RawColumns:
    """The columns that were asked for, by name; `notes` say what was found out to read them."""

    texts: Mapping[str, Coded]
    numbers: Mapping[str, Numbers]
    notes: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        """N, the number of rows."""
        lengths = [*map(len, self.texts.values()), *map(len, self.numbers.values())]
        return lengths[0]


class Source(Protocol):
    """Where a table comes from: a file of some format, a pipe, a data frame."""

    @property
    def name(self) -> str:
        """The file, or what else a message should call the table."""

    def sample(self) -> tuple[list[str], list[list[str]]]:
        """Return the names of the columns and the first rows as texts.

        Raises:
            DataError: there is no header or no row.
        """

    def read(self, texts: Sequence[str], numbers: Sequence[str]) -> RawColumns:
        """Read some columns as texts, others as numbers.

        Raises:
            DataError: rows cannot be read; wrong cells of a column of numbers are told, not raised.
        """

    def cells(self, rows: Sequence[int], column: str) -> list[tuple[str, str]]:
        """Place as a message names it ("row 12"), and text, of some rows (from 0) of a column."""
