from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lstmcast.levels import NINE
from lstmcast.nn.features import WindowFeatures, features_of
from lstmcast.nn.networks import Network
from lstmcast.nn.quantiles import pinball
from lstmcast.nn.scaling import fit_scale, standardise
from lstmcast.nn.shape import Shape
from lstmcast.nn.windows import Inputs

SHAPE = Shape(8, 1, 0.0, 4, 10, 2)
ZEROS = ("head.out", "paths")  # at first
KINDS: dict[str, dict[str, Any]] = {
    **{kind: {"kind": kind} for kind in ("lstm", "gru", "rnn", "peephole", "slstm", "mlp")},
    "bidirectional": {"bidirectional": True},
    "dilated": {"dilations": ((1, 2), (4,))},
    "autoregressive": {"decoder": "autoregressive"},
    "layers": {"layers": 3, "layer_norm": True, "dropout": 0.2},
}


def windows(seed: int = 0, size: int = 64, horizon: int = 6) -> tuple[WindowFeatures, Tensor]:
    """What is told of waves with a trend, and what came after them, scaled."""
    generator = torch.Generator().manual_seed(seed)
    phase = torch.rand(size, 1, generator=generator) * 6
    steps = torch.arange(16)
    noise = 0.1 * torch.randn(size, 16, generator=generator)
    values = (10 + (phase + steps * torch.pi / 2).sin() + 0.2 * steps + noise).double()
    seen = Inputs(values[:, :10], torch.empty(size, horizon, 0))
    scale = fit_scale(seen.context, 4)
    return features_of(seen, scale, SHAPE), standardise(values[:, 10:], scale)


def loss_of(quantiles: Tensor, target: Tensor) -> Tensor:
    return pinball(quantiles, target, NINE).mean()


def test_a_plain_lstm_draws_the_weights_of_torch_and_no_others() -> None:
    torch.manual_seed(3)
    made = Network(SHAPE._replace(layers=2)).state_dict()
    torch.manual_seed(3)
    expected = [nn.LSTM(12, 8), nn.LSTM(8, 8), nn.LSTM(16, 8), nn.LSTM(8, 8), nn.Linear(8, 8)]
    drawn = [weights for part in expected for weights in part.state_dict().values()]
    named = {name: w for name, w in made.items() if w.numel() and not name.startswith(ZEROS)}
    assert len(named) == len(drawn)
    assert all(torch.equal(a, b) for a, b in zip(named.values(), drawn, strict=True))


@pytest.mark.parametrize("name", KINDS)
def test_every_network_learns_a_trend_that_its_anchor_misses(name: str) -> None:
    torch.manual_seed(0)
    net = Network(SHAPE._replace(hidden_size=16, **KINDS[name]))
    net.draw_from(torch.Generator().manual_seed(0))
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-2)
    features, scaled = windows()
    losses = []
    for _ in range(60):
        loss = loss_of(net(features, scaled), scaled)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    assert all(weights.grad is not None for weights in net.parameters()), "none is in vain"
    net.eval()
    with torch.no_grad():
        forecast = net(features)
        error = (forecast[..., forecast.shape[-1] // 2] - scaled).abs().mean()
    assert error < 0.6 * (features.anchor - scaled).abs().mean()


@pytest.mark.parametrize("name", KINDS)
def test_every_network_can_be_asked_for_any_horizon(name: str) -> None:
    torch.manual_seed(0)
    net = Network(SHAPE._replace(**KINDS[name])).eval()
    torch.nn.init.normal_(net.head.out.weight)
    with torch.no_grad():
        near = net(windows(size=3)[0])
        far = net(windows(size=3, horizon=31)[0])
    assert far.shape == (3, 31, net.shape.outlook.n_parameters)
    torch.testing.assert_close(far[:, :6], near)


@pytest.mark.parametrize("name", KINDS)
def test_products_in_bfloat16_give_the_same_loss_within_their_digits(name: str) -> None:
    torch.manual_seed(0)
    net = Network(SHAPE._replace(**KINDS[name])).eval()
    torch.nn.init.normal_(net.head.out.weight, std=0.3)
    features, scaled = windows()
    exact = loss_of(net(features, scaled), scaled)
    with torch.autocast("cpu", torch.bfloat16):
        quantiles = net(features, scaled)
    assert quantiles.dtype == torch.float32
    loss = loss_of(quantiles, scaled)
    loss.backward()
    torch.testing.assert_close(loss, exact, rtol=0.03, atol=0)
    assert all(w.grad is not None and w.grad.isfinite().all() for w in net.parameters())


@pytest.mark.parametrize("name", KINDS)
def test_dropout_draws_from_the_generator_it_is_given(name: str) -> None:
    torch.manual_seed(0)
    net = Network(SHAPE._replace(**{"layers": 2, **KINDS[name], "dropout": 0.5}))
    torch.nn.init.normal_(net.head.out.weight)
    features, given = windows(size=4)

    def forecast(seed: int) -> Tensor:
        net.draw_from(torch.Generator().manual_seed(seed))
        quantiles: Tensor = net(features, given)
        return quantiles

    state = torch.random.get_rng_state()
    assert torch.equal(forecast(1), forecast(1))
    assert not torch.equal(forecast(1), forecast(2))
    assert torch.equal(torch.random.get_rng_state(), state), "nobody else's chances are taken"
