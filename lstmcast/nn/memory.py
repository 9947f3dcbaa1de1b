"""Which errors say that memory ran out: torch has a type of its own for GPUs alone."""

from __future__ import annotations

import torch

OUT_OF_MEMORY = "out of memory"
SIGNS = ("can't allocate memory", "not enough memory", OUT_OF_MEMORY, "bad_alloc")


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether less work at once would have passed."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in SIGNS)
