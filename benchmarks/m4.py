"""M4 with the defaults of `lstmcast train`: sMAPE, MASE, OWA, MSIS and coverage by its rules.

python benchmarks/m4.py [--frequency weekly daily] [--seeds 3] [--size large] [-- TRAIN OPTIONS]
python benchmarks/m4.py --seeds 2 --first-seed 1    (after seed 0, whose rows stay)
python benchmarks/m4.py --sample 100    (so many series of each frequency: printed, not kept)
python benchmarks/m4.py --naive2        (only Naive2, held against what was published)

The training part goes to `lstmcast train` as it was published, in whole numbers for steps, with
the one thing that it lacks: --frequency says what a step is. The test part is read only to score
what `lstmcast predict` wrote.

OWA is relative to Naive2, of the same series: over all of M4, sMAPE 13.564 and MASE 1.912. MSIS and
coverage are those of the interval from level 0.025 to 0.975, which is learnt where series are many,
and elsewhere extrapolated from nine levels unless TRAIN OPTIONS name more (--quantile-levels).

Results are merged into results/m4.csv as soon as they are measured: a row takes the place of the
one of the same frequency, seed and settings, and all others stay, with the versions that they were
measured with. From the rows of all runs come rows for all frequencies together, in which each
weighs as many series as it has, and medians over the seeds. At the end, the rows for
docs/accuracy.md are printed.
"""

from __future__ import annotations

import argparse
import functools
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from m4_rules import (
    FREQUENCIES,
    Told,
    Truth,
    lay_out,
    point_scores,
    read_train,
    read_truth,
    scores,
)
from provenance import DATA, provenance, read_results, show, write_results, write_table

from lstmcast.levels import NINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    Row = dict[str, object]

LEVELS = (0.025, *NINE, 0.975)
RESULTS = "m4"
ALL = "all"
DEFAULTS = "defaults"
# To how many digits a figure is told. Naive2's are as they were published, and OWA is theirs.
DIGITS = {
    "smape": 3,
    "mase": 4,
    "owa": 4,
    "msis": 3,
    "coverage_95": 4,
    "naive2_smape": 3,
    "naive2_mase": 3,
    "train_s": 1,
    "predict_s": 1,
}
SECONDS = ("train_s", "predict_s")


def main() -> None:
    at = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    more = sys.argv[at + 1 :]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frequency", nargs="+", choices=FREQUENCIES, default=[*FREQUENCIES])
    parser.add_argument("--seeds", type=int, default=3, metavar="N")
    parser.add_argument("--first-seed", type=int, default=0, metavar="N")
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--size", choices=["small", "medium", "large"])
    parser.add_argument("--naive2", action="store_true")
    arguments = parser.parse_args(sys.argv[1:at])
    if arguments.naive2:
        write_results("m4_naive2", naive2_rows())
        return
    if arguments.size:
        more = ["--size", arguments.size, *more]
    rows: list[Row] = []
    first = arguments.first_seed
    for frequency in arguments.frequency:
        for seed in range(first, first + arguments.seeds):
            row = measure(frequency, seed, more, arguments.sample)
            rows.append(row | provenance())
            show(row)
            if arguments.sample is None:
                write_table(RESULTS, summarise(merge(read_results(RESULTS), rows)))
    for row in summarise(rows):
        if row["frequency"] == ALL or not str(row["seed"]).isdecimal():
            show({key: row[key] for key in ("frequency", "seed", *DIGITS)})
    print(*as_markdown(summarise(rows)), sep="\n")


def measure(
    frequency: str, seed: int, more: Sequence[str] = (), sample: int | None = None
) -> dict[str, object]:
    """Train, forecast and score, in processes of their own."""
    rules = FREQUENCIES[frequency]
    train, truth = read(frequency, sample)
    with tempfile.TemporaryDirectory() as folder:
        table, model, output = (Path(folder, name) for name in ("t.parquet", "m", "f.parquet"))
        train.to_parquet(table, index=False)
        options = ["--frequency", rules.alias, "--horizon", rules.horizon, "--seed", seed, *more]
        train_s = seconds("train", table, "-o", model, *options)
        levels = ",".join(map(str, LEVELS))
        predict_s = seconds("predict", model, table, "-o", output, "--quantile-levels", levels)
        told = as_told(pd.read_parquet(output), truth)
    row: Row = {
        "frequency": frequency,
        "seed": seed,
        "settings": shlex.join(more) or DEFAULTS,
        "series": len(truth.ids),
    }
    naive2 = point_scores(truth, truth.naive2)
    times = {"train_s": train_s, "predict_s": predict_s}
    return row | finish(scores(truth, told) | of_naive2(naive2) | times)


@functools.lru_cache(maxsize=1)
def read(frequency: str, sample: int | None) -> tuple[pd.DataFrame, Truth]:
    train = read_train(frequency, sample)
    return train, read_truth(frequency, train)


def seconds(*arguments: object) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "lstmcast", *map(str, arguments)], check=True)
    return time.perf_counter() - started


def as_told(forecast: pd.DataFrame, truth: Truth) -> Told:
    columns = ["ds", "forecast", f"q{LEVELS[0]}", f"q{LEVELS[-1]}"]
    steps, *told = lay_out(forecast, truth.ids, columns)
    assert (steps == truth.steps).all()
    return Told(*told)


def of_naive2(found: dict[str, float]) -> dict[str, float]:
    return {f"naive2_{metric}": score for metric, score in found.items()}


def finish(figures: dict[str, float]) -> Row:
    """Round figures, and add OWA: errors relative to those of Naive2, of two metrics at once."""
    told = {name: round(value, DIGITS[name]) for name, value in figures.items()}
    relative = (told[metric] / told[f"naive2_{metric}"] for metric in ("smape", "mase"))
    told["owa"] = round(statistics.fmean(relative), DIGITS["owa"])
    return {name: told[name] for name in DIGITS}


def merge(old: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    measured = [row for row in old if row["frequency"] != ALL and str(row["seed"]).isdecimal()]
    return list({key_of(row): row for row in [*measured, *new]}.values())


def key_of(row: Row) -> tuple[bool, str, int, int]:
    """Tell rows apart, and put them in order, defaults first."""
    frequencies = [*FREQUENCIES, ALL]
    return (
        row["settings"] != DEFAULTS,
        str(row["settings"]),
        frequencies.index(str(row["frequency"])),
        int(str(row["seed"])),
    )


def summarise(rows: Sequence[Row]) -> list[Row]:
    """Add what follows from measured rows: all frequencies together, and medians over the seeds."""
    by_seed = group(rows, "settings", "seed")
    overall = [over_all(part) for part in by_seed if len(part) == len(FREQUENCIES)]
    ordered = sorted([*rows, *overall], key=key_of)
    return [
        row for part in group(ordered, "settings", "frequency") for row in [*part, median_of(part)]
    ]


def group(rows: Sequence[Row], *columns: str) -> list[list[Row]]:
    """Put rows together that have the same in some columns."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(str(row[column]) for column in columns), []).append(row)
    return list(groups.values())


def over_all(rows: Sequence[Row]) -> Row:
    """Weigh frequencies by their series in M4, of a sample as well; seconds add up."""
    weights = [FREQUENCIES[str(row["frequency"])].series for row in rows]
    figures = {
        name: sum(numbers(rows, name))
        if name in SECONDS
        else statistics.fmean(numbers(rows, name), weights)
        for name in DIGITS
        if name != "owa"
    }
    series = int(sum(numbers(rows, "series")))
    return {
        **shared(rows),
        "frequency": ALL,
        "seed": rows[0]["seed"],
        "series": series,
        **finish(figures),
    }


def median_of(rows: Sequence[Row]) -> Row:
    figures = {
        name: round(statistics.median(numbers(rows, name)), digits)
        for name, digits in DIGITS.items()
    }
    return {**shared(rows), "seed": f"median of {len(rows)}", **figures}


def as_markdown(rows: Sequence[Row]) -> list[str]:
    """Write the rows of docs/accuracy.md: medians over the seeds, with the defaults."""
    told = [row for row in rows if "median" in str(row["seed"]) and row["settings"] == DEFAULTS]
    columns = ("smape", "mase", "owa", "msis", "coverage_95", *SECONDS)
    return [
        f"| {row['frequency']} | {int(str(row['series'])):,} | "
        + " | ".join(str(row[name]) for name in columns)
        + " |"
        for row in told
    ]


def shared(rows: Sequence[Row]) -> Row:
    """Return the columns of rows, where they differ all that stands there."""
    return {name: " / ".join(dict.fromkeys(str(row[name]) for row in rows)) for name in rows[0]}


def numbers(rows: Sequence[Row], column: str) -> list[float]:
    return [float(str(row[column])) for row in rows]


def naive2_rows() -> list[Row]:
    """Score Naive2 over all series, and demand what was published, to its last digit."""
    found: list[dict[str, float]] = []
    for frequency, rules in FREQUENCIES.items():
        truth = read_truth(frequency, read_train(frequency))
        assert len(truth.ids) == rules.series
        found.append(point_scores(truth, truth.naive2))
    weights = [rules.series for rules in FREQUENCIES.values()]
    found.append(
        {name: statistics.fmean([each[name] for each in found], weights) for name in found[0]}
    )
    published = pd.read_csv(DATA / "m4" / "benchmarks.csv", index_col="frequency")
    published.index = published.index.str.lower()
    rows: list[Row] = []
    for frequency, mine in zip([*FREQUENCIES, ALL], found, strict=True):
        told = {f"naive2_{name}": round(score, 3) for name, score in mine.items()}
        known = {name: float(str(published.loc[frequency, name])) for name in told}
        if told != known:
            raise SystemExit(f"Naive2, {frequency}: {told}, and {known} was published")
        rows.append({"frequency": frequency, **told})
    return rows


if __name__ == "__main__":
    main()
