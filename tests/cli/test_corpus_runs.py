"""The corpus through the command line: the right exit code for each file, and never a traceback."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from lstmcast.data.panel import build_panel
from lstmcast.data.table import read_table

if TYPE_CHECKING:
    from conftest import Run, Start

CORPUS = Path(__file__).parents[1] / "corpus"
EXPECTED = {
    listing.parent / name: cases
    for listing in sorted(CORPUS.glob("*/expected.yaml"))
    for name, cases in yaml.safe_load(listing.read_text("utf-8")).items()
}
FOLDERS = sorted({path.parent.name for path in EXPECTED})
IN_A_PROCESS = (
    "bytes/lone_nul_in_number.csv",
    "bytes/packed.csv.zst",
    "bytes/utf16_excel_unicode_text.txt",
    "numbers/too_large_for_a_number.csv",
    "shape/excel_german.csv",
    "shape/two_id_columns.csv",
    "times/mixed_date_formats.csv",
    "series/duplicates_conflicting.csv",
)


def options(case: dict[str, Any]) -> list[str]:
    """The options that say what a case says."""
    told = []
    for field, value in case.get("said", {}).items():
        name = field.replace("_", "-")
        flag = [f"--{name}" if value else f"--no-{name}"]
        told += flag if isinstance(value, bool) else [f"--{name}={value}"]
    return told


def read_code(case: dict[str, Any]) -> int:
    return 3 if "refused" in case else 0


@pytest.mark.parametrize("folder", FOLDERS)
def test_train_ends_as_expected(folder: str, run: Run) -> None:
    for path, cases in EXPECTED.items():
        if path.parent.name != folder:
            continue
        for case in cases:
            ended = run("train", path, "--horizon", "1", "--print-config", "-q", *options(case))
            lines = ended.err.splitlines()
            told = case.get("refused", "").splitlines()
            assert (path, ended.code) == (path, read_code(case))
            assert all(line.endswith(words) for line, words in zip(lines, told, strict=True))


@pytest.mark.parametrize("folder", FOLDERS)
def test_check_ends_as_expected_and_mends_what_it_says(
    folder: str, run: Run, tmp_path: Path
) -> None:
    for path, (case, *_) in EXPECTED.items():
        if path.parent.name != folder:
            continue
        out = tmp_path / f"{path.name}.fixed.csv"
        ended = run("check", path, "--json", "-q", "--fix", out)
        if not ended.out:  # it cannot be opened at all
            assert (read_code(case), ended.code) == (3, 3)
            assert ended.err.startswith(f"error: {path}")
            continue
        document = json.loads(ended.out)
        assert (path, document["healthy"]) == (path, read_code(case) == 0)
        is_sound = document.get("fix", {"sound": False})["sound"]
        assert (path, ended.code) == (path, 0 if is_sound else 3)
        if is_sound:
            build_panel(read_table(out))


@pytest.mark.parametrize("name", IN_A_PROCESS)
def test_a_process_of_its_own_ends_as_expected(name: str, start: Start) -> None:
    case = EXPECTED[CORPUS / name][0]
    process = start("check", CORPUS / name)
    assert process.returncode == read_code(case)
    told = (process.stdout + process.stderr).decode()
    assert "Traceback" not in told
    column = re.match(r"column '.*?'", case.get("refused", ""))
    assert not column or column[0] in told
