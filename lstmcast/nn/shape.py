"""The shape of a network: what fixes its weights, and how far it looks back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lstmcast.nn.anchors import count_paths
from lstmcast.nn.autoregression import PATHS, SHARES
from lstmcast.nn.covariates import CovariateSizes
from lstmcast.nn.heads import distribution_of
from lstmcast.nn.quantiles import Quantiles
from lstmcast.nn.regression import N_REGRESSIONS

if TYPE_CHECKING:
    from lstmcast.config import ResolvedConfig
    from lstmcast.network_config import Decoder, Dilations, Kind
    from lstmcast.nn.distributions import Distribution


class Shape(NamedTuple):
    """What fixes the number of weights, and how far the network looks back."""

    hidden_size: int
    layers: int
    dropout: float
    season_length: int
    context_length: int
    patch_length: int
    n_lags: int = 0
    covariates: CovariateSizes = CovariateSizes()
    kind: Kind = "lstm"
    bidirectional: bool = False
    dilations: Dilations = ()
    layer_norm: bool = False
    decoder: Decoder = "direct"
    decoder_patch_length: int = 1
    other_paths: bool = True
    power: float = 0.0
    spread_told: bool = False
    distribution: Distribution = Quantiles()

    @property
    def n_patches(self) -> int:
        """Steps that the encoder takes."""
        return -(-self.context_length // self.patch_length)

    @property
    def outlook(self) -> Distribution:
        """What a forecast is in: the distribution of each step, or that of values on paths."""
        if self.decoder == "direct":
            return self.distribution
        return Quantiles(SHARES, counts=self.distribution.counts)

    @property
    def n_paths(self) -> int:
        """Naive paths beside the anchor."""
        naive = count_paths(self.n_lags) if self.other_paths else 0
        return naive + (N_REGRESSIONS if self.covariates.known.numbers else 0)

    @property
    def n_samples(self) -> int:
        """Paths that a window is forecast along, side by side."""
        return PATHS if self.decoder == "autoregressive" else 1


def shape_of(config: ResolvedConfig, covariates: CovariateSizes) -> Shape:
    """Return the shape of each network that a config describes."""
    model = config.model
    return Shape(
        hidden_size=model.hidden_size,
        layers=model.layers,
        dropout=model.dropout,
        season_length=config.season_length,
        context_length=config.context_length,
        patch_length=model.patch_length,
        n_lags=2 * len(config.lags),
        covariates=covariates,
        kind=model.kind,
        bidirectional=model.bidirectional,
        dilations=model.dilations,
        layer_norm=model.layer_norm,
        decoder=model.decoder,
        decoder_patch_length=model.decoder_patch_length,
        other_paths=model.other_paths,
        power=model.power,
        spread_told=model.spread_told,
        distribution=distribution_of(config),
    )
