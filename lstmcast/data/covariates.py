"""Covariate columns of a table: read as numbers or categories, judged, laid out beside values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lstmcast.data.features import (
    MISSING_CATEGORY,
    Covariates,
    FeatureNames,
    Features,
    TableCovariates,
    place_rows,
)
from lstmcast.data.numerals import NULLS
from lstmcast.data.problems import quoted
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from lstmcast.data.panel import Columns, Panel, SeriesTable
    from lstmcast.data.raw import Coded, RawColumns
    from lstmcast.data.rows import Rows
    from lstmcast.data.spans import Spans


def read_covariates(columns: Columns, raw: RawColumns) -> TableCovariates | None:
    """Return the covariates of each row as they were read, the static ones too; None: no column."""
    if not columns.covariates:
        return None
    coded = {name: code_texts(raw.texts[name]) for name in columns.categorical}

    def of(names: tuple[str, ...]) -> tuple[FeatureNames, Features]:
        split = split_names(names, columns.categorical)
        numbers = [raw.numbers[name].values for name in split.numbers]
        categories = [coded[name][0] for name in split.categories]
        n_rows = len(raw.texts[columns.time].codes)
        return split, side_by_side(numbers, categories, n_rows)

    past, known, static = (of(names) for names in (columns.past, columns.known, columns.static))
    return TableCovariates(
        past=past[1],
        known=known[1],
        static=static[1],
        vocabularies={name: vocabulary for name, (_, vocabulary) in coded.items()},
        names=Covariates(past[0], known[0], static[0]),
    )


def split_names(names: Sequence[str], categorical: Sequence[str]) -> FeatureNames:
    """Tell the columns of numbers from those of categories."""
    return FeatureNames(
        tuple(name for name in names if name not in categorical),
        tuple(name for name in names if name in categorical),
    )


def side_by_side(
    numbers: Sequence[NDArray[np.float64]], categories: Sequence[NDArray[np.int32]], n_rows: int
) -> Features:
    """Put columns of `n_rows` each beside each other."""
    return Features(
        np.stack(numbers, axis=1) if numbers else np.empty((n_rows, 0)),
        np.stack(categories, axis=1) if categories else np.empty((n_rows, 0), dtype=np.int32),
    )


def code_texts(
    column: Coded, vocabulary: tuple[str, ...] | None = None
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return the place of each row's text in a vocabulary, by default that of the column itself.

    Spaces around a text do not count, nor does a fraction of zero: 1 and 1.0 are one category. What
    is missing, or not in the vocabulary, is -1.
    """
    texts = pc.utf8_trim_whitespace(column.texts)
    texts = pc.replace_substring_regex(texts, r"^([+-]?\d+)\.0+$", r"\1")
    texts = pc.if_else(pc.is_in(texts, pa.array(NULLS)), None, texts)
    if vocabulary is None:
        vocabulary = tuple(
            sorted(text for text in pc.unique(texts).to_pylist() if text is not None)
        )
    places = pc.index_in(texts, pa.array(vocabulary, pa.string()))
    places = np.asarray(pc.fill_null(places, MISSING_CATEGORY), dtype=np.int32)
    return places[column.codes], vocabulary


def settle_static(rows: Rows, static: Features, names: FeatureNames) -> Features:
    """Return the static covariates of each group [G] from those of its rows [N].

    Raises:
        DataError: a group has several values of one.
    """
    categories = static.categories.astype(np.float64)
    categories[static.categories == MISSING_CATEGORY] = np.nan
    found = []
    for name, values in zip(names.all, (*static.numbers.T, *categories.T), strict=True):
        lowest = np.full(len(rows.groups.parts), np.nan)
        highest = lowest.copy()
        np.fmin.at(lowest, rows.codes, values)
        np.fmax.at(highest, rows.codes, values)
        if (varying := lowest < highest).any():
            raise _varying_error(rows, name, values, int(np.argmax(varying)))
        found.append(lowest)
    n_numbers = len(names.numbers)
    codes = [np.nan_to_num(value, nan=MISSING_CATEGORY).astype(np.int32) for value in found]
    return side_by_side(found[:n_numbers], codes[n_numbers:], len(rows.groups.parts))


def _varying_error(rows: Rows, name: str, values: NDArray[np.float64], group: int) -> DataError:
    """Return the error that names two rows of a group in which a static covariate differs."""
    mine = np.flatnonzero((rows.codes == group) & ~np.isnan(values))
    other = mine[np.argmax(values[mine] != values[mine[0]])]
    numbers = [int(row) for row in rows.in_source(np.array([mine[0], other]))]
    (first, one), (second, two) = rows.source.cells(numbers, name)
    series = f" of series {quoted(rows.groups.name(int(other)))}" if rows.columns.ids else ""
    return DataError(
        f"{rows.source.name}, column '{name}': {first} ({quoted(one)}) and {second} "
        f"({quoted(two)}){series} differ, but a static covariate has one value for each series: "
        "correct them, or name the column with --known or --past."
    )


def lay_out_covariates(panel: Panel, table: SeriesTable, spans: Spans) -> Panel:
    """Return a panel with the covariates of the table that its values come from."""
    covariates = table.covariates
    if covariates is None:
        return panel
    places = table.steps - spans.first[table.codes]
    inside = spans.inside
    past = place_rows(
        covariates.past.rows(inside),
        (panel.offsets[table.codes] + places)[inside],
        len(panel.values),
    )
    ahead = spans.first + panel.lengths - 1
    present = (places >= 0) & is_given(covariates.known)
    np.maximum.at(ahead, table.codes[present], table.steps[present])
    known_offsets = np.concatenate([[0], np.cumsum(ahead - spans.first + 1)])
    known = place_rows(
        covariates.known.rows(present),
        (known_offsets[table.codes] + places)[present],
        int(known_offsets[-1]),
    )
    return replace(
        panel,
        past=past,
        known=known,
        known_offsets=known_offsets,
        static=covariates.static,
        vocabularies=covariates.vocabularies,
        covariates=covariates.names,
    )


def is_given(features: Features) -> NDArray[np.bool_]:
    """Say which rows have a value in any column."""
    numbers = (~np.isnan(features.numbers)).any(axis=1)
    return np.asarray(numbers | (features.categories != MISSING_CATEGORY).any(axis=1))


def recode(
    panel: Panel, vocabularies: Mapping[str, tuple[str, ...]]
) -> tuple[Panel, dict[str, tuple[str, ...]]]:
    """Return a panel in the categories of a model, and the texts that the model has never seen.

    Unseen texts are as good as missing: -1. Columns without such texts are not in the second value.
    """
    unseen: dict[str, tuple[str, ...]] = {}
    tables = {}
    for name, texts in panel.vocabularies.items():
        places = {text: place for place, text in enumerate(vocabularies.get(name, ()))}
        # The last entry is what -1, a missing category, stays.
        tables[name] = np.array([*(places.get(text, -1) for text in texts), -1], dtype=np.int32)
        if new := tuple(text for text in texts if text not in places):
            unseen[name] = new

    def translated(features: Features, names: FeatureNames) -> Features:
        columns = zip(names.categories, features.categories.T, strict=True)
        codes = [tables[name][column] for name, column in columns]
        categories = np.stack(codes, axis=1) if codes else features.categories
        return replace(features, categories=categories)

    covariates = panel.covariates
    recoded = replace(
        panel,
        past=translated(panel.past, covariates.past),
        known=translated(panel.known, covariates.known),
        static=translated(panel.static, covariates.static),
        vocabularies={name: vocabularies.get(name, ()) for name in panel.vocabularies},
    )
    return recoded, unseen
