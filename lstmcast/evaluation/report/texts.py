"""What a page says in words and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmcast.data.doctor.diagnosis import look_at
from lstmcast.data.doctor.words import extent_in_words, facts_in_words, place_in_words
from lstmcast.evaluation.report.conclusion import METRICS
from lstmcast.evaluation.report.scope import left_out
from lstmcast.evaluation.report.tables import (
    intervals_table,
    scores_table,
    series_tables,
    windows_table,
)
from lstmcast.settings_file import to_yaml

if TYPE_CHECKING:
    from lstmcast.artifact import Model
    from lstmcast.data.doctor.findings import Finding
    from lstmcast.evaluation.report.contents import Report, Selection


def texts_of(report: Report, chosen: Selection) -> dict[str, Any]:
    """Return what stands in the page as text and tables, by the names that the template has."""
    evaluation = report.evaluation
    panel = evaluation.course.panel
    look = look_at(panel, evaluation.course.horizon)
    return {
        "title": report.data_name,
        "model_name": report.model_name,
        "last_time": look.facts.last_time,
        "conclusion": chosen.conclusion,
        "rival": (chosen.conclusion.rival or "").replace("_", " "),
        "metric": METRICS[chosen.conclusion.metric],
        "subject": evaluation.subject,
        "target": "" if panel.columns.melted else panel.columns.targets[0],
        "facts": list(facts_in_words(look.facts)),
        "read_notes": panel.notes,
        "findings": list(map(_finding, look.findings)),
        "scores": scores_table(evaluation),
        "windows": windows_table(evaluation),
        "notes": evaluation.notes,
        "intervals": intervals_table(evaluation),
        "n_series": len(chosen.shown),
        "series_tables": series_tables(evaluation, chosen.conclusion, chosen.errors, chosen.shown),
        "forecast_notes": [
            *([report.without_forecast] if report.forecast is None else report.forecast.notes),
            *left_out(evaluation, chosen.scope),
        ],
        "settings": to_yaml(report.model.config),
        "record": _record(report.model),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "each": finding,
        "extent": extent_in_words(finding),
        "places": list(map(place_in_words, finding.places)),
    }


def _record(model: Model) -> list[tuple[str, str]]:
    """Return what the model file says of its training, as pairs of a name and a text."""
    record = model.training
    score, coverage, kept = record.validation_score, record.coverage or {}, record.kept or {}
    held = [
        f"{percent} % intervals held {before:.1%} of the held-out ends, calibrated {after:.1%}"
        for percent, (before, after) in coverage.items()
    ]
    return [
        ("trained on", f"{record.n_series:,} series, {record.n_observations:,} observations"),
        ("times", f"{record.first_timestamp} to {record.last_timestamp}"),
        ("began with", "fresh weights" if record.base is None else f"weights {record.base}"),
        ("ended", f"{record.ending}, after {record.steps:,} steps"),
        ("validation score", "none" if score is None else f"{score:.4f}"),
        ("calibration", "; ".join(held) or "none: too few ends were held out"),
        ("guard keeps", ", ".join(f"{name} {n:,}" for name, n in kept.items()) or "no guard"),
        ("weights", f"{record.n_parameters:,}"),
        ("hash of the data", record.data_hash),
        ("lstmcast", record.lstmcast_version),
        ("torch", record.torch_version),
    ]
