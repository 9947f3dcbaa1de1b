"""Which errors say that memory ran out: torch has a type of its own for GPUs alone."""

from __future__ import annotations

import torch

SIGNS = ("can't allocate memory", "not enough memory", "out of memory", "bad_alloc")


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether less work at once would have passed."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in SIGNS)
