"""`lstmcast info`: what is in a model file, without torch."""

from __future__ import annotations

from lstmcast.cli.options import Json, ModelArgument
from lstmcast.cli.paths import file_path
from lstmcast.cli.render import model_card, to_json
from lstmcast.cli.streams import write_stdout


def info(model: ModelArgument, *, json: Json = False) -> None:
    """Show what a model was trained on, and with which settings.

    Example: lstmcast info sales.lstm
    """
    from lstmcast import artifact

    header = artifact.describe(file_path(model, "MODEL"))
    write_stdout(to_json(header) if json else model_card(header))
