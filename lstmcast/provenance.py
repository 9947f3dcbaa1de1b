"""What a model was trained on: its record, and for each series how far it has been seen."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch

from lstmcast import __version__
from lstmcast.artifact import Seen, TrainingRecord
from lstmcast.checkpoint import Origin
from lstmcast.data.panel import parts_or_names
from lstmcast.reuse import as_trained

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.artifact import Model
    from lstmcast.config import ResolvedConfig
    from lstmcast.data.panel import Panel
    from lstmcast.evaluation.backtest import Rounds
    from lstmcast.nn.training import Trained


def record_of(panel: Panel, trained: Trained, origin: Origin) -> TrainingRecord:
    """Say what a model was trained on, and how it went."""
    observed = np.isfinite(panel.values)
    first = panel.axis.stamps(panel.first_steps).min()
    last = panel.axis.stamps(panel.first_steps + panel.lengths - 1).max()
    return TrainingRecord(
        n_series=panel.n_series,
        n_observations=int(observed.sum()),
        first_timestamp=_render(panel, first),
        last_timestamp=_render(panel, last),
        data_hash=origin.data_hash,
        base=origin.base,
        ending=trained.ending,
        steps=trained.steps,
        validation_score=trained.validation_score,
        n_parameters=sum(weights.numel() for weights in trained.forecaster.parameters()),
        lstmcast_version=__version__,
        torch_version=torch.__version__,
    )


def _render(panel: Panel, stamp: Any) -> str:
    return str(panel.axis.render(np.array([stamp]))[0])


def origin_of(panel: Panel, config: ResolvedConfig, base: Model | None) -> Origin:
    """Say what a training comes from; the panel is taken in the categories of `base`.

    Raises:
        DataError: the panel was read with other covariates than `base` was trained with.
    """
    panel = as_trained(base, panel)[0] if base else panel
    return Origin(config, _data_hash(panel), _weights_hash(base) if base else None)


def _data_hash(panel: Panel) -> str:
    digest = hashlib.sha256()
    for array in (panel.values, panel.offsets, panel.axis.stamps(panel.first_steps)):
        digest.update(np.ascontiguousarray(array).tobytes())
    for part in (panel.past, panel.known, panel.static):
        digest.update(np.ascontiguousarray(part.numbers).tobytes())
        digest.update(np.ascontiguousarray(part.categories).tobytes())
    digest.update(json.dumps(list(panel.vocabularies.items())).encode())
    digest.update(series_hashes(panel).tobytes())
    return digest.hexdigest()


def _weights_hash(model: Model) -> str:
    digest = hashlib.sha256()
    for name in sorted(model.weights):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(model.weights[name]).tobytes())
    return digest.hexdigest()


def seen_of(panel: Panel) -> Seen:
    """Remember how far training saw each series."""
    hashes = series_hashes(panel)
    order = np.argsort(hashes)
    last = panel.axis.stamps(panel.first_steps + panel.lengths - 1).astype(np.int64)
    return Seen(hashes[order], last[order])


def known_steps(panel: Panel, rounds: Rounds, seen: Seen) -> NDArray[np.int64]:
    """How many steps of each window lie in what the model was trained on: [W]."""
    hashes = series_hashes(panel)
    place = np.searchsorted(seen.series_hashes, hashes).clip(max=len(seen.series_hashes) - 1)
    last = np.where(
        seen.series_hashes[place] == hashes, seen.last_stamps[place], np.iinfo(np.int64).min
    )
    series, cutoffs = rounds.windows
    steps = (panel.first_steps[series] + cutoffs)[:, None] + np.arange(1, rounds.horizon + 1)
    known = panel.axis.stamps(steps).astype(np.int64) <= last[series, None]
    return np.asarray(known.sum(axis=1))


def series_hashes(panel: Panel) -> NDArray[np.uint64]:
    """Stand-ins for the ids, [S], since a model file should not give away a list of customers."""
    parts = parts_or_names(panel.id_parts, panel.series_ids)
    if parts.shape[1] == 1:
        return pd.util.hash_array(parts[:, 0])
    # By part: "a/b" and "c" are not "a" and "b/c".
    hashes = pd.util.hash_pandas_object(pd.DataFrame(parts), index=False)
    return np.asarray(hashes, dtype=np.uint64)
