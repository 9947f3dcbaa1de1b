"""Statistical models beside the naive methods, from statsforecast: the extra 'baselines'.

Shapes: W windows, H horizon, Q quantile levels, N panel entries.
"""

from __future__ import annotations

import difflib
import signal
import warnings
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lstmcast.errors import UsageError
from lstmcast.evaluation.baselines import NOWHERE, last_observed, last_observed_of_season
from lstmcast.evaluation.metrics import Told
from lstmcast.levels import DIGITS, MEDIAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from lstmcast.data.panel import Panel
    from lstmcast.evaluation.judgement import Course

MODELS = {
    "ets": "AutoETS",
    "arima": "AutoARIMA",
    "theta": "AutoTheta",
    "ces": "AutoCES",
    "croston": "CrostonOptimized",
}
SEASONLESS = {"croston"}
# Of a window, so many steps are fitted at the most: AutoETS takes two seconds for them.
MOST_STEPS = 3_000
FEWEST_FOR_PROCESSES = 24  # fits; starting a process takes as long as some fits
FITS_AT_ONCE = 4  # that a process is handed


class _Task(NamedTuple):
    """A model to be fitted to the past of one window."""

    model: str
    past: NDArray[np.float64]  # [T], without gaps
    season_length: int
    horizon: int
    levels: tuple[float, ...]  # Q


def parse_models(text: str) -> tuple[str, ...]:
    """Split `ets,arima` into names of models.

    Raises:
        UsageError: there is no such model, one is named twice, or statsforecast is not installed.
    """
    names = tuple(word.strip() for word in text.split(","))
    for name in names:
        if name not in MODELS:
            near = difflib.get_close_matches(name, MODELS, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(MODELS)}."
            raise UsageError(f"--baselines {text}: no model is called '{name}': {hint}")
    if len(set(names)) < len(names):
        raise UsageError(f"--baselines {text}: a model is named twice.")
    if find_spec("statsforecast") is None:
        raise UsageError(
            "--baselines needs the package 'statsforecast': pip install 'lstmcast[baselines]'."
        )
    return names


def statistical_forecasts(
    course: Course, models: Sequence[str], levels: Sequence[float]
) -> dict[str, Told]:
    """Fit models to the past of each window, and forecast it.

    Gaps are filled with the last value of the same season, or the last one before them. A window
    that a model cannot be fitted to has no forecast of it; croston has no intervals.
    """
    pasts = _pasts_of(course)
    tasks = [
        _Task(model, past, course.season_length, course.horizon, tuple(levels))
        for model in models
        for past in pasts
    ]
    found = np.array(list(_fit_all(tasks))).reshape(
        len(models), len(pasts), course.horizon, 1 + len(levels)
    )
    return {
        model: Told(each[..., 0], each[..., 1:], tuple(levels))
        for model, each in zip(models, found, strict=True)
    }


def _pasts_of(course: Course) -> list[NDArray[np.float64]]:
    """Cut out what lies before each cutoff, from the first observed value on."""
    filled = _filled(course.panel, course.season_length)
    ends = course.panel.offsets[course.windows.series] + course.windows.cutoffs + 1
    starts = np.maximum(course.panel.offsets[course.windows.series], ends - MOST_STEPS)
    pasts = [filled[start:end] for start, end in zip(starts, ends, strict=True)]
    return [past[np.isfinite(past)] for past in pasts]  # gaps are left at the beginning alone


def _filled(panel: Panel, season_length: int) -> NDArray[np.float64]:
    """Return the values of a panel with gaps filled from what lies before them: [N]."""
    firsts = np.repeat(panel.offsets[:-1], panel.lengths)
    of_season = last_observed_of_season(panel, season_length)
    last = last_observed(panel.values)
    before = np.where(last >= firsts, last, NOWHERE)
    addresses = np.where(of_season == NOWHERE, before, of_season)
    return np.where(addresses == NOWHERE, np.nan, panel.values[addresses])


def _fit_all(tasks: Sequence[_Task]) -> Iterable[NDArray[np.float64]]:
    """Fit models one after the other, or, where there are many, on all cores."""
    if len(tasks) < FEWEST_FOR_PROCESSES:
        yield from map(_fit, tasks)
        return
    # A fork would copy torch's threads in whatever state they are.
    context = get_context("spawn")
    with ProcessPoolExecutor(mp_context=context, initializer=_leave_signals_alone) as processes:
        try:
            yield from processes.map(_fit, tasks, chunksize=FITS_AT_ONCE)
        except BaseException:
            processes.shutdown(wait=False, cancel_futures=True)
            raise


def _leave_signals_alone() -> None:
    """Let the process that waits for this one answer Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _fit(task: _Task) -> NDArray[np.float64]:
    """Return the mean and the quantiles that a model forecasts, NaN where it cannot: [H, 1 + Q]."""
    from statsforecast import models

    nothing = np.full((task.horizon, 1 + len(task.levels)), np.nan)
    if not len(task.past):
        return nothing
    kind = getattr(models, MODELS[task.model])
    model = kind() if task.model in SEASONLESS else kind(season_length=task.season_length)
    widths = {level: _width(level) for level in task.levels}
    wanted = sorted({width for width in widths.values() if width})
    level = wanted if wanted and task.model not in SEASONLESS else None
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # of a fit that may go wrong: its forecast is judged
            found = model.forecast(y=task.past, h=task.horizon, level=level)
    except Exception:  # noqa: BLE001 - what a series cannot be fitted by raises errors of any kind
        return nothing
    columns = [found["mean"], *(_quantile(found, each, widths[each]) for each in task.levels)]
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)


def _width(level: float) -> float:
    """Return the central interval, in per cent, that ends at a quantile level; 0 for the median."""
    return round(100 * abs(2 * level - 1), DIGITS)


def _quantile(found: dict[str, Any], level: float, width: float) -> Any:
    """Find a quantile among the ends of intervals; the median of these models is their mean."""
    if not width:
        return found["mean"]
    side = "lo" if level < MEDIAN else "hi"
    return found.get(f"{side}-{width}", np.full(len(found["mean"]), np.nan))
