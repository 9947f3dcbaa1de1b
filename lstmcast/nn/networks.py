"""The season-anchored network: an encoder over the context, a decoder over the horizon.

Differences from a textbook sequence-to-sequence LSTM: both ends work in scaled space and predict
corrections to the seasonal naive path; the decoder never sees its own output, unless it is asked to
be autoregressive, so that no error accumulates and any horizon can be asked for; missing steps are
told by flags; and both ends take several steps at once, in patches, which is faster and often more
accurate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import torch
from torch import Tensor, nn

from lstmcast.nn.anchors import OtherPaths
from lstmcast.nn.autoregression import PATHS, even_uniforms
from lstmcast.nn.covariates import CovariateEncoder
from lstmcast.nn.decoders import make_decoder
from lstmcast.nn.encoders import make_encoder
from lstmcast.nn.features import (
    DECODER_FEATURES,
    ENCODER_FEATURES,
    FEEDBACK_FEATURES,
    WindowFeatures,
    feedback_features,
    into_patches,
)
from lstmcast.nn.heads import Head
from lstmcast.nn.layers import Dropout, Passage
from lstmcast.nn.scaling import Scale
from lstmcast.nn.shape import Shape, shape_of

if TYPE_CHECKING:
    from lstmcast.config import ResolvedConfig
    from lstmcast.nn.cells import State
    from lstmcast.nn.covariates import CovariateSizes


class Ahead(NamedTuple):
    """What is known of steps ahead before any of them is seen."""

    anchor: Tensor  # [B, T]
    departures: Tensor  # [B, T, A], of other paths from the anchor
    told: Tensor  # [B, T, F], inputs of the decoder

    def of_step(self, step: int, times: int) -> Self:
        """Return what is known of one step, each window as often as that: T is 1."""
        one = (part[:, step : step + 1] for part in self)
        return type(self)(*(part.repeat_interleave(times, 0) for part in one))


class Network(nn.Module):
    """One season-anchored network; it works in scaled space, where the loss is taken."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.covariates = CovariateEncoder(shape.covariates)
        features = ENCODER_FEATURES + shape.spread_told + self.covariates.encoder_width
        self.encoder = make_encoder(shape.patch_length * features, shape)
        self.paths = OtherPaths(shape.n_paths, shape.hidden_size, shape.decoder_patch_length)
        features = DECODER_FEATURES + shape.spread_told + self.covariates.decoder_width
        features += self.paths.n_paths
        if shape.decoder == "autoregressive":
            features += FEEDBACK_FEATURES
        self.decoder = make_decoder(shape.decoder_patch_length * features, shape)
        self.passage = Passage(shape)
        self.head = Head(shape.hidden_size, shape.distribution, shape.decoder_patch_length)

    def draw_from(self, generator: torch.Generator) -> None:
        """Take the chances of dropout from `generator`."""
        for part in self.modules():
            if isinstance(part, Dropout):
                part.generator = generator

    def forward(self, features: WindowFeatures, given: Tensor | None = None) -> Tensor:
        """Say of the steps after the contexts of windows parameters: [B, H, R].

        H is in whole patches of the decoder: steps beyond the horizon are there to be cut off.
        They are those of `shape.distribution`, or of `shape.outlook` where paths are drawn.

        `given` [B, H] are the values of those steps, scaled, NaN where they are not observed. Only
        an autoregressive decoder looks at them, and only at those before the step that it forecasts
        (teacher forcing, Williams and Zipser, 1989). Without them it feeds back what it samples.
        """
        if self.shape.decoder == "direct":
            states, ahead = self._read(features)
            told = into_patches(ahead.told, self.shape.decoder_patch_length)
            hidden, _ = self.decoder(told, states)
            return self._parameters_of(hidden, ahead)
        if given is not None:
            return self._follow(features, given)
        uniforms = even_uniforms(PATHS, features.anchor.shape[1]).to(features.anchor.device)
        return self.sample(features, uniforms).sort(dim=1).values.transpose(1, 2)

    def sample(self, features: WindowFeatures, uniforms: Tensor) -> Tensor:
        """Draw paths by the chances `uniforms` [P, H], the same for all windows: scaled [B, P, H].

        Each step is drawn from what the autoregressive decoder says of it, and fed back to it
        (DeepAR, Salinas et al., 2020).
        """
        n_paths, horizon = uniforms.shape
        states, ahead = self._read(features)
        states = [tuple(p.repeat_interleave(n_paths, 0) for p in s) for s in states]
        before = features.last.repeat_interleave(n_paths, 0)
        anchor_before = features.last_anchor.repeat_interleave(n_paths, 0)
        repeated = Scale(*(part.repeat_interleave(n_paths, 0) for part in features.scale))
        chances = uniforms.repeat(len(features.anchor), 1)  # [B * P, H]
        drawn = []
        for k in range(horizon):  # each step needs what was drawn for the one before
            step = ahead.of_step(k, n_paths)
            fed_back = feedback_features(before, anchor_before, step.anchor)
            hidden, states = self.decoder(torch.cat([step.told, fed_back], dim=-1), states)
            at = chances[:, k : k + 1].unsqueeze(-1)
            parameters = self._parameters_of(hidden, step)
            before = self.shape.distribution.at(parameters, at, repeated).squeeze(-1).float()
            anchor_before = step.anchor
            drawn.append(before)
        paths: Tensor = torch.cat(drawn, dim=1).unflatten(0, (-1, n_paths))
        return paths

    def _read(self, features: WindowFeatures) -> tuple[list[State], Ahead]:
        """Return the states of the encoder, and what is known of the steps ahead."""
        seen, told = features.seen, features.told
        if features.covariates is not None:
            of_context, of_horizon = self.covariates(features.covariates, features.places)
            seen = torch.cat([seen, of_context], dim=-1)
            told = torch.cat([told, of_horizon], dim=-1)
        states = self.encoder(into_patches(seen, self.shape.patch_length))
        return states, Ahead(features.anchor, features.departures, told)

    def _follow(self, features: WindowFeatures, given: Tensor) -> Tensor:
        """Forecast each step from the values of those before, `given` [B, H]: [B, H, Q]."""
        states, ahead = self._read(features)
        before = torch.cat([features.last, given[:, :-1]], dim=1)
        anchor_before = torch.cat([features.last_anchor, ahead.anchor[:, :-1]], dim=1)
        fed_back = feedback_features(before, anchor_before, ahead.anchor)
        hidden, _ = self.decoder(torch.cat([ahead.told, fed_back], dim=-1), states)
        return self._parameters_of(hidden, ahead)

    def _parameters_of(self, hidden: Tensor, ahead: Ahead) -> Tensor:
        """Turn outputs of the decoder [B, T / P, hidden] into parameters [B, T, R]."""
        hidden = self.passage(hidden)
        path: Tensor = ahead.anchor + self.paths(hidden, ahead.departures)
        parameters: Tensor = self.head(hidden, path)
        return parameters


def build_network(config: ResolvedConfig, covariates: CovariateSizes) -> Network:
    """Make the network that a config describes, with fresh weights from torch's generator."""
    return Network(shape_of(config, covariates))
