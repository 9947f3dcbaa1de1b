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
from lstmcast.evaluation.spans import Known
from lstmcast.nn.folds import held_out_steps
from lstmcast.reuse import as_trained

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.artifact import Model
    from lstmcast.config import ResolvedConfig
    from lstmcast.data.panel import Panel, Windows
    from lstmcast.nn.training import Trained

NEVER = np.iinfo(np.int64).min  # the last step of a series that was not met


def record_of(
    panel: Panel, trained: Trained, origin: Origin, kept: dict[str, int] | None
) -> TrainingRecord:
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
        coverage=trained.coverage,
        kept=kept,
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
    """Remember from where on and how far training saw each series."""
    hashes = series_hashes(panel)
    order = np.argsort(hashes)
    ends = panel.first_steps, panel.first_steps + panel.lengths - 1
    first, last = (panel.axis.stamps(steps).astype(np.int64) for steps in ends)
    return Seen(hashes[order], first[order], last[order])


def known_of(panel: Panel, windows: Windows, model: Model) -> Known:
    """Say what a model had learnt from the series of some windows."""
    seen = model.seen
    place, met = met_by(model, panel)
    kind = "datetime64[us]" if isinstance(panel.axis.origin, np.datetime64) else "int64"
    first, last = (
        panel.axis.steps_of(stamps.astype(kind))[0]
        for stamps in (seen.first_stamps, seen.last_stamps)
    )
    held_out = held_out_steps(last - first + 1, model.config.horizon, model.config.model.members)
    by_series = Known(
        first=np.where(met, first[place], 0),
        last=np.where(met, last[place], NEVER),
        held_out=np.where(met, held_out[place], 0),
    )
    return Known(*(part[windows.series] for part in by_series))


def met_by(model: Model, panel: Panel) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Find the series of a panel among those that a model remembers: their places, if any: [S]."""
    seen, hashes = model.seen.series_hashes, series_hashes(panel)
    place = np.searchsorted(seen, hashes).clip(max=len(seen) - 1)
    return place, seen[place] == hashes


def series_hashes(panel: Panel) -> NDArray[np.uint64]:
    """Stand-ins for the ids, [S], since a model file should not give away a list of customers."""
    parts = parts_or_names(panel.id_parts, panel.series_ids)
    if parts.shape[1] == 1:
        return pd.util.hash_array(parts[:, 0])
    # By part: "a/b" and "c" are not "a" and "b/c".
    hashes = pd.util.hash_pandas_object(pd.DataFrame(parts), index=False)
    return np.asarray(hashes, dtype=np.uint64)
