"""Covariates as arrays: numbers and categories side by side, and the names of their columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

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

    def rows(self, chosen: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Features:
        """Return some rows, by number, mask or slice."""
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


@dataclass(frozen=True)
class TableCovariates:
    """Covariates of the rows [N] of a table and of its series [S], before they are laid out."""

    past: Features  # rows [N]
    known: Features  # rows [N]
    static: Features  # rows [S]
    vocabularies: Mapping[str, tuple[str, ...]]
    names: Covariates

    def take(self, rows: NDArray[np.int64]) -> TableCovariates:
        """Return those of some rows, and of all series."""
        return replace(self, past=self.past.rows(rows), known=self.known.rows(rows))

    def repeat(self, times: int) -> TableCovariates:
        """Return each row and each series several times over, one after another."""
        if times == 1:
            return self
        rows = np.repeat(np.arange(len(self.past.numbers)), times)
        series = np.repeat(np.arange(len(self.static.numbers)), times)
        return replace(self.take(rows), static=self.static.rows(series))

    def keep(self, rows: NDArray[np.bool_], series: NDArray[np.bool_]) -> TableCovariates:
        """Return those of some rows and some series, by mask."""
        return replace(
            self,
            past=self.past.rows(rows),
            known=self.known.rows(rows),
            static=self.static.rows(series),
        )


def place_rows(features: Features, places: NDArray[np.int64], n_rows: int) -> Features:
    """Put each row in a place of its own among `n_rows`; the others are missing."""
    numbers = np.full((n_rows, features.numbers.shape[1]), np.nan)
    categories = np.full((n_rows, features.categories.shape[1]), MISSING_CATEGORY, dtype=np.int32)
    numbers[places] = features.numbers
    categories[places] = features.categories
    return Features(numbers, categories)
