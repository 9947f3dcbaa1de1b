"""What known covariates are worth: a backtest with them and one without, five seeds each.

Bike sharing: the last 28 days, an hourly forecast of each, with weather, holidays and working days
known ahead. Walmart: the last 56 weeks, eight at a time, with the flag of weeks with a holiday, and
with public holidays (`--holidays`) besides: those of New Jersey, whose list has Good Friday, as
most states' have not. The flag never differs from the year before, Easter does.
One training for each seed, on what lies before.

How the decoder is told of covariates was chosen on eight other panels (days and weeks of rented
bicycles, fine dust and prices of power) and on the 24 weeks of Walmart before these windows.
Designs before that were scored on these windows, too, and the flag alone was settled on October
2011 to March 2012, which lies among them.

python benchmarks/covariates.py [bike] [walmart]
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import NamedTuple

from provenance import DATA, write_results

import lstmcast
from lstmcast.data.panel import truncate

SEEDS = range(5)


class Known(NamedTuple):
    """What is known ahead: columns, and the public holidays of a country or region."""

    columns: tuple[str, ...] = ()
    holidays: str | None = None

    def __str__(self) -> str:
        return " ".join([*self.columns, *filter(None, [self.holidays])]) or "-"


class Case(NamedTuple):
    """A table, how it is forecast, and what is known ahead of it, in one way and another."""

    file: str
    horizon: int
    windows: int
    known: tuple[Known, ...]


CASES = {
    "bike": Case(
        "corpus/bike_sharing_hourly.parquet",
        24,
        28,
        (
            Known(("weather", "temp", "atemp", "hum", "windspeed", "holiday", "workingday")),
            Known(),
        ),
    ),
    "walmart": Case(
        "validation/walmart_weekly_7series.parquet",
        8,
        7,
        (Known(("IsHoliday",), "US-NJ"), Known(("IsHoliday",)), Known()),
    ),
}


def main() -> None:
    rows: list[dict[str, object]] = []
    for name in sys.argv[1:] or CASES:
        for known in CASES[name].known:
            rows += measure(name, CASES[name], known)
    write_results("covariates", rows)


def measure(name: str, case: Case, known: Known) -> list[dict[str, object]]:
    columns = known.columns or None
    said = lstmcast.DataConfig(
        time="ds", target="y", id="unique_id", known=columns, holidays=known.holidays
    )
    panel = lstmcast.build_panel(lstmcast.read_table(DATA / case.file, said))
    past = truncate(panel, panel.lengths - case.horizon * case.windows)
    plan = lstmcast.BacktestPlan(horizon=case.horizon, windows=case.windows)
    rows: list[dict[str, object]] = []
    for seed in SEEDS:
        started = time.perf_counter()
        config = lstmcast.Config(horizon=case.horizon, seed=seed, data=said)
        model = lstmcast.train(past, config)
        seconds = time.perf_counter() - started
        scores = lstmcast.evaluate(panel, plan, model=model).scores
        found = {
            method: scores[method]["mase"].value or 0.0 for method in ("lstm", "seasonal_naive")
        }
        rows.append(
            {"data": name, "known": str(known), "seed": seed}
            | {f"{method}_mase": round(value, 4) for method, value in found.items()}
            | {"training_seconds": round(seconds, 1)}
        )
        print(rows[-1], flush=True)
    middle = {
        key: statistics.median(float(str(row[key])) for row in rows)
        for key in ("lstm_mase", "seasonal_naive_mase", "training_seconds")
    }
    return [*rows, rows[0] | {"seed": "median"} | middle]


if __name__ == "__main__":
    main()
