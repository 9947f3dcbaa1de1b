"""Layers of recurrence, one on the other, with dropout between them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

State = tuple[Tensor, Tensor]  # of one layer


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


class Layers(nn.Module):
    """A stack of LSTM layers (Hochreiter and Schmidhuber, 1997; Gers et al., 2000)."""

    def __init__(self, features: int, hidden_size: int, layers: int, dropout: float) -> None:
        super().__init__()
        widths = [features, *[hidden_size] * (layers - 1)]
        self.layers = nn.ModuleList(
            nn.LSTM(width, hidden_size, batch_first=True) for width in widths
        )
        self.dropout = Dropout(dropout)

    def forward(
        self, inputs: Tensor, states: list[State] | None = None
    ) -> tuple[Tensor, list[State]]:
        """Run over `inputs` [B, T, F] from the states of the layers: [B, T, hidden], states."""
        hidden, reached = inputs, []
        for number, layer in enumerate(self.layers):
            if number:
                hidden = self.dropout(hidden)
            hidden, state = layer(hidden, states[number] if states else None)
            reached.append(state)
        return hidden, reached
