"""The three columns of a table as they were read, before anyone has judged what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Coded:
    """A column of texts by its distinct ones: row n holds `texts[codes[n]]`, empty if missing."""

    codes: NDArray[np.int32]  # [N]
    texts: pa.Array  # [U], strings in order of first appearance


@dataclass(frozen=True)
class RawColumns:
    """The columns that play a role; `wrong` are the rows whose target is no finite number."""

    time: Coded
    id: Coded | None
    values: NDArray[np.float64]  # [N], NaN where missing
    wrong: NDArray[np.int64]
