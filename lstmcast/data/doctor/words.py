"""What the doctor says, in words: the facts of a table, and the places of a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lstmcast.data.doctor.diagnosis import Facts
    from lstmcast.data.doctor.findings import Finding, Place

SHOWN = 10  # columns of a role


def facts_in_words(facts: Facts) -> Iterator[tuple[str, str]]:
    """Tell facts as pairs of what is told and its text, the columns first."""
    for role, name in facts.columns.items():
        yield (role, name) if isinstance(name, str) else _role(role, name)
    yield "frequency", facts.frequency
    yield "times", f"{facts.first_time} to {facts.last_time}"
    least, median, most = facts.steps
    steps = f"{least:,.0f} steps" if least == most else f"{least:,.0f} to {most:,.0f} steps"
    typical = "" if least == most else f", {median:,.0f} in the middle"
    yield "series", f"{facts.n_series:,} of {steps}{typical}"
    least, median, most = facts.values
    missing = f", {facts.n_missing:,} not observed" if facts.n_missing else ""
    yield (
        "values",
        (
            f"{least:.6g} to {most:.6g}, {median:.6g} in the middle; "
            f"{facts.n_observed:,} observed{missing}"
        ),
    )
    yield "seasons", _seasons(facts) or "none"


def _role(role: str, names: Sequence[str] | bool) -> tuple[str, str]:  # noqa: FBT001
    """Name a role that several columns may share, or that the table as a whole has."""
    if isinstance(names, bool):
        return role, "yes"
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return role.removesuffix("s") if len(names) == 1 else role, ", ".join(names[:SHOWN]) + more


def _seasons(facts: Facts) -> str:
    """Write each season with its strength, from 0 to 1: "12 steps (strength 0.91)"."""
    told = []
    for season in facts.seasons:
        if season.strength is None:
            words = "too short to tell"
        else:
            words = f"strength {season.strength:.2f}"
            if season.n_series > 1:
                words += f" in the middle, clear in {season.share_strong:.0%} of the series"
        told.append(f"{season.length:,} steps ({words})")
    return ", ".join(told)


def extent_in_words(finding: Finding) -> str:
    """Say how much there is of it, in rows of a column or in series: "3, in 2 series"."""
    if not finding.places:
        return ""
    count = f"{finding.count:,}"
    if finding.n_series is None:
        rows = f" row{'s' * (finding.count > 1)}" if finding.severity == "problem" else ""
        return f"{count}{rows}, column '{finding.column or ''}'"
    return f"{count}, in {finding.n_series:,} series" if finding.n_series > 1 else count


def place_in_words(place: Place) -> str:
    """Say where a place is, and what stands there."""
    when = "" if place.time is None else f", {place.time}"
    return f"{place.where}{when}: {place.detail}" if place.detail else place.where + when
