"""Twins in M4: series whose future lies within the training part of another series.

python benchmarks/twins.py [--frequency daily quarterly monthly] [--queries 1500]

Nothing of the test part is read. From the training part the last horizon of each series is cut off.
For so many series, drawn at random, the nearest window is looked up among those of all others:
contexts are measured from their last value, in mean absolute first differences, and their distance
is relative to the length of the one that is asked for. What followed the nearest is a forecast: its
error is told beside that of the last value, both in mean absolute first differences of the whole
series, by how near the nearest was.
"""

from __future__ import annotations

import argparse
import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from m4_rules import FREQUENCIES, Series, as_series, read_train
from provenance import write_results

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

CONTEXTS = {"yearly": 12, "quarterly": 16, "monthly": 24, "weekly": 26, "daily": 28, "hourly": 48}
BOUNDS = (0.0, 0.01, 0.03, 0.1, np.inf)  # relative distances that are told apart
AT_ONCE = 20_000  # windows
LEAST_SPREAD = 1e-12


class Windows(NamedTuple):
    """Windows of series, scaled by their contexts: [B, L + H], and the places of the series [B]."""

    values: torch.Tensor
    series: torch.Tensor


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usual = ["daily", "quarterly", "monthly"]
    parser.add_argument("--frequency", nargs="+", choices=FREQUENCIES, default=usual)
    parser.add_argument("--queries", type=int, default=1_500, metavar="N")
    arguments = parser.parse_args()
    rows = [row for name in arguments.frequency for row in measure(name, arguments.queries)]
    write_results("twins", rows)


def measure(frequency: str, n_queries: int) -> list[dict[str, object]]:
    """Look up the nearest windows, and tell errors by how near they are."""
    horizon, length = FREQUENCIES[frequency].horizon, CONTEXTS[frequency]
    series = as_series(read_train(frequency))
    parts = np.split(series.values, np.cumsum(series.lengths)[:-1])
    asked = queries(series, parts, length, horizon, n_queries)
    distance, followed = nearest(asked, parts, length, horizon)
    ahead = asked.values[:, length:]
    spread = torch.from_numpy(
        np.array([relative_spread(parts[k], length, horizon) for k in asked.series.tolist()])
    )
    errors = [(path - ahead).abs().mean(dim=1) / spread for path in (followed, 0 * ahead)]
    rows: list[dict[str, object]] = []
    for low, high in itertools.pairwise(BOUNDS):
        near = (distance >= low) & (distance < high)
        told = [round(float(error[near].mean()), 3) for error in errors]
        share = round(float(near.double().mean()), 4)
        rows.append(
            {"frequency": frequency, "distance_from": low, "to": high, "share": share}
            | dict(zip(("error_of_nearest", "error_of_last_value"), told, strict=True))
        )
    return rows


def queries(
    series: Series, parts: list[NDArray[np.float64]], length: int, horizon: int, n_queries: int
) -> Windows:
    """Draw series that are twice as long as a window, and take their last one, if it moves."""
    whole = length + horizon
    moves = np.array([np.ptp(part[-whole:-horizon]) > 0 for part in parts])
    usable = np.flatnonzero((series.lengths >= 2 * whole) & moves)
    drawn = np.random.default_rng(0).permutation(usable)[:n_queries]
    return Windows(scaled(np.stack([parts[k][-whole:] for k in drawn]), length), tensor(drawn))


def nearest(
    asked: Windows, parts: list[NDArray[np.float64]], length: int, horizon: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return relative distances [Q] to the nearest windows, and what followed these [Q, H]."""
    context = asked.values[:, : length - 1]  # the last value is zero in all
    size = context.square().sum(dim=1)
    least = torch.full_like(size, torch.inf)
    followed = torch.zeros_like(asked.values[:, length:])
    for windows in known_windows(parts, length, horizon):
        theirs = windows.values[:, : length - 1]
        squares = size[:, None] + theirs.square().sum(dim=1) - 2 * context @ theirs.T
        squares[asked.series[:, None] == windows.series] = torch.inf
        found, place = squares.min(dim=1)
        nearer = found < least
        least = torch.where(nearer, found, least)
        followed[nearer] = windows.values[place[nearer], length:]
    return (least.clamp(min=0) / size.clamp(min=LEAST_SPREAD)).sqrt(), followed


def known_windows(parts: list[NDArray[np.float64]], length: int, horizon: int) -> Iterator[Windows]:
    """All windows of all series without their last horizon, so many at once."""
    whole = length + horizon
    views, places = [], []
    for place, part in enumerate(parts):
        if len(part) >= whole + horizon:
            views.append(np.lib.stride_tricks.sliding_window_view(part[:-horizon], whole))
            places.append(np.full(len(views[-1]), place))
        if sum(map(len, views)) >= AT_ONCE or place == len(parts) - 1:
            if views:
                yield Windows(scaled(np.concatenate(views), length), tensor(np.concatenate(places)))
            views, places = [], []


def scaled(windows: NDArray[np.float64], length: int) -> torch.Tensor:
    """Measure windows [B, L + H] from the last value of their contexts, in what these move."""
    context = windows[:, :length]
    spread = np.abs(np.diff(context, axis=1)).mean(axis=1, keepdims=True) + LEAST_SPREAD
    return torch.from_numpy((windows - context[:, -1:]) / spread).float()


def relative_spread(part: NDArray[np.float64], length: int, horizon: int) -> float:
    """How much a series moves, relative to how much the context at its end does."""
    context = part[-horizon - length : -horizon]
    whole = np.abs(np.diff(part[:-horizon])).mean()
    return float(whole / (np.abs(np.diff(context)).mean() + LEAST_SPREAD))


def tensor(places: NDArray[np.int64]) -> torch.Tensor:
    return torch.from_numpy(places.astype(np.int64))


if __name__ == "__main__":
    main()
