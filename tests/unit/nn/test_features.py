from __future__ import annotations

import torch

from lstmcast.nn.features import features_of, into_patches, log_relative_spread
from lstmcast.nn.scaling import fit_scale, mirror
from lstmcast.nn.shape import Shape
from lstmcast.nn.windows import Inputs

SEASON, AHEAD = 4, 6
TOLD = Shape(8, 1, 0.0, SEASON, 12, 2, spread_told=True)


def test_steps_of_a_patch_lie_side_by_side_in_their_order() -> None:
    features = torch.arange(12.0).reshape(1, 6, 2)
    patches = into_patches(features, 3)
    assert patches.tolist() == [[[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]]
    assert torch.equal(into_patches(features, 1), features)


def test_the_last_step_ends_a_patch_and_the_first_patch_begins_with_zeros() -> None:
    features = torch.tensor([[[1.0], [2.0], [3.0], [4.0]]])
    assert into_patches(features, 3).tolist() == [[[0, 0, 1], [2, 3, 4]]]
    assert into_patches(features, 6).tolist() == [[[0, 0, 1, 2, 3, 4]]]


def test_how_much_a_series_moves_is_told_at_each_step() -> None:
    growth = torch.linspace(0, 1, 12).double()
    context = torch.stack([growth.exp(), (0.01 * growth).exp(), growth - 0.5])
    inputs = Inputs(context, torch.empty(3, AHEAD, 0))
    scale = fit_scale(context, SEASON)
    without = features_of(inputs, scale, TOLD._replace(spread_told=False))
    # In logs they grow alike, and look alike once they are scaled.
    torch.testing.assert_close(without.seen[0], without.seen[1])
    features = features_of(inputs, scale, TOLD)
    # Logs grow by 4 / 11 a season, a hundredth of it, and the third is not seen in logs.
    expected = torch.tensor([4 / 11, 0.04 / 11, 1.0]).log()
    for own, with_spread in ((without.seen, features.seen), (without.told, features.told)):
        assert torch.equal(with_spread[..., :-1], own)
        torch.testing.assert_close(
            with_spread[..., -1], expected[:, None].expand(with_spread.shape[:-1])
        )


def test_a_series_upside_down_moves_as_much_and_one_at_rest_has_a_number() -> None:
    context = torch.tensor([[1.0, 2, 3, 4, 5, 6], [7, 7, 7, 7, 7, 7]]).double()
    scale = fit_scale(context, 1)
    told = log_relative_spread(scale)
    assert torch.equal(told, log_relative_spread(mirror(scale, torch.tensor([True, True]))))
    assert told.isfinite().all()
