"""Which stretch of each series trained, validated and tested."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from lstmcast.evaluation.judgement import Course


class Known(NamedTuple):
    """What the model that forecast a window had learnt from its series, in steps of the axis.

    The last `held_out` of the steps that it was trained on were held out at first, to find the step
    to stop at. A series that training never saw has a first step after its last.
    """

    first: NDArray[np.int64]  # [W]
    last: NDArray[np.int64]  # [W]
    held_out: NDArray[np.int64]  # [W]


class Span(NamedTuple):
    """First and last time of a stretch of a series."""

    first: str
    last: str


@dataclass(frozen=True)
class Spans:
    """What of a series was used for what in one round; None: nothing.

    What was validated on was held out of training at first, and is part of what was trained on in
    the end.
    """

    series: str
    round: int  # from 1
    trained: Span | None
    validated: Span | None
    tested: Span

    def to_dict(self) -> dict[str, Any]:
        """Lay them out for JSON, each as a list of its first and last time."""
        stretches = {"trained": self.trained, "validated": self.validated, "tested": self.tested}
        return {"series": self.series, "round": self.round} | {
            name: None if span is None else list(span) for name, span in stretches.items()
        }


def seen_steps(course: Course, known: Known) -> NDArray[np.int64]:
    """Count the steps of each window that the model was trained on: [W]."""
    inside = (course.times <= known.last[:, None]) & (course.times >= known.first[:, None])
    return np.asarray(inside.sum(axis=1))


def nothing_known(course: Course) -> Known:
    """Say that nothing is known of what the windows were forecast from."""
    none = np.zeros(len(course.number), dtype=np.int64)
    return Known(none, none - 1, none)


def spans_of(course: Course, known: Known) -> list[Spans]:
    """Say of each window what of its series trained, validated and tested."""
    panel, (series, _) = course.panel, course.windows
    times = course.times
    trained = known.last >= known.first
    validated = known.last - known.held_out + 1
    edges = [np.where(trained, edge, times[:, 0]) for edge in (known.first, known.last, validated)]
    told = [
        panel.axis.render(panel.axis.stamps(edge)).tolist()
        for edge in (*edges, times[:, 0], times[:, -1])
    ]
    return [
        Spans(
            series=str(panel.series_ids[series[w]]),
            round=int(course.number[w]) + 1,
            trained=Span(str(first), str(last)) if trained[w] else None,
            validated=Span(str(held), str(last)) if trained[w] and known.held_out[w] else None,
            tested=Span(str(begin), str(end)),
        )
        for w, (first, last, held, begin, end) in enumerate(zip(*told, strict=True))
    ]


def most_common(spans: Iterable[Spans], most: int) -> list[tuple[Spans, int]]:
    """Return the stretches that most series have in common, and of how many; named after none."""
    counts = Counter(replace(each, series="") for each in spans)
    return counts.most_common(most)
