"""stdout carries bytes as they are; stderr carries sentences that cannot steer a terminal."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmcast.cli.streams import say, stdout_is_terminal, write_stdout
from lstmcast.errors import UsageError


def test_stdout_is_utf_8_whatever_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    behind = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(behind, encoding="ascii"))
    write_stdout("größe\n")
    write_stdout(b"\xff")
    assert behind.getvalue() == "größe\n".encode() + b"\xff"


def test_a_file_name_that_is_no_text_is_spelled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    behind = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(behind, encoding="utf-8"))
    write_stdout('{"model": "\udcff"}')
    assert behind.getvalue() == b'{"model": "\\udcff"}'


def test_a_closed_stdout_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert not stdout_is_terminal()
    with pytest.raises(UsageError, match=r"^cannot write to stdout: it is closed\.$"):
        write_stdout("data")


def test_a_closed_stderr_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    say("nobody listens")


@given(st.text())
def test_nothing_said_can_steer_the_terminal(text: str) -> None:
    heard = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", heard)
        say(text)
    said = heard.getvalue()
    assert said.endswith("\n")
    assert all(c.isprintable() or c in "\n\t" for c in said)
    if text.isprintable():
        assert said == f"{text}\n"


def test_an_escape_sequence_is_spelled_out(capsys: pytest.CaptureFixture[str]) -> None:
    say("row 3: \x1b[2J")
    assert capsys.readouterr().err == "row 3: \\x1b[2J\n"
