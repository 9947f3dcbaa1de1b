"""`lstmcast check`: the data doctor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from lstmcast.cli.data_options import DataOptions
from lstmcast.cli.options import DataArgument, Json, Talk, with_option_groups
from lstmcast.cli.render import to_json
from lstmcast.cli.settings import data_settings
from lstmcast.cli.streams import stdout_is_terminal, write_stdout
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from lstmcast.data.doctor.diagnosis import Diagnosis


@dataclass(frozen=True)
class CheckOptions:
    """What to look for, and what to do about it."""

    horizon: Annotated[
        int,
        Option(
            metavar="N",
            min=1,
            help="Steps that are to be forecast: what is too short depends on it.",
        ),
    ] = 1
    json: Json = False


@with_option_groups
def check(data: DataArgument, wanted: CheckOptions, reading: DataOptions, talk: Talk) -> None:
    """Look at DATA as a doctor does: what it holds, what is wrong with it, what would help.

    Exit code 3 if something keeps lstmcast from reading it, 0 if it is healthy or there are
    warnings only.

    Example: lstmcast check sales.csv --horizon 12
    """
    from lstmcast.data.doctor.diagnosis import diagnose

    diagnosis = diagnose(data, data_settings(reading), wanted.horizon)
    talk.note(*diagnosis.notes)
    write_stdout(_report(diagnosis, json=wanted.json))
    if diagnosis.problems:
        raise typer.Exit(DataError.exit_code)


def _report(diagnosis: Diagnosis, *, json: bool) -> str:
    if json:
        return to_json(diagnosis.to_dict())

    from lstmcast.cli.check_report import check_report

    return check_report(diagnosis, colour=stdout_is_terminal())
