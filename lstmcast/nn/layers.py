"""Layers one on the other: of recurrence and of perceptrons, and what lies between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lstmcast.nn.cells import State, make_layer

if TYPE_CHECKING:
    from lstmcast.nn.shape import Shape


class Dropout(nn.Module):
    """Dropout (Srivastava et al., 2014) that draws from a generator of its own.

    torch's has but the one of the whole process, so that networks in threads side by side would
    have other weights at every training.
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability
        self.generator: torch.Generator | None = None

    def forward(self, hidden: Tensor) -> Tensor:
        """Zero elements of `hidden`, while training, and scale up the others: same shape."""
        if not self.training or self.probability == 0:
            return hidden
        kept = 1 - self.probability
        return hidden * torch.empty_like(hidden).bernoulli_(kept, generator=self.generator) / kept


class Passage(nn.Module):
    """What outputs go through on their way to the next layer, or to the head.

    Normalisation (Ba, Kiros and Hinton, 2016), where it is asked for, and dropout.
    """

    def __init__(self, shape: Shape, width: int | None = None) -> None:
        super().__init__()
        width = width or shape.hidden_size
        self.norm = nn.LayerNorm(width) if shape.layer_norm else nn.Identity()
        self.dropout = Dropout(shape.dropout)

    def forward(self, hidden: Tensor) -> Tensor:
        """Pass on `hidden` [B, T, width]."""
        passed: Tensor = self.dropout(self.norm(hidden))
        return passed


class Layers(nn.Module):
    """A stack of recurrent layers."""

    def __init__(self, features: int, shape: Shape) -> None:
        super().__init__()
        widths = [features, *[shape.hidden_size] * (shape.layers - 1)]
        self.layers = nn.ModuleList(
            make_layer(shape.kind, width, shape.hidden_size) for width in widths
        )
        self.passages = nn.ModuleList(Passage(shape) for _ in widths[1:])

    def forward(
        self, inputs: Tensor, states: list[State] | None = None
    ) -> tuple[Tensor, list[State]]:
        """Run over `inputs` [B, T, F] from the states of the layers: [B, T, hidden], states."""
        hidden, reached = inputs, []
        for number, layer in enumerate(self.layers):
            if number:
                hidden = self.passages[number - 1](hidden)
            hidden, state = layer(hidden, states[number] if states else None)
            reached.append(state)
        return hidden, reached


class Perceptrons(nn.Module):
    """A stack of dense layers, GELU after each (Hendrycks and Gimpel, 2016): no recurrence."""

    def __init__(self, features: int, shape: Shape) -> None:
        super().__init__()
        widths = [features, *[shape.hidden_size] * (shape.layers - 1)]
        self.layers = nn.ModuleList(nn.Linear(width, shape.hidden_size) for width in widths)
        self.passages = nn.ModuleList(Passage(shape) for _ in widths[1:])

    def forward(self, inputs: Tensor) -> Tensor:
        """Map `inputs` [..., F] to [..., hidden]."""
        hidden = F.gelu(self.layers[0](inputs))
        for layer, passage in zip(self.layers[1:], self.passages, strict=True):
            hidden = F.gelu(layer(passage(hidden)))
        return hidden
