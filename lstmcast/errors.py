"""Every error that a user can meet, and the exit code that the command line gives it.

Anything that is not an `LstmcastError` is a bug of ours: exit code 1, with its traceback.

    LstmcastError
    ├── UsageError        2  an option, argument, setting or output path cannot be used
    ├── DataError         3  the table cannot be read or does not fit
    ├── ModelFileError    4  the model file is absent, damaged, foreign or too new
    ├── TrainingError     5  training did not reach a usable network
    └── GateError         6  a quality gate was not met
"""

from __future__ import annotations

from typing import ClassVar


class LstmcastError(Exception):
    """Base of all errors meant for people: what is wrong, where, and what to do about it."""

    exit_code: ClassVar[int] = 1


class UsageError(LstmcastError):
    """An option, argument, setting or output path cannot be used as given."""

    exit_code = 2


class DataError(LstmcastError):
    """The data cannot be read, is ambiguous, or does not fit the model."""

    exit_code = 3


class ModelFileError(LstmcastError):
    """The model file is absent, damaged, not ours, or written by a newer version."""

    exit_code = 4


class TrainingError(LstmcastError):
    """Training did not end in a usable network."""

    exit_code = 5


class GateError(LstmcastError):
    """The figures of an evaluation do not meet a quality gate."""

    exit_code = 6
