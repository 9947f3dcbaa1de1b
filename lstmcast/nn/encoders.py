"""Encoders: what is seen of the context becomes the states that the decoder begins from.

A plain encoder has layers like those of the decoder, and hands their states over as they are. The
others sum the context up in a vector, and a bridge makes the states of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lstmcast.nn.cells import VECTORS, State, begin, make_layer
from lstmcast.nn.layers import Layers, Passage, Perceptrons

if TYPE_CHECKING:
    from lstmcast.nn.shape import Shape


def make_encoder(features: int, shape: Shape) -> nn.Module:
    """Make what maps a context [B, T, F] to the states that the layers of the decoder begin from.

    T is the number of patches.
    """
    if shape.kind == "mlp":
        return FlatEncoder(features, shape)
    if shape.dilations:
        return DilatedEncoder(features, shape)
    if shape.bidirectional:
        return BidirectionalEncoder(features, shape)
    return PlainEncoder(features, shape)


class PlainEncoder(nn.Module):
    """Layers like the decoder's, which go on from where these end."""

    def __init__(self, features: int, shape: Shape) -> None:
        super().__init__()
        self.stack = Layers(features, shape)

    def forward(self, inputs: Tensor) -> list[State]:
        """Encode `inputs` [B, T, F]."""
        states: list[State] = self.stack(inputs)[1]
        return states


class BidirectionalEncoder(nn.Module):
    """Layers that read the context both ways (Schuster and Paliwal, 1997).

    Each layer sees the outputs of both directions of the layer below. The context is summed up by
    the outputs of each direction where it ends.
    """

    def __init__(self, features: int, shape: Shape) -> None:
        super().__init__()
        both = 2 * shape.hidden_size
        widths = [features, *[both] * (shape.layers - 1)]
        self.forwards, self.backwards = (
            nn.ModuleList(make_layer(shape.kind, width, shape.hidden_size) for width in widths)
            for _ in range(2)
        )
        self.passages = nn.ModuleList(Passage(shape, both) for _ in widths[1:])
        self.bridge = Bridge(both, shape)

    def forward(self, inputs: Tensor) -> list[State]:
        """Encode `inputs` [B, T, F]."""
        hidden = inputs
        for number, (there, back) in enumerate(zip(self.forwards, self.backwards, strict=True)):
            if number:
                hidden = self.passages[number - 1](hidden)
            ahead, behind = there(hidden)[0], back(hidden.flip(1))[0]
            hidden = torch.cat([ahead, behind.flip(1)], dim=-1)
        states: list[State] = self.bridge(torch.cat([ahead[:, -1], behind[:, -1]], dim=-1))
        return states


class DilatedEncoder(nn.Module):
    """Blocks of layers that look back several steps at once, each added to what it was given.

    Dilated recurrence: Chang et al. (2017); the blocks, with such shortcuts around all but the
    first, are those of ES-RNN (Smyl, 2020). The last outputs sum the context up.
    """

    def __init__(self, features: int, shape: Shape) -> None:
        super().__init__()
        widths = [features, *[shape.hidden_size] * (len(shape.dilations) - 1)]
        self.blocks = nn.ModuleList(
            DilatedBlock(width, dilations, shape)
            for width, dilations in zip(widths, shape.dilations, strict=True)
        )
        self.passages = nn.ModuleList(Passage(shape) for _ in widths[1:])
        self.bridge = Bridge(shape.hidden_size, shape)

    def forward(self, inputs: Tensor) -> list[State]:
        """Encode `inputs` [B, T, F]."""
        hidden = self.blocks[0](inputs)
        for block, passage in zip(self.blocks[1:], self.passages, strict=True):
            hidden = hidden + block(passage(hidden))
        states: list[State] = self.bridge(hidden[:, -1])
        return states


class DilatedBlock(nn.Module):
    """Layers of recurrence, each from the state some steps before: h(t) = cell(x(t), h(t - d))."""

    def __init__(self, features: int, dilations: tuple[int, ...], shape: Shape) -> None:
        super().__init__()
        self.dilations = dilations
        widths = [features, *[shape.hidden_size] * (len(dilations) - 1)]
        self.layers = nn.ModuleList(
            make_layer(shape.kind, width, shape.hidden_size) for width in widths
        )
        self.passages = nn.ModuleList(Passage(shape) for _ in widths[1:])

    def forward(self, inputs: Tensor) -> Tensor:
        """Run over `inputs` [B, T, F]: [B, T, hidden]."""
        hidden = inputs
        for number, (layer, dilation) in enumerate(zip(self.layers, self.dilations, strict=True)):
            if number:
                hidden = self.passages[number - 1](hidden)
            outputs, _ = layer(_fold(hidden, dilation))
            hidden = _unfold(outputs, dilation, inputs.shape[1])
        return hidden


class FlatEncoder(nn.Module):
    """All steps of the context side by side, through dense layers."""

    def __init__(self, features: int, shape: Shape) -> None:
        super().__init__()
        self.stack = Perceptrons(shape.n_patches * features, shape)

    def forward(self, inputs: Tensor) -> list[State]:
        """Encode `inputs` [B, T, F]."""
        return [(self.stack(inputs.flatten(1)),)]


class Bridge(nn.Module):
    """From a summary of the context to states as bounded as those of a layer after one step."""

    def __init__(self, width: int, shape: Shape) -> None:
        super().__init__()
        self.kind = shape.kind
        self.parts = (shape.layers, VECTORS[shape.kind], shape.hidden_size)
        self.linear = nn.Linear(width, shape.layers * VECTORS[shape.kind] * shape.hidden_size)

    def forward(self, summary: Tensor) -> list[State]:
        """Map `summary` [B, width] to a state for each layer of the decoder."""
        vectors = torch.tanh(self.linear(summary)).to(self.linear.bias.dtype)
        return [begin(self.kind, part) for part in vectors.unflatten(1, self.parts).unbind(1)]


def _fold(hidden: Tensor, dilation: int) -> Tensor:
    """Put every `dilation`-th step into a sequence of its own: [B * d, T / d, F].

    Where they do not come out even, some end with zeros, which no other step sees.
    """
    missing = -hidden.shape[1] % dilation
    steps: Tensor = F.pad(hidden, (0, 0, 0, missing)).unflatten(1, (-1, dilation))
    return steps.transpose(1, 2).flatten(0, 1)


def _unfold(hidden: Tensor, dilation: int, length: int) -> Tensor:
    """Undo `_fold`: [B, T, F]."""
    steps: Tensor = hidden.unflatten(0, (-1, dilation)).transpose(1, 2)
    return steps.flatten(1, 2)[:, :length]
