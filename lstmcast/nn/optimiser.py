"""The optimiser: AdamW (Loshchilov and Hutter, 2019), clipped by the norm of the whole gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

if TYPE_CHECKING:
    from lstmcast.config import ResolvedConfig

# Decay of the running averages, and what keeps a division from failing: as torch.optim.AdamW has it
BETAS = (0.9, 0.999)
EPSILON = 1e-8


class AdamW:
    """torch's own AdamW by its functional form, for the weights of a network.

    The class torch.optim.AdamW imports a compiler when it is first made, which takes a second, a
    fifth of a small training.
    """

    def __init__(self, network: nn.Module, config: ResolvedConfig) -> None:
        self.weights = dict(network.named_parameters())
        self.decay = config.training.weight_decay
        self.most_norm = config.training.gradient_clip
        device = next(network.parameters()).device
        self.fused = device.type in {"cpu", "cuda"}
        home = device if self.fused else None  # counts of other kernels stay with the host
        self.steps = {name: torch.zeros((), device=home) for name in self.weights}
        self.means = {name: torch.zeros_like(weights) for name, weights in self.weights.items()}
        self.squares = {name: torch.zeros_like(weights) for name, weights in self.weights.items()}

    def forget_gradients(self) -> None:
        """Begin a step."""
        for weights in self.weights.values():
            weights.grad = None

    def step(self, learning_rate: float) -> Tensor:
        """Move the weights against their gradients; return the norm before it was clipped."""
        norm = nn.utils.clip_grad_norm_(self.weights.values(), self.most_norm)
        # The loss may not hang on all weights.
        gradients = {name: w.grad for name, w in self.weights.items() if w.grad is not None}
        with torch.no_grad():
            adamw(
                [self.weights[name] for name in gradients],
                list(gradients.values()),
                [self.means[name] for name in gradients],
                [self.squares[name] for name in gradients],
                [],
                [self.steps[name] for name in gradients],
                fused=self.fused,
                amsgrad=False,
                beta1=BETAS[0],
                beta2=BETAS[1],
                lr=learning_rate,
                weight_decay=self.decay,
                eps=EPSILON,
                maximize=False,
            )
        return norm

    def tensors(self) -> dict[str, Tensor]:
        """Name all that a step changes beside the weights."""
        parts = {"step": self.steps, "exp_avg": self.means, "exp_avg_sq": self.squares}
        return {f"{part}.{name}": t for part, named in parts.items() for name, t in named.items()}
