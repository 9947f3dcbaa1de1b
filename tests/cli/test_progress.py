"""Training events as a person sees them: a bar on a terminal, a few lines elsewhere."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from lstmcast.cli.options import Talk
from lstmcast.cli.progress import Lines, drawing_progress
from lstmcast.cli.signals import Stopped, stopping_by_exception
from lstmcast.nn.events import (
    Notice,
    PhaseFinished,
    PhaseStarted,
    Progress,
    Resumed,
    TrainingEvent,
    Validated,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lstmcast.nn.events import OnEvent

COLOUR = "\x1b[38;5;"
SHOW_CURSOR = "\x1b[?25h"
STORY: tuple[TrainingEvent, ...] = (
    PhaseStarted("search", max_steps=400, n_series=1, n_parameters=24_000, device="cpu"),
    Progress("search", step=100, loss=0.25, learning_rate=0.001, gradient_norm=0.5),
    Validated(step=100, score=0.5, best_step=50, best_score=0.4, lowest_score=0.4),
    Progress("search", step=200, loss=0.125, learning_rate=0.001, gradient_norm=0.5),
    PhaseFinished("search", steps=200, seconds=4.2),
)


def lines(talk: Talk, capsys: pytest.CaptureFixture[str]) -> list[str]:
    with drawing_progress(talk) as on_event:
        for event in STORY:
            on_event(event)
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_a_short_training_is_two_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(Talk(), capsys) == [
        "training without the held-out ends: up to 400 steps on cpu, 1 series, 24,000 weights",
        "training without the held-out ends: 200 steps in 4.2 s",
    ]


def test_verbose_says_every_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(Talk(verbose=True), capsys)[1:-1] == [
        "step 100 of 400: loss 0.2500, gradient norm 0.5, about 0.0 s left",
        (
            "step 200 of 400: loss 0.1250, gradient norm 0.5, validation 0.5000 (best 0.4000), "
            "about 0.0 s left"
        ),
    ]


def test_what_is_noticed_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with drawing_progress(Talk()) as on_event:
        on_event(Resumed("final", 1_200))
        on_event(Notice("memory did not suffice"))
    assert capsys.readouterr().err.splitlines() == [
        "going on with all data: resumed after step 1,200",
        "memory did not suffice",
    ]


def test_a_resumed_phase_is_timed_from_where_it_was_taken_up(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0, 60])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    draw = Lines(seconds=10)
    draw(PhaseStarted("final", 100, n_series=1, n_parameters=1, device="cpu", taken=40))
    draw(Progress("final", 70, loss=1.0, learning_rate=0.001, gradient_norm=0.5))
    assert capsys.readouterr().err.endswith("about 1 min 0 s left\n")


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(Talk(quiet=True), capsys) == []


def test_a_closed_stderr_hears_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert lines(Talk(verbose=True), capsys) == []


def test_lines_keep_their_distance(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 1000, 4))  # 4 s from one look to the next
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    draw = Lines(seconds=10)
    draw(PhaseStarted("final", max_steps=100, n_series=1, n_parameters=1, device="cpu"))
    for step in range(1, 9):
        draw(Progress("final", step, loss=1.0, learning_rate=0.001, gradient_norm=0.5))
    said = capsys.readouterr().err.splitlines()[1:]
    assert [line.split(":")[0] for line in said] == ["step 3 of 100", "step 6 of 100"]
    assert said[0].endswith("about 6 min 28 s left")


def shown_on_terminal(monkeypatch: pytest.MonkeyPatch, tell: Callable[[], None]) -> str:
    """Let `tell` talk to a stderr that is a terminal, and give what that shows."""
    ours, theirs = pty.openpty()
    shown: list[bytes] = []
    reader = threading.Thread(target=read_all, args=(ours, shown))
    reader.start()
    monkeypatch.setenv("COLUMNS", "80")
    with os.fdopen(theirs, "w", encoding="utf-8") as stderr, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stderr)
        tell()
    reader.join()
    os.close(ours)
    return b"".join(shown).decode()


def read_all(terminal: int, shown: list[bytes]) -> None:
    with contextlib.suppress(OSError):  # how a terminal says that its other side hung up
        while chunk := os.read(terminal, 4096):
            shown.append(chunk)


def tell_story() -> None:
    with drawing_progress(Talk(verbose=True)) as on_event:
        for event in STORY:
            on_event(event)
        on_event(Resumed("final", 1_200))
        on_event(Notice("memory [b]did[/b] not suffice"))


@pytest.fixture
def colourful(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return monkeypatch


def test_a_terminal_gets_a_bar_that_goes_and_a_line_that_stays(
    colourful: pytest.MonkeyPatch,
) -> None:
    shown = shown_on_terminal(colourful, tell_story)
    assert "loss 0.1250" in shown
    assert "gradient 0.5" in shown
    assert "validation 0.5000" in shown
    assert "resumed after step 1,200" in shown
    assert "memory [b]did[/b] not suffice" in shown
    assert "…" not in shown
    assert "training without the held-out ends: 200 steps in 4.2 s" in shown
    assert COLOUR in shown
    assert SHOW_CURSOR in shown


def test_no_color_is_respected(colourful: pytest.MonkeyPatch) -> None:
    colourful.setenv("NO_COLOR", "1")
    assert COLOUR not in shown_on_terminal(colourful, tell_story)


def test_a_dumb_terminal_gets_lines(colourful: pytest.MonkeyPatch) -> None:
    colourful.setenv("TERM", "dumb")
    assert "\x1b" not in shown_on_terminal(colourful, tell_story)


def test_an_interrupted_bar_gives_the_cursor_back(colourful: pytest.MonkeyPatch) -> None:
    def tell_and_stop() -> None:
        with pytest.raises(KeyboardInterrupt), drawing_progress(Talk()) as on_event:
            interrupt(on_event)

    assert SHOW_CURSOR in shown_on_terminal(colourful, tell_and_stop)


def interrupt(on_event: OnEvent) -> None:
    on_event(STORY[0])
    raise KeyboardInterrupt


def test_a_stop_that_was_swallowed_is_raised_at_the_next_event() -> None:
    with stopping_by_exception(), drawing_progress(Talk(quiet=True, verbose=False)) as listener:
        with contextlib.suppress(Stopped):
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Stopped):
            listener(PhaseFinished("final", 1, 1.0))
