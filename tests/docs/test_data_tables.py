"""The tables of docs/ are true: each is held against the code that it tells of."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
import pyarrow as pa
import pytest
import typer

from lstmcast.cli.data_options import DataOptions
from lstmcast.cli.main import app
from lstmcast.cli.plot_options import PictureOptions
from lstmcast.config import TrainingConfig
from lstmcast.data.doctor.diagnosis import CONSEQUENCES
from lstmcast.data.doctor.examine import KINDS
from lstmcast.data.frequency import longer_seasons, season_length
from lstmcast.data.numerals import NULLS
from lstmcast.data.stamps import parse_times
from lstmcast.history import COLUMNS as HISTORY

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "data.md").read_text()
PICTURES = (ROOT / "docs" / "pictures.md").read_text()
TRAINING = (ROOT / "docs" / "training.md").read_text()
CODE = re.compile(r"`([^`]+)`")


def rows_under(heading: str, page: str = PAGE) -> list[list[str]]:
    """Return the cells of all rows of the tables in a section, headers left out."""
    section = page.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    tables = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)
    lines = [line for table in tables for line in table.splitlines()[2:]]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


TIMES = [
    (text, meaning)
    for written, meaning in rows_under("Times")
    for text in CODE.findall(written)
    if not meaning.startswith("the whole")
]


@pytest.mark.parametrize(("text", "meaning"), TIMES)
def test_times_are_read_as_the_table_says(text: str, meaning: str) -> None:
    times = parse_times(pa.array([text]))
    stamp, in_utc, _ = meaning.partition(" in UTC")
    assert times.values.tolist() == [np.datetime64(stamp, "us").item()]
    assert (times.timezone is not None) == bool(in_utc)


def test_seasons_are_those_of_the_table() -> None:
    for _, aliases, season, longer in rows_under("Frequency and season"):
        for alias in CODE.findall(aliases):
            assert season_length(alias) == int(season), alias
            assert longer_seasons(alias, int(season)) == ((int(longer),) if longer else ()), alias


def test_every_finding_of_the_doctor_is_explained() -> None:
    told = {kind.strip() for row in rows_under("The doctor") for kind in row[0].split(",")}
    found = {each.kind.name for each in KINDS.values() if each.kind.severity != "note"}
    problems = {*CONSEQUENCES} - {"repeated header", "damaged cell"}  # skipped; never got past
    expected = problems | found | {"cannot be read", "leak"}
    assert told - {"0", "3"} == expected  # beside them stand the exit codes


def test_every_option_on_reading_is_named() -> None:
    for field in fields(DataOptions):
        assert f"--{field.name.replace('_', '-')}" in PAGE, field.name


def test_the_readme_names_every_option_of_every_command() -> None:
    readme = (ROOT / "README.md").read_text()
    commands = typer.main.get_command(app).commands.values()  # type: ignore[attr-defined]
    options = {
        max(each.opts, key=len)
        for command in commands
        for each in command.params
        if each.param_type_name == "option"
    }
    assert {each for each in options if f"`{each}" not in readme} <= {"--output"}  # told as -o


def test_every_refusal_quoted_is_one_that_the_code_words() -> None:
    files = (ROOT / "lstmcast").rglob("*.py")
    words = [
        node.value
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    for sentence, _ in rows_under("What is refused"):
        for part in CODE.findall(sentence):
            assert any(part in each for each in words), part


def test_every_setting_of_a_training_is_explained() -> None:
    told = {key.strip("`") for key, *_ in rows_under("Settings", TRAINING)}
    assert told == {f"training.{name}" for name in TrainingConfig.model_fields} | {"threads"}


def test_every_column_of_a_history_is_explained() -> None:
    told = tuple(name.strip("`") for name, _ in rows_under("The history", TRAINING))
    assert told == HISTORY


def test_every_kind_of_picture_is_explained() -> None:
    hint = get_type_hints(PictureOptions)["what"]
    told = [CODE.findall(kind)[0] for kind, *_ in rows_under("What there is", PICTURES)]
    assert told == [*get_args(hint)]


def test_every_text_that_stands_for_a_missing_value_is_one() -> None:
    [cell] = [row[1] for row in rows_under("Files and formats") if row[0] == "missing values"]
    assert {*CODE.findall(cell)} <= {*NULLS}
