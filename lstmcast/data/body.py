"""What the rows of a table hold: targets and covariates, one row for each time of each group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lstmcast.data.covariates import read_covariates, settle_static
from lstmcast.data.duplicates import merge_rows, note_on_duplicates
from lstmcast.data.gaps import ascending
from lstmcast.data.numbering import number_rows
from lstmcast.data.resample import cut_into_periods
from lstmcast.data.rows import duplicates_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstmcast.config import DataConfig
    from lstmcast.data.features import TableCovariates
    from lstmcast.data.panel import Columns
    from lstmcast.data.raw import RawColumns, Source
    from lstmcast.data.rows import Rows


@dataclass(frozen=True)
class Body:
    """What rows [N] hold beside ids and times: values [N, T] of the targets, and covariates."""

    rows: Rows
    values: NDArray[np.float64]
    covariates: TableCovariates | None


def read_body(source: Source, columns: Columns, raw: RawColumns, told: DataConfig) -> Body:
    """Number the rows, put the values of the targets side by side, and settle what is static.

    Raises:
        DataError: cells of these columns cannot be used.
    """
    rows = number_rows(source, columns, raw, told)
    targets = [raw.numbers[name].values for name in columns.targets]
    values = np.column_stack(targets) if len(targets) > 1 else targets[0][:, None]
    covariates = read_covariates(columns, raw)
    if covariates is not None:
        static = settle_static(rows, covariates.static, covariates.names.static)
        covariates = replace(covariates, static=static)
    return Body(rows, values, covariates)


def without_duplicates(body: Body, told: DataConfig) -> tuple[Body, tuple[str, ...]]:
    """Return rows no two of which are for one time of one group, and what to say of it.

    Covariates of several rows are those of the last of them, or of the first where that is wanted.

    Raises:
        DataError: there are several rows for one time, and nothing is said of what to do.
    """
    rows = body.rows
    keys = ascending(rows.keys)
    n_again = int((keys[1:] == keys[:-1]).sum())
    how = told.duplicates or "error"
    if not n_again:
        return body, ()
    if how == "error":
        raise duplicates_error(rows, body.values)
    merged = merge_rows(rows.keys, body.values, how)
    covariates = body.covariates and body.covariates.take(merged.rows)
    notes = (note_on_duplicates(n_again, how),)
    return Body(rows.take(merged.rows), merged.values, covariates), notes


def into_periods(body: Body, told: DataConfig) -> tuple[Body, tuple[str, ...]]:
    """Gather the rows of each period of each group into one, and say so.

    Covariates of a period are those of its last row.

    Raises:
        UsageError: there is no frequency, or it is no alias of a regular grid.
    """
    periods = cut_into_periods(body.rows, told)
    values = np.column_stack([periods.gather(target, told.resample) for target in body.values.T])
    covariates = body.covariates and body.covariates.take(periods.last_rows)
    return Body(periods.rows, values, covariates), periods.notes
