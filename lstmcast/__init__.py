"""lstmcast: a CSV goes in, calibrated LSTM forecasts with dates come out.

The names below are the library's whole surface. They are imported on first use (PEP 562), so that
`import lstmcast` and `lstmcast --help` do not pay for torch and pandas.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstmcast.artifact import Model, load, save
    from lstmcast.config import Config, DataConfig, ResolvedConfig
    from lstmcast.data.panel import Panel, build_panel
    from lstmcast.data.table import read_table, table_from_frame
    from lstmcast.errors import (
        DataError,
        LstmcastError,
        ModelFileError,
        TrainingError,
        UsageError,
    )
    from lstmcast.evaluation.backtest import BacktestPlan, Evaluation
    from lstmcast.forecast import Forecast, Paths
    from lstmcast.nn.control import Stop
    from lstmcast.safeguards import Safeguards
    from lstmcast.workflow import SamplePlan, evaluate, predict, sample, train

__version__ = "0.1.0"

_HOMES = {
    "BacktestPlan": "lstmcast.evaluation.backtest",
    "Config": "lstmcast.config",
    "DataConfig": "lstmcast.config",
    "DataError": "lstmcast.errors",
    "Evaluation": "lstmcast.evaluation.backtest",
    "Forecast": "lstmcast.forecast",
    "LstmcastError": "lstmcast.errors",
    "Model": "lstmcast.artifact",
    "ModelFileError": "lstmcast.errors",
    "Panel": "lstmcast.data.panel",
    "Paths": "lstmcast.forecast",
    "ResolvedConfig": "lstmcast.config",
    "Safeguards": "lstmcast.safeguards",
    "SamplePlan": "lstmcast.workflow",
    "Stop": "lstmcast.nn.control",
    "TrainingError": "lstmcast.errors",
    "UsageError": "lstmcast.errors",
    "build_panel": "lstmcast.data.panel",
    "evaluate": "lstmcast.workflow",
    "load": "lstmcast.artifact",
    "predict": "lstmcast.workflow",
    "read_table": "lstmcast.data.table",
    "sample": "lstmcast.workflow",
    "save": "lstmcast.artifact",
    "table_from_frame": "lstmcast.data.table",
    "train": "lstmcast.workflow",
}

__all__ = [
    "BacktestPlan",
    "Config",
    "DataConfig",
    "DataError",
    "Evaluation",
    "Forecast",
    "LstmcastError",
    "Model",
    "ModelFileError",
    "Panel",
    "Paths",
    "ResolvedConfig",
    "Safeguards",
    "SamplePlan",
    "Stop",
    "TrainingError",
    "UsageError",
    "__version__",
    "build_panel",
    "evaluate",
    "load",
    "predict",
    "read_table",
    "sample",
    "save",
    "table_from_frame",
    "train",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
