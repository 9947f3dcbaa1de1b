"""Recurrent layers: one cell, stepped over time.

Each takes inputs [B, T, F] and a state, or None for a memory that is empty, and gives its outputs
[B, T, hidden] and the state it reached. Where torch has a kernel it is used. Where it has none, the
products with the inputs are taken for all steps at once, and a loop over time steps is left: each
step needs the outputs of the one before.

Letters of the equations: x inputs, h outputs, c memory, h' and c' those of the step before;
i, f, o input, forget and output gate; z candidate; W, R, b, p weights, of each gate its own; s the
logistic function. Products of vectors are by element.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Callable

    from lstmcast.network_config import Kind

State = tuple[Tensor, ...]  # of one layer, the outputs first; each [B, hidden]

KERNELS: dict[str, Callable[..., nn.RNNBase]] = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
# Vectors that a state is begun from: outputs, and memory where it is another one.
VECTORS = {"lstm": 2, "gru": 1, "rnn": 1, "peephole": 2, "slstm": 2}
# Jozefowicz, Zaremba and Sutskever (2015): a cell that forgets at first does not learn to remember.
FIRST_FORGET_BIAS = 1.0


def make_layer(kind: Kind, features: int, hidden_size: int) -> nn.Module:
    """Make a layer of any kind that has recurrence, with fresh weights."""
    if kind == "peephole":
        return PeepholeLayer(features, hidden_size)
    if kind == "slstm":
        return ScalarLayer(features, hidden_size)
    return KernelLayer(kind, features, hidden_size)


def begin(kind: Kind, vectors: Tensor) -> State:
    """Make a state of `vectors` [B, V, hidden]: outputs, and what is in memory, once."""
    state = vectors.unbind(1)
    if kind == "slstm":
        return (*state, torch.ones_like(state[0]), torch.zeros_like(state[0]))
    return state


class KernelLayer(nn.Module):
    """A layer that torch has a kernel for.

    lstm (Hochreiter and Schmidhuber, 1997; Gers, Schmidhuber and Cummins, 2000):
        i, f, o = s(W x + R h' + b)    z = tanh(W x + R h' + b)    c = f c' + i z
        h = o tanh(c)
    gru (Cho et al., 2014), r reset and u update gate:
        r, u = s(W x + R h' + b)    z = tanh(W x + b + r (R h' + d))    h = (1 - u) z + u h'
    rnn (Elman, 1990):
        h = tanh(W x + R h' + b)
    """

    def __init__(self, kind: str, features: int, hidden_size: int) -> None:
        super().__init__()
        self.kernel = KERNELS[kind](features, hidden_size, batch_first=True)
        self.has_memory = VECTORS[kind] > 1  # beside its outputs

    def forward(self, inputs: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Run over `inputs` [B, T, F] from `state`: [B, T, hidden], state."""
        first = state and tuple(part.unsqueeze(0) for part in state)
        if self.has_memory:
            hidden, last = self.kernel(inputs, first)
            return hidden, tuple(part.squeeze(0) for part in last)
        hidden, last = self.kernel(inputs, first and first[0])
        return hidden, (last.squeeze(0),)


class PeepholeLayer(nn.Module):
    """An LSTM whose gates see the memory (Gers and Schmidhuber, 2000).

        i = s(W x + R h' + p c' + b)    f = s(W x + R h' + p c' + b)    z = tanh(W x + R h' + b)
        c = f c' + i z    o = s(W x + R h' + p c + b)    h = o tanh(c)

    The weights of i, f, z and o lie below each other, in this order.
    """

    def __init__(self, features: int, hidden_size: int) -> None:
        super().__init__()
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, features))
        self.weight_hh = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.empty(4 * hidden_size))
        self.peepholes = nn.Parameter(torch.empty(3, hidden_size))  # of i, f and o
        _initialise(self, hidden_size)

    def forward(self, inputs: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Run over `inputs` [B, T, F] from `state`: [B, T, hidden], state."""
        products = _products(self, inputs)
        of_input, of_forget, of_output = self.peepholes
        h, c = state or _empty(products, 2)
        outputs = []
        for product in products.unbind(1):
            i, f, z, o = (product + F.linear(h, self.weight_hh)).chunk(4, dim=-1)
            kept = torch.sigmoid(f + of_forget * c) * c
            c = kept + torch.sigmoid(i + of_input * c) * torch.tanh(z)
            h = torch.sigmoid(o + of_output * c) * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs, dim=1), (h, c)


class ScalarLayer(nn.Module):
    """The sLSTM of xLSTM (Beck et al., 2024, equations 8 to 17), with one head.

        i = exp(a)    f = s(g)    o = s(W x + R h' + b)    z = tanh(W x + R h' + b)
        c = f c' + i z    n = f n' + i    h = o c / n

    for pre-activations a and g, W x + R h' + b as well. So an input may outweigh all that is in
    memory. n keeps count of the weight in memory. As exp(a) would leave the range of floats, c and
    n are kept divided by exp(m), which h does not hang on:

        m = max(log f + m', a)    i := exp(a - m)    f := exp(log f + m' - m)

    The weights of i, f, z and o lie below each other, in this order; the state is h, c, n, m.
    """

    def __init__(self, features: int, hidden_size: int) -> None:
        super().__init__()
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, features))
        self.weight_hh = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.empty(4 * hidden_size))
        _initialise(self, hidden_size)

    def forward(self, inputs: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Run over `inputs` [B, T, F] from `state`: [B, T, hidden], state."""
        products = _products(self, inputs)
        h, c, n, m = state or (*_empty(products, 3), products.new_full((), -torch.inf))
        outputs = []
        for product in products.unbind(1):
            a, g, z, o = (product + F.linear(h, self.weight_hh)).chunk(4, dim=-1)
            kept = F.logsigmoid(g) + m
            m = torch.maximum(kept, a).detach()  # nothing hangs on it, so neither does a gradient
            i, f = (a - m).exp(), (kept - m).exp()
            c, n = f * c + i * torch.tanh(z), f * n + i
            h = torch.sigmoid(o) * c / n
            outputs.append(h)
        return torch.stack(outputs, dim=1), (h, c, n, m)


def _initialise(layer: nn.Module, hidden_size: int) -> None:
    """Draw weights as torch does for its own layers, and let the memory last at first."""
    bound = 1 / math.sqrt(hidden_size)
    for weights in layer.parameters():
        nn.init.uniform_(weights, -bound, bound)
    with torch.no_grad():
        layer.get_parameter("bias")[hidden_size : 2 * hidden_size] += FIRST_FORGET_BIAS


def _products(layer: nn.Module, inputs: Tensor) -> Tensor:
    """Multiply all steps of `inputs` [B, T, F] by the weights of the gates: [B, T, 4 * hidden]."""
    weights, bias = layer.get_parameter("weight_ih"), layer.get_parameter("bias")
    return F.linear(inputs, weights, bias).to(bias.dtype)  # memory is not kept in bfloat16


def _empty(products: Tensor, n_parts: int) -> State:
    """Return a memory [B, hidden] that holds nothing, for products [B, T, 4 * hidden]."""
    nothing = products.new_zeros(len(products), products.shape[2] // 4)
    return (nothing,) * n_parts
