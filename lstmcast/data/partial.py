"""A source without some of its rows and cells, in memory: what is left can be looked at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from lstmcast.data.raw import Coded, Numbers, RawColumns, Source

NO_ROWS = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Partial:
    """A source without some of its rows and cells.

    `dropped` [D] are rows of `origin` in ascending order, `blanks` by column other rows of it.
    """

    origin: Source
    dropped: NDArray[np.int64] = field(default_factory=NO_ROWS.copy)
    blanks: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What messages call the table."""
        return self.origin.name

    def sample(self) -> tuple[list[str], list[list[str]]]:
        """Return names and first rows of the origin: the roles of columns are told as before."""
        return self.origin.sample()

    def read(self, texts: Sequence[str], numbers: Sequence[str]) -> RawColumns:
        """Read columns without what has been taken away."""
        raw = self.origin.read(texts, numbers)
        return replace(
            raw,
            texts={name: self._texts(name, column) for name, column in raw.texts.items()},
            numbers={name: self._numbers(name, column) for name, column in raw.numbers.items()},
        )

    def cells(self, rows: Sequence[int], column: str) -> list[tuple[str, str]]:
        """Return what the origin says of rows that count without those that were dropped."""
        origin = self.origin_rows(np.asarray(rows, dtype=np.int64))
        return self.origin.cells([int(row) for row in origin], column)

    def origin_rows(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of the origin that rows of what is left were: same shape."""
        # Row r of what is left stands behind as many dropped rows as have r or fewer kept before.
        kept_before = self.dropped - np.arange(len(self.dropped))
        return np.asarray(rows + np.searchsorted(kept_before, rows, side="right"))

    def _texts(self, name: str, column: Coded) -> Coded:
        codes, texts = column.codes, column.texts
        if name in self.blanks:
            codes = codes.copy()
            codes[self.blanks[name]] = len(texts)
            texts = pa.concat_arrays([texts.cast(pa.string()), pa.array([""])])
        if not (name in self.blanks or len(self.dropped)):
            return column
        again, kept = pd.factorize(np.delete(codes, self.dropped))
        return replace(column, codes=again.astype(np.int32), texts=texts.take(pa.array(kept)))

    def _numbers(self, name: str, column: Numbers) -> Numbers:
        blank = self.blanks.get(name, NO_ROWS)
        values = column.values.copy()
        values[blank] = np.nan
        wrong = np.zeros(len(values), dtype=bool)
        wrong[column.wrong] = True
        wrong[blank] = False
        return replace(
            column,
            values=np.delete(values, self.dropped),
            wrong=np.flatnonzero(np.delete(wrong, self.dropped)),
        )
