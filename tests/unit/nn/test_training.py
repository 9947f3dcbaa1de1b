from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from lstmcast.config import ResolvedConfig
from lstmcast.errors import DataError, TrainingError
from lstmcast.levels import NINE
from lstmcast.nn.events import (
    PhaseFinished,
    PhaseStarted,
    Progress,
    TrainingEvent,
    Validated,
)
from lstmcast.nn.folds import make_folds
from lstmcast.nn.forecaster import Forecaster, Outlook, nothing_learnt
from lstmcast.nn.networks import Network
from lstmcast.nn.run import WARM_UP_STEPS, Run
from lstmcast.nn.training import MOST_TOLERANCE, PATIENCE, UNVALIDATED_STEPS, fit
from lstmcast.nn.windows import Addresses, Inputs, PanelTensors, WindowShape, gather

if TYPE_CHECKING:
    from lstmcast.network_config import ResolvedModel


def config(**training: Any) -> ResolvedConfig:
    return ResolvedConfig.model_validate(
        {
            "horizon": 4,
            "season_length": 4,
            "other_season_lengths": [],
            "context_length": 8,
            "data": {"time": "t", "target": "y", "frequency": "QS", "calendar": False},
            "model": {
                "hidden_size": 16,
                "layers": 1,
                "dropout": 0.1,
                "patch_length": 2,
                "members": 2,
            },
            "training": {
                "max_steps": 48,
                "early_stopping": True,
                "batch_size": 16,
                "learning_rate": 0.01,
                "weight_decay": 0.01,
                "precision": "float32",
                **training,
            },
        }
    )


def members(n: int) -> ResolvedModel:
    return config().model.model_copy(update={"members": n})


def panel_of(*series: list[float]) -> PanelTensors:
    lengths = torch.tensor([len(values) for values in series])
    values = torch.tensor([value for values in series for value in values], dtype=torch.float64)
    return PanelTensors(values, torch.cumsum(lengths, 0) - lengths, lengths)


def waves(steps: int) -> list[float]:
    return [10 + math.sin(math.pi * t / 2) + 0.05 * t for t in range(steps)]


def events_of(panel: PanelTensors, settings: ResolvedConfig) -> list[TrainingEvent]:
    events: list[TrainingEvent] = []
    fit(panel, settings, events.append)
    return events


def test_a_search_then_a_quarter_of_its_steps_with_all_data() -> None:
    events = events_of(panel_of(waves(60), waves(40)), config())
    started = [event for event in events if isinstance(event, PhaseStarted)]
    finished = [event for event in events if isinstance(event, PhaseFinished)]
    validated = [event for event in events if isinstance(event, Validated)]
    assert [event.phase for event in started] == ["search", "final"]
    assert [event.n_series for event in started] == [2, 2]
    assert started[1].max_steps == finished[1].steps == math.ceil(validated[-1].best_step / 4)
    assert started[0].device == "cpu"


def test_the_best_step_is_the_last_that_comes_close_to_the_lowest_score() -> None:
    events = events_of(panel_of(waves(60), waves(40)), config(learning_rate=0.03))
    validated = [event for event in events if isinstance(event, Validated)]
    best, lowest = (0, math.inf), math.inf
    for event in validated:
        lowest = min(lowest, event.score)
        if event.score <= (1 + MOST_TOLERANCE) * lowest:
            best = (event.step, event.score)
        assert (event.best_step, event.best_score) == best
        assert event.lowest_score == lowest
    assert len({event.best_step for event in validated}) > 1
    close = [event for event in validated if event.best_score > event.lowest_score]
    assert close, "or this tells nothing of coming close"


def test_steps_are_counted_from_the_beginning_of_a_phase() -> None:
    events = events_of(panel_of(waves(60)), config())
    final = [event for event in events if isinstance(event, Progress) and event.phase == "final"]
    assert [event.step for event in final] == list(range(1, len(final) + 1))
    assert len(final) == [e for e in events if isinstance(e, PhaseFinished)][1].steps


def test_training_goes_on_from_the_best_step() -> None:
    panel = panel_of(waves(60))
    run = Run(panel, config())
    run.advance(5)
    run.settle()
    run.keep()
    kept = copy.deepcopy([run.network.state_dict(), run.averaged.state_dict()])
    run.advance(5)
    assert not torch.equal(run.network.head.out.bias, kept[0]["head.out.bias"])
    run.go_back(run.kept)
    assert run.step == 5
    for network, state in zip((run.network, run.averaged), kept, strict=True):
        assert all(torch.equal(network.state_dict()[name], state[name]) for name in state)
    assert {int(steps) for steps in run.optimiser.steps.values()} == {5}


def test_losses_are_reported_and_the_rate_warms_up() -> None:
    events = events_of(panel_of(waves(60)), config(max_steps=2 * WARM_UP_STEPS))
    progress = [e for e in events if isinstance(e, Progress) and e.phase == "search"]
    assert [event.step for event in progress] == list(range(1, progress[-1].step + 1))
    assert all(math.isfinite(event.loss) for event in progress)
    rates = [event.learning_rate for event in progress]
    assert rates == sorted(rates)
    assert rates[0] < rates[-1] <= 0.01


def test_the_search_ends_when_nothing_is_gained() -> None:
    rng = np.random.default_rng(0)
    noise = (1 + 0.1 * rng.standard_normal(30)).tolist()
    events = events_of(panel_of(noise), config(max_steps=600, learning_rate=0.05))
    search = next(e for e in events if isinstance(e, PhaseFinished))
    last = [e for e in events if isinstance(e, Validated)][-1]
    assert search.steps == last.step < 480
    assert last.step - last.best_step == PATIENCE * 480 // 24


def test_without_early_stopping_all_steps_are_taken() -> None:
    rng = np.random.default_rng(0)
    noise = (1 + 0.1 * rng.standard_normal(30)).tolist()
    settings = config(max_steps=100, learning_rate=0.05, early_stopping=False)
    events = events_of(panel_of(noise), settings)
    assert [e.steps for e in events if isinstance(e, PhaseFinished)] == [80, 20]
    scores = [e.score for e in events if isinstance(e, Validated)]
    assert scores[-1] > min(scores), "a search would have stopped"
    assert fit(panel_of(noise), settings).validation_score == scores[-1]


def test_short_series_hold_out_less_than_a_horizon() -> None:
    events = events_of(panel_of([1.0, 2.0, 3.0]), config())
    assert any(isinstance(event, Validated) for event in events)


def test_without_anything_to_validate_on_few_steps_are_taken() -> None:
    events = events_of(panel_of([1.0, 2.0], [3.0]), config(max_steps=500))
    started = [event for event in events if isinstance(event, PhaseStarted)]
    assert [(event.phase, event.n_series) for event in started] == [("final", 1)]
    finished = [event for event in events if isinstance(event, PhaseFinished)]
    assert [event.steps for event in finished] == [UNVALIDATED_STEPS]


def test_each_member_holds_out_another_end() -> None:
    panel = panel_of(waves(60), waves(40), waves(9), waves(13))
    folds = make_folds(panel, config().model_copy(update={"model": members(5)}))
    assert [len(fold.held_out.target) for fold in folds] == [4, 3, 2, 4, 3]
    assert [fold.run.panel.ends.tolist() for fold in folds] == [
        [56, 36, 5, 9],
        [52, 32, 9, 5],
        [48, 28, 9, 13],
        [56, 36, 5, 9],
        [52, 32, 9, 5],
    ]
    for fold, shift in zip(folds, (4, 8, 12, 4, 8), strict=True):
        last = torch.tensor(waves(60))[60 - shift : 64 - shift]
        assert torch.allclose(fold.held_out.target[0], last.double())


def test_members_share_a_fold_where_the_series_are_short() -> None:
    folds = make_folds(panel_of(waves(10)), config())
    assert [fold.run.panel.ends.tolist() for fold in folds] == [[6], [6]]
    assert not torch.equal(*[fold.run.network.head.mix.weight for fold in folds])


def forecast_alone(member: torch.nn.Module, inputs: Inputs) -> torch.Tensor:
    assert isinstance(member, Network)
    return quantiles_of(Forecaster([member], nothing_learnt(1)), inputs)


def quantiles_of(forecaster: Forecaster, inputs: Inputs) -> torch.Tensor:
    outlook: Outlook = forecaster(inputs, inputs.n_ahead)
    return outlook.at(torch.tensor(NINE, dtype=torch.float64))


def test_all_members_forecast() -> None:
    trained = fit(panel_of(waves(30)), config())
    inputs = Inputs(torch.tensor([waves(8)], dtype=torch.float64), torch.empty(1, 4, 0))
    with torch.no_grad():
        both = quantiles_of(trained.forecaster, inputs)
        first, second = (
            forecast_alone(member, inputs).log() for member in trained.forecaster.members
        )
    assert torch.allclose(both.log(), (first + second) / 2), "quantiles average as scaled"
    assert not torch.allclose(first, second)


def test_training_learns_what_seasonal_naive_cannot() -> None:
    panel = panel_of(waves(80))
    trained = fit(panel, config(max_steps=300))
    window = Addresses(torch.tensor([0]), torch.tensor([75]))
    batch = gather(panel, window, WindowShape(8, 4))
    with torch.no_grad():
        median = quantiles_of(trained.forecaster, batch.inputs)[..., 4]
    error = (median - batch.target).abs().mean().item()
    assert error < 0.5 * 0.2, "seasonal naive misses the trend of 0.05 a step by 0.2"
    assert not trained.forecaster.training


def test_nothing_to_learn_from_is_a_data_error() -> None:
    with pytest.raises(DataError, match="no series has two steps"):
        fit(panel_of([1.0], [2.0]), config())


def test_a_loss_that_is_no_number_is_a_training_error() -> None:
    with pytest.raises(TrainingError, match=r"no longer a number at step \d+, .*try a smaller"):
        fit(panel_of(waves(60)), config(learning_rate=1e30))
