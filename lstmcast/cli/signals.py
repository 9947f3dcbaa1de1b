"""Ctrl-C and SIGTERM as exceptions, so that whatever was begun is cleaned up on the way out."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType
    from typing import Any, TypeAlias

    from lstmcast.nn.control import Stop

    Handler: TypeAlias = Callable[[int, FrameType | None], Any] | int | None

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_asked: list[int] = []  # signals that came


class Stopped(BaseException):
    """The process was asked to stop; no error, so no `except Exception` may hold it up."""

    def __init__(self, number: int, sentence: str = "interrupted; nothing was written.") -> None:
        super().__init__(number)
        self.sentence = sentence
        self.exit_code = 128 + number  # the shell's custom: 130 interrupted, 143 terminated


@contextmanager
def stopping_by_exception() -> Iterator[None]:
    """Raise `Stopped` at the first stop signal; a second one kills at once.

    A signal that the caller ignores, as `nohup` and a shell's `&` do, stays ignored.
    """
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        _restore(before)
        _asked.clear()


@dataclass
class Asked:
    """Whether the end was asked for, and by which signal."""

    number: int | None = None


@contextmanager
def asking(stop: Stop) -> Iterator[Asked]:
    """Let the first stop signal ask a training for its end, instead of raising `Stopped`.

    A second one kills at once; a signal that the caller ignores stays ignored.
    """
    asked = Asked()

    def ask(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        asked.number = number
        stop.ask()

    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, ask)
    try:
        yield asked
    finally:
        _restore(before)


def turn_deaf() -> None:
    """Ignore all further stop signals: the process is about to end, and has something to say."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _restore(handlers: Mapping[signal.Signals, Handler]) -> None:
    for number, handler in handlers.items():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def stop_if_asked() -> None:
    """Raise `Stopped` again if a signal came: native code can swallow what a handler raises."""
    if _asked:
        raise Stopped(_asked[0])


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)
    _asked.append(number)
    raise Stopped(number)
