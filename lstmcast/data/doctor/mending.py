"""What is done about rows and cells that a reader would refuse, to look at all the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np

from lstmcast.data.partial import NO_ROWS, Partial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lstmcast.data.problems import Kind, Problem

Cure: TypeAlias = Literal["drop", "blank"]


class Treatment(NamedTuple):
    """What is done about a kind of problem, whether a file may be mended so, and why in words."""

    cure: Cure
    safe: bool
    why: str


# Unsafe cures are for looking at the rest of the table only: what they take away may be data.
TREATMENTS: Mapping[Kind, Treatment] = {
    "missing time": Treatment("drop", True, "row without a time"),
    "repeated header": Treatment("drop", True, "header repeated"),
    "repeated row": Treatment("drop", True, "row repeated"),
    "no number": Treatment("blank", True, "no number"),
    "ambiguous number": Treatment("blank", False, ""),
    "damaged cell": Treatment("drop", False, ""),
    "bad time": Treatment("drop", False, ""),
    "missing id": Treatment("drop", False, ""),
    "conflicting row": Treatment("drop", False, ""),
    "off the frequency": Treatment("drop", False, ""),
}


def mend(partial: Partial, problems: Sequence[Problem]) -> Partial:
    """Take the rows or cells away that problems tell of, in rows of the origin."""
    dropped, blanks = [partial.dropped], dict(partial.blanks)
    for problem in problems:
        if TREATMENTS[problem.kind].cure == "drop":
            dropped.append(problem.rows)
        else:
            before = blanks.get(problem.column, NO_ROWS)
            blanks[problem.column] = np.union1d(before, problem.rows)
    return Partial(partial.origin, np.unique(np.concatenate(dropped)), blanks)
