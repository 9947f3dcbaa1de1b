"""How networks are trained where nothing is said of it: `lstmcast.defaults` asks here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmcast.efforts import PanelFacts, pace_of

if TYPE_CHECKING:
    from lstmcast.config import Config
    from lstmcast.efforts import Effort

# Fewer windows than this, held out one a series for each member, say little about when to stop.
# Then each step of the data is seen some 25 times. With the first nine years of the air passengers
# that gave an MAE of 8, and a search 18; on 19 other series both had 0.74 of the error of seasonal
# naive.
ENOUGH_HELD_OUT = 32
EPOCHS = 25
FEWEST_STEPS = 100

# Of many series with a season, some windows are learnt upside down: the years that all of them
# share can be learnt by heart less easily. Held-out ends of M4, without and with 0.3: MASE 0.882
# and 0.879 on monthly, 3.24 and 3.22 on daily; of two networks, sMAPE 10.46 and 10.42 on quarterly.
# Series that move much are skewed, and less well forecast: sMAPE 11.99 and 12.06 on monthly, so it
# is half of that. On yearly it was 0.6 % worse for the last ends, 0.3 % better for those before
# them; on weekly and hourly, which are few, 2 % and 1 % worse.
MIRRORED = 0.15
# Short histories are soon learnt by heart, with the one trend that they show. 48 single series of
# M4 and others before their last windows, each alone; error over that of seasonal naive, geometric
# mean: 0.731, and with half of the windows tilted 0.691. Of the 21 with fewer than 100 steps: 0.99,
# tilted 0.90, and half of them upside down as well 0.85; of the others it was 0.58, tilted 0.56,
# and then upside down 0.57. The calendar was told throughout.
# What covariates do is drowned: where they tell nearly all, errors rose by 9 to 67 % (three seeds).
TILTED = 0.5
MIRRORED_OF_LITTLE = 0.5
LITTLE = 100  # steps of all series together
# Losses are in what a window moves, as in MASE. There windows also count by what they move for
# their level, as in sMAPE: MASE 0.900 and 0.894, sMAPE 11.98 and 11.83 on monthly; 1.212 and 1.208,
# 10.42 and 10.35 on quarterly; on daily no different, elsewhere 1 % worse or more.
RELATIVE_WEIGHT = 0.5


def training_settings(
    config: Config, facts: PanelFacts, season: int, effort: Effort
) -> dict[str, Any]:
    """Say how networks of so much effort are trained where a config leaves it open."""
    pace = pace_of(facts)
    judged = facts.n_series * effort.members >= ENOUGH_HELD_OUT
    many_seasons = facts.extent == "many" and season > 1
    enough = max(EPOCHS * facts.n_steps // pace.batch_size, FEWEST_STEPS)
    return {
        "max_steps": effort.max_steps if judged else min(effort.max_steps, enough),
        "early_stopping": judged,
        "batch_size": pace.batch_size,
        "learning_rate": pace.learning_rate,
        "weight_decay": 0.01,
        "mirrored": _mirrored(config, facts, season),
        "tilted": TILTED if facts.is_small and _takes_trends(config, facts) else 0.0,
        "relative_weight": RELATIVE_WEIGHT if many_seasons else 0.0,
        "loss": "head",
        # On 38 single series as accurate as float32, in 0.8 of the time.
        "precision": "bfloat16" if facts.fast_bfloat16 else "float32",
    }


def _takes_trends(config: Config, facts: PanelFacts) -> bool:
    """Tell whether a trend may be added: it drowns what covariates do, and counts are none then."""
    return not facts.columns.covariates and config.model.head != "negative_binomial"


def _mirrored(config: Config, facts: PanelFacts, season_length: int) -> float:
    """Say how many windows are worth learning upside down, too.

    What covariates do to a series, they do the other way round to a mirrored one; so does the
    calendar, where there is enough to learn that from.
    """
    if facts.columns.covariates or not config.is_symmetric:
        return 0.0
    if facts.n_steps < LITTLE:
        return MIRRORED_OF_LITTLE
    told = facts.is_dated and config.data.calendar is not False
    return MIRRORED if facts.extent == "many" and season_length > 1 and not told else 0.0
