"""What choices of the defaults for short histories are worth: single series, each learnt alone.

python benchmarks/single_series.py [--variant defaults "nothing tilted"] [--seeds N]

Nothing is read that defaults are judged by elsewhere: the series are 38 of the training part of M4,
drawn at random among those of 61 to 2,999 steps (36 of yearly at the least), and the small sets of
breadth.py, cut off where the windows begin that are forecast there. Each is forecast in rolling
windows without overlap at its end, by networks that learn strictly before the first.

Errors are relative to those of seasonal naive. Results are merged into results/single_series.csv
as soon as they are measured; at the end, geometric means are printed: of all series, of those with
fewer than 100 steps to learn from, and of the others.
"""

from __future__ import annotations

import argparse
import statistics
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from breadth import Course, Set, ours, read, score, seasonal_naive
from m4_rules import FREQUENCIES, read_train
from provenance import provenance, read_results, show, write_table

import lstmcast
from lstmcast.data.panel import truncate
from lstmcast.training_defaults import LITTLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Row = dict[str, object]

RESULTS = "single_series"
VARIANTS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "nothing tilted": {"training": {"tilted": 0}},
    "nothing upside down": {"training": {"mirrored": 0}},
    "neither": {"training": {"tilted": 0, "mirrored": 0}},
    "half upside down": {"training": {"mirrored": 0.5}},
    "other paths": {"model": {"other_paths": True}},
    "one network": {"model": {"members": 1}},
    "five networks": {"model": {"members": 5}},
    "32 units": {"model": {"hidden_size": 32}},
    "at most 300 steps": {"training": {"max_steps": 300}},
}
# Of M4: how many, the fewest steps, and how they are forecast. Longer ones are no short histories.
DRAWN = {
    "monthly": (14, 60, Set("", season=12, horizon=12, windows=3)),
    "quarterly": (12, 60, Set("", season=4, horizon=8, windows=2)),
    "weekly": (8, 60, Set("", season=52, horizon=13, windows=3)),
    "yearly": (4, 35, Set("", season=1, horizon=6, windows=2)),
}
MOST_STEPS = 3_000
SMALL_SETS = [
    "air_passengers",
    "milk",
    "a10",
    "sunspots",
    "ausbeer",
    "arrivals",
    "gasoline",
    "ili",
    "co2",
    "lynx",
]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--variant", nargs="+", choices=VARIANTS, default=[*VARIANTS])
    parser.add_argument("--seeds", type=int, default=1, metavar="N")
    arguments = parser.parse_args()
    courses = [*drawn(), *small_sets()]
    for variant in arguments.variant:
        for seed in range(arguments.seeds):
            keep([measure(course, variant, seed) for course in courses])
    for line in sums(read_results(RESULTS)):
        show(line)


def drawn() -> Iterator[Course]:
    """Draw series of M4; it tells no dates, so they begin in 1950."""
    for frequency, (count, fewest, case) in DRAWN.items():
        train = read_train(frequency)
        steps = train.groupby("unique_id").size()
        fit = steps[(steps > fewest) & (steps < MOST_STEPS)].index
        for name in np.random.default_rng(1).permutation(fit)[:count]:
            series = train[train.unique_id == name]
            alias = FREQUENCIES[frequency].alias
            dates = pd.date_range("1950-01-01", periods=len(series), freq=alias)
            said = lstmcast.DataConfig(time="ds", target="y", id="unique_id")
            table = lstmcast.table_from_frame(series.assign(ds=dates), said)
            yield Course(str(name), case, said, lstmcast.build_panel(table))


def small_sets() -> Iterator[Course]:
    for name in SMALL_SETS:
        course = read(name)
        judged = course.case.windows * course.case.horizon
        yield course._replace(panel=truncate(course.panel, course.panel.lengths - judged))


def measure(course: Course, variant: str, seed: int) -> Row:
    forecast, seconds = ours(course, seed, VARIANTS[variant])
    naive = score(course, seasonal_naive(course))
    return {
        "variant": variant,
        "seed": seed,
        "series": course.name,
        "steps": len(course.past(0).values),
        "seasonal_naive_mase": round(naive, 4),
        "mase": round(score(course, forecast), 4),
        "ratio": round(score(course, forecast) / naive, 4),
        "train_s": round(seconds, 1),
    }


def keep(found: list[Row]) -> None:
    """Merge rows into the result, in the place of those of the same measurement."""
    rows = [*read_results(RESULTS), *(row | provenance() for row in found)]
    by_key = {(row["variant"], str(row["seed"]), row["series"]): row for row in rows}
    order = [*VARIANTS]
    write_table(RESULTS, sorted(by_key.values(), key=lambda row: order.index(str(row["variant"]))))


def sums(rows: Sequence[Row]) -> Iterator[Row]:
    """Geometric means of the ratios of each variant, over seeds and series."""
    for variant in dict.fromkeys(row["variant"] for row in rows):
        mine = [row for row in rows if row["variant"] == variant]
        little = [row for row in mine if int(str(row["steps"])) < LITTLE]
        others = [row for row in mine if int(str(row["steps"])) >= LITTLE]
        yield {
            "variant": variant,
            "all": mean_ratio(mine),
            f"below {LITTLE}": mean_ratio(little),
            "others": mean_ratio(others),
            "worse than naive": sum(float(str(row["ratio"])) > 1 for row in mine),
        }


def mean_ratio(rows: Sequence[Row]) -> float:
    return round(statistics.geometric_mean(float(str(row["ratio"])) for row in rows), 4)


if __name__ == "__main__":
    main()
