"""`lstmcast future`: the rows of known covariates that a forecast needs, to be filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from typer import Option

from lstmcast.cli.data_options import DataOptions
from lstmcast.cli.options import DataArgument, ModelArgument, Talk, with_option_groups
from lstmcast.cli.paths import STDIN_OR_STDOUT, file_path, output_path
from lstmcast.cli.settings import read_panel_for
from lstmcast.cli.streams import write_stdout
from lstmcast.errors import UsageError
from lstmcast.output import write_atomically


@dataclass(frozen=True)
class FutureOptions:
    """How far the future goes, and where to put its rows."""

    horizon: Annotated[
        int | None,
        Option(metavar="N", min=1, help="Steps to forecast.", show_default="as in training"),
    ] = None
    output: Annotated[
        str,
        Option("--output", "-o", metavar="FILE", help="CSV file to write; - is stdout."),
    ] = STDIN_OR_STDOUT


@with_option_groups
def future(
    model: ModelArgument,
    data: DataArgument,
    wanted: FutureOptions,
    reading: DataOptions,
    talk: Talk,
) -> None:
    """Write the rows that 'predict' needs beside DATA: what is known of the steps to forecast.

    One row per series and future time step: id, timestamp, known covariates. What DATA knows of
    them already is filled in, the rest is empty: fill it in, and give it to 'predict --future'.
    DATA is read as in training: options on how to read it are needed only where it differs.

    Example: lstmcast future sales.lstm sales.csv -o need.csv
    """
    path = None if wanted.output == STDIN_OR_STDOUT else output_path(wanted.output, model, data)

    from lstmcast import artifact

    trained = artifact.load(file_path(model, "MODEL"))
    if not trained.config.data.known:
        raise UsageError(
            f"{model} was trained without covariates that are known ahead (--known): 'predict' "
            "needs nothing but DATA."
        )
    panel = read_panel_for(trained, data, reading, talk)

    from lstmcast.data.future import future_rows

    rows = future_rows(panel, wanted.horizon or trained.config.horizon)
    content = rows.to_csv(index=False, lineterminator="\n").encode()
    if path is None:
        write_stdout(content)
    else:
        write_atomically(path, content)
        talk.note(f"wrote {path}: {len(rows):,} rows to fill in")
