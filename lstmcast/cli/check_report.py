"""A diagnosis as a page: what the table holds, then each finding, where it is and what helps."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lstmcast.data.doctor.words import extent_in_words, facts_in_words, place_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lstmcast.data.doctor.diagnosis import Diagnosis, Facts
    from lstmcast.data.doctor.findings import Finding, Severity

WIDE = 10_000  # columns: a line is never folded, not even in a pipe
STYLES: dict[Severity, str] = {"problem": "bold red", "warning": "bold yellow", "note": "bold"}


def check_report(diagnosis: Diagnosis, *, colour: bool) -> str:
    """Lay a diagnosis out for a person; `colour` where a terminal shows it."""
    page = io.StringIO()
    console = Console(file=page, width=WIDE, force_terminal=colour, highlight=False)
    console.print(Text(f"{_visible(diagnosis.name)}: {_verdict(diagnosis)}"))
    if diagnosis.facts is not None:
        console.print()
        console.print(_facts(diagnosis.facts))
    for finding in diagnosis.findings:
        console.print()
        for line in _lines(finding):
            console.print(line)
    if not diagnosis.is_complete:
        console.print()
        console.print(Text("The rest can be looked at once this is settled."))
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def _verdict(diagnosis: Diagnosis) -> str:
    """Count the findings in words."""
    kinds = [each.severity for each in diagnosis.findings]
    counts = {word: kinds.count(word) for word in STYLES}
    told = [f"{count} {word}{'s' * (count > 1)}" for word, count in counts.items() if count]
    return ", ".join(told) if told else "healthy"


def _facts(facts: Facts) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, text in facts_in_words(facts):
        table.add_row(f"  {name}", Text(_visible(text)))
    return table


def _lines(finding: Finding) -> Iterator[Text]:
    head = Text(f"{finding.severity}: {finding.kind}", style=STYLES[finding.severity])
    extent = _visible(extent_in_words(finding))
    yield head.append(f" ({extent})" if extent else "", style="not bold default")
    for place in finding.places:
        yield Text(f"  {_visible(place_in_words(place))}")
    more = finding.count - len(finding.places)
    if more and finding.places:
        yield Text(f"  and {more:,} more")
    yield Text(f"  why it matters: {finding.consequence}")
    yield Text(f"  what to do:     {_visible(finding.remedy)}")


def _visible(text: str) -> str:
    """Spell out control characters: a cell of a hostile file must not steer the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
