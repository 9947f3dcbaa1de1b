"""The optimiser: AdamW (Loshchilov and Hutter, 2019)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from lstmcast.config import ResolvedConfig
    from lstmcast.nn.networks import Network


def fresh_optimiser(network: Network, config: ResolvedConfig) -> torch.optim.AdamW:
    """Make an optimiser that has a state to copy from the beginning, as torch's has later."""
    parameters = list(network.parameters())
    optimiser = torch.optim.AdamW(
        parameters,
        lr=config.training.learning_rate,
        weight_decay=config.training.weight_decay,
        fused=parameters[0].device.type in {"cpu", "cuda"},
    )
    state = {
        k: {
            "step": torch.zeros(()),
            "exp_avg": torch.zeros_like(weights),
            "exp_avg_sq": torch.zeros_like(weights),
        }
        for k, weights in enumerate(parameters)
    }
    optimiser.load_state_dict(optimiser.state_dict() | {"state": state})
    return optimiser
