"""Laws of damaged files: a file of the corpus with bytes, cells or lines moved is read, or refused.

What is read is a table that can be one: a row for each step of a series at most, numbers or none.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.config import DataConfig
from lstmcast.data.dialect import CONTROL
from lstmcast.data.doctor.diagnosis import diagnose
from lstmcast.data.panel import build_panel
from lstmcast.data.table import read_table
from lstmcast.errors import LstmcastError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lstmcast.data.panel import SeriesTable

CORPUS = Path(__file__).parents[1] / "corpus"
WORDS = (b"", b",", b";", b"\n", b"\r", b"\0", b'"', b"2024-01-02", b"1e400", b"NaN", b"\xff", b"-")


def files() -> Iterator[tuple[Path, DataConfig]]:
    """The files of the corpus, and what is said of each that can be read so."""
    for listing in sorted(CORPUS.glob("*/expected.yaml")):
        for name, cases in yaml.safe_load(listing.read_text("utf-8")).items():
            for case in cases:
                yield listing.parent / name, DataConfig(**case.get("said", {}))


FILES = list(files())


@st.composite
def damaged(draw: st.DrawFn) -> tuple[bytes, DataConfig]:
    """A file of the corpus with a few things out of place."""
    path, said = draw(st.sampled_from(FILES))
    content = path.read_bytes()
    for _ in range(draw(st.integers(1, 4))):
        how = draw(st.sampled_from(["bytes", "lines", "cells", "word"]))
        if how == "bytes":
            content = changed_bytes(draw, content)
        elif how == "word":
            place = draw(st.integers(0, len(content)))
            content = content[:place] + draw(st.sampled_from(WORDS)) + content[place:]
        else:
            mark = b"\n" if how == "lines" else draw(st.sampled_from([b",", b";", b"\t"]))
            content = mark.join(moved(draw, content.split(mark)))
    return content, said


def changed_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """One bit of content flipped, or a piece of it cut out."""
    place = draw(st.integers(0, max(0, len(content) - 1)))
    if draw(st.booleans()):
        return content[:place] + content[place + draw(st.integers(1, 9)) :]
    return (
        content[:place]
        + bytes(b ^ 1 << place % 8 for b in content[place : place + 1])
        + (content[place + 1 :])
    )


def moved(draw: st.DrawFn, pieces: list[bytes]) -> list[bytes]:
    """Pieces of which one is dropped, doubled, or swapped with another."""
    one, other = (draw(st.integers(0, len(pieces) - 1)) for _ in range(2))
    how = draw(st.sampled_from(["drop", "double", "swap"]))
    if how == "drop":
        return pieces[:one] + pieces[one + 1 :]
    if how == "double":
        return [*pieces[:other], pieces[one], *pieces[other:]]
    pieces[one], pieces[other] = pieces[other], pieces[one]
    return pieces


@settings(max_examples=400, deadline=None)
@given(damaged())
def test_damage_ends_in_a_sentence_or_in_a_table_that_can_be_one(
    file: tuple[bytes, DataConfig],
) -> None:
    content, said = file
    with TemporaryDirectory() as folder:
        path = Path(folder, "table")
        path.write_bytes(content)
        try:
            table = read_table(path, said)
        except LstmcastError as error:
            check_sentence(error)
        else:
            check_table(table)


@settings(max_examples=60, deadline=None)
@given(damaged())
def test_the_doctor_looks_at_any_damage(file: tuple[bytes, DataConfig]) -> None:
    content, said = file
    with TemporaryDirectory() as folder:
        path, out = Path(folder, "table"), Path(folder, "out.csv")
        path.write_bytes(content)
        try:
            checked = diagnose(path, said, mend=True)
        except LstmcastError as error:
            check_sentence(error)
            return
        if checked.repair is not None and checked.repair.is_sound:
            out.write_bytes(checked.repair.table_bytes(".csv"))
            # What is written is a CSV with commas in UTF-8; marks in numbers are as they were.
            again = said.model_copy(update={"delimiter": None, "encoding": None})
            check_table(read_table(out, again))


def check_sentence(error: LstmcastError) -> None:
    """An error ends as a sentence does, and holds nothing that steers a terminal."""
    assert error.exit_code in (2, 3)
    assert str(error).endswith(".")
    assert not CONTROL.search(str(error))


def check_table(table: SeriesTable) -> None:
    """Rows stand on steps of their own, at numbers or none, and make a panel."""
    assert table.steps.min() >= 0
    assert not np.isinf(table.values).any()
    assert len(np.unique(np.stack([table.codes, table.steps]), axis=1).T) == len(table.codes)
    assert sorted(np.unique(table.codes)) == list(range(len(table.series_ids)))
    panel = build_panel(table)
    assert panel.lengths.min() >= 1
    observed = np.sort(panel.values[np.isfinite(panel.values)])
    if table.fill == "none":
        np.testing.assert_array_equal(observed, np.sort(table.values[np.isfinite(table.values)]))
