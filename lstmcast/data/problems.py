"""Problems with cells, gathered and told together: file, column, rows, values and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from lstmcast.data.raw import Source

SHOWN = 5  # rows of a kind that a message lists before it says how many more there are
MAX_SHOWN_CHARACTERS = 40


class CellsError(DataError):
    """Some distinct values of a column cannot be used; `which` [K] are their indices."""

    def __init__(self, message: str, which: NDArray[np.int64]) -> None:
        super().__init__(message)
        self.which = which


@dataclass(frozen=True)
class Problem:
    """Rows [K], counted from 0, whose cells in one column cannot be used, and what to do."""

    column: str
    rows: NDArray[np.int64]
    message: str


def problems_error(source: Source, problems: Sequence[Problem]) -> DataError:
    """Return the one error that tells all problems, a sentence each."""
    return DataError("\n".join(_sentence(source, problem) for problem in problems))


def _sentence(source: Source, problem: Problem) -> str:
    """Say where the first few cells stand, what they hold and how many there are."""
    cells = source.cells([int(row) for row in problem.rows[:SHOWN]], problem.column)
    shown = ", ".join(f"{where} {quoted(text)}" for where, text in cells)
    rest = f", and {len(problem.rows) - SHOWN:,} more" if len(problem.rows) > SHOWN else ""
    return f"{source.name}, column '{problem.column}': {shown}{rest}: {problem.message}"


def quoted(text: str) -> str:
    """Return a cell between quotes, cut to a length that fits a message, always printable."""
    cut = text if len(text) <= MAX_SHOWN_CHARACTERS else text[: MAX_SHOWN_CHARACTERS - 1] + "…"
    return repr(cut)
