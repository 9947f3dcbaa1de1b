from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor, nn

from lstmcast.nn.cells import VECTORS
from lstmcast.nn.decoders import FlatDecoder, make_decoder
from lstmcast.nn.encoders import (
    BidirectionalEncoder,
    Bridge,
    DilatedBlock,
    DilatedEncoder,
    FlatEncoder,
    PlainEncoder,
    _fold,
    _unfold,
    make_encoder,
)
from lstmcast.nn.layers import Layers
from lstmcast.nn.shape import Shape

if TYPE_CHECKING:
    from lstmcast.network_config import Kind

F, HIDDEN, STEPS, BATCH = 3, 5, 7, 4
SHAPE = Shape(HIDDEN, 2, 0.0, 4, STEPS, 1)
RECURRENT: list[Kind] = ["lstm", "gru", "rnn", "peephole", "slstm"]
of_recurrent = pytest.mark.parametrize("kind", RECURRENT)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(5)


def inputs() -> Tensor:
    return torch.randn(BATCH, STEPS, F)


def test_a_plain_stack_is_the_one_of_torch() -> None:
    stack, x = Layers(F, SHAPE), inputs()
    whole = nn.LSTM(F, HIDDEN, num_layers=2, batch_first=True)
    parts = zip(stack.layers, ("l0", "l1"), strict=True)
    mine = {
        name.removesuffix("l0") + level: weights
        for layer, level in parts
        for name, weights in layer.get_submodule("kernel").state_dict().items()
    }
    whole.load_state_dict(mine)
    hidden, states = stack(x)
    expected, (h, c) = whole(x)
    torch.testing.assert_close(hidden, expected)
    for number, state in enumerate(states):
        torch.testing.assert_close(state, (h[number], c[number]))


def test_a_plain_encoder_hands_over_its_states_as_they_are() -> None:
    encoder, x = PlainEncoder(F, SHAPE), inputs()
    for mine, expected in zip(encoder(x), encoder.stack(x)[1], strict=True):
        assert all(torch.equal(a, b) for a, b in zip(mine, expected, strict=True))


def test_a_bidirectional_encoder_is_the_one_of_torch_before_its_bridge() -> None:
    encoder, x = BidirectionalEncoder(F, SHAPE), inputs()
    whole = nn.LSTM(F, HIDDEN, num_layers=2, batch_first=True, bidirectional=True)
    mine = {}
    for level in range(2):
        for way, suffix in ((encoder.forwards, ""), (encoder.backwards, "_reverse")):
            for name, weights in way[level].get_submodule("kernel").state_dict().items():
                mine[f"{name.removesuffix('l0')}l{level}{suffix}"] = weights
    whole.load_state_dict(mine)
    _, (h, _) = whole(x)
    for state, expected in zip(encoder(x), encoder.bridge(torch.cat([h[2], h[3]], 1)), strict=True):
        torch.testing.assert_close(state, expected)


@pytest.mark.parametrize("dilation", [1, 2, 3, STEPS])
@of_recurrent
def test_a_dilated_layer_goes_on_from_the_state_some_steps_before(
    kind: Kind, dilation: int
) -> None:
    block, x = DilatedBlock(F, (dilation,), SHAPE._replace(kind=kind)), inputs()
    states: list[tuple[Tensor, ...] | None] = [None] * dilation
    outputs = block(x)
    for step in range(STEPS):
        hidden, state = block.layers[0](x[:, step : step + 1], states[step])
        states.append(state)
        torch.testing.assert_close(outputs[:, step], hidden[:, 0])


def test_blocks_are_added_to_what_they_were_given() -> None:
    encoder, x = DilatedEncoder(F, SHAPE._replace(dilations=((1, 2), (4,), (3,)))), inputs()
    first, second, third = encoder.blocks
    low = first(x)
    middle = low + second(low)
    for state, expected in zip(
        encoder(x), encoder.bridge((middle + third(middle))[:, -1]), strict=True
    ):
        torch.testing.assert_close(state, expected)
    assert [len(block.get_submodule("layers")._modules) for block in encoder.blocks] == [2, 1, 1]


@pytest.mark.parametrize("dilation", [1, 2, 3, 7, 9])
def test_what_is_folded_unfolds(dilation: int) -> None:
    x = inputs()
    folded = _fold(x, dilation)
    assert folded.shape == (BATCH * dilation, -(-STEPS // dilation), F)
    assert torch.equal(_unfold(folded, dilation, STEPS), x)


@of_recurrent
def test_a_bridge_begins_each_layer_of_the_decoder(kind: Kind) -> None:
    shape = SHAPE._replace(kind=kind, layers=3)
    bridge, summary = Bridge(6, shape), 100 * torch.randn(BATCH, 6)
    states = bridge(summary)
    vectors = torch.tanh(bridge.linear(summary)).view(BATCH, 3, VECTORS[kind], HIDDEN)
    for layer, state in enumerate(states):
        for place in range(VECTORS[kind]):
            assert torch.equal(state[place], vectors[:, layer, place])
    hidden, _ = make_decoder(F, shape)(inputs(), states)
    assert (hidden.abs() <= 1).all(), "as bounded as after any step"


def test_an_mlp_sees_each_step_of_the_context_and_one_ahead() -> None:
    shape = SHAPE._replace(kind="mlp")
    encoder, decoder = make_encoder(F, shape), make_decoder(2, shape)
    assert isinstance(encoder, FlatEncoder)
    assert isinstance(decoder, FlatDecoder)
    x, ahead = inputs(), torch.randn(BATCH, 6, 2)
    [(context,)] = encoder(x)
    hidden, _ = decoder(ahead, [(context,)])
    one, two = (layer for layer in encoder.stack.layers)
    gelu = nn.functional.gelu
    torch.testing.assert_close(context, gelu(two(gelu(one(x.reshape(BATCH, -1))))))
    one, two = (layer for layer in decoder.stack.layers)
    for step in range(6):
        alone = gelu(two(gelu(one(torch.cat([context, ahead[:, step]], dim=1)))))
        torch.testing.assert_close(hidden[:, step], alone)


def test_norms_stand_between_layers_only_where_they_are_asked_for() -> None:
    extras: list[dict[str, Any]] = [
        {},
        {"bidirectional": True},
        {"dilations": ((1,), (2,))},
        {"kind": "mlp"},
    ]
    for extra in extras:
        for layer_norm, expected in ((False, 0), (True, 1)):
            shape = SHAPE._replace(layer_norm=layer_norm, **extra)
            parts = list(make_encoder(F, shape).modules())
            assert sum(isinstance(part, nn.LayerNorm) for part in parts) == expected, extra


def test_every_weight_has_its_share_in_the_states() -> None:
    extras: list[dict[str, Any]] = [
        {},
        {"kind": "mlp"},
        *({"kind": kind, "bidirectional": True} for kind in RECURRENT),
        *({"kind": kind, "dilations": ((1, 2), (3,))} for kind in RECURRENT),
    ]
    for extra in extras:
        shape = SHAPE._replace(layer_norm=True, **extra)
        encoder = make_encoder(F, shape)
        sum(part.square().sum() for state in encoder(inputs()) for part in state).backward()
        for name, weights in encoder.named_parameters():
            assert weights.grad is not None, (extra, name)
            assert weights.grad.abs().sum() > 0, (extra, name)
