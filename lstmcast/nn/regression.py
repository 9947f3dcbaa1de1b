"""Regression in context: what known covariates say of the steps ahead, as far as one window shows.

In each window, values are regressed on the known numbers of the same steps, by ridge regression
(Hoerl and Kennard, 1970); what that comes to for the steps ahead are two more naive paths. A
network has covariates scaled over the whole panel and values scaled within the window, and would
have to work out anew for each window what a unit of the one is worth in the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from lstmcast.nn.anchors import Anchored

N_REGRESSIONS = 2
# Of the variance of each number. Error over that of seasonal naive, four weeks of Spanish load
# given its published forecast, before those that are tested: 0.119, 0.121 and 0.143 at 0.001, 0.01
# and 0.03, with 672 hours to learn from.
RIDGE = 0.01
LEAST_DEVIATION = 1e-6  # as a share of the mean: below that it is rounding errors
MOST_DEVIATIONS = 10.0  # from the mean of the context, in standard deviations of it


def regressions(context: Anchored, known: Tensor) -> list[Tensor]:
    """Return two paths that follow from known numbers [B, L + H, K], NaN where missing: [B, H].

    The first regresses values on numbers; the second their changes over a season, and says how far
    the steps ahead leave the anchor for how far their numbers leave those at the anchor. Each goes
    as far from the anchor as numbers tell the context better than the season before did, and better
    than the mean: where they say little, it is the anchor.
    """
    z, season, places, anchor = context
    length = z.shape[1]
    numbers = _standardised(known, length)
    before, ahead = numbers[:, :length], numbers[:, length:]
    changes = z[:, season:] - z[:, :-season]

    observed = ~z.isnan()
    mean = z.nanmean(dim=1, keepdim=True).nan_to_num(0.0)
    mean_number = _mean(before, observed)
    slopes, left = _fit(before - mean_number, z - mean)
    path = mean + _product(ahead - mean_number, slopes)

    moves, rest = _fit(before[:, season:] - before[:, :-season], changes)
    behind = before.gather(1, places[..., None].expand(-1, -1, numbers.shape[2]))
    moved = anchor + _product(ahead - behind, moves)

    usual = changes.square().nanmean(dim=1, keepdim=True)
    apart = (z - mean).square().nanmean(dim=1, keepdim=True)
    share, share_of_changes = _explained(left, usual.minimum(apart)), _explained(rest, usual)
    return [anchor.lerp(path, share), anchor.lerp(moved, share_of_changes)]


def _explained(rest: Tensor, variance: Tensor) -> Tensor:
    """Return the share of a variance that a fit does not leave, 0 if it leaves more: [B, 1]."""
    return (1 - rest / variance).nan_to_num(0.0).clamp(0, 1)


def _standardised(known: Tensor, length: int) -> Tensor:
    """Scale numbers by what they are in the context; what is missing is 0, and what never moves."""
    context = known[:, :length]
    mean = context.nanmean(dim=1, keepdim=True)
    away = known - mean
    deviation = away[:, :length].square().nanmean(dim=1, keepdim=True).sqrt()
    moves = deviation > LEAST_DEVIATION * mean.abs()
    scaled = (away / deviation).clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS)
    return scaled.where(moves, 0.0).nan_to_num(0.0)


def _mean(numbers: Tensor, observed: Tensor) -> Tensor:
    """Return the mean of numbers [B, N, K] where values [B, N] are observed: [B, 1, K]."""
    counted = observed.to(numbers).unsqueeze(-1)
    return (numbers * counted).sum(dim=1, keepdim=True) / _count(observed).unsqueeze(-1)


def _fit(numbers: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Regress values [B, N], NaN where not observed, on numbers [B, N, K].

    Return the slopes [B, K, 1], and the variance that they leave [B, 1], each of them counted as a
    value less to tell it from.
    """
    observed = ~values.isnan()
    n = _count(observed)
    rows = numbers * observed.to(numbers).unsqueeze(-1)
    ridge = RIDGE * n[..., None] * torch.eye(rows.shape[2], dtype=rows.dtype, device=rows.device)
    products = rows.mT @ values.nan_to_num(0.0).unsqueeze(-1)
    slopes = torch.linalg.solve(rows.mT @ rows + ridge, products)
    rest = (values - _product(numbers, slopes)).square().nansum(dim=1, keepdim=True)
    return slopes, rest / (n - rows.shape[2]).clamp(min=1)


def _product(numbers: Tensor, slopes: Tensor) -> Tensor:
    return (numbers @ slopes).squeeze(-1)


def _count(observed: Tensor) -> Tensor:
    return observed.sum(dim=1, keepdim=True).clamp(min=1)
