"""The history of a training as CSV: a row for each step of each network.

The file is written as training goes, a few steps at a time, so that one that is killed leaves what
it had. A training that is resumed goes on in the same file, from the step at which it was taken up.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TextIO

from lstmcast.errors import DataError, UsageError
from lstmcast.nn.events import PhaseFinished, Resumed, StepsTaken, TrainingEvent, Validated
from lstmcast.output import write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COLUMNS = (
    "phase",
    "member",
    "step",
    "loss",
    "validation",
    "learning_rate",
    "gradient_norm",
    "seconds",
)
ORDER = {"search": 0, "final": 1}


@dataclass
class Row:
    """One step of one network; its validation score is known later than the rest."""

    phase: str
    member: int
    step: int
    loss: float
    validation: float | None
    learning_rate: float
    gradient_norm: float
    seconds: float

    def cells(self) -> list[object]:
        """Return the cells of the row."""
        score = "" if self.validation is None else self.validation
        return [
            *(self.phase, self.member, self.step, self.loss, score),
            *(f"{self.learning_rate:.6g}", self.gradient_norm, f"{self.seconds:.3f}"),
        ]

    @classmethod
    def of(cls, cells: Sequence[str]) -> Self:
        """Read what `cells` returned.

        Raises:
            ValueError: they are none of these.
        """
        phase, member, step, loss, score, rate, norm, seconds = cells
        if phase not in ORDER:
            raise ValueError(f"'{phase}' is no phase")
        validation = float(score) if score else None
        rest = (float(rate), float(norm), float(seconds))
        return cls(phase, int(member), int(step), float(loss), validation, *rest)


def read_history(path: Path) -> list[Row]:
    """Read the history of a training, whether it has ended or goes on.

    Raises:
        DataError: the file cannot be read, is no history, or has no step.
    """
    try:
        rows = _read_rows(path)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}.") from error
    except (ValueError, csv.Error) as error:
        raise DataError(
            f"{path} is no history of a training: give the file that 'train --history' wrote."
        ) from error
    if not rows:
        raise DataError(f"{path} has a header but no step: wait until training has begun.")
    return rows


def _read_rows(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    if tuple(header) != COLUMNS:
        raise ValueError(header)
    # A training that was killed, or has not ended, may leave the last row torn.
    if lines and len(lines[-1]) < len(COLUMNS):
        lines.pop()
    return list(map(Row.of, lines))


class History:
    """A listener that writes what it hears to a file; a context, which closes it.

    Raises:
        UsageError: the file cannot be written, or it is no history where one is to go on.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None
        self._waiting: list[Row] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        if self._file is not None:
            self._file.close()

    def __call__(self, event: TrainingEvent) -> None:
        """Take down one event."""
        match event:
            case Resumed():
                self._go_on_after(event)
            case StepsTaken():
                if self._waiting and self._waiting[-1].step != event.step:
                    self._flush()
                self._waiting += _rows(event)
            case Validated():
                for row in self._waiting:
                    if row.step == event.step:
                        row.validation = event.score
                self._flush()
            case PhaseFinished():
                self._flush()

    def _go_on_after(self, event: Resumed) -> None:
        """Drop the steps that will be taken again, and go on behind the rest."""
        if not self.path.exists():
            return
        try:
            with self.path.open(newline="", encoding="utf-8") as file:
                header, *rows = csv.reader(file)
            kept = [row for row in rows if _is_before(row, event)]
        except (OSError, ValueError, KeyError, IndexError, csv.Error):
            header, kept = [], []
        if tuple(header) != COLUMNS:
            raise UsageError(
                f"{self.path} is no history of a training: name another file to go on in."
            )
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([header, *kept])
        write_atomically(self.path, text.getvalue().encode())
        self._file = self._open("a")

    def _flush(self) -> None:
        rows, self._waiting = self._waiting, []
        if not rows:
            return
        try:
            if self._file is None:
                self._file = self._open("w")
                csv.writer(self._file, lineterminator="\n").writerow(COLUMNS)
            csv.writer(self._file, lineterminator="\n").writerows(row.cells() for row in rows)
            self._file.flush()
        except OSError as error:
            raise UsageError(f"cannot write {self.path}: {error.strerror}.") from error

    def _open(self, mode: str) -> TextIO:
        return self.path.open(mode, newline="", encoding="utf-8")  # type: ignore[return-value]


def _rows(event: StepsTaken) -> list[Row]:
    first = event.step - len(event.losses) + 1
    told = zip(event.losses, event.learning_rates, event.gradient_norms, event.seconds, strict=True)
    return [
        Row(event.phase, event.member + 1, first + k, loss, None, rate, norm, seconds)
        for k, (loss, rate, norm, seconds) in enumerate(told)
    ]


def _is_before(row: list[str], event: Resumed) -> bool:
    """Tell whether a row is of a step that will not be taken again; a torn one is of none."""
    if len(row) != len(COLUMNS):
        return False
    return (ORDER[row[0]], int(row[2])) <= (ORDER[event.phase], event.step)
