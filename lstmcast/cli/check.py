"""`lstmcast check`: the data doctor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Option

from lstmcast.cli.data_options import DataOptions
from lstmcast.cli.options import DataArgument, Json, Talk, with_option_groups
from lstmcast.cli.paths import output_path
from lstmcast.cli.render import to_json
from lstmcast.cli.settings import data_settings
from lstmcast.cli.streams import stdout_is_terminal, write_stdout
from lstmcast.errors import DataError
from lstmcast.output import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from lstmcast.data.doctor.diagnosis import Diagnosis
    from lstmcast.data.doctor.patches import Repair

LOG_SUFFIX = ".log"  # behind the name of the repaired table


@dataclass(frozen=True)
class CheckOptions:
    """What to look for, and what to do about it."""

    horizon: Annotated[
        int | None,
        Option(
            metavar="N",
            min=1,
            help="Steps that are to be forecast: which series are too short depends on it.",
            show_default="1",
        ),
    ] = None
    fix: Annotated[
        str | None,
        Option(
            metavar="OUT",
            help="Write the table with all safe repairs, as Parquet if OUT ends in .parquet, else "
            "as CSV; and beside it OUT.log, a CSV of every change. The exit code is then that of "
            "the repaired table.",
            show_default="write nothing",
        ),
    ] = None
    json: Json = False


@dataclass(frozen=True)
class _Written:
    """A repair on its files."""

    table: Path
    log: Path
    repair: Repair

    def to_dict(self) -> dict[str, Any]:
        """Return what was written as part of a document."""
        return {
            "table": str(self.table),
            "log": str(self.log),
            "changes": len(self.repair.log),
            "sound": self.repair.is_sound,
        }


@with_option_groups
def check(data: DataArgument, wanted: CheckOptions, reading: DataOptions, talk: Talk) -> None:
    """Look at DATA as a doctor does: what it holds, what is wrong with it, what would help.

    Exit code 3 if something keeps lstmcast from reading it, 0 if it is healthy or there are
    warnings only. DATA itself is never changed.

    Example: lstmcast check sales.csv --horizon 12
    """
    out = None if wanted.fix is None else output_path(wanted.fix, data, option="--fix")
    log = None if out is None else output_path(f"{out}{LOG_SUFFIX}", data, option="--fix")

    from lstmcast.data.doctor.diagnosis import diagnose

    diagnosis, repair = diagnose(
        data, data_settings(reading), wanted.horizon, mend=wanted.fix is not None
    )
    talk.note(*diagnosis.notes)
    written = None
    if out is not None and log is not None:
        written = _write(repair, out, log, talk)
    write_stdout(_report(diagnosis, written, json=wanted.json))
    is_sound = written.repair.is_sound if written else not diagnosis.problems
    if not is_sound:
        raise typer.Exit(DataError.exit_code)


def _write(repair: Repair | None, out: Path, log: Path, talk: Talk) -> _Written | None:
    """Write a repaired table and its log, where there is one."""
    if repair is None:
        talk.note(f"{out} was not written: the table cannot be read.")
        return None
    write_atomically(log, repair.log_bytes())
    write_atomically(out, repair.table_bytes(out.suffix))
    left = "" if repair.is_sound else "; the problems that are left need a person to decide"
    talk.note(f"wrote {out}: {len(repair.log):,} changes, listed in {log}{left}")
    return _Written(out, log, repair)


def _report(diagnosis: Diagnosis, written: _Written | None, *, json: bool) -> str:
    if json:
        document = diagnosis.to_dict()
        if written is not None:
            document["fix"] = written.to_dict()
        return to_json(document)

    from lstmcast.cli.check_report import check_report

    return check_report(diagnosis, colour=stdout_is_terminal())
