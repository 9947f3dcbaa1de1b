"""Dependence over the horizon: a Gaussian copula, which makes paths of a distribution each step.

A forecast says of each step ahead how likely what is, but not how steps go together: whether a high
January makes a high February more likely. That is learnt from windows that were held out: each
target has a normal score under its forecast (`Distribution.score`), and the scores of steps that
lie k apart correlate by r_k. A path is then a draw of normal scores with these correlations, each
turned into a value by the quantile function of its step (Sklar, 1959). So the values at a step have
the distribution that is forecast for it, whatever the correlation.

Correlations by lag are made those of an autoregressive process: partial autocorrelations within
(-1, 1) are those of a positive definite matrix, and any such matrix has them (Barndorff-Nielsen and
Schou, 1973). Beyond the lags that were estimated they are zero, which is the process of greatest
entropy (Burg, 1975); so there are paths of any length.

Draws are a function of seed, series, sample and step, not of an order in which they are asked for:
a series has the same paths whatever other series, samples or steps are asked for beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_LAGS = 100
FEWEST_PAIRS = 20  # of scores, that a correlation can be estimated from
MOST_PARTIAL = 0.95  # of a partial autocorrelation: a few windows alike do not make steps one
LEAST_TAIL = 1e-9  # no path goes where less than this share of all would

# SplitMix64: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators".
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST_FACTOR, SECOND_FACTOR = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
STEPS_OF_A_SAMPLE = np.uint64(1 << 20)  # more than the longest horizon
BITS_OF_A_DOUBLE = 53


class Draws(NamedTuple):
    """Which paths to draw of B series."""

    keys: NDArray[np.uint64]  # [B], which tell series apart
    samples: int
    seed: int


class Process(NamedTuple):
    """An autoregressive process of unit variance, begun anew: row m is for a step with m before."""

    coefficients: list[Tensor]  # [m] each, that of the oldest step first
    widths: list[float]  # standard deviation of what is new at the step


def no_correlations() -> Tensor:
    """Steps that go each its own way: [A].

    A are the lags of this module, `MOST_LAGS`; elsewhere they are those that are looked up.
    """
    return torch.zeros(MOST_LAGS)


def lag_correlations(scores: Sequence[Tensor]) -> Tensor:
    """Correlate normal scores of held-out windows, [B, H] each, NaN where not observed: [A].

    They are not centred: an error that a window has at all its steps is what paths are to show.
    Where a lag has too few pairs, it has the correlation that follows from shorter ones.
    """
    found = np.full(MOST_LAGS, np.nan)
    observed = [(~part.isnan()).double() for part in scores]
    known = [part.nan_to_num(0.0).double() for part in scores]
    longest = max((part.shape[1] - 1 for part in scores), default=0)
    for lag in range(1, min(longest, MOST_LAGS) + 1):
        ahead, behind = slice(lag, None), slice(None, -lag)
        pairs = sum(float((o[:, ahead] * o[:, behind]).sum()) for o in observed)
        both = sum(float((z[:, ahead] * z[:, behind]).sum()) for z in known)
        squares = [
            sum(
                float((z[:, a].square() * o[:, b]).sum())
                for z, o in zip(known, observed, strict=True)
            )
            for a, b in ((ahead, behind), (behind, ahead))
        ]
        size = (squares[0] * squares[1]) ** 0.5
        if pairs >= FEWEST_PAIRS and size > 0:
            found[lag - 1] = both / size
    return torch.tensor(_levinson(found)[0], dtype=torch.float32)


def process_of(correlations: Tensor) -> Process:
    """Return the process that has these correlations by lag [A]."""
    _, coefficients, widths = _levinson(correlations.double().cpu().numpy())
    return Process([torch.from_numpy(row[::-1].copy()) for row in coefficients], widths)


def _levinson(
    correlations: NDArray[np.float64],
) -> tuple[list[float], list[NDArray[np.float64]], list[float]]:
    """Durbin and Levinson's recursion over lags; what no process can have is held to what it can.

    Gives the correlations [A] that the process has, its coefficients by order (the newest step
    first), and the standard deviations of its innovations.
    """
    had: list[float] = []
    newest = np.empty(0)
    coefficients, variances = [newest], [1.0]
    for wanted in correlations:
        explained = float(newest @ np.array(had[::-1]))
        partial = (wanted - explained) / variances[-1]
        partial = 0.0 if np.isnan(partial) else float(np.clip(partial, -MOST_PARTIAL, MOST_PARTIAL))
        had.append(explained + partial * variances[-1])
        newest = np.append(newest - partial * newest[::-1], partial)
        coefficients.append(newest)
        variances.append(variances[-1] * (1 - partial**2))
    return had, coefficients, [variance**0.5 for variance in variances]


def draw_levels(draws: Draws, horizon: int, process: Process) -> Tensor:
    """Draw for each step of each path a level at which to ask its distribution: [B, H, N]."""
    new = torch.special.ndtri(torch.from_numpy(_uniforms(draws, horizon)))
    scores = torch.empty_like(new)  # [H, B, N]
    most = len(process.coefficients) - 1
    # A recurrence over steps that torch has no kernel for; all series and samples side by side.
    for step in range(horizon):
        order = min(step, most)
        before = scores[step - order : step].flatten(1)
        known = (process.coefficients[order] @ before).view_as(new[step])
        scores[step] = known + process.widths[order] * new[step]
    levels: Tensor = torch.special.ndtr(scores).clamp(LEAST_TAIL, 1 - LEAST_TAIL)
    return levels.transpose(0, 1)


def _uniforms(draws: Draws, horizon: int) -> NDArray[np.float64]:
    """Return numbers between 0 and 1, alike in nothing but that: [H, B, N]."""
    seed = _mixed(np.array([draws.seed], dtype=np.uint64) + GOLDEN)
    starts = _mixed(draws.keys ^ seed)[None, :, None]
    samples = np.arange(draws.samples, dtype=np.uint64)[None, None, :] * STEPS_OF_A_SAMPLE
    steps = np.arange(1, horizon + 1, dtype=np.uint64)[:, None, None]
    bits = _mixed(starts + (samples + steps) * GOLDEN) >> np.uint64(64 - BITS_OF_A_DOUBLE)
    return np.asarray((bits + 0.5) / 2**BITS_OF_A_DOUBLE)


def _mixed(states: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = (states ^ (states >> np.uint64(30))) * FIRST_FACTOR
    mixed = (mixed ^ (mixed >> np.uint64(27))) * SECOND_FACTOR
    return mixed ^ (mixed >> np.uint64(31))
