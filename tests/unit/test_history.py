from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING

import pytest

from lstmcast.errors import DataError, UsageError
from lstmcast.history import COLUMNS, History, read_history
from lstmcast.nn.events import PhaseFinished, Resumed, StepsTaken, TrainingEvent, Validated
from lstmcast.summaries import Summaries

if TYPE_CHECKING:
    from pathlib import Path

    from lstmcast.nn.events import Phase


def steps(phase: Phase, member: int, last: int, n: int = 2) -> StepsTaken:
    values = tuple(last - n + 1.0 + k for k in range(n))
    return StepsTaken(phase, member, last, values, values, (0.001,) * n, values)


STORY: tuple[TrainingEvent, ...] = (
    steps("search", 0, 2),
    steps("search", 1, 2),
    steps("search", 0, 4),
    steps("search", 1, 4),
    Validated(4, 0.5, 4, 0.5, 0.5),
    PhaseFinished("search", 4, 1.0),
    steps("final", 0, 2),
    steps("final", 1, 2),
)


def written(path: Path, *events: TrainingEvent) -> list[list[str]]:
    with History(path) as history:
        for event in events:
            history(event)
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == COLUMNS
    return rows


def test_a_row_for_every_step_of_every_member(tmp_path: Path) -> None:
    rows = written(tmp_path / "h.csv", *STORY)
    assert [tuple(row[:3]) for row in rows] == [
        *[("search", member, step) for member in "12" for step in "12"],
        *[("search", member, step) for member in "12" for step in "34"],
        *[("final", member, step) for member in "12" for step in "12"],
    ]
    assert [row[2] for row in rows if row[4]] == ["4", "4"]
    assert rows[7] == ["search", "2", "4", "4.0", "0.5", "0.001", "4.0", "4.000"]


def test_a_new_training_begins_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    written(path, *STORY)
    assert len(written(path, STORY[0])) == 2


@pytest.mark.parametrize(
    ("phase", "step", "kept"), [("search", 2, 4), ("search", 0, 0), ("final", 0, 8)]
)
def test_a_resumed_training_goes_on_in_the_file(
    phase: Phase, step: int, kept: int, tmp_path: Path
) -> None:
    path = tmp_path / "h.csv"
    before = written(path, *STORY)
    with path.open("a") as file:
        file.write("final,1,3,0.1")  # as a power cut may leave it
    after = written(path, Resumed(phase, step), steps("final", 0, 2))
    assert after[:kept] == before[:kept]
    assert len(after) == kept + 2


def test_a_resumed_training_without_a_history(tmp_path: Path) -> None:
    assert len(written(tmp_path / "h.csv", Resumed("final", 0), steps("final", 0, 2))) == 2


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\0"])
def test_a_file_that_is_no_history_is_not_gone_on_in(text: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match="is no history of a training"), History(path) as history:
        history(Resumed("final", 0))
    assert path.read_text() == text


def test_a_history_that_cannot_be_written(tmp_path: Path) -> None:
    history = History(tmp_path / "no" / "h.csv")
    history(STORY[0])
    with pytest.raises(UsageError, match=r"cannot write .*: No such file or directory"):
        history(STORY[2])


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    cells = written(path, *STORY)
    rows = read_history(path)
    assert [[str(cell) for cell in row.cells()] for row in rows] == cells
    assert [row.validation for row in rows if row.step == 4] == [0.5, 0.5]
    with path.open("a") as file:
        file.write("final,1,3,0.1")  # of a training that goes on
    assert read_history(path) == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no history of a training: give the file that 'train --history' wrote"),
        ("a,b\n1,2\n", "is no history of a training"),
        ("\0", "is no history of a training"),
        (f"{','.join(COLUMNS)}\n", "has a header but no step: wait until training has begun"),
        (f"{','.join(COLUMNS)}\nwarm-up,1,1,0.1,,0.1,0.1,0.1\n", "is no history of a training"),
        (f"{','.join(COLUMNS)}\nsearch,1\nsearch,1,1,0.1,,0.1,0.1,0.1\n", "is no history"),
    ],
)
def test_what_is_no_history_is_a_data_error(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_history(path)


def test_a_history_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*h\.csv: No such file"):
        read_history(tmp_path / "h.csv")


def test_tensorboard_is_an_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(UsageError, match=r"pip install 'lstmcast\[tensorboard\]'"):
        Summaries(tmp_path)


def test_curves_for_tensorboard(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="the extra 'tensorboard' is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with Summaries(tmp_path) as summaries:
        for event in STORY:
            summaries(event)
    curves = EventAccumulator(str(tmp_path))
    curves.Reload()
    assert [(e.step, e.value) for e in curves.Scalars("search/loss/2")] == [
        (step, float(step)) for step in range(1, 5)
    ]
    assert [e.value for e in curves.Scalars("search/validation")] == [0.5]
    assert len(curves.Scalars("final/gradient_norm/1")) == 2


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="the extra 'tensorboard' is not installed")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write to "):
        Summaries(tmp_path / "file")
