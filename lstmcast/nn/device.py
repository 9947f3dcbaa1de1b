"""Where to compute, and in which arithmetic."""

from __future__ import annotations

import torch

from lstmcast.errors import UsageError


def choose_device(name: str) -> torch.device:
    """Turn auto, cpu, cuda or mps into a device that this machine has.

    Raises:
        UsageError: the device asked for is not here.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next((kind for kind, here in present.items() if here), "cpu")
    if not present.get(name, True):
        raise UsageError(f"torch finds no {name} device on this machine: use --device auto.")
    return torch.device(name)


def has_fast_bfloat16(device: torch.device) -> bool:
    """Tell whether the hardware itself multiplies in bfloat16, rather than emulating it."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Run the network's products in `precision`; weights, features and losses stay in float32."""
    # torch has one cache of rounded weights for all threads, and clears it when any of them is
    # done. Networks that train side by side would round their gradients now once, now twice.
    cached = device.type != "cpu"
    wanted = precision == "bfloat16"
    return torch.autocast(device.type, torch.bfloat16, enabled=wanted, cache_enabled=cached)
