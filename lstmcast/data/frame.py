"""Data frames as the source of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from lstmcast.data.coded import read_numbers
from lstmcast.data.columns import SAMPLE_ROWS
from lstmcast.data.numerals import in_plain_marks
from lstmcast.data.raw import Coded, RawColumns
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmcast.config import DataConfig


@dataclass(frozen=True)
class Frame:
    """A data frame as the source of a table; rows count from 0, as `iloc` does."""

    name: str
    content: pd.DataFrame
    said: DataConfig

    def sample(self) -> tuple[list[str], list[list[str]]]:
        """Return the names of the columns and the first rows as texts.

        Raises:
            DataError: there is no row.
        """
        if self.content.empty:
            raise DataError(f"{self.name}: there is no row.")
        names = [str(name) for name in self.content.columns]
        first = self.content.head(SAMPLE_ROWS).astype(str).fillna("")
        return names, first.map(in_plain_marks).to_numpy().tolist()

    def read(self, texts: Sequence[str], numbers: Sequence[str]) -> RawColumns:
        """Read columns; times and ids become the texts that pandas prints.

        Raises:
            DataError: a column holds lists, or texts that can be read as two numbers.
        """
        coded = {name: coded_series(self.content[name]) for name in texts}
        numeric = {name: _in_arrow(self.content[name]) for name in numbers}
        read, notes = read_numbers(self, numeric, self.said, plain=True)
        return RawColumns(coded, read, (f"{self.name}: {'; '.join(notes)}",) if notes else ())

    def cells(self, rows: Sequence[int], column: str) -> list[tuple[str, str]]:
        """Return number and text of a column's cells in some rows."""
        return [(f"row {row}", str(self.content[column].iloc[row])) for row in rows]


def open_frame(frame: pd.DataFrame, said: DataConfig) -> Frame:
    """Take a data frame with its names as texts.

    Raises:
        DataError: two columns have one name.
    """
    named = frame.set_axis(frame.columns.map(str), axis=1)
    if twice := named.columns[named.columns.duplicated()].tolist():
        raise DataError(f"the data frame: two columns are named '{twice[0]}'; rename one of them.")
    return Frame("the data frame", named, said)


def _in_arrow(column: pd.Series) -> pa.ChunkedArray:
    """Return a column as numbers, or as texts that are still to be read as such."""
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return pa.chunked_array([pa.array(values)])
    return pa.chunked_array([pa.array(column.astype(str), pa.string())])


def coded_series(column: pd.Series) -> Coded:
    """Return a column by its distinct texts; only those are written out."""
    try:
        codes, distinct = pd.factorize(column)
    except TypeError as error:
        raise DataError(f"column '{column.name}' holds lists, not texts or times.") from error
    index = pd.Index(distinct)
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    texts = index.astype(str).tolist()
    if (codes < 0).any():  # the code of a missing cell is -1: an empty text at the end
        codes, texts = np.where(codes < 0, len(texts), codes), [*texts, ""]
    merged, unique = pd.factorize(np.array(texts, dtype=object))  # 1 and "1" are one text
    # Offsets have no key: their texts tell them.
    zone = getattr(getattr(column.dtype, "tz", None), "key", None)
    return Coded(merged[codes].astype(np.int32), pa.array(unique, pa.string()), zone)
