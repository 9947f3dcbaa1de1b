"""`lstmcast check`: a page or a document on stdout, and an exit code that a script can ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lstmcast.data.doctor.words import _role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conftest import Run, Start

ARRIVALS = Path(__file__).parents[2] / "sample_data" / "australian_arrivals.csv"
SICK = "day,sales\n2024-01-01,1\n2024-01-02,oops\n2024-01-03,3\n2024-01-03,3\n2024-01-04,4\n"
PAGE = """\
{path}: 2 problems, 2 warnings

  time       day
  target     sales
  frequency  daily, D
  times      2024-01-01 to 2024-01-04
  series     1 of 4 steps
  values     1 to 4, 3 in the middle; 3 observed, 1 not observed
  seasons    7 steps (too short to tell)

problem: no number (1 row, column 'sales')
  row 3: 'oops'
  why it matters: the table is refused: the cell may hide a value
  what to do:     no finite number: write finite numbers such as 1234.5, or leave the cell empty \
if the value is missing.

problem: repeated row (1 row, column 'day')
  row 5: '2024-01-03'
  why it matters: the table is refused: the value would count twice
  what to do:     keep one row for each time of a series, or say --duplicates sum (mean, last, \
first), or name the column that tells the series apart with --id.

warning: many steps not observed (1)
  sales, 2024-01-01: 25% of the steps
  why it matters: steps that are missing are masked, so there is less to learn from
  what to do:     fill in what is known, or give a longer frequency

warning: short series (1)
  sales, 2024-01-01: 3 observed
  why it matters: it is too short to show a season and what follows it
  what to do:     add history; other series must teach the network
"""


@pytest.fixture
def sick(tmp_path: Path) -> Path:
    path = tmp_path / "sick.csv"
    path.write_text(SICK)
    return path


def test_a_healthy_table_is_exit_code_0(data: Path, run: Run) -> None:
    ended = run("check", data)
    assert ended.code == 0
    assert ended.out.startswith(f"{data}: healthy\n\n  time       month")
    assert "seasons    12 steps (strength 1.00)\n" in ended.out
    assert ended.err.startswith("time column 'month' (monthly, MS)")


def test_every_problem_is_on_the_page_and_exit_code_3(sick: Path, run: Run) -> None:
    ended = run("check", sick, "--quiet")
    assert (ended.code, ended.err) == (3, "")
    assert ended.out == PAGE.format(path=sick)


def test_a_panel_says_how_many_of_its_series_have_a_season(run: Run) -> None:
    ended = run("check", ARRIVALS, "-q")
    assert ended.code == 0
    assert (
        "seasons    4 steps (strength 0.68 in the middle, clear in 100% of the series)" in ended.out
    )


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("y",), ("target", "y")),
        (("a", "b"), ("targets", "a, b")),
        (
            [f"c{k}" for k in range(12)],
            ("targets", "c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 2 more"),
        ),
        (True, ("targets", "yes")),
    ],
)
def test_a_role_of_several_columns(names: Sequence[str] | bool, told: tuple[str, str]) -> None:
    assert _role("targets", names) == told


def test_warnings_alone_are_exit_code_0(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "flat.csv"
    path.write_text("step,y,id\n" + "".join(f"{k},5,{s}\n" for s in "abcdefg" for k in range(9)))
    ended = run("check", path, "-q")
    assert ended.code == 0
    assert f"{path}: 1 warning\n" in ended.out
    assert "warning: constant series (7, in 7 series)" in ended.out
    assert "  and 2 more\n" in ended.out


def test_json_is_one_document(sick: Path, run: Run) -> None:
    ended = run("check", sick, "--json", "-q")
    assert ended.code == 3
    document = json.loads(ended.out)
    assert document["healthy"] is False
    assert [each["kind"] for each in document["findings"] if each["severity"] == "problem"] == [
        "no number",
        "repeated row",
    ]


def test_a_table_that_nothing_can_be_made_of_is_still_a_page(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "none.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    ended = run("check", path)
    assert (ended.code, ended.err) == (3, "")
    assert "problem: cannot be read\n" in ended.out
    assert ended.out.endswith("The rest can be looked at once this is settled.\n")


def test_the_horizon_says_what_is_too_short(data: Path, run: Run) -> None:
    assert "short series" not in run("check", data, "--horizon", "12").out
    assert "warning: short series (1)" in run("check", data, "--horizon", "50").out


def test_the_options_of_reading_are_heard(data: Path, run: Run) -> None:
    ended = run("check", data, "--target", "month")
    assert ended.code == 3
    assert run("check", data, "--frequency", "nonsense").code == 2


def test_no_file_is_an_error_as_everywhere(run: Run) -> None:
    ended = run("check", "no.csv")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == "error: no.csv: there is no such file.\n"


def test_stdin_is_read(start: Start, sick: Path) -> None:
    process = start("check", "-", "-q", input=sick.read_bytes())
    assert process.returncode == 3
    assert process.stdout.startswith(b"standard input: 2 problems")
    assert process.stderr == b""


def test_a_hostile_cell_does_not_steer_the_terminal(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "hostile.csv"
    path.write_text("day,y\n2024-01-01,1\n2024-01-02,\x1b[2J\n2024-01-03,[red]3\n2024-01-04,3\n")
    ended = run("check", path)
    assert "\x1b" not in ended.out
    assert "[red]3" in ended.out


def test_fix_writes_the_table_and_its_log_and_tells_of_them(
    sick: Path, tmp_path: Path, run: Run
) -> None:
    out, log = tmp_path / "well.csv", tmp_path / "well.csv.log"
    ended = run("check", sick, "--fix", out)
    assert ended.code == 0
    assert out.read_text() == "day,sales\n2024-01-01,1\n2024-01-02,\n2024-01-03,3\n2024-01-04,4\n"
    assert log.read_text() == (
        'row,column,old,new,why\n3,sales,oops,,no number\n5,,"2024-01-03,3",,row repeated\n'
    )
    assert ended.err.splitlines()[-1] == f"wrote {out}: 2 changes, listed in {log}"
    assert run("check", out).code == 0


def test_what_is_left_to_a_person_is_exit_code_3(tmp_path: Path, run: Run) -> None:
    path, out = tmp_path / "table.csv", tmp_path / "fixed.parquet"
    path.write_text("day,y\n2024-01-01,1\n2024-01-02,x\n2024-01-02,3\n2024-01-03,4\n")
    ended = run("check", path, "--fix", out, "--json")
    assert ended.code == 3
    assert ended.err.endswith("; the problems that are left need a person to decide\n")
    assert json.loads(ended.out)["fix"] == {
        "table": str(out),
        "log": f"{out}.log",
        "changes": 1,
        "sound": False,
    }


def test_nothing_is_written_of_a_table_that_cannot_be_read(tmp_path: Path, run: Run) -> None:
    path, out = tmp_path / "none.csv", tmp_path / "fixed.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    ended = run("check", path, "--fix", out)
    assert (ended.code, out.exists()) == (3, False)
    assert ended.err == f"{out} was not written: the table cannot be read.\n"


def test_fix_never_writes_over_its_input(sick: Path, run: Run) -> None:
    ended = run("check", sick, "--fix", sick)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (f"error: --fix {sick} is an input of this command: choose another name.\n")
    assert sick.read_text() == SICK
    assert run("check", sick, "--fix", "-").code == 2
