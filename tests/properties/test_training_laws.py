"""Law 8, the other half: a training that is resumed ends in the bytes of one that never stopped."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from lstmcast.config import ResolvedConfig
from lstmcast.nn.control import Control, TrainingState
from lstmcast.nn.events import Notice, StepsTaken, TrainingEvent
from lstmcast.nn.training import Trained, fit
from lstmcast.nn.windows import PanelTensors


def settings_for(seed: int, **training: Any) -> ResolvedConfig:
    return ResolvedConfig.model_validate(
        {
            "horizon": 4,
            "season_length": 4,
            "other_season_lengths": [],
            "context_length": 8,
            "seed": seed,
            "data": {"time": "t", "target": "y", "frequency": "QS", "calendar": False},
            "model": {
                "hidden_size": 4,
                "layers": 2,
                "dropout": 0.2,
                "patch_length": 2,
                "members": 2,
            },
            "training": {
                "max_steps": 150,
                "early_stopping": True,
                "batch_size": 4,
                "learning_rate": 0.05,
                "weight_decay": 0.01,
                "precision": "float32",
                "checkpoint_seconds": 1e-9,  # at every barrier
                **training,
            },
            "forecast": {"guarded": True},
        }
    )


def noise(seed: int, *lengths: int) -> PanelTensors:
    """Series in which there is little to learn, so that a search ends early."""
    values = np.random.default_rng(seed).lognormal(1, 0.3, sum(lengths))
    ends = torch.tensor(lengths)
    return PanelTensors(torch.from_numpy(values), torch.cumsum(ends, 0) - ends, ends)


def train_and_listen(
    panel: PanelTensors, config: ResolvedConfig, resume: TrainingState | None = None
) -> tuple[Trained, list[TrainingEvent], list[TrainingState]]:
    events: list[TrainingEvent] = []
    states: list[TrainingState] = []
    control = Control(save=states.append, resume=resume)
    return fit(panel, config, events.append, control), events, states


def same_weights(one: Trained, other: Trained) -> bool:
    first, second = one.forecaster.state_dict(), other.forecaster.state_dict()
    return all(torch.equal(first[name], second[name]) for name in first)


def told(events: list[TrainingEvent]) -> list[tuple[Any, ...]]:
    """Everything that was told of single steps, but the clock."""
    return [
        (each.phase, each.member, each.step, each.losses, each.gradient_norms, each.learning_rates)
        for each in events
        if isinstance(each, StepsTaken)
    ]


@pytest.mark.parametrize(
    ("early_stopping", "more"),
    [
        (True, {}),
        (False, {}),
        # The weights grow with every step until they are no numbers, and less so at a lower rate.
        (True, {"learning_rate": 0.004, "weight_decay": 5_000.0}),
        (False, {"learning_rate": 0.004, "weight_decay": 1_500.0}),
    ],
)
def test_resumed_equals_uninterrupted(
    early_stopping: bool, more: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lstmcast.nn.course.BLOCK", 2)  # barriers between checks, too
    panel, config = noise(0, 40, 17), settings_for(0, early_stopping=early_stopping, **more)
    whole, events, states = train_and_listen(panel, config)
    assert any(isinstance(event, Notice) for event in events) is bool(more)
    assert {state.standing.phase for state in states} == {"search", "final"}
    for state in (states[0], states[len(states) // 2], states[-1]):
        rest, later, _ = train_and_listen(panel, config, state)
        assert same_weights(whole, rest)
        assert (whole.steps, whole.validation_score) == (rest.steps, rest.validation_score)
        assert np.array_equal(whole.points, rest.points, equal_nan=True)
        assert told(events)[len(told(events)) - len(told(later)) :] == told(later)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_training_without_validation_can_be_resumed(seed: int) -> None:
    panel, config = noise(seed, 2, 2), settings_for(seed)
    whole, _, states = train_and_listen(panel, config)
    assert len(states) == math.ceil(50 / 20)
    for state in states:
        assert same_weights(whole, train_and_listen(panel, config, state)[0])


@pytest.mark.parametrize("seed", [0, 1])
def test_members_side_by_side_are_those_one_after_the_other(seed: int) -> None:
    panel = noise(seed, 40, 30)
    alone, beside = (
        fit(panel, settings_for(seed).model_copy(update={"threads": threads})).forecaster
        for threads in (1, 2)
    )
    others = beside.state_dict()
    assert all(torch.equal(w, others[name]) for name, w in alone.state_dict().items())
