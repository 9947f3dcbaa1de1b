"""Numbers as people write them in tables: cells of text to float64, NaN where there is none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

NULLS = (
    *("", "NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "-nan", "-NaN", "<NA>", "NaT"),
    *("null", "NULL", "Null", "None", "none", "NONE", "#N/A", "#NA", "#N/A N/A", "."),
)
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"

REMEDY = "write finite numbers such as 1234.5, or leave the cell empty if the value is missing."


def looks_like_number(text: str) -> bool:
    """Say whether a text is a number, or one of the ways to write that there is none."""
    text = text.strip()
    return text in NULLS or re.fullmatch(NUMBER, text, re.ASCII) is not None


def parse_numbers(texts: pa.ChunkedArray) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return float64 [N], NaN where there is no number, and a mask of the texts that are wrong."""
    texts = pc.utf8_trim_whitespace(texts)
    missing = pc.or_kleene(pc.is_null(texts), pc.is_in(texts, pa.array(NULLS)))
    right = pc.match_substring_regex(texts, f"^(?:{NUMBER})$")
    numbers = pc.cast(pc.if_else(pc.fill_null(right, fill_value=False), texts, None), pa.float64())
    wrong = pc.invert(pc.or_kleene(missing, right))
    values = numbers.to_numpy()
    return values, np.asarray(wrong.to_numpy(), dtype=bool) | np.isinf(values)
