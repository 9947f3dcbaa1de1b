"""Small and large sets of all kinds, forecast by the defaults of lstmcast and by other tools.

python benchmarks/breadth.py [--sets a10,milk] [--seeds N] [--peers PYTHON] [--cache FOLDER]
                             [--keep-ours] [--held-out]

Rolling windows without overlap at the end of each series. lstmcast and neuralforecast's networks
are trained once, strictly before the first window, and forecast each from all that lies before it;
statsforecast's models are fitted anew for each window, on its last 3,000 steps at the most. With
several seeds, lstmcast has the median of their scores.

Everybody is scored alike: MASE, scaled by the mean in-sample error of seasonal naive before the
first window, at the season of the set below. It is averaged over the observed steps of a window,
and over windows and series, each counting the same. The last row has geometric means over the sets,
how many are worse than seasonal naive, and the share in which all peers are beaten.

Hourly series are cut to their last two years (730 days), for everybody. Covariates that would be
known ahead are given to all who take them: lstmcast, NHITS and LSTM. The weather of bike sharing is
what was measured, as if forecast without error; what is known of Spanish energy was published the
day before. The peers take no gaps: there, they get the last value of the same season.

PYTHON is that of a virtual environment with neuralforecast and statsforecast. Their forecasts are
kept in FOLDER, by set, model and what it was asked; without PYTHON, those that lie there are taken,
and others have the score that the result table tells, if any. Of the result table, only rows of the
sets that were run are replaced; with --keep-ours, they keep what they say of lstmcast, and the
peers' scores are set beside it.

With --held-out, as many windows just before these are forecast by lstmcast and by seasonal naive
alone, to choose by, and told, not written.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from provenance import DATA, RESULTS, provenance, show, write_table

import lstmcast
from lstmcast.data.panel import Panel, Windows, truncate
from lstmcast.evaluation.aggregation import score_of
from lstmcast.evaluation.baselines import baseline_forecasts
from lstmcast.evaluation.in_sample import entry_numbers
from lstmcast.evaluation.metrics import mase, seasonal_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

Row = dict[str, object]

DEFAULTS: Mapping[str, Any] = MappingProxyType({})  # no setting said
PEERS_FOLDER = Path(__file__).parent / "peers"
YEARLY, QUARTERLY, MONTHLY, WEEKLY, DAILY, HOURLY, HALF_HOURLY = 1, 4, 12, 52, 7, 24, 48
KEPT = pd.Timedelta(days=730)  # of hourly series


class Set(NamedTuple):
    """Files, how they are forecast, and what is known ahead or has to be said."""

    files: str
    season: int
    horizon: int
    windows: int
    known: tuple[str, ...] = ()
    frequency: str | None = None


WEATHER = ("weather", "temp", "atemp", "hum", "windspeed")
DAY_AHEAD = (
    "total load forecast",
    "forecast solar day ahead",
    "forecast wind onshore day ahead",
    "price day ahead",
)
SETS = {
    "air_passengers": Set("validation/air_passengers.csv", MONTHLY, 12, 3),
    "milk": Set("validation/milk.csv", MONTHLY, 12, 3),
    "a10": Set("validation/a10.csv", MONTHLY, 12, 3),
    "sunspots": Set("validation/sunspots_monthly_1749_1983.csv", MONTHLY, 12, 3),
    "shampoo": Set("validation/shampoo.csv", MONTHLY, 6, 2, frequency="MS"),  # three years
    "nn3": Set("validation/nn3_t*.parquet", MONTHLY, 18, 1),  # its own test part
    "ausbeer": Set("validation/ausbeer.csv", QUARTERLY, 8, 3),
    "arrivals": Set("validation/aus_arrivals_quarterly.parquet", QUARTERLY, 8, 3),
    "lynx": Set("validation/lynx.csv", YEARLY, 6, 3),
    "ansett": Set("validation/ansett_weekly.parquet", WEEKLY, 13, 4),
    "ili": Set("validation/ili_us_weekly_1997.parquet", WEEKLY, 13, 4),
    "co2": Set("validation/co2_mauna_loa_weekly.csv", WEEKLY, 13, 4),
    "gasoline": Set("validation/us_gasoline_weekly.csv", WEEKLY, 13, 4),
    # Two years are left to learn from.
    "walmart": Set("validation/walmart_weekly_7series.parquet", WEEKLY, 13, 3, ("IsHoliday",)),
    "bicimad": Set("validation/bicimad_daily.parquet", DAILY, 14, 6),
    "temperatures": Set("validation/daily_min_temperatures_melbourne.csv", DAILY, 14, 6),
    "wp_peyton_manning": Set("validation/wp_log_peyton_manning.csv", DAILY, 14, 6),
    "taylor": Set("validation/taylor_halfhourly.csv", HALF_HOURLY, 48, 14),  # of 12 weeks
    "taxi": Set("validation/taxi_nyc_halfhourly.parquet", HALF_HOURLY, 48, 28),
    "bike": Set(
        "corpus/bike_sharing_hourly.parquet", HOURLY, 24, 28, (*WEATHER, "holiday", "workingday")
    ),
    "energy_spain": Set("corpus/energy_spain_hourly.parquet", HOURLY, 24, 28, DAY_AHEAD),
    "pedestrians_4": Set("corpus/pedestrian_hourly_4sensors.parquet", HOURLY, 24, 28),
    "pedestrians_7": Set("corpus/pedestrian_hourly_2016.parquet", HOURLY, 24, 28),
    "pjm": Set("corpus/pjm_hourly.parquet", HOURLY, 48, 14),
    "gefcom": Set("corpus/gefcom2012_load_hourly.parquet", HOURLY, 48, 14),
}


class Peer(NamedTuple):
    """A model of another tool, and the script that asks it."""

    script: str
    model: str
    takes_covariates: bool


PEERS = {
    "auto_ets": Peer("statsforecast_windows.py", "AutoETS", takes_covariates=False),
    "auto_theta": Peer("statsforecast_windows.py", "AutoTheta", takes_covariates=False),
    "nhits": Peer("neuralforecast_windows.py", "NHITS", takes_covariates=True),
    "neuralforecast_lstm": Peer("neuralforecast_windows.py", "LSTM", takes_covariates=True),
}
METHODS = ("seasonal_naive", "lstmcast", *PEERS)


class Asked(NamedTuple):
    """What the command line says."""

    sets: list[str]
    seeds: int
    peers: str | None
    cache: Path
    keep_ours: bool
    held_out: bool


class Course(NamedTuple):
    """A set as it was read: W windows of each of S series, those of a series in a row."""

    name: str
    case: Set
    said: lstmcast.DataConfig
    panel: Panel

    @property
    def windows(self) -> Windows:
        """All windows: [S * W]."""
        back = self.case.horizon * np.arange(self.case.windows, 0, -1)
        cutoffs = self.panel.lengths[:, None] - back - 1
        series = np.repeat(np.arange(self.panel.n_series), self.case.windows)
        return Windows(series, cutoffs.ravel())

    @property
    def actual(self) -> NDArray[np.float64]:
        """What came, NaN where not observed: [S * W, H]."""
        firsts = self.panel.offsets[self.windows.series] + self.windows.cutoffs + 1
        return np.asarray(self.panel.values[firsts[:, None] + np.arange(self.case.horizon)])

    def past(self, window: int) -> Panel:
        """Return what lies before a window, counted from 0, and all that is known ahead."""
        ahead = self.case.horizon * (self.case.windows - window)
        return truncate(self.panel, self.panel.lengths - ahead)


def main() -> None:
    asked = ask()
    if asked.held_out:
        for name in asked.sets:
            show(measure_held_out(read(name), asked.seeds))
        return
    for name in asked.sets:
        row = measure(read(name), asked)
        show(row)
        rows = earlier_rows() | {name: row}
        ordered = [rows[known] for known in SETS if known in rows]
        table = [row | provenance() | row for row in [*ordered, overall(ordered)]]
        write_table("breadth", table)
    show(overall(ordered))


def ask() -> Asked:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default=",".join(SETS), help="names with commas")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--peers", metavar="PYTHON")
    parser.add_argument("--cache", type=Path, default=Path(__file__).parent / "cache")
    parser.add_argument("--keep-ours", action="store_true")
    parser.add_argument("--held-out", action="store_true")
    given = parser.parse_args()
    sets = given.sets.split(",")
    if unknown := [name for name in sets if name not in SETS]:
        parser.error(f"no set {', '.join(unknown)}: there are {', '.join(SETS)}")
    if not DATA.exists():
        parser.error(f"the series are not here: {DATA}")
    return Asked(sets, given.seeds, given.peers, given.cache, given.keep_ours, given.held_out)


def read(name: str) -> Course:
    case = SETS[name]
    paths = sorted(DATA.glob(case.files))
    frame = pd.concat(
        [pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path) for path in paths]
    )
    if "unique_id" not in frame:
        frame["unique_id"] = name
    if case.season == HOURLY:
        frame = frame[frame.ds > frame.groupby("unique_id").ds.transform("max") - KEPT]
    said = lstmcast.DataConfig(
        time="ds",
        target="y",
        id="unique_id",
        known=case.known or None,
        frequency=case.frequency,
    )
    return Course(name, case, said, lstmcast.build_panel(lstmcast.table_from_frame(frame, said)))


def measure(course: Course, asked: Asked) -> Row:
    """Score everybody on a set; a peer without forecasts has the score told earlier, if any."""
    scores: dict[str, float] = {"seasonal_naive": score(course, seasonal_naive(course))}
    earlier = earlier_rows().get(course.name, {})
    tools: list[str] = []
    for peer in PEERS:
        if (path := forecasts_of(peer, course, asked)).exists():
            frame = pd.read_parquet(path).sort_values(["unique_id", "cutoff", "ds"])
            scores[peer] = score(course, frame.forecast.to_numpy().reshape(course.actual.shape))
            tools.append(str(frame.tool.iloc[0]))
        elif told := earlier.get(f"{peer}_mase"):
            scores[peer] = float(str(told))
            tools += str(earlier["peers"]).split("; ")
    mine = (asked.keep_ours and earlier) or run_ours(course, asked.seeds)
    scores["lstmcast"] = float(str(mine["lstmcast_mase"]))
    return (
        describe(course)
        | {f"{method}_mase": rounded(scores.get(method)) for method in METHODS}
        | judge(scores)
        | {name: mine[name] for name in ("seeds", "train_s")}
        | {"peers": "; ".join(dict.fromkeys(tools))}
    )


def measure_held_out(course: Course, seeds: int) -> Row:
    """Score the windows before those that are tested, which are cut off with all after them."""
    earlier = course._replace(panel=course.past(0))
    naive, mine = score(earlier, seasonal_naive(earlier)), run_ours(earlier, seeds)
    error = float(str(mine["lstmcast_mase"]))
    scores = {"seasonal_naive_mase": naive, "lstmcast_mase": error, "ratio": error / naive}
    return {"set": course.name} | mine | {name: rounded(each) for name, each in scores.items()}


def run_ours(course: Course, seeds: int) -> Row:
    """Train and score with several seeds: medians."""
    runs = [ours(course, seed) for seed in range(seeds)]
    return {
        "lstmcast_mase": statistics.median(score(course, forecast) for forecast, _ in runs),
        "seeds": seeds,
        "train_s": round(statistics.median(seconds for _, seconds in runs), 1),
    }


def describe(course: Course) -> Row:
    return {
        "set": course.name,
        "frequency": course.panel.axis.frequency,
        "series": course.panel.n_series,
        "windows": course.case.windows,
        "horizon": course.case.horizon,
        "season": course.case.season,
        "known": "; ".join(course.case.known),
    }


def judge(scores: dict[str, float]) -> Row:
    """Compare; whether all peers are beaten is open unless there are scores of all."""
    mine, naive = scores["lstmcast"], scores["seasonal_naive"]
    beaten = [mine < scores[peer] for peer in PEERS if peer in scores]
    return {
        "ratio": round(mine / naive, 4),
        "worse_than_naive": int(mine > naive),
        "beats_all": int(all(beaten)) if len(beaten) == len(PEERS) else "",
    }


def score(course: Course, forecast: NDArray[np.float64]) -> float:
    """Return the MASE of forecasts [S * W, H]; none of them may be missing."""
    if not np.isfinite(forecast).all():
        raise ValueError(f"{course.name}: forecasts are missing")
    first = Windows(np.arange(course.panel.n_series), course.past(0).lengths - 1)
    scale = seasonal_errors(course.panel, first, course.case.season).absolute
    errors = mase(course.actual, forecast, np.repeat(scale, course.case.windows))
    found = score_of(errors).value
    assert found is not None
    return found


def seasonal_naive(course: Course) -> NDArray[np.float64]:
    case = course.case
    found = baseline_forecasts(course.panel, course.windows, case.horizon, case.season, (0.5,))
    return found["seasonal_naive"].point


def ours(
    course: Course, seed: int, settings: Mapping[str, Any] = DEFAULTS
) -> tuple[NDArray[np.float64], float]:
    """Train by our defaults and `settings`: forecasts [S * W, H], and seconds of training."""
    said = {"horizon": course.case.horizon, "seed": seed, "data": course.said}
    config = lstmcast.Config.model_validate(said | dict(settings))
    started = time.perf_counter()
    model = lstmcast.train(course.past(0), config)
    seconds = time.perf_counter() - started
    pasts = map(course.past, range(course.case.windows))
    points = [lstmcast.predict(model, past).point for past in pasts]
    return np.stack(points, axis=1).reshape(course.actual.shape), seconds


def forecasts_of(name: str, course: Course, asked: Asked) -> Path:
    """Return where a peer's forecasts of the windows lie, after asking for them if need be."""
    peer, case = PEERS[name], course.case
    table = table_of(course, covariates=peer.takes_covariates)
    numbers = [str(number) for number in (case.horizon, case.windows, case.season)]
    content = pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes()
    key = hashlib.sha256(content + " ".join(numbers).encode()).hexdigest()[:12]
    path = asked.cache / f"{course.name}-{name}-{key}.parquet"
    if asked.peers and not path.exists():
        asked.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=asked.cache) as folder:
            given, found = Path(folder, "table.parquet"), Path(folder, "found.parquet")
            table.to_parquet(given)
            script = str(PEERS_FOLDER / peer.script)
            command = [asked.peers, script, str(given), str(found), peer.model, *numbers]
            subprocess.run(command, check=True, stdout=sys.stderr)
            found.rename(path)
    return path


def table_of(course: Course, *, covariates: bool) -> pd.DataFrame:
    """Lay a panel out as the peers take it: numbered series and steps, and no gaps.

    A gap has the last value of the same season, or else the last one: nothing of what comes.
    """
    panel = course.panel
    series = np.repeat(np.arange(panel.n_series), panel.lengths)
    table = pd.DataFrame({"unique_id": series, "ds": entry_numbers(panel), "y": panel.values})
    table["y"] = table.groupby(["unique_id", table.ds % course.case.season]).y.ffill()
    table["y"] = table.groupby("unique_id").y.ffill()
    if covariates:
        known = known_numbers(panel)
        table[[f"known_{k}" for k in range(known.shape[1])]] = known
    return table.dropna(ignore_index=True)


def known_numbers(panel: Panel) -> NDArray[np.float64]:
    """Return what is known ahead as numbers, a column of 0 and 1 for each category: [N, K]."""
    assert len(panel.known.numbers) == len(panel.values)
    names = panel.covariates.known.categories
    categories = [
        np.eye(len(panel.vocabularies[name]))[codes]
        for name, codes in zip(names, panel.known.categories.T, strict=True)
    ]
    return np.hstack([panel.known.numbers, *categories])


def earlier_rows() -> dict[str, Row]:
    path = RESULTS / "breadth.csv"
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        return {row["set"]: dict(row) for row in csv.DictReader(file)}


def overall(rows: list[Row]) -> Row:
    """Sum up: geometric means of MASE and ratio, and counts or shares of sets."""
    told: Row = {key: "" for key in rows[0] if key not in provenance()}
    for column in (*(f"{method}_mase" for method in METHODS), "ratio"):
        told[column] = rounded(geometric_mean(numbers(rows, column), len(rows)))
    beaten = numbers(rows, "beats_all")
    return told | {
        "set": "all",
        "series": round(sum(numbers(rows, "series"))),
        "worse_than_naive": round(sum(numbers(rows, "worse_than_naive"))),
        "beats_all": rounded(statistics.mean(beaten)) if beaten else "",
        "train_s": round(sum(numbers(rows, "train_s")), 1),
    }


def numbers(rows: Iterable[Row], column: str) -> list[float]:
    """Return the numbers of a column, read from a file or measured now."""
    return [float(str(row[column])) for row in rows if row[column] != ""]


def geometric_mean(values: list[float], n_sets: int) -> float | None:
    """Return it if there is a value of each set: otherwise, it would be of other sets."""
    return statistics.geometric_mean(values) if len(values) == n_sets else None


def rounded(value: float | None) -> float | str:
    return "" if value is None else round(value, 4)


if __name__ == "__main__":
    main()
