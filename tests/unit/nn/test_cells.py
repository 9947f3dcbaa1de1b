"""Each layer against the equations of its docstring, step by step in NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
import torch
from torch import nn

from lstmcast.network_config import Kind
from lstmcast.nn.cells import VECTORS, begin, make_layer

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

F, HIDDEN, STEPS, BATCH = 3, 5, 7, 4
KINDS: list[Kind] = [kind for kind in get_args(Kind) if kind != "mlp"]


def s(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def weights_of(layer: nn.Module) -> dict[str, Array]:
    return {
        name.removeprefix("kernel."): weights.detach().double().numpy()
        for name, weights in layer.named_parameters()
    }


def lstm(w: dict[str, Array], x: Array, state: list[Array]) -> list[Array]:
    h, c = state
    gates = x @ w["weight_ih_l0"].T + w["bias_ih_l0"] + h @ w["weight_hh_l0"].T + w["bias_hh_l0"]
    i, f, z, o = np.split(gates, 4, axis=1)
    c = s(f) * c + s(i) * np.tanh(z)
    return [s(o) * np.tanh(c), c]


def gru(w: dict[str, Array], x: Array, state: list[Array]) -> list[Array]:
    [h] = state
    ahead = x @ w["weight_ih_l0"].T + w["bias_ih_l0"]
    back = h @ w["weight_hh_l0"].T + w["bias_hh_l0"]
    (r1, u1, z1), (r2, u2, z2) = np.split(ahead, 3, axis=1), np.split(back, 3, axis=1)
    u = s(u1 + u2)
    return [(1 - u) * np.tanh(z1 + s(r1 + r2) * z2) + u * h]


def rnn(w: dict[str, Array], x: Array, state: list[Array]) -> list[Array]:
    [h] = state
    ahead = x @ w["weight_ih_l0"].T + w["bias_ih_l0"]
    return [np.tanh(ahead + h @ w["weight_hh_l0"].T + w["bias_hh_l0"])]


def peephole(w: dict[str, Array], x: Array, state: list[Array]) -> list[Array]:
    h, c = state
    i, f, z, o = np.split(x @ w["weight_ih"].T + h @ w["weight_hh"].T + w["bias"], 4, axis=1)
    pi, pf, po = w["peepholes"]
    c = s(f + pf * c) * c + s(i + pi * c) * np.tanh(z)
    return [s(o + po * c) * np.tanh(c), c]


def slstm(w: dict[str, Array], x: Array, state: list[Array]) -> list[Array]:
    """Without a stabiliser, which nothing hangs on."""
    h, c, n, m = state
    a, g, z, o = np.split(x @ w["weight_ih"].T + h @ w["weight_hh"].T + w["bias"], 4, axis=1)
    c = s(g) * c + np.exp(a) * np.tanh(z)
    n = s(g) * n + np.exp(a)
    return [s(o) * c / n, c, n, m]


REFERENCES: dict[str, Callable[[dict[str, Array], Array, list[Array]], list[Array]]] = {
    "lstm": lstm,
    "gru": gru,
    "rnn": rnn,
    "peephole": peephole,
    "slstm": slstm,
}
PARTS = {"slstm": 4}


def fresh(kind: Kind) -> nn.Module:
    torch.manual_seed(1)
    layer = make_layer(kind, F, HIDDEN)
    for weights in layer.parameters():
        nn.init.normal_(weights, std=0.7)
    return layer


def inputs() -> torch.Tensor:
    return torch.randn(BATCH, STEPS, F, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_each_layer_follows_its_equations(kind: Kind, begun: bool) -> None:
    layer, x = fresh(kind), inputs()
    vectors = torch.randn(BATCH, VECTORS[kind], HIDDEN, generator=torch.Generator().manual_seed(3))
    first = begin(kind, vectors) if begun else None
    hidden, last = layer(x, first)
    nothing = [np.zeros((BATCH, HIDDEN))] * PARTS.get(kind, VECTORS[kind])
    state = [part.double().numpy() for part in first] if first else nothing
    weights = weights_of(layer)
    for step in range(STEPS):
        state = REFERENCES[kind](weights, x[:, step].double().numpy(), state)
        np.testing.assert_allclose(hidden[:, step].detach(), state[0], atol=1e-5)
    reached = [part.detach().double().numpy() for part in last]
    if kind == "slstm":
        scale = np.exp(reached.pop())
        reached = [reached[0], *(part * scale for part in reached[1:])]
    for part, expected in zip(reached, state, strict=False):
        np.testing.assert_allclose(part, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_can_be_taken_in_parts(kind: Kind) -> None:
    layer, x = fresh(kind), inputs()
    whole, last = layer(x)
    first, state = layer(x[:, :3])
    second, reached = layer(x[:, 3:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    for part, expected in zip(reached, last, strict=True):
        torch.testing.assert_close(part, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_the_outputs(kind: Kind) -> None:
    layer = fresh(kind).double()
    x = inputs()[:2, :4].double().requires_grad_()
    names = [name for name, _ in layer.named_parameters()]

    def outputs(x: torch.Tensor, *weights: torch.Tensor) -> torch.Tensor:
        given = dict(zip(names, weights, strict=True))
        hidden: torch.Tensor = torch.func.functional_call(layer, given, (x,))[0]
        return hidden

    assert torch.autograd.gradcheck(outputs, (x, *layer.parameters()))


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_reach_the_state_a_layer_began_from(kind: Kind) -> None:
    layer = fresh(kind).double()
    vectors = torch.randn(2, VECTORS[kind], HIDDEN, dtype=torch.float64, requires_grad=True)
    x = inputs()[:2, :3].double()
    assert torch.autograd.gradcheck(lambda v: layer(x, begin(kind, v))[0], (vectors,))


@pytest.mark.parametrize("gate", [-1e4, 1e4])
def test_exponential_gates_neither_overflow_nor_vanish(gate: float) -> None:
    layer = make_layer("slstm", 1, 2)
    with torch.no_grad():
        layer.get_parameter("weight_ih")[:2] = gate  # of the input gates
    x = torch.tensor([[[1.0], [-1.0], [0.0], [1.0]]], requires_grad=True)
    hidden, state = layer(x)
    hidden.sum().backward()
    assert all(part.isfinite().all() for part in (hidden, *state, x.grad))
    assert (hidden.abs() <= 1).all()
    assert (state[2] >= 1).all(), "the weight in memory never gets lost"


@pytest.mark.parametrize("kind", ["peephole", "slstm"])
def test_memory_lasts_at_first(kind: Kind) -> None:
    bias = make_layer(kind, F, 400).get_parameter("bias").view(4, 400)
    assert [round(part.mean().item()) for part in bias] == [0, 1, 0, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_memory_is_kept_in_float32_where_products_are_not(kind: Kind) -> None:
    layer = fresh(kind)
    with torch.autocast("cpu", torch.bfloat16):
        hidden, state = layer(inputs())
        again, _ = layer(inputs(), state)
    exact, _ = layer(inputs())
    assert again.isfinite().all()
    torch.testing.assert_close(hidden.float(), exact, atol=0.05, rtol=0.05)
    if kind in {"peephole", "slstm"}:
        assert {part.dtype for part in state} == {torch.float32}
