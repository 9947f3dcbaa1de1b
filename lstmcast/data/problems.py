"""Problems with cells, gathered and told together: file, column, rows, values and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from lstmcast.data.raw import trimmed
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from lstmcast.data.raw import Coded, Source

SHOWN = 5  # rows of a kind that a message lists before it says how many more there are
MAX_SHOWN_CHARACTERS = 40


Kind: TypeAlias = Literal[
    "bad time",
    "missing time",
    "repeated header",
    "missing id",
    "no number",
    "ambiguous number",
    "damaged cell",
    "repeated row",
    "conflicting row",
    "off the frequency",
]


class TableError(DataError):
    """Some rows of a table cannot be used: the sentences, and the problems that they tell of."""

    def __init__(self, message: str, problems: Sequence[Problem]) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


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
    kind: Kind


def problems_error(source: Source, problems: Sequence[Problem]) -> TableError:
    """Return the one error that tells all problems, a sentence each."""
    sentences = [_sentence(source, problem) for problem in problems]
    return TableError("\n".join(sentences), problems)


def _sentence(source: Source, problem: Problem) -> str:
    """Say where the first few cells stand, what they hold and how many there are."""
    cells = source.cells([int(row) for row in problem.rows[:SHOWN]], problem.column)
    shown = ", ".join(f"{where} {quoted(text)}" for where, text in cells)
    rest = f", and {len(problem.rows) - SHOWN:,} more" if len(problem.rows) > SHOWN else ""
    return f"{source.name}, column '{problem.column}': {shown}{rest}: {problem.message}"


def time_problems(name: str, time: Coded, error: CellsError) -> Iterator[Problem]:
    """Tell apart the header repeated, as where files were put together, and other bad times."""
    texts = trimmed(time.texts).to_numpy(zero_copy_only=False)
    header = np.flatnonzero(texts == name)
    if header.size:
        message = "the header once more: remove the row."
        yield Problem(name, rows_holding(time, header), message, "repeated header")
    others = np.setdiff1d(error.which, header)
    if others.size:
        kind: Kind = "missing time" if (texts[others] == "").any() else "bad time"
        yield Problem(name, rows_holding(time, others), str(error), kind)


def rows_holding(column: Coded, which: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows that hold any of some distinct texts."""
    return np.flatnonzero(np.isin(column.codes, which))


def reason(error: Exception) -> str:
    """Return what a library says of a failure: on one line, printable, without the full stop."""
    words = " ".join(str(error).split())
    return "".join(each if each.isprintable() else "?" for each in words).rstrip(":. ")


def quoted(text: str) -> str:
    """Return a cell between quotes, cut to a length that fits a message, always printable."""
    cut = text if len(text) <= MAX_SHOWN_CHARACTERS else text[: MAX_SHOWN_CHARACTERS - 1] + "…"
    return repr(cut)
