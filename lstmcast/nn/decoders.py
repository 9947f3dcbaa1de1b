"""Decoders: from what is known of each step ahead, and the states of the encoder, to outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from lstmcast.nn.layers import Layers, Perceptrons

if TYPE_CHECKING:
    from lstmcast.nn.cells import State
    from lstmcast.nn.shape import Shape


def make_decoder(features: int, shape: Shape) -> nn.Module:
    """Make what maps steps [B, T, F] and states to outputs [B, T, hidden] and new states."""
    return FlatDecoder(features, shape) if shape.kind == "mlp" else Layers(features, shape)


class FlatDecoder(nn.Module):
    """Dense layers that see one step ahead and the vector of the context."""

    def __init__(self, features: int, shape: Shape) -> None:
        super().__init__()
        self.stack = Perceptrons(features + shape.hidden_size, shape)

    def forward(self, inputs: Tensor, states: list[State]) -> tuple[Tensor, list[State]]:
        """Decode the steps of `inputs` [B, T, F], each by itself: [B, T, hidden]."""
        [(context,)] = states
        everywhere = context.unsqueeze(1).expand(-1, inputs.shape[1], -1)
        return self.stack(torch.cat([everywhere, inputs], dim=-1)), states
