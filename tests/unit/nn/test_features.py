from __future__ import annotations

import torch

from lstmcast.nn.features import into_patches


def test_steps_of_a_patch_lie_side_by_side_in_their_order() -> None:
    features = torch.arange(12.0).reshape(1, 6, 2)
    patches = into_patches(features, 3)
    assert patches.tolist() == [[[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]]
    assert torch.equal(into_patches(features, 1), features)


def test_the_last_step_ends_a_patch_and_the_first_patch_begins_with_zeros() -> None:
    features = torch.tensor([[[1.0], [2.0], [3.0], [4.0]]])
    assert into_patches(features, 3).tolist() == [[[0, 0, 1], [2, 3, 4]]]
    assert into_patches(features, 6).tolist() == [[[0, 0, 1, 2, 3, 4]]]
