"""Read a table in rounds, each without the rows and cells that the one before could not use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcast.data.doctor.mending import TREATMENTS, mend
from lstmcast.data.partial import NO_ROWS, Partial
from lstmcast.data.problems import Problem, TableError
from lstmcast.data.table import read_source
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmcast.config import DataConfig
    from lstmcast.data.panel import SeriesTable
    from lstmcast.data.raw import Source

MOST_ROUNDS = 20


class Reading(NamedTuple):
    """What was read after all, without what, and the problems on the way, in rows of the source.

    `table` is None where nothing could be read; `refusal` says why if no rows are to blame.
    """

    table: SeriesTable | None
    mended: Partial
    problems: tuple[Problem, ...]
    refusal: str = ""


def read_after_all(source: Source, said: DataConfig) -> Reading:
    """Read a table; where rows or cells are in the way, take them away in memory and try again.

    Raises:
        UsageError: an option cannot be used.
    """
    mended, problems = Partial(source), list[Problem]()
    for _ in range(MOST_ROUNDS):
        try:
            return Reading(read_source(mended, said), mended, tuple(problems))
        except TableError as error:
            found = [
                replace(each, rows=mended.origin_rows(each.rows)) for each in _apart(error.problems)
            ]
            if _are_told(found, problems):  # the source itself cannot be read past them
                break
            problems += found
            mended = mend(mended, problems)
            if _is_empty(mended, found[0].column):
                break
        except DataError as error:
            sentence = str(error).removeprefix(f"{source.name}: ")
            return Reading(None, mended, tuple(problems), sentence)
    return Reading(None, mended, tuple(problems))


def _apart(problems: Sequence[Problem]) -> list[Problem]:
    """Leave out problems without rows, and cells of rows that another problem takes away whole."""
    whole = [each.rows for each in problems if TREATMENTS[each.kind].cure == "drop"]
    away = np.concatenate([NO_ROWS, *whole])
    kept = [
        each
        if TREATMENTS[each.kind].cure == "drop"
        else replace(each, rows=np.setdiff1d(each.rows, away))
        for each in problems
    ]
    return [each for each in kept if each.rows.size]


def _are_told(found: Sequence[Problem], before: Sequence[Problem]) -> bool:
    """Say whether problems are those of an earlier round, though it took their cells away."""
    told = {(each.column, each.kind, each.rows.tobytes()) for each in before}
    return all((each.column, each.kind, each.rows.tobytes()) in told for each in found)


def _is_empty(mended: Partial, column: str) -> bool:
    """Say whether every row has been taken away."""
    return not len(mended.read([column], []).texts[column].codes)
