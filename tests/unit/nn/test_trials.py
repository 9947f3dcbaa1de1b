"""Held-out ends are forecast by networks that have learnt nothing of them, and by no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcast.config import ResolvedConfig
from lstmcast.nn.folds import MOST_VALIDATION_WINDOWS, ends_of, make_folds
from lstmcast.nn.training import fit
from lstmcast.nn.trials import _trials, held_out_points, joint_scores
from lstmcast.nn.windows import PanelTensors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmcast.nn.folds import Fold


def config(members: int = 3, **forecast: Any) -> ResolvedConfig:
    return ResolvedConfig.model_validate(
        {
            "horizon": 4,
            "season_length": 1,
            "other_season_lengths": [],
            "context_length": 6,
            "data": {"time": "t", "target": "y", "frequency": "1", "calendar": False},
            "model": {
                "hidden_size": 4,
                "layers": 1,
                "dropout": 0.0,
                "patch_length": 2,
                "members": members,
            },
            "training": {
                "max_steps": 8,
                "early_stopping": True,
                "batch_size": 8,
                "learning_rate": 0.01,
                "weight_decay": 0.01,
                "precision": "float32",
            },
            "forecast": forecast,
        }
    )


def panel_of(lengths: Sequence[int], seed: int = 0) -> PanelTensors:
    values = 5 + np.random.default_rng(seed).normal(size=sum(lengths))
    ends = torch.tensor(lengths)
    return PanelTensors(torch.from_numpy(values), torch.cumsum(ends, 0) - ends, ends)


def folds_of(panel: PanelTensors, members: int = 3) -> list[Fold]:
    with torch.random.fork_rng([]):
        return make_folds(panel, config(members))


@settings(max_examples=25, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 30), min_size=1, max_size=6).filter(lambda n: max(n) > 2),
    members=st.integers(1, 5),
)
def test_no_network_has_seen_what_it_is_tried_by(lengths: list[int], members: int) -> None:
    panel = panel_of(lengths)
    folds = folds_of(panel, members)
    ends = ends_of(panel, config(members))
    for end in range(ends.number):
        tried = list(_trials(folds, panel, end))
        for trial in tried:
            assert trial.runs
            for run in trial.runs:
                seen = run.panel.ends[trial.windows.series]
                assert (seen <= trial.windows.cutoffs + 1).all()
        series = torch.cat([trial.windows.series for trial in tried]).sort().values
        able = [k for k, n in enumerate(lengths) if n > ends.length * (end + 2)]
        assert series.tolist() == able, "each series that can spare the end is tried once"


def test_points_are_told_of_held_out_ends_and_no_others() -> None:
    panel = panel_of([30, 13, 9, 3])
    points = held_out_points(folds_of(panel), panel, MOST_VALIDATION_WINDOWS)
    assert points.shape == (4, 3, 4)
    told = (~points.isnan()).all(dim=2)
    assert told.tolist() == [[True] * 3, [True, True, False], [True, False, False], [False] * 3]


def test_nothing_after_a_cutoff_changes_a_point() -> None:
    panel = panel_of([30, 13])
    points = held_out_points(folds_of(panel), panel, MOST_VALIDATION_WINDOWS)
    changed = panel.values.clone()
    changed[18:30] = 1e6
    changed[35:] = 1e6
    folds = folds_of(PanelTensors(changed, panel.offsets, panel.ends))
    after = held_out_points(folds, PanelTensors(changed, panel.offsets, panel.ends), 4)
    assert torch.equal(after[0, 2], points[0, 2])
    assert torch.equal(after[1, 1], points[1, 1])


@pytest.mark.parametrize("at_once", [1, 2, MOST_VALIDATION_WINDOWS])
def test_how_many_are_tried_at_once_does_not_matter(at_once: int) -> None:
    panel = panel_of([30, 13, 21, 9, 17])
    folds = folds_of(panel)
    points = held_out_points(folds, panel, MOST_VALIDATION_WINDOWS)
    assert torch.allclose(held_out_points(folds, panel, at_once), points, equal_nan=True)
    scores = joint_scores(folds, panel, MOST_VALIDATION_WINDOWS)
    assert scores.shape == (5, 4)
    assert torch.allclose(joint_scores(folds, panel, at_once), scores, atol=1e-5)


def test_points_are_kept_for_a_guard_alone() -> None:
    panel = panel_of([30, 13])
    assert fit(panel, config(guarded=True)).points.shape == (2, 3, 4)
    assert fit(panel, config()).points.size == 0
