"""The corpus: files as people have them, each with the right answer or the sentence of refusal.

`tests/corpus/*/expected.yaml` holds one or more cases for each file beside it: the options that are
said, and either what must be read (frequency, series as first time and values, notes) or the whole
sentence of the refusal. A null is a step that was not observed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from numpy.testing import assert_array_equal

from lstmcast.config import DataConfig
from lstmcast.data.panel import build_panel
from lstmcast.data.problems import TableError
from lstmcast.data.table import read_table
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from lstmcast.data.panel import Panel

CORPUS = Path(__file__).parents[2] / "corpus"
EXPECTED = {
    listing.parent / name: cases
    for listing in sorted(CORPUS.glob("*/expected.yaml"))
    for name, cases in yaml.safe_load(listing.read_text("utf-8")).items()
}
CASES = [
    pytest.param(path, case, id=" ".join([path.name, *map(str, case.get("said", {}).items())]))
    for path, cases in EXPECTED.items()
    for case in cases
]


def test_every_file_is_expected_and_every_expected_file_is_there() -> None:
    files = {path for path in CORPUS.glob("*/*") if path.name != "expected.yaml"}
    assert files == set(EXPECTED)
    assert len(files) >= 100


@pytest.mark.parametrize(("path", "case"), CASES)
def test_a_file_of_the_corpus(path: Path, case: dict[str, Any]) -> None:
    said = DataConfig(**case.get("said", {}))
    if "refused" in case:
        with pytest.raises(DataError) as caught:
            build_panel(read_table(path, said))
        assert without_path(str(caught.value), path) == case["refused"]
        if isinstance(caught.value, TableError):
            lines = case["refused"].splitlines()
            assert all(re.match(r"column '.*': row \d+ ", line) for line in lines)
    else:
        check_panel(build_panel(read_table(path, said)), path, case)


def check_panel(panel: Panel, path: Path, case: dict[str, Any]) -> None:
    """All that a panel holds is as expected, and what is said of it beside the columns' roles."""
    assert panel.axis.frequency == case["frequency"]
    assert panel.axis.timezone == case.get("timezone")
    assert panel.series_ids.tolist() == list(case["series"])
    firsts = panel.axis.render(panel.axis.stamps(panel.first_steps)).tolist()
    for first, start, end, told in zip(
        firsts, panel.offsets, panel.offsets[1:], case["series"].values(), strict=False
    ):
        assert first == told[0]
        values = [float("nan") if value is None else value for value in told[1:]]
        assert_array_equal(panel.values[start:end], values)
    notes = [without_path(note, path) for note in panel.notes]
    roles = [note for note in notes if note.startswith("time column ")]
    assert len(roles) == 1
    assert [note for note in notes if note not in roles] == case.get("notes", [])


def without_path(text: str, path: Path) -> str:
    """Leave out which file a sentence is about."""
    return re.sub(f"{re.escape(str(path))}[,:] ", "", text)
