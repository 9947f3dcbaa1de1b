"""A model used again: on other data than it was trained on, or as the beginning of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from lstmcast.data.covariates import recode
from lstmcast.data.frequency import INTEGER_STEPS, describe, season_length
from lstmcast.data.problems import quoted
from lstmcast.errors import DataError, ModelFileError, UsageError
from lstmcast.layers import build_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import Tensor

    from lstmcast.artifact import Model
    from lstmcast.config import Config
    from lstmcast.data.features import Covariates
    from lstmcast.data.panel import Panel

MOST_NAMED = 5  # categories in one message
# Settings that decide which weights a network has, and what they mean.
FIXED = (
    "season_length",
    "other_season_lengths",
    "context_length",
    "data.calendar",
    "data.holidays",
    "training.loss",
)
FREE_OF_MODEL = {"dropout"}
MEMBERS = "members."  # begins the names of their weights


def as_trained(model: Model, panel: Panel) -> tuple[Panel, tuple[str, ...]]:
    """Return a panel in the categories of a model, and say which of them are new to it.

    Raises:
        DataError: the panel was read with other covariates than the model was trained with.
    """
    if panel.covariates != model.inputs.covariates:
        trained = ", ".join(_names(model.inputs.covariates)) or "none"
        raise DataError(
            f"the model was trained with other covariates ({trained}): read the data with the "
            "settings of the model (remembered=model.config.data)."
        )
    recoded, unseen = recode(panel, model.inputs.vocabularies)
    return recoded, tuple(
        f"column '{name}': {len(texts):,} categories are new to the model and count as missing: "
        f"{', '.join(map(quoted, texts[:MOST_NAMED]))}"
        for name, texts in unseen.items()
    )


def demand_same_steps(model: Model, panel: Panel) -> None:
    """Refuse data whose time steps are not of the model's kind.

    Raises:
        DataError: they are not.
    """
    here, trained = panel.axis.frequency, model.config.data.frequency
    same_kind = (here == INTEGER_STEPS) == (trained == INTEGER_STEPS)
    if not same_kind or season_length(here) != season_length(trained):
        raise DataError(
            f"the data is {describe(here)}, but the model was trained on {describe(trained)}: "
            "use data with the model's time steps, or train a model on this data."
        )


def settings_from(base: Model, config: Config) -> Config:
    """Lay settings over those of the model that a training begins with.

    Raises:
        UsageError: a setting contradicts the weights of the model.
    """
    asked = config.model_dump(exclude_none=True)
    whole = {"horizon", "season_length", "other_season_lengths", "context_length"}
    whole |= {"size", "data", "model", "forecast"}
    taken = base.config.model_dump(include=dict.fromkeys(whole, True) | {"training": {"loss"}})
    for key, fixed in _fixed(taken):
        wanted = _get(asked, key)
        if wanted is not None and wanted != fixed:
            raise UsageError(
                f"setting {key} = {wanted}: the model to begin with has {fixed}; leave the setting "
                "out, or train without --from."
            )
    return build_config([taken, asked])


def starting_weights(base: Model) -> list[Mapping[str, Tensor]]:
    """Return the weights of each member of a model by name.

    Raises:
        ModelFileError: they are not of the members that its settings tell of.
    """
    members: list[dict[str, Tensor]] = [{} for _ in range(base.config.model.members)]
    of_members = {k: weights for k, weights in base.weights.items() if k.startswith(MEMBERS)}
    try:
        for name, weights in of_members.items():
            number, rest = name.removeprefix(MEMBERS).split(".", 1)
            members[int(number)][rest] = torch.from_numpy(weights)
    except (ValueError, IndexError) as error:
        raise ModelFileError("the weights of the model do not fit its settings.") from error
    return list(members)


def _names(covariates: Covariates) -> list[str]:
    return [*covariates.past.all, *covariates.known.all, *covariates.static.all]


def _fixed(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in FIXED:
        yield key, _get(settings, key)
    for name, value in settings["model"].items():
        if name not in FREE_OF_MODEL:
            yield f"model.{name}", value


def _get(settings: Mapping[str, Any], key: str) -> Any:
    value: Any = settings
    for part in key.split("."):
        value = (value or {}).get(part)
    return value
