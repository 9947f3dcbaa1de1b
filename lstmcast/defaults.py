"""The only file that guesses: every setting left open is decided here, once, and said."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from lstmcast.config import Config, ResolvedConfig
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from lstmcast.data.panel import Columns

SHORTEST_CONTEXT = 20
# Seasons that tell level, trend and season apart; where five would take an LSTM too long, two are
# the fewest that show each step of the season change once, which is what a window is scaled by.
SEASONS = 5
FEWEST_SEASONS = 2
LONGEST_CONTEXT = 128
SMALL_PANEL = 5_000  # steps of all series together
# Steps of the LSTM (windows x context and horizon) in one pass of training over a large panel,
# about a minute and a half on two cores.
STEPS_OF_A_PASS = 40_000_000
FEWEST_STEPS, MOST_STEPS = 400, 4_000


@dataclass(frozen=True)
class PanelFacts:
    """What the defaults depend on."""

    columns: Columns
    frequency: str
    season_length: int  # natural for the frequency, or found in the data
    n_steps: int  # of all series together
    longest: int  # steps of the longest series
    fast_bfloat16: bool

    @property
    def is_small(self) -> bool:
        """Whether the panel is learnt in small batches, and soon by heart."""
        return self.n_steps < SMALL_PANEL


class Resolution(NamedTuple):
    """A config with nothing left open, and sentences on what was chosen."""

    config: ResolvedConfig
    notes: tuple[str, ...]


def resolve(config: Config, facts: PanelFacts) -> Resolution:
    """Replace every None of a config by what suits the panel.

    Raises:
        UsageError: the horizon is not given: nothing but the user can know it.
    """
    if config.horizon is None:
        raise UsageError("say how many steps to forecast: --horizon N (or horizon: N in a config).")
    season = config.season_length or facts.season_length
    context = config.context_length or _context_length(season, facts.longest)
    training = _small_training() if facts.is_small else _large_training(context + config.horizon)
    if facts.fast_bfloat16 and not facts.is_small:
        # Conversions cost a small batch more than the faster products save.
        training["precision"] = "bfloat16"
    decided = {
        "season_length": season,
        "context_length": context,
        "model": {"hidden_size": 64, "layers": 1, "dropout": 0.0},
        "training": training,
    }
    # The panel has been read: what was found there is so, whatever was asked for.
    found = asdict(facts.columns) | {"frequency": facts.frequency}
    settings = _fill(config.model_dump(), decided) | {"data": found}
    resolved = ResolvedConfig.model_validate(settings)
    return Resolution(resolved, tuple(_notes(resolved, facts)))


def _context_length(season_length: int, longest: int) -> int:
    seasons = min(SEASONS, max(FEWEST_SEASONS, LONGEST_CONTEXT // season_length))
    return max(1, min(max(seasons * season_length, SHORTEST_CONTEXT), longest - 1))


def _small_training() -> dict[str, Any]:
    return {
        "max_steps": 600,
        "batch_size": 32,
        "learning_rate": 2e-3,
        "weight_decay": 0.01,
        "precision": "float32",
    }


def _large_training(window: int) -> dict[str, Any]:
    """Half the windows a step and a higher rate reached the same validation score in half the time.

    Measured on M4 weekly: 0.249 after 2,400 steps of 256 windows at 0.002, and of 128 at 0.003.
    """
    steps = STEPS_OF_A_PASS // (128 * window)
    return _small_training() | {
        "max_steps": min(max(steps, FEWEST_STEPS), MOST_STEPS),
        "batch_size": 128,
        "learning_rate": 3e-3,
    }


def _fill(settings: dict[str, Any], decided: dict[str, Any]) -> dict[str, Any]:
    """Put decisions where a setting is None, section by section."""
    filled = dict(settings)
    for key, value in decided.items():
        if isinstance(value, dict):
            filled[key] = _fill(settings[key], value)
        elif settings[key] is None:
            filled[key] = value
    return filled


def _notes(config: ResolvedConfig, facts: PanelFacts) -> list[str]:
    notes = [
        (
            f"season length {config.season_length}, context length {config.context_length}, "
            f"{config.model.layers} layer(s) of {config.model.hidden_size} units, "
            f"at most {config.training.max_steps} steps of {config.training.batch_size} windows"
        )
    ]
    if facts.longest <= config.season_length + config.horizon:
        notes.append(
            f"the longest series has {facts.longest} steps: too short to learn much from, "
            "the forecasts lean on the seasonal naive anchor"
        )
    return notes
