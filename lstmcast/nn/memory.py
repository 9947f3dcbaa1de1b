"""How much a device holds, and which errors say that it was too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

# For what is on a GPU, torch has an error of its own.
OUT_OF_MEMORY = "out of memory"
# oneDNN, whose kernels LSTMs run in on a CPU, has one sentence for whatever it lacked. It was seen
# where a process had few addresses left. Were it another lack, halving would end at one window.
SIGNS = (
    "can't allocate memory",
    "not enough memory",
    OUT_OF_MEMORY,
    "bad_alloc",
    "could not create a primitive",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether less work at once would have passed."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in SIGNS)


def has_room(n_bytes: int, device: torch.device) -> bool:
    """Tell whether a GPU has twice as much room; other devices share the memory of the host."""
    return device.type != "cuda" or 2 * n_bytes <= torch.cuda.mem_get_info(device)[0]


def with_memory(work: Callable[[], T], shrink: Callable[[], None]) -> T:
    """Do some work, and where memory does not suffice, `shrink` it and do it again."""
    while True:
        try:
            return work()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        # Only here has the error let go of what it held.
        shrink()
