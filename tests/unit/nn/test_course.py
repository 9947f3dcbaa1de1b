"""What ends a training early, what it survives, and what it tells of every step."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lstmcast.config import ResolvedConfig
from lstmcast.errors import ModelFileError, TrainingError, UsageError
from lstmcast.nn.control import Control, Stop, TrainingState
from lstmcast.nn.events import (
    Notice,
    PhaseFinished,
    PhaseStarted,
    Progress,
    StepsTaken,
    TrainingEvent,
    Validated,
)
from lstmcast.nn.memory import is_out_of_memory
from lstmcast.nn.training import Trained, fit
from lstmcast.nn.windows import PanelTensors

QUICK: dict[str, Any] = {
    "horizon": 4,
    "season_length": 4,
    "other_season_lengths": [],
    "context_length": 8,
    "data": {"time": "t", "target": "y", "frequency": "QS", "calendar": False},
    "model": {"hidden_size": 4, "layers": 1, "dropout": 0.0, "patch_length": 2, "members": 2},
    "training": {
        "max_steps": 60,
        "early_stopping": True,
        "batch_size": 8,
        "learning_rate": 0.01,
        "weight_decay": 0.01,
        "precision": "float32",
    },
}


def config(**training: Any) -> ResolvedConfig:
    return ResolvedConfig.model_validate(QUICK | {"training": QUICK["training"] | training})


def waves(*lengths: int) -> PanelTensors:
    values = np.concatenate([10 + np.sin(np.pi * np.arange(n) / 2) for n in lengths])
    ends = torch.tensor(lengths)
    return PanelTensors(torch.from_numpy(values), torch.cumsum(ends, 0) - ends, ends)


def train(
    settings: ResolvedConfig, control: Control | None = None, panel: PanelTensors | None = None
) -> tuple[Trained, list[TrainingEvent]]:
    events: list[TrainingEvent] = []
    return fit(panel or waves(40, 30), settings, events.append, control), events


def notices(events: list[TrainingEvent]) -> list[str]:
    return [event.sentence for event in events if isinstance(event, Notice)]


# --- every step is told -------------------------------------------------------------------------


def test_every_step_of_every_member_is_told() -> None:
    trained, events = train(config(early_stopping=False))
    for phase, steps in (("search", 48), ("final", 12)):
        for member in (0, 1):
            told = [
                event
                for event in events
                if isinstance(event, StepsTaken) and (event.phase, event.member) == (phase, member)
            ]
            assert told[-1].step == steps == sum(len(event.losses) for event in told)
            norms = [norm for event in told for norm in event.gradient_norms]
            assert len(norms) == steps
            assert all(0 < norm < math.inf for norm in norms)
            seconds = [each for event in told for each in event.seconds]
            assert seconds == sorted(seconds)
    assert trained.ending == "complete"
    assert trained.steps == 60


def test_reports_are_means_of_the_first_member() -> None:
    _, events = train(config(max_steps=250, early_stopping=False))
    losses = [
        loss
        for event in events
        if isinstance(event, StepsTaken) and event.member == 0 and event.phase == "search"
        for loss in event.losses
    ]
    reports = [e for e in events if isinstance(e, Progress) and e.phase == "search"]
    assert [report.step for report in reports] == list(range(2, 201, 2))
    assert reports[3].loss == pytest.approx((losses[6] + losses[7]) / 2)


# --- the caller asks for the end ------------------------------------------------------------------


def ask_at(stop: Stop, kind: type, events: list[TrainingEvent], number: int = 1) -> Any:
    """Listen, and ask for the end at the `number`th event of a kind."""

    def listen(event: TrainingEvent) -> None:
        events.append(event)
        if sum(isinstance(each, kind) for each in events) == number:
            stop.ask()

    return listen


def test_asked_for_the_end_it_goes_back_to_the_best_step() -> None:
    stop, events = Stop(), list[TrainingEvent]()
    listen = ask_at(stop, Validated, events, number=3)
    trained = fit(waves(40), config(), listen, Control(stop))
    validated = [event for event in events if isinstance(event, Validated)]
    assert len(validated) == 3
    assert trained.ending == "stopped"
    assert (trained.steps, trained.validation_score) == (
        validated[-1].best_step,
        validated[-1].best_score,
    )
    assert [e.phase for e in events if isinstance(e, PhaseStarted)] == ["search"]


def test_asked_for_the_end_while_it_goes_on_with_all_data() -> None:
    stop, events, saved = Stop(), list[TrainingEvent](), list[TrainingState]()
    listen = ask_at(stop, PhaseStarted, events, number=2)
    trained = fit(waves(40), config(), listen, Control(stop, saved.append))
    assert trained.ending == "stopped"
    assert [e.steps for e in events if isinstance(e, PhaseFinished)][1:] == [0]
    assert [state.standing.phase for state in saved] == ["final"]
    rest = fit(waves(40), config(), control=Control(resume=saved[0]))
    whole = fit(waves(40), config())
    assert rest.steps == whole.steps
    for name, weights in whole.forecaster.state_dict().items():
        assert torch.equal(rest.forecaster.state_dict()[name], weights)


def test_before_anything_was_validated_there_is_no_model() -> None:
    stop = Stop()
    stop.ask()
    saved: list[TrainingState] = []
    with pytest.raises(TrainingError, match="stopped before there was a model"):
        fit(waves(40), config(), control=Control(stop, saved.append))
    assert not saved, "so little is not worth a file"


# --- time is up ---------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["deadline", "budget"])
def test_a_training_ends_in_time_with_what_was_best(said: str) -> None:
    seconds, began = 1.5, time.monotonic()
    endless = {"max_steps": 100_000, "early_stopping": False}
    if said == "deadline":
        trained, events = train(config(**endless), Control(Stop(began + seconds)))
    else:
        trained, events = train(config(**endless, budget_seconds=seconds))
    assert 0.7 * seconds < time.monotonic() - began < 1.5 * seconds
    assert trained.ending == "budget"
    assert trained.validation_score is not None
    assert [e.phase for e in events if isinstance(e, PhaseStarted)] == ["search", "final"]
    assert notices(events) == []


def test_without_time_the_network_is_its_anchor() -> None:
    trained, events = train(config(), Control(Stop(time.monotonic())))
    assert (trained.steps, trained.validation_score, trained.ending) == (0, None, "budget")
    assert notices(events) == [
        (
            "time was up after 0 steps, before any validation: the forecasts lean on the seasonal "
            "naive anchor"
        )
    ]


# --- checkpoints --------------------------------------------------------------------------------


def refuse(_state: TrainingState) -> None:
    raise UsageError("cannot write it: no space.")


def test_a_checkpoint_that_cannot_be_written_is_said_and_no_end() -> None:
    trained, events = train(config(checkpoint_seconds=1e-9), Control(save=refuse))
    assert trained.ending == "complete"
    assert set(notices(events)) == {"no checkpoint: cannot write it: no space."}


def test_no_checkpoint_is_wanted() -> None:
    saved: list[TrainingState] = []
    train(config(checkpoint_seconds=0), Control(save=saved.append))
    train(config(checkpoint_seconds=3600), Control(save=saved.append))
    assert saved == []


@pytest.mark.parametrize("part", ["0.settled.network.head.out.bias", "1.settled.windows"])
def test_a_state_of_another_shape_is_refused(part: str) -> None:
    saved: list[TrainingState] = []
    train(config(checkpoint_seconds=1e-9), Control(save=saved.append))
    state = saved[0]
    longer = torch.zeros(len(state.tensors[part]) + 1, dtype=state.tensors[part].dtype)
    without = {name: tensor for name, tensor in state.tensors.items() if name != part}
    for tensors in (without, without | {part: longer}):
        with pytest.raises(ModelFileError, match="does not fit its settings"):
            train(config(), Control(resume=TrainingState(state.standing, tensors)))


def test_a_state_of_a_generator_that_is_none_is_refused() -> None:
    saved: list[TrainingState] = []
    train(config(checkpoint_seconds=1e-9), Control(save=saved.append))
    part = "0.settled.windows"
    tensors = {**saved[0].tensors, part: torch.full_like(saved[0].tensors[part], 255)}
    with pytest.raises(ModelFileError, match="the checkpoint is damaged"):
        train(config(), Control(resume=TrainingState(saved[0].standing, tensors)))


# --- losses that are no numbers -------------------------------------------------------------------


def test_a_lower_rate_is_said() -> None:
    settings = config(weight_decay=5_000.0, learning_rate=0.004, max_steps=150)
    _, events = train(settings)
    said = notices(events)
    assert said
    assert all(sentence.startswith("network ") for sentence in said)
    assert ": the loss was no number at step " in said[0]
    assert " at 0.25 of the learning rate" in said[0]


# --- memory -------------------------------------------------------------------------------------


def test_a_batch_that_does_not_fit_into_memory_is_halved() -> None:
    code = f"""
import resource, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_course import config, notices, train

train(config(max_steps=2))
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + 300 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
trained, events = train(config(max_steps=2, batch_size=1_000_000))
print(trained.ending, *notices(events), sep="\\n")
"""
    # Each thread would claim 64 MB of addresses for itself, used or not, and the heap would keep
    # those of tensors that are gone, so that none are left for the code that oneDNN writes.
    heap = ["OMP_NUM_THREADS=1", "MALLOC_ARENA_MAX=1", "MALLOC_MMAP_THRESHOLD_=1048576"]
    command = ["env", *heap, sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr
    ending, first, *_ = ended.stdout.splitlines()
    assert ending == "complete"
    assert first == "memory did not suffice: batches of 500,000 windows from now on"


def test_memory_that_does_not_suffice_for_one_window() -> None:
    code = f"""
import resource, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_course import config, train, QUICK, waves
from lstmcast.config import ResolvedConfig

train(config(max_steps=2))
huge = ResolvedConfig.model_validate(
    QUICK
    | {{"context_length": 100_000}}
    | {{"model": QUICK["model"] | {{"hidden_size": 512, "patch_length": 1, "members": 1}}}}
)
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + 100 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    train(huge)
except Exception as error:
    print(type(error).__name__, error)
"""
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert ended.stdout.startswith("TrainingError memory does not suffice"), ended


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory."), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("could not create a primitive"), True),  # oneDNN, likewise
        (RuntimeError("the shapes do not match"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_which_errors_mean_memory(error: Exception, *, expected: bool) -> None:
    assert is_out_of_memory(error) is expected


def test_another_error_is_not_swallowed() -> None:
    def fail(_event: TrainingEvent) -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        fit(waves(40), config(), fail)
