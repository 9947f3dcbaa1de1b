"""Every setting, its default and its meaning. `None` means "decide for me".

`Config` is what a user says. `lstmcast.defaults.resolve` turns it into a `ResolvedConfig`, in which
nothing is left open; that is what a model stores and what `--print-config` prints.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lstmcast.fields import Bound, Count, Levels, Positive, Seconds, Section, Share, Steps
from lstmcast.levels import NINE
from lstmcast.network_config import ModelConfig, ResolvedModel

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["float32", "bfloat16"]
PointLoss = Literal["mae", "mse", "huber"]
Loss = Literal["head"] | PointLoss
Size = Literal["small", "medium", "large"]
Names = str | tuple[str, ...]  # one text may name several columns, with commas
Duplicates = Literal["error", "sum", "mean", "last", "first"]
Fill = Literal["none", "linear", "previous", "zero"]
Resample = Literal["sum", "mean", "last", "max"]


class DataConfig(Section):
    """How a table is to be read: what the user says of it; None: find out.

    Columns have the user's own names; where several are meant, they are a list, or one text with
    commas. An empty `id` says that there is one series.
    """

    time: str | None = Field(default=None, description="column with timestamps or integer steps")
    target: Names | None = Field(default=None, description="columns to forecast")
    id: Names | None = Field(
        default=None, description="columns that together name the series; null: one series"
    )
    wide: bool | None = Field(
        default=None, description="one column of numbers for each series, beside the time"
    )
    past: Names | None = Field(
        default=None, description="covariates that are seen up to the last value"
    )
    known: Names | None = Field(default=None, description="covariates that are known ahead")
    static: Names | None = Field(
        default=None, description="covariates with one value for each series"
    )
    categorical: Names | None = Field(
        default=None, description="covariates whose numbers are codes of categories"
    )
    duplicates: Duplicates | None = Field(
        default=None, description="several rows for one time of one series"
    )
    fill: Fill | None = Field(
        default=None, description="unobserved steps between observed ones; none: masked"
    )
    frequency: str | None = Field(
        default=None, description="pandas offset alias: h, D, B, W-SUN, MS, ..."
    )
    calendar: bool | None = Field(
        default=None, description="tell the network what day, week or month a step is"
    )
    holidays: str | None = Field(
        default=None, description="country or region whose public holidays count: DE, US-CA"
    )
    day_first: bool | None = Field(
        default=None, description="whether 01/02/2024 is the first of February"
    )
    timezone: str | None = Field(
        default=None, description="zone of local times, or to convert times to: Europe/Berlin"
    )
    delimiter: str | None = Field(
        default=None, description="character between the cells of a CSV file, or tab"
    )
    decimal: Literal[".", ","] | None = Field(
        default=None, description="decimal mark of the numbers in a file"
    )
    thousands: Literal["", ",", ".", " ", "'"] | None = Field(
        default=None, description="mark that groups thousands; empty: none"
    )
    encoding: str | None = Field(
        default=None, description="encoding of a text file: utf-8, utf-16, cp1252, ..."
    )
    resample: Resample | None = Field(
        default=None, description="how to gather the rows of each period of the frequency"
    )

    @property
    def usual_fill(self) -> Fill:
        """What becomes of unobserved steps where nothing is said of them."""
        # A period without any event has had none, and that is zero of them.
        return "zero" if self.resample == "sum" else "none"


class TrainingConfig(Section):
    """How the network is trained."""

    max_steps: Count | None = Field(default=None, description="optimiser steps at the most")
    early_stopping: bool | None = Field(
        default=None,
        description="stop where held-out ends are forecast best, else after max_steps",
    )
    batch_size: Count | None = Field(default=None, description="windows in one step")
    learning_rate: Positive | None = Field(default=None, description="peak learning rate")
    weight_decay: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="AdamW's decay"
    )
    mirrored: Share | None = Field(
        default=None, description="share of the windows that are learnt upside down"
    )
    tilted: Share | None = Field(
        default=None, description="share of the windows that are learnt with a trend added"
    )
    relative_weight: Share | None = Field(
        default=None,
        description="how far windows count by their spread relative to the level; 0: all alike",
    )
    loss: Loss | None = Field(
        default=None,
        description="what the point forecast is best by; head: the median of the head",
    )
    gradient_clip: Positive = Field(default=1.0, description="largest norm of the gradient")
    precision: Precision | None = Field(
        default=None, description="arithmetic of the network's products"
    )
    checkpoint_seconds: Seconds = Field(
        default=60.0, description="from one checkpoint of a training to the next; 0: none"
    )
    budget_seconds: Seconds = Field(
        default=0.0, description="end with the best network so far after this time; 0: no such end"
    )


class ForecastConfig(Section):
    """What is told of forecasts, and what they are held to."""

    quantile_levels: Levels | None = Field(
        default=None, description="levels of the quantiles that are told"
    )

    lower: Bound | Literal["history", "none"] | None = Field(
        default=None,
        description="no forecast lies below; history: 0 for a series that was never negative",
    )
    upper: Bound | Literal["none"] | None = Field(
        default=None, description="no forecast lies above"
    )
    calibrated: bool | None = Field(
        default=None, description="move intervals towards those that held-out windows ask for"
    )
    guarded: bool | None = Field(
        default=None,
        description="forecast each series by the network, a naive method or both, as held-out "
        "windows say",
    )

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if (
            isinstance(self.lower, float)
            and isinstance(self.upper, float)
            and (self.lower > self.upper)
        ):
            raise ValueError("forecast.lower is higher than forecast.upper")
        return self


class Config(Section):
    """What the user says; every None is decided by `lstmcast.defaults.resolve`."""

    horizon: Steps | None = Field(default=None, description="steps to forecast")
    season_length: Steps | None = Field(default=None, description="steps in one season")
    other_season_lengths: tuple[Steps, ...] | None = Field(
        default=None, description="steps in further seasons, such as a week of hours; []: none"
    )
    context_length: Steps | None = Field(
        default=None, description="steps that the network looks back"
    )
    size: Size | None = Field(
        default=None,
        description="decides what is left open of hidden_size, layers, members and max_steps",
    )
    device: Device = Field(default="auto", description="where to compute")
    threads: Annotated[int, Field(ge=0, le=1024)] = Field(
        default=0, description="cores to train with; 0: as many as torch takes by itself"
    )
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(
        default=0, description="seed of all randomness"
    )
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    training: TrainingConfig = TrainingConfig()
    forecast: ForecastConfig = ForecastConfig()

    @model_validator(mode="after")
    def _check_point(self) -> Self:
        """Refuse a point that would be learnt one step ahead, and not of paths."""
        if self.model.decoder == "autoregressive" and self.training.loss not in {None, "head"}:
            raise ValueError("an autoregressive decoder has no point: leave out training.loss")
        return self

    @model_validator(mode="after")
    def _check_tilted(self) -> Self:
        """Refuse to add to counts what is none."""
        if self.training.tilted and self.model.head == "negative_binomial":
            raise ValueError("counts with a trend added are none: leave out training.tilted")
        return self

    @model_validator(mode="after")
    def _check_mirrored(self) -> Self:
        """Refuse upside down what is not alike both ways: counts, and errors of the data's own."""
        if self.training.mirrored and not self.is_symmetric:
            raise ValueError(
                "neither counts nor points of their own can be learnt upside down: leave out "
                "training.mirrored"
            )
        return self

    @property
    def is_symmetric(self) -> bool:
        """Whether what is learnt of a window upside down holds for it the right way up."""
        return self.model.head != "negative_binomial" and self.training.loss in {None, "head"}


class ResolvedData(DataConfig):
    """What was found of the table; no target where all columns are (`wide`)."""

    time: str
    wide: bool = False
    duplicates: Duplicates = "error"
    fill: Fill = "none"
    frequency: str
    calendar: bool


class ResolvedTraining(TrainingConfig):
    """Training, with nothing left open."""

    max_steps: Count
    early_stopping: bool
    batch_size: Count
    learning_rate: Positive
    weight_decay: Annotated[float, Field(ge=0)]
    mirrored: Share = 0.0
    tilted: Share = 0.0
    relative_weight: Share = 0.0
    loss: Loss = "head"
    precision: Precision


class ResolvedForecast(ForecastConfig):
    """Levels and bounds of forecasts, with nothing left open."""

    quantile_levels: Levels = NINE

    lower: Bound | Literal["history", "none"] = "history"
    upper: Bound | Literal["none"] = "none"
    calibrated: bool = True
    guarded: bool = False


class ResolvedConfig(Config):
    """Every setting of one training run; valid input where a `Config` is."""

    horizon: Steps
    season_length: Steps
    other_season_lengths: tuple[Steps, ...]
    context_length: Steps
    size: Size = "medium"
    data: ResolvedData
    model: ResolvedModel
    training: ResolvedTraining
    forecast: ResolvedForecast = ResolvedForecast()

    @property
    def lags(self) -> tuple[int, ...]:
        """Seasons, if there are several, whose last values are looked up however far back."""
        others = self.other_season_lengths
        return (self.season_length, *others) if others else ()

    @model_validator(mode="after")
    def _check_patch(self) -> Self:
        """Steps are padded to whole patches: to many times as many, if this were let pass."""
        if self.model.patch_length > self.context_length:
            raise ValueError("model.patch_length is longer than context_length")
        if self.model.decoder_patch_length > self.horizon:
            raise ValueError("model.decoder_patch_length is longer than horizon")
        return self

    @model_validator(mode="after")
    def _check_dilations(self) -> Self:
        """A layer pads the steps it takes to whole dilations: to many times them, likewise."""
        steps = -(-self.context_length // self.model.patch_length)
        if self.model.longest_dilation > steps:
            raise ValueError("model.dilations has more steps than the encoder takes")
        return self
