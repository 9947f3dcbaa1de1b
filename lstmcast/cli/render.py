"""Values of the library as text: JSON documents, the model card, the closing line of a training."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lstmcast.artifact import Model, TrainingRecord


@dataclass(frozen=True)
class SavedModel:
    """A model on its file: `size` in bytes, `seconds` of training."""

    path: Path
    size: int
    seconds: float
    model: Model


def to_json(document: Mapping[str, Any]) -> str:
    """Write one JSON document; a NaN in it would not be JSON and is a bug of the caller."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def training_line(saved: SavedModel) -> str:
    """Say in one line what was written and how training went."""
    record = saved.model.training
    score = record.validation_score
    validation = "" if score is None else f", validation {score:.4f}"
    return (
        f"wrote {saved.path} ({file_size(saved.size)}): {record.n_series:,} series, "
        f"{record.n_observations:,} observations, {record.steps:,} steps{validation} "
        f"in {duration(saved.seconds)}{_on_coverage(record)}{_on_guard(record)}"
    )


def _on_coverage(record: TrainingRecord) -> str:
    """Say what calibration came to on the ends that were held out, as the end of a sentence."""
    if record.coverage is None:
        return ""
    before, after = (f"{100 * share:.1f} %" for share in record.coverage["80"])
    return f"; 80 % intervals held {before} of the held-out ends, calibrated {after}"


def _on_guard(record: TrainingRecord) -> str:
    """Say of how many series each source is kept, as the end of a sentence."""
    if record.kept is None:
        return ""
    return f"; the guard keeps {', '.join(f'{name} {n:,}' for name, n in record.kept.items())}"


def training_document(saved: SavedModel) -> dict[str, Any]:
    """Say the same, and the resolved settings, as one document."""
    return {
        "model": str(saved.path),
        "bytes": saved.size,
        "seconds": round(saved.seconds, 3),
        "config": saved.model.config.model_dump(),
        "training": asdict(saved.model.training),
    }


def model_card(header: Mapping[str, Any]) -> str:
    """Lay the header of a model file out as lines: settings by their full key, then the history."""
    from lstmcast.layers import with_full_keys

    parts = {"settings": header["config"], "training": header["training"]}
    width = max(len(key) for part in parts.values() for key, _ in with_full_keys(part))
    lines = []
    for title, part in parts.items():
        lines += [
            title,
            *(f"  {key:<{width}}  {_cell(value)}" for key, value in with_full_keys(part)),
            "",
        ]
    return "\n".join(lines[:-1]) + "\n"


def duration(seconds: float) -> str:
    """Round to what a person can use: 4.2 s, 42 s, 7 min 30 s, 2 h 5 min."""
    if seconds < 9.95:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def file_size(size: int) -> str:
    """Round bytes to kB or MB: 58 kB, 1.2 MB."""
    kilobytes = size / 1000
    return f"{kilobytes:,.0f} kB" if kilobytes < 999.5 else f"{kilobytes / 1000:,.1f} MB"  # noqa: PLR2004


def _cell(value: object) -> str:
    return "-" if value is None else str(value)
