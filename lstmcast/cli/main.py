"""The program: its commands, and the exit code that each way of ending has."""

from __future__ import annotations

import atexit
import errno
import gc
import re
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from lstmcast import __version__
from lstmcast.cli.check import check
from lstmcast.cli.compare import compare
from lstmcast.cli.evaluate import evaluate
from lstmcast.cli.future import future
from lstmcast.cli.info import info
from lstmcast.cli.plot import plot
from lstmcast.cli.predict import predict
from lstmcast.cli.report import report
from lstmcast.cli.score import score
from lstmcast.cli.signals import Stopped, stopping_by_exception
from lstmcast.cli.streams import is_silent, say, silence, stdout_refusal, write_stdout
from lstmcast.cli.train import train
from lstmcast.errors import LstmcastError

if TYPE_CHECKING:
    from collections.abc import Sequence

EPILOG = (
    "Exit codes: 0 done; 1 a bug of ours; 2 options, settings or output path; 3 data; "
    "4 model file; 5 training; 6 quality gate; 130 interrupted; 143 terminated."
)
SECONDS_TO_TALK = 5.0
BUG_NOTE = "This is a bug of lstmcast: please report it with the command line and the lines above."
POSSIBLE_OPTIONS = re.compile(r" \(Possible options: (.*)\)$")  # how Typer ends a sentence

app = typer.Typer(
    add_completion=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    epilog=EPILOG,
)
for _command in (train, predict, evaluate, score, compare, check, future, info, plot, report):
    app.command()(_command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the words `argv` (default: those of the process) and return the exit code."""
    # Python looks through all objects several times before it goes: a second, once torch is there.
    atexit.register(gc.freeze)
    try:
        with stopping_by_exception():
            return _run(sys.argv[1:] if argv is None else argv)
    except LstmcastError as error:
        return _fail(str(error), error.exit_code)
    except typer.TyperException as error:
        return _fail(_sentence(error), error.exit_code)
    except BrokenPipeError:  # `| head -1` has seen enough
        silence(sys.stdout)
        return 0
    except Stopped as stop:
        return _fail(stop.sentence, stop.exit_code)
    except Exception as bug:  # goes on as a traceback: nothing else is as useful in a report
        bug.add_note(BUG_NOTE)
        raise


def _run(argv: Sequence[str]) -> int:
    command = typer.main.get_command(app)
    try:
        with command.make_context("lstmcast", list(argv)) as context:
            command.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    except SystemExit:  # Rich's answer when the reader of the help goes away
        raise BrokenPipeError from None
    except OSError as error:
        # What commands write words its own errors; a disk that is full of help text does not.
        if error.errno != errno.ENOSPC:
            raise
        raise stdout_refusal(error) from error
    return 0


def _fail(sentences: str, exit_code: int) -> int:
    """Say what went wrong, one sentence a line, and pass the exit code on."""
    say("\n".join(f"error: {sentence}" for sentence in sentences.splitlines()))
    if is_silent():  # torchrun ends all when one ends: the one that talks must have its say
        time.sleep(SECONDS_TO_TALK)
    return exit_code


def _sentence(error: typer.TyperException) -> str:
    """Say what Typer says in the house's way, and where to read more."""
    message = " ".join(error.format_message().split())
    message = POSSIBLE_OPTIONS.sub(r"; did you mean \1?", message)
    context = getattr(error, "ctx", None)
    program = context.command_path if context else "lstmcast"
    end = "" if message.endswith((".", "?")) else "."
    return f"{message[:1].lower()}{message[1:]}{end} See '{program} --help'."


def _show_version(wanted: bool) -> None:  # noqa: FBT001  # Typer passes it by position
    if wanted:
        write_stdout(f"lstmcast {__version__}\n")
        raise typer.Exit


@app.callback()
def _about(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Show the version and stop.",
            metavar="",
        ),
    ] = False,
) -> None:
    """Forecast time series from the shell: a CSV goes in, calibrated forecasts come out.

    lstmcast train    sales.csv --horizon 12 -o sales.lstm

    lstmcast predict  sales.lstm sales.csv > forecast.csv

    lstmcast evaluate sales.lstm sales.csv
    """
