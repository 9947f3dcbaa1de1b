from __future__ import annotations

import numpy as np
import pytest
import torch

from lstmcast.levels import NINE
from lstmcast.nn.autoregression import PATHS, even_uniforms
from lstmcast.nn.features import WindowFeatures, features_of
from lstmcast.nn.networks import Network
from lstmcast.nn.scaling import fit_scale
from lstmcast.nn.shape import Shape
from lstmcast.nn.windows import Inputs, take

SEASON, CONTEXT, HORIZON, BATCH = 4, 10, 6, 3
SHAPE = Shape(8, 2, 0.0, SEASON, CONTEXT, 1, decoder="autoregressive")


def network(shape: Shape = SHAPE) -> Network:
    torch.manual_seed(1)
    made = Network(shape)
    torch.nn.init.normal_(made.head.out.weight, std=0.5)
    return made.eval()


def windows(horizon: int = HORIZON, length: int = CONTEXT) -> WindowFeatures:
    generator = torch.Generator().manual_seed(2)
    context = 5 + torch.randn(BATCH, CONTEXT, generator=generator, dtype=torch.float64)
    context[1, -1] = torch.nan
    inputs = Inputs(context[:, -length:], torch.empty(BATCH, horizon, 0))
    return features_of(inputs, fit_scale(context, SEASON), SHAPE)


def test_chances_are_even_at_each_step_and_the_same_for_any_horizon() -> None:
    chances = even_uniforms(PATHS, 24)
    even = (torch.arange(PATHS) + 0.5) / PATHS
    assert torch.equal(chances.sort(dim=0).values, even[:, None].expand(-1, 24))
    for horizon in (1, 2, 15, 16, 17, 23):
        assert torch.equal(even_uniforms(PATHS, horizon), chances[:, :horizon])
    between = np.corrcoef(chances.T)[~np.eye(24, dtype=bool)]
    assert np.abs(between).max() < 0.4, "steps have chances apart"


def test_the_first_step_has_the_quantiles_it_is_drawn_from() -> None:
    net, features = network(), windows()
    with torch.no_grad():
        drawn = net.shape.outlook.at(net(features), torch.tensor(NINE).double(), features.scale)[
            :, 0
        ]
        known = net(features, torch.zeros(BATCH, HORIZON))[:, 0]
    spread = known[:, -1:] - known[:, :1]
    assert ((drawn - known).abs() / spread).max() < 0.003
    torch.testing.assert_close(drawn[:, 4].float(), known[:, 4])


def test_each_step_sees_what_was_drawn_for_those_before() -> None:
    """Teacher forcing with a path as what came gives the quantiles that it was drawn from."""
    net, features = network(), windows()
    median = torch.full((1, HORIZON), 0.5)
    with torch.no_grad():
        path = net.sample(features, median)[:, 0]
        followed = net(features, path)
        torch.testing.assert_close(followed[..., 4], path)
        chances = torch.tensor([[0.1] * HORIZON, [0.9] * HORIZON])
        low, high = net.sample(features, chances).unbind(1)
        torch.testing.assert_close(net(features, low)[..., 0], low)
        torch.testing.assert_close(net(features, high)[..., 8], high)
    assert not torch.allclose(net(features, low)[:, 1:, 4], path[:, 1:])


@pytest.mark.parametrize("step", range(HORIZON))
def test_teachers_tell_nothing_of_a_step_before_it_is_forecast(step: int) -> None:
    net, features = network(), windows()
    given = torch.randn(BATCH, HORIZON, generator=torch.Generator().manual_seed(4))
    altered = given.clone()
    altered[:, step:] = 1e3
    altered[0, step:] = torch.nan
    with torch.no_grad():
        before, after = net(features, given), net(features, altered)
    assert torch.equal(before[:, : step + 1], after[:, : step + 1])
    if step + 1 < HORIZON:
        assert not torch.equal(before[:, step + 1 :], after[:, step + 1 :])


def test_a_direct_decoder_is_told_nothing_of_the_target() -> None:
    net, features = network(SHAPE._replace(decoder="direct")), windows()
    with torch.no_grad():
        expected = net(features)
        assert torch.equal(net(features, torch.full((BATCH, HORIZON), 1e3)), expected)


def test_a_step_that_was_not_observed_is_told_as_such() -> None:
    net, features = network(), windows()
    given = torch.zeros(BATCH, HORIZON)
    with torch.no_grad():
        zero = net(features, given)
        given[:, 2] = torch.nan
        missing = net(features, given)
    assert missing.isfinite().all()
    assert not torch.equal(zero[:, 3], missing[:, 3])


def test_paths_of_a_window_hang_on_no_other_and_on_no_longer_horizon() -> None:
    net, features = network(), windows()
    far = windows(horizon=2 * HORIZON)
    chances = even_uniforms(20, 2 * HORIZON)
    with torch.no_grad():
        together = net.sample(features, chances[:, :HORIZON])
        torch.testing.assert_close(net.sample(far, chances)[..., :HORIZON], together)
        for row in range(BATCH):
            alone = take(features, slice(row, row + 1))
            torch.testing.assert_close(net.sample(alone, chances[:, :HORIZON])[0], together[row])


def test_context_at_the_cutoff_is_the_first_step_that_is_fed_back() -> None:
    features = windows()
    z = features.seen[..., 0].sinh().where(features.seen[..., 3] > 0, torch.nan)
    torch.testing.assert_close(features.last[:, 0], z[:, -1], equal_nan=True)
    torch.testing.assert_close(features.last_anchor[:, 0], z[:, -1 - SEASON], equal_nan=True)
    short = windows(length=SEASON)
    assert short.last_anchor.isnan().all()
    assert network(SHAPE._replace(context_length=SEASON))(short).isfinite().all()
