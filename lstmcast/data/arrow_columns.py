"""Columns of any type of Arrow as texts by their distinct ones, or as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lstmcast.data.coded import from_chunks
from lstmcast.data.frame import coded_series
from lstmcast.data.raw import Coded

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUMERIC = (
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_boolean,
    pa.types.is_null,
)


def is_flat(kind: pa.DataType) -> bool:
    """Say whether a cell holds one value, no list and no record."""
    return not (pa.types.is_nested(kind) or isinstance(kind, pa.FixedShapeTensorType))


def is_text(kind: pa.DataType) -> bool:
    """Say whether a column holds texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def as_texts(column: pa.ChunkedArray) -> Coded:
    """Return a flat column [N] by its distinct texts; only those are written out.

    Times are written as pandas prints them, with their offset where they have a zone.
    """
    if isinstance(column.type, pa.BaseExtensionType):
        return coded_series(column.to_pandas())
    if pa.types.is_null(column.type):
        return Coded(np.zeros(len(column), dtype=np.int32), pa.array([""]))
    if not pa.types.is_dictionary(column.type):
        return _written(_taken_apart(pc.dictionary_encode(column)))
    codes, distinct = _taken_apart(column)
    # A stored dictionary has its own order, and entries that no row points to.
    places, used = pd.factorize(codes)
    return _written((places.astype(np.int32), distinct.take(pa.array(used))))


def _zone(kind: pa.DataType) -> str | None:
    """Return the zone of a column of timestamps; an offset has no name, its texts tell it."""
    zone = kind.tz if pa.types.is_timestamp(kind) else None
    return zone if zone and "/" in zone else None


def _taken_apart(encoded: pa.ChunkedArray) -> tuple[NDArray[np.int32], pa.Array]:
    """Return codes [N] of a dictionary column and what they point to, a null if cells are."""
    if not encoded.null_count:
        coded = from_chunks(encoded)
        return coded.codes, coded.texts
    unified = encoded.unify_dictionaries()
    distinct = unified.chunk(0).dictionary
    codes = [
        pc.fill_null(chunk.indices.cast(pa.int32()), len(distinct)).to_numpy(zero_copy_only=False)
        for chunk in unified.chunks
    ]
    return np.concatenate(codes), pa.concat_arrays([distinct, pa.nulls(1, distinct.type)])


def _written(column: tuple[NDArray[np.int32], pa.Array]) -> Coded:
    """Write distinct values out; those that are written alike become one text."""
    codes, distinct = column
    if is_text(distinct.type) and not distinct.null_count:
        return Coded(codes, distinct.cast(pa.string()))
    missing = distinct.is_null().to_numpy(zero_copy_only=False)
    written = np.full(len(distinct), "", dtype=object)
    written[~missing] = _printed(distinct.drop_null())
    merged, unique = pd.factorize(written)
    texts = pa.array(unique, pa.string())
    return Coded(merged.astype(np.int32)[codes], texts, _zone(distinct.type))


def _printed(values: pa.Array) -> list[str]:
    """Write values as pandas prints them."""
    if is_text(values.type):
        return list(values.to_pylist())
    if pa.types.is_binary(values.type) or pa.types.is_fixed_size_binary(values.type):
        return [value.decode(errors="replace") for value in values.to_pylist()]
    written: list[str] = pd.Index(values.to_pandas()).astype(str).tolist()
    return written


def texts_of(column: pa.ChunkedArray) -> list[str]:
    """Return each cell [N] of a flat column as a text."""
    coded = as_texts(column)
    texts: list[str] = coded.texts.take(pa.array(coded.codes)).to_pylist()
    return texts


def as_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as float64, or as texts that are still to be read as numbers.

    Raises:
        pa.ArrowInvalid: it holds neither.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if is_text(column.type):
        return column.cast(pa.string())
    if not any(is_kind(column.type) for is_kind in NUMERIC):
        raise pa.ArrowInvalid(f"it holds values of the type {column.type}, not numbers.")
    return column.cast(pa.float64(), safe=False)
