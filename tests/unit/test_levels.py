from __future__ import annotations

import pytest

from lstmcast.config import Config
from lstmcast.errors import UsageError
from lstmcast.layers import build_config
from lstmcast.levels import MOST_LEVELS, NINE, in_order
from lstmcast.network_config import ResolvedModel


def test_levels_are_told_in_ascending_order_and_cleaned_of_rounding() -> None:
    assert in_order([0.7, 0.1 + 0.2]) == (0.3, 0.7)


@pytest.mark.parametrize(
    ("levels", "sentence"),
    [
        ([0.0], "quantile level 0 does not lie between 0 and 1"),
        ([0.5, 1.0], "quantile level 1 does not lie"),
        ([-0.1], "quantile level -0.1 does not lie"),
        ([float("nan")], "quantile level nan does not lie"),
        ([1 - 1e-14], "quantile level 1 does not lie"),
        ([0.3, 0.1 + 0.2], "quantile level 0.3 is given twice"),
        (["half"], "could not convert"),
        ([None], "quantile levels must be numbers"),
        ([], "give 1 to 999 quantile levels"),
        ([k / 2000 for k in range(1, MOST_LEVELS + 2)], "give 1 to 999 quantile levels"),
    ],
)
def test_levels_that_are_none(levels: list[float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        in_order(levels)


def test_a_config_holds_levels_in_order() -> None:
    config = Config.model_validate({"forecast": {"quantile_levels": [0.9, 0.1]}})
    assert config.forecast.quantile_levels == (0.1, 0.9)
    with pytest.raises(UsageError, match=r"setting forecast.quantile_levels .* does not lie"):
        build_config([{"forecast": {"quantile_levels": [1.5]}}])


@pytest.mark.parametrize("levels", [[0.1, 0.9], [0.5], [0.5, 0.9], [0.1, 0.5]])
def test_a_head_of_quantiles_needs_the_median_in_the_middle(levels: list[float]) -> None:
    network = {"hidden_size": 1, "layers": 1, "dropout": 0, "patch_length": 1, "members": 1}
    assert ResolvedModel.model_validate(network).quantile_levels == NINE
    with pytest.raises(ValueError, match=r"needs 0.5, and a level on either side"):
        ResolvedModel.model_validate(network | {"quantile_levels": levels})
