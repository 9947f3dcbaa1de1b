"""What panels are like, and how long panels of each extent are learnt (`--size`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from lstmcast.config import Size
    from lstmcast.data.panel import Columns

Extent = Literal["small", "few", "many"]  # a small panel, or a large one of few series or many

SMALL_PANEL = 5_000  # steps of all series together
FEW_SERIES = 1_000


@dataclass(frozen=True)
class PanelFacts:
    """What the defaults depend on."""

    columns: Columns
    frequency: str
    season_length: int  # natural for the frequency, or found in the data
    n_series: int
    n_steps: int  # of all series together
    longest: int  # steps of the longest series
    fast_bfloat16: bool
    other_season_lengths: tuple[int, ...] = ()  # longer ones, confirmed in the data
    is_dated: bool = True  # whether the steps stand in the calendar
    day_first: bool | None = None  # how the user writes dates
    timezone: str | None = None

    @property
    def is_small(self) -> bool:
        """Whether the panel is learnt in small batches, and soon by heart."""
        return self.n_steps < SMALL_PANEL

    @property
    def extent(self) -> Extent:
        """How much there is to learn from."""
        if self.is_small:
            return "small"
        return "few" if self.n_series < FEW_SERIES else "many"


class Effort(NamedTuple):
    """What a size comes to."""

    hidden_size: int
    layers: int
    members: int
    max_steps: int


class Pace(NamedTuple):
    """What a step is."""

    batch_size: int  # windows
    learning_rate: float


# Where series are few, what one network forecasts is much a matter of its seed. Held-out ends of
# M4, one network against three in the same time: 0.849 and 0.840 on hourly (414 series); one, and
# the mean of two and of three as long, on weekly: 2.12, 2.10 and 2.09.
#
# Hidden sizes on held-out ends of M4, 64 against 128: MASE 2.16 and 2.09 on weekly, 0.872 and 0.868
# on 6,000 monthly series, 3.17 and 3.18 on 6,000 yearly ones.
EFFORTS: dict[Size, dict[Extent, Effort]] = {
    "small": {
        "small": Effort(32, 1, 1, 300),
        "few": Effort(64, 1, 1, 1_000),
        "many": Effort(64, 1, 1, 1_000),
    },
    "medium": {
        "small": Effort(64, 1, 3, 750),
        "few": Effort(128, 1, 2, 2_000),
        "many": Effort(128, 1, 2, 4_000),
    },
    "large": {
        "small": Effort(128, 1, 5, 1_500),
        "few": Effort(256, 1, 5, 8_000),
        "many": Effort(256, 1, 3, 8_000),
    },
}
PACES: dict[Extent, Pace] = {
    "small": Pace(32, 2e-3),
    # M4 weekly: a validation score of 0.249 after 2,400 steps of 256 windows at 0.002, and in half
    # the time of 128 at 0.003.
    "few": Pace(128, 3e-3),
    # 12,000 monthly series of M4, 0.3 of the windows upside down: MASE 0.903 after 2,000 steps of
    # 128 windows, 0.893 of 256; none upside down, 0.900 either way.
    "many": Pace(256, 3e-3),
}
# Held-out ends of M4 after whole trainings (2,000 steps) of 128 windows a step, and of 256: MASE
# 0.763 and 0.743 on hourly (414 series, two seeds), 2.138 and 2.098 on weekly (359, one). Of one
# series or a few, there is not so much more to see.
SEVERAL_SERIES = 100
WINDOWS_OF_SEVERAL = 256


def pace_of(facts: PanelFacts) -> Pace:
    """Say how a panel is learnt, step by step."""
    pace = PACES[facts.extent]
    several = facts.extent == "few" and facts.n_series >= SEVERAL_SERIES
    return pace._replace(batch_size=WINDOWS_OF_SEVERAL) if several else pace
