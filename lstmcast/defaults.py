"""The only file that guesses: every setting left open is decided here, once, and said."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from lstmcast.config import Config, ResolvedConfig
from lstmcast.errors import UsageError

if TYPE_CHECKING:
    from lstmcast.data.panel import Columns

SHORTEST_CONTEXT = 20
# Seasons that tell level, trend and season apart. Where the steps of so many would take an LSTM
# longer than they are worth, a little over one season serves as well (M4 weekly, last horizon of
# the training part: 65 steps did as well as 104).
SEASONS = 5
LONGEST_CONTEXT = 128
SMALL_PANEL = 5_000  # steps of all series together


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
    decided = {
        "season_length": season,
        "context_length": _context_length(season, config.horizon, facts),
        "model": {"hidden_size": 64, "layers": 1, "dropout": 0.0},
        "training": _training(facts),
    }
    # The panel has been read: what was found there is so, whatever was asked for.
    found = asdict(facts.columns) | {"frequency": facts.frequency}
    settings = _fill(config.model_dump(), decided) | {"data": found}
    resolved = ResolvedConfig.model_validate(settings)
    return Resolution(resolved, tuple(_notes(resolved, facts)))


def _context_length(season_length: int, horizon: int, facts: PanelFacts) -> int:
    wanted = SEASONS * season_length
    if wanted > LONGEST_CONTEXT:
        wanted = season_length + max(season_length // 4, min(horizon, season_length))
    return max(1, min(max(wanted, SHORTEST_CONTEXT), facts.longest - 1))


def _training(facts: PanelFacts) -> dict[str, Any]:
    small = facts.is_small
    return {
        "max_steps": 600 if small else 2400,
        "batch_size": 32 if small else 256,
        "learning_rate": 2e-3,
        "weight_decay": 0.01,
        # Conversions cost a small batch more than the faster products save.
        "precision": "bfloat16" if facts.fast_bfloat16 and not small else "float32",
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
