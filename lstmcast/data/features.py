"""Covariates as arrays: numbers and categories side by side, and the names of their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MISSING_CATEGORY = -1


@dataclass(frozen=True)
class Features:
    """Covariate columns side by side, a row each step (or series)."""

    numbers: NDArray[np.float64]  # [R, n], NaN where missing
    categories: NDArray[np.int32]  # [R, c], place in the column's vocabulary, -1 where missing

    @property
    def n_columns(self) -> int:
        """Columns of either kind."""
        return int(self.numbers.shape[1] + self.categories.shape[1])

    def rows(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> Features:
        """Return some rows, by number or by mask."""
        return Features(self.numbers[chosen], self.categories[chosen])


def no_features(n_rows: int) -> Features:
    """Return rows of no column at all."""
    return Features(np.empty((n_rows, 0)), np.empty((n_rows, 0), dtype=np.int32))


@dataclass(frozen=True)
class FeatureNames:
    """Names of the columns of some `Features`, in their order."""

    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """The columns of either kind, numbers first."""
        return self.numbers + self.categories


@dataclass(frozen=True)
class Covariates:
    """Names of the covariate columns of a panel, by what is known of them when."""

    past: FeatureNames = FeatureNames()
    known: FeatureNames = FeatureNames()
    static: FeatureNames = FeatureNames()


NO_COVARIATES = Covariates()
