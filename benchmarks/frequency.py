"""Frequency inference on every dated series of the corpus, whole and with rows removed at random.

Each series is judged alone, against the frequency that the name of its file states. Run it as
`python benchmarks/frequency.py`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from provenance import DATA, write_results

from lstmcast.data.fitting import infer_frequency
from lstmcast.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

REMOVED = 0.3
SEEDS = 5
# Beginnings of aliases, the longest words first: "halfhourly" ends in "hourly".
STATED = {
    "halfhourly": "30min",
    "hourly": "h",
    "daily": "D",
    "weekly": "W-",
    "monthly": "MS",
    "quarterly": "QS",
    "yearly": "YS",
}
CLASSICS = {
    "a10": "MS",
    "air_passengers": "MS",
    "ausbeer": "QS",
    "lynx": "YS",
    "milk": "MS",
    "nn3_test": "MS",
    "nn3_train": "MS",
    "wp_log_peyton_manning": "D",
}


def main() -> None:
    rows = [row for path in sorted(DATA.glob("[cv]*/*")) for row in judge(path)]
    write_results("frequency", [*rows, *totals(rows)])


def judge(path: Path) -> Iterator[dict[str, object]]:
    """Yield how many series of a file are found right, whole and with rows removed."""
    stated = CLASSICS.get(path.stem) or next(
        (alias for word, alias in STATED.items() if word in path.stem), None
    )
    frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    if stated is None or frame["ds"].dtype.kind == "i":
        return
    stamps = pd.to_datetime(frame["ds"]).to_numpy().astype("datetime64[us]")
    ids = frame["unique_id"].to_numpy() if "unique_id" in frame else np.zeros(len(frame))
    series = [np.unique(part) for _, part in pd.Series(stamps).groupby(ids)]
    for removed in (0.0, REMOVED):
        found = Counter(
            found_in(thinned(part, removed, seed))
            for part in series
            for seed in range(SEEDS if removed else 1)
        )
        right = sum(count for alias, count in found.items() if alias.startswith(stated))
        yield {
            "file": f"{path.parent.name}/{path.name}",
            "stated": stated,
            "removed": removed,
            "judged": found.total(),
            "right": right,
            "others": " ".join(alias for alias in found if not alias.startswith(stated)),
        }


def thinned(stamps: NDArray[np.datetime64], share: float, seed: int) -> NDArray[np.datetime64]:
    """Remove a share of the stamps at random."""
    kept = round(len(stamps) * (1 - share))
    return np.sort(np.random.default_rng(seed).choice(stamps, kept, replace=False))


def found_in(stamps: NDArray[np.datetime64]) -> str:
    try:
        return infer_frequency(stamps)
    except DataError:
        return "refused"


def totals(rows: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Yield the sums over all files."""
    for removed in (0.0, REMOVED):
        mine = [row for row in rows if row["removed"] == removed]
        judged, right = (sum(int(str(row[key])) for row in mine) for key in ("judged", "right"))
        yield {
            "file": "all",
            "stated": f"{100 * right / judged:.2f} %",
            "removed": removed,
            "judged": judged,
            "right": right,
            "others": "",
        }


if __name__ == "__main__":
    main()
