"""The options that commands share, in groups: each group is a value with its own help panel."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

from typer import Argument, Option

from lstmcast.cli.streams import say
from lstmcast.cli.told_options import FORECAST, ToldOptions
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

TRAINING = "Training"

DataArgument = Annotated[
    str,
    Argument(
        metavar="DATA",
        help="CSV, JSON Lines or Parquet: one row per time step, or per series and time step; "
        "a file, a folder, a pattern in quotes ('sales/*.csv'), or - for stdin.",
    ),
]
ModelArgument = Annotated[str, Argument(metavar="MODEL", help="Model file that 'train' wrote.")]
Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"] | None,
    Option(help="Where to compute; auto takes a GPU where there is one.", show_default="auto"),
]
AsOf = Annotated[
    str | None,
    Option(
        metavar="TIME",
        help="Read no row of DATA after TIME: a date, which counts as a whole day, a date with a "
        "clock, or a step.",
        show_default="all rows",
    ),
]
Json = Annotated[bool, Option("--json", help="Print one JSON document on stdout.", metavar="")]


@dataclass(frozen=True)
class TrainingOptions(ToldOptions):
    """Settings of a training; a named option wins over --set, and --set over --config."""

    horizon: Annotated[
        int | None,
        Option(
            metavar="N",
            help="Steps to forecast. Needed to train, here or in a config.",
            rich_help_panel=FORECAST,
        ),
    ] = None
    head: Annotated[
        Literal["quantiles", "normal", "student_t", "negative_binomial"] | None,
        Option(
            help="What is learnt of each step: quantiles, or the parameters of a distribution; "
            "negative_binomial is for counts.",
            show_default="quantiles",
            rich_help_panel=TRAINING,
        ),
    ] = None
    loss: Annotated[
        Literal["head", "mae", "mse", "huber"] | None,
        Option(
            help="What the forecast column is best by: mae (median), mse (mean), huber (between); "
            "head: the median of the head. Quantiles come from the head in any case.",
            show_default="head",
            rich_help_panel=TRAINING,
        ),
    ] = None
    model: Annotated[
        Literal["lstm", "gru", "rnn", "peephole", "slstm", "mlp"] | None,
        Option(
            help="What the network is made of; docs/models.md says when to use which.",
            show_default="lstm",
            rich_help_panel=TRAINING,
        ),
    ] = None
    size: Annotated[
        Literal["small", "medium", "large"] | None,
        Option(
            help="How much is spent on training: decides what is left open of width, layers, "
            "members and steps.",
            show_default="medium",
            rich_help_panel=TRAINING,
        ),
    ] = None
    season_length: Annotated[
        str | None,
        Option(
            metavar="N[,N...]",
            help="Steps in one season, and in longer ones: 12, or 24,168.",
            show_default="by the frequency; longer ones if the data show them",
            rich_help_panel=TRAINING,
        ),
    ] = None
    context_length: Annotated[
        int | None,
        Option(
            metavar="N",
            help="Steps that the network looks back.",
            show_default="by season and length of the series",
            rich_help_panel=TRAINING,
        ),
    ] = None
    calendar: Annotated[
        bool | None,
        Option(
            "--calendar/--no-calendar",
            help="Tell the network which hour, weekday or month a step is.",
            show_default="on where times are dates",
            rich_help_panel=TRAINING,
        ),
    ] = None
    holidays: Annotated[
        str | None,
        Option(
            metavar="COUNTRY",
            help="Tell the network the public holidays of a country or region: DE, US-CA, ... "
            "Needs the extra 'holidays'.",
            show_default="none",
            rich_help_panel=TRAINING,
        ),
    ] = None
    threads: Annotated[
        int | None,
        Option(
            metavar="N",
            help="Cores to train with.",
            show_default="as torch finds them",
            rich_help_panel=TRAINING,
        ),
    ] = None
    seed: Annotated[
        int | None,
        Option(
            metavar="N",
            help="Seed of all randomness. Same seed, data and machine: same model.",
            show_default="0",
            rich_help_panel=TRAINING,
        ),
    ] = None
    config: Annotated[
        str | None,
        Option(
            metavar="FILE",
            help="YAML file of settings, such as 'train --print-config' writes.",
            rich_help_panel=TRAINING,
        ),
    ] = None
    assignments: Annotated[
        list[str] | None,
        Option(
            "--set",
            metavar="KEY=VALUE",
            help="Any setting, such as model.hidden_size=64. Repeatable; wins over --config.",
            rich_help_panel=TRAINING,
        ),
    ] = None
    device: Device = None


@dataclass(frozen=True)
class Talk:
    """How much is said on stderr."""

    quiet: Annotated[
        bool, Option("--quiet", "-q", help="Say nothing on stderr but errors.", metavar="")
    ] = False
    verbose: Annotated[
        bool,
        Option("--verbose", "-v", help="Say more, such as every report of a training.", metavar=""),
    ] = False

    def __post_init__(self) -> None:
        if self.quiet and self.verbose:
            raise UsageError("--quiet and --verbose contradict each other: give one of them.")

    def note(self, *sentences: str) -> None:
        """Say what a user wants to know, one line each."""
        if sentences and not self.quiet:
            say("\n".join(sentences))

    def detail(self, *sentences: str) -> None:
        """Say, one line each, what only a user wants to know who asked for more."""
        if self.verbose:
            self.note(*sentences)


def with_option_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Spread every parameter of `command` that is a dataclass into one option per field.

    Typer reads a function's signature; this one lets a command take a few values instead of
    twenty parameters.
    """
    hints = get_type_hints(command, include_extras=True)
    parameters = inspect.signature(command, eval_str=True).parameters
    groups = {name: hints[name] for name in parameters if dataclasses.is_dataclass(hints[name])}

    @functools.wraps(command)
    def spread(**words: Any) -> None:
        for name, group in groups.items():
            taken = {field.name: words.pop(field.name) for field in dataclasses.fields(group)}
            words[name] = group(**taken)
        command(**words)

    flat = [
        option
        for name, parameter in parameters.items()
        for option in (_options_of(groups[name]) if name in groups else [parameter])
    ]
    keyword = inspect.Parameter.KEYWORD_ONLY
    signature = inspect.Signature([parameter.replace(kind=keyword) for parameter in flat])
    spread.__signature__ = signature  # type: ignore[attr-defined]
    return spread


def _options_of(group: type) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=(
                inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default
            ),
            annotation=hints[field.name],
        )
        for field in dataclasses.fields(group)
    ]
