"""What --guard is worth: on random walks, which nothing forecasts better than naive, and on M4.

python benchmarks/guard.py [--panels "1 walk of 36" monthly] [--sample N] [--steps N]

Each panel is learnt up to its last horizon, which is forecast with the guard and without. Nothing
of the test part of M4 is read: it is the last horizon of the training part that is forecast. Of M4,
--sample series of each frequency are taken and --steps steps, so that all takes half an hour.

Told is MASE, and of walks the mean over so many panels, each with a seed of its own. A guard is
good if it is never worse than the better of networks and naive methods, but for a little chance.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from m4_rules import FREQUENCIES, hold_out, panel_of, read_train
from provenance import provenance, read_results, show, write_table

import lstmcast
from lstmcast.data.panel import truncate
from lstmcast.evaluation.baselines import BASELINES

if TYPE_CHECKING:
    from lstmcast import Model, Panel

    Row = dict[str, object]

RESULTS = "guard"


class Walks(NamedTuple):
    """Panels of random walks: how many, and what is in each."""

    panels: int
    series: int
    steps: int
    horizon: int


WALKS = {
    "1 walk of 36": Walks(20, 1, 36, 6),
    "1 walk of 120": Walks(20, 1, 120, 12),
    "5 walks of 60": Walks(10, 5, 60, 6),
    "30 walks of 120": Walks(5, 30, 120, 12),
    "300 walks of 100": Walks(2, 300, 100, 12),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*WALKS, *FREQUENCIES]
    parser.add_argument("--panels", nargs="+", choices=names, default=names)
    parser.add_argument("--sample", type=int, default=1_000)
    parser.add_argument("--steps", type=int, default=500)
    arguments = parser.parse_args()
    for name in arguments.panels:
        if name in WALKS:
            case = WALKS[name]
            found = [measure(walks(case, k), case.horizon, {}) for k in range(case.panels)]
        else:
            said: Row = {"training": {"max_steps": arguments.steps}}
            found = [measure(m4(name, arguments.sample), FREQUENCIES[name].horizon, said)]
        row = {"panel": name, "panels": len(found)} | means(found)
        show(row)
        rows = {str(each["panel"]): each for each in read_results(RESULTS)}
        rows[name] = row | provenance()
        write_table(RESULTS, [rows[known] for known in names if known in rows])


def walks(case: Walks, seed: int) -> Panel:
    """Daily steps that nobody knows ahead, around a level that is far from zero."""
    rng = np.random.default_rng(seed)
    values = 1_000 + rng.normal(size=(case.series, case.steps)).cumsum(axis=1)
    days = pd.date_range("2024-01-01", periods=case.steps)
    frame = pd.DataFrame(
        {
            "id": np.repeat([f"walk {k}" for k in range(case.series)], case.steps),
            "day": np.tile(days, case.series),
            "value": values.ravel(),
        }
    )
    said = lstmcast.DataConfig(time="day", target="value", id="id")
    return lstmcast.build_panel(lstmcast.table_from_frame(frame, said))


def m4(frequency: str, sample: int) -> Panel:
    """Series of the training part that are long enough to be judged by."""
    train = read_train(frequency, sample)
    known, _ = hold_out(frequency, train)
    return panel_of(frequency, train[train.unique_id.isin(known.unique_id)])


def measure(panel: Panel, horizon: int, said: Row) -> Row:
    """Return the MASE of the last horizon, and of how many series the networks are kept alone."""
    given = {"horizon": horizon, "forecast": {"guarded": True}} | said
    config = lstmcast.Config.model_validate(given)
    model = lstmcast.train(truncate(panel, panel.lengths - horizon), config)
    kept, plain = (scores(panel, unguarded) for unguarded in (model, without_guard(model)))
    assert model.training.kept
    alone = model.training.kept.get("lstm", 0) / panel.n_series
    naive = {name: plain[name] for name in BASELINES}
    return {"lstm": plain["lstm"], **naive, "guarded": kept["lstm"], "networks_kept": alone}


def without_guard(model: Model) -> Model:
    forecast = model.config.forecast.model_copy(update={"guarded": False})
    return replace(model, config=model.config.model_copy(update={"forecast": forecast}))


def scores(panel: Panel, model: Model) -> dict[str, float]:
    plan = lstmcast.BacktestPlan(windows=1)
    found = lstmcast.evaluate(panel, plan, model=model).scores
    return {method: float(each["mase"].value or np.nan) for method, each in found.items()}


def means(found: list[Row]) -> Row:
    table = pd.DataFrame(found).mean()
    return {str(name): round(float(value), 4) for name, value in table.items()}


if __name__ == "__main__":
    main()
