"""Series of a table: rows grouped by their ids, each target of a group a series of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lstmcast.data.raw import UNSEEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from lstmcast.data.panel import Columns
    from lstmcast.data.raw import Coded


@dataclass(frozen=True)
class Groups:
    """Rows [N] by the group that they belong to, `parts` [G, K] being the ids of the groups.

    There is one group without a part where the table has no id column.
    """

    codes: NDArray[np.int32]  # [N]
    parts: NDArray[np.object_]

    @property
    def names(self) -> NDArray[np.object_]:
        """What messages call each group: [G]."""
        return label_series(self.parts) if self.parts.size else np.array([""], dtype=object)

    def name(self, row: int) -> str:
        """Return what a message calls the group of a row."""
        return "/".join(self.parts[self.codes[row]])


def group_rows(ids: tuple[str, ...], texts: Mapping[str, Coded], n_rows: int) -> Groups:
    """Number the groups of rows with the same ids as they appear."""
    columns = [_without_marks(texts[name]) for name in ids]
    if not columns:
        return Groups(np.zeros(n_rows, dtype=np.int32), np.empty((1, 0), dtype=object))
    codes = columns[0].codes
    for column in columns[1:]:
        keys = codes.astype(np.int64) * len(column.texts) + column.codes
        codes = pd.factorize(keys)[0].astype(np.int32)
    if len(columns) == 1:
        return Groups(codes, np.array(columns[0].texts.to_pylist(), dtype=object)[:, None])
    _, first = np.unique(codes, return_index=True)
    cells = [
        np.array(column.texts.to_pylist(), dtype=object)[column.codes[first]] for column in columns
    ]
    return Groups(codes, np.column_stack(cells))


def _without_marks(column: Coded) -> Coded:
    """Leave out marks of order, as where files were put together; spaces may well be meant."""
    texts = pc.utf8_trim(column.texts, UNSEEN)
    if texts.equals(column.texts):
        return column
    alike = pc.dictionary_encode(texts)
    places = alike.indices.to_numpy(zero_copy_only=False)
    return replace(column, codes=places[column.codes], texts=alike.dictionary)


@dataclass(frozen=True)
class Series:
    """Series by number: `ids` [S] for people, and the cells that name them, [S, K]."""

    ids: NDArray[np.object_]
    id_parts: NDArray[np.object_]


def name_series(groups: Groups, columns: Columns) -> Series:
    """Name the series: the groups, or where a row holds several values, each target of each group.

    Series `g * len(targets) + t` is target `t` of group `g`.
    """
    if not columns.melted:
        parts = groups.parts if columns.ids else np.array([columns.targets], dtype=object)
    else:
        names = np.tile(np.array(columns.targets, dtype=object), len(groups.parts))
        ids = np.repeat(groups.parts, len(columns.targets), axis=0)
        parts = np.column_stack([ids, names])
    return Series(label_series(parts), parts)


def label_series(id_parts: NDArray[np.object_]) -> NDArray[np.object_]:
    """Name series for people, by parts [S, K] with slashes between: [S].

    Where that would give one name to two series, slashes within parts are escaped.
    """
    if id_parts.shape[1] == 1:
        return id_parts[:, 0]
    columns = [pa.array(part, pa.string()) for part in id_parts.T]
    labels = pc.binary_join_element_wise(*columns, "/")
    if pc.count_distinct(labels).as_py() < len(labels):
        escaped = [pc.replace_substring_regex(part, r"[\\/]", r"\\\0") for part in columns]
        labels = pc.binary_join_element_wise(*escaped, "/")
    return np.array(labels.to_numpy(zero_copy_only=False), dtype=object)
