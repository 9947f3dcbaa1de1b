"""The settings of the network: what its parts are, and which of them fit each other."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lstmcast.fields import MOST_LAYERS, Depth, Levels, Members, Section, Share, Steps, Width
from lstmcast.levels import MEDIAN, NINE

Kind = Literal["lstm", "gru", "rnn", "peephole", "slstm", "mlp"]
HeadName = Literal["quantiles", "normal", "student_t", "negative_binomial"]
Decoder = Literal["direct", "autoregressive"]
Dilations = tuple[tuple[Steps, ...], ...]  # of the layers of each block


class ModelConfig(Section):
    """The network."""

    kind: Kind = Field(default="lstm", description="what its layers are; mlp: no recurrence")
    decoder: Decoder = Field(
        default="direct", description="autoregressive: it is fed what it samples, step by step"
    )
    hidden_size: Width | None = Field(default=None, description="width of the layers")
    layers: Depth | None = Field(
        default=None, description="layers in the encoder and in the decoder"
    )
    bidirectional: bool = Field(
        default=False, description="the encoder reads the context both ways"
    )
    dilations: Dilations = Field(
        default=(),
        description="the encoder's layers look back so many steps at once: blocks with shortcuts "
        "around them, such as [[1, 2], [4, 8]]; []: as many layers as the decoder, one step",
    )
    layer_norm: bool = Field(default=False, description="normalise what goes from layer to layer")
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = Field(
        default=None, description="share of units dropped between layers while training"
    )
    patch_length: Steps | None = Field(
        default=None, description="steps of the context that the encoder takes at once"
    )
    decoder_patch_length: Steps | None = Field(
        default=None, description="steps of the horizon that the decoder takes at once"
    )
    power: Share | None = Field(
        default=None,
        description="what positive values are raised to before they are scaled; 0: logs, "
        "1: as they are",
    )
    spread_told: bool | None = Field(
        default=None,
        description="the network is told how much a series moves relative to its level",
    )
    other_paths: bool | None = Field(
        default=None,
        description="beside the last season, the last value and means may serve as naive paths",
    )
    members: Members | None = Field(
        default=None, description="networks whose quantiles are averaged"
    )
    head: HeadName | None = Field(
        default=None, description="what is said of each step: quantiles, or a distribution"
    )
    quantile_levels: Levels | None = Field(
        default=None, description="levels that a head of quantiles learns; 0.5 is among them"
    )

    @property
    def longest_dilation(self) -> int:
        """Steps that a layer of the encoder looks back at once."""
        return max((step for block in self.dilations for step in block), default=1)

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        """Refuse parts that do not fit each other."""
        recurrent = {
            "model.bidirectional": self.bidirectional,
            "model.dilations": self.dilations,
            "model.decoder=autoregressive": self.decoder == "autoregressive",
        }
        asked = [name for name, is_so in recurrent.items() if is_so]
        if self.kind == "mlp" and asked:
            raise ValueError(
                f"an mlp has no recurrence: leave out {asked[0]}, or take --model lstm"
            )
        if self.bidirectional and self.dilations:
            raise ValueError("choose one of model.bidirectional and model.dilations")
        if self.decoder == "autoregressive" and (self.decoder_patch_length or 1) > 1:
            raise ValueError(
                "an autoregressive decoder takes one step at a time: leave out "
                "model.decoder_patch_length"
            )
        if self.head == "negative_binomial" and self.power not in {None, 0, 1}:
            raise ValueError("counts are seen in logs or as they are: leave out model.power")
        if not all(self.dilations):
            raise ValueError("a block of model.dilations has no layer")
        if sum(map(len, self.dilations)) > MOST_LAYERS:
            raise ValueError(f"model.dilations has more than {MOST_LAYERS} layers")
        return self


class ResolvedModel(ModelConfig):
    """The network, with nothing left open."""

    hidden_size: Width
    layers: Depth
    dropout: Annotated[float, Field(ge=0, lt=1)]
    patch_length: Steps
    decoder_patch_length: Steps = 1
    other_paths: bool = True
    power: Share = 0.0
    spread_told: bool = False
    members: Members
    head: HeadName = "quantiles"
    quantile_levels: Levels = NINE

    @model_validator(mode="after")
    def _check_levels(self) -> Self:
        """A quantile is interpolated between its neighbours, and the median is in the middle."""
        if MEDIAN not in self.quantile_levels[1:-1]:
            raise ValueError("model.quantile_levels needs 0.5, and a level on either side of it")
        return self
