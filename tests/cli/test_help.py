"""Every command and option explains itself, quickly, and a typo meets the nearest name."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import typer

import lstmcast
from lstmcast.cli.main import app

if TYPE_CHECKING:
    from conftest import Run, Start

GROUP = typer.main.get_command(app)
COMMANDS = GROUP.commands  # type: ignore[attr-defined]
HEAVY = ("torch", "pandas", "numpy", "pyarrow", "pydantic", "matplotlib", "yaml", "safetensors")


def test_the_commands() -> None:
    assert list(COMMANDS) == [
        *("train", "predict", "evaluate", "score", "compare"),
        *("check", "future", "info", "plot", "report"),
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_has_help(command: str) -> None:
    assert COMMANDS[command].help
    for parameter in COMMANDS[command].params:
        assert parameter.help, f"{command} {parameter.name}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(command: str) -> None:
    assert f"Example: lstmcast {command} " in COMMANDS[command].help


@pytest.mark.parametrize("words", [(), *((command,) for command in COMMANDS)])
def test_help_names_every_option(words: tuple[str, ...], run: Run) -> None:
    for flag in ("--help", "-h"):
        ended = run(*words, flag)
        assert ended.code == 0
        assert ended.err == ""
        parameters = COMMANDS[words[0]].params if words else GROUP.params
        options = [p for p in parameters if p.param_type_name == "option"]
        assert all(max(option.opts, key=len) in ended.out for option in options)


def test_panels_stand_in_the_order_in_which_a_table_is_thought_about(run: Run) -> None:
    titles = re.findall(r"^╭─ (.+?) ─", run("train", "--help").out, re.MULTILINE)
    assert titles == [
        *("Arguments", "Options", "The run", "Forecast", "Training"),
        *("Columns", "Covariates", "Time", "Repeated rows and gaps", "Reading files"),
    ]


@pytest.mark.parametrize("command", ["predict", "check", "future", "report"])
def test_what_a_network_learns_from_is_asked_where_one_is_trained(command: str) -> None:
    names = {parameter.name for parameter in COMMANDS[command].params}
    learnt_from = {"calendar", "holidays", "season_length", "head", "loss"}
    assert not names & learnt_from
    assert ("seed" in names) == (command == "predict"), "there it is one of paths"


def test_help_tells_the_exit_codes(run: Run) -> None:
    assert "Exit codes: 0 done" in run("--help").out


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    heavy = {*HEAVY} - ({"pydantic"} if words[1:] else set())  # Typer's own, once it parses words
    code = (
        "import sys; from lstmcast.cli.main import main\n"
        f"code = main({words})\n"
        f"sys.exit(code or ' '.join({heavy} & set(sys.modules)) or 0)"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert process.stderr == b""
    assert process.returncode == 0


def test_version(run: Run) -> None:
    ended = run("--version")
    assert (ended.code, ended.out, ended.err) == (0, f"lstmcast {lstmcast.__version__}\n", "")


def test_the_module_is_the_program(start: Start) -> None:
    assert start("--version").stdout == f"lstmcast {lstmcast.__version__}\n".encode()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "missing command. See 'lstmcast --help'."),
        (["trian"], "no such command 'trian'. Did you mean 'train'? See 'lstmcast --help'."),
        (
            ["train", "x.csv", "--horizn", "3"],
            "no such option: --horizn; did you mean --horizon? See 'lstmcast train --help'.",
        ),
        (["predict"], "missing argument 'MODEL'. See 'lstmcast predict --help'."),
        (
            ["predict", "m", "x.csv", "--horizon", "0"],
            (
                "invalid value for '--horizon': Input should be greater than or equal to 1. "
                "See 'lstmcast predict --help'."
            ),
        ),
        (
            ["train", "x.csv", "-q", "-v"],
            "--quiet and --verbose contradict each other: give one of them.",
        ),
    ],
)
def test_a_misused_option_is_a_sentence_and_exit_code_2(
    words: list[str], sentence: str, run: Run
) -> None:
    ended = run(*words)
    assert (ended.code, ended.out, ended.err) == (2, "", f"error: {sentence}\n")
