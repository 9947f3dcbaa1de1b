"""What the documents show is what happens: every code block of them runs, in order, in one folder.

Numbers differ between processors, so digits are masked before output is compared; a line that is
one number alone (an exit code, a count) is compared as it is. A line `...` stands for any lines.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lstmcast.layers import build_config
from lstmcast.settings_file import load_config

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMPT = "$ "
ANYTHING = "..."
END_OF_COMMAND = "=== end of command ==="
# What depends on the machine, in the order in which it is masked.
MASKS = (
    (re.compile(r"\b(\d+ (h|min) )+"), ""),  # long durations: 1 min 5 s
    (re.compile(r"-?\d[\d,.]*\*?"), "#"),  # numbers, and the star of the best one
    (re.compile(r"\bon (cuda|mps)\b"), "on cpu"),
    (re.compile("─+"), "─"),  # rules and columns are as wide as the numbers
    (re.compile(r"\s+"), " "),
)
ONLY_ON_SLOW_MACHINES = re.compile(r"step [\d,]+ of [\d,]+: loss ")


@dataclass(frozen=True)
class Block:
    """A fenced code block."""

    place: str  # file and line
    language: str
    text: str


@dataclass(frozen=True)
class Step:
    """A command of a console block, and what it should print."""

    command: str
    expected: list[str]


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "docs/data.md",
        "docs/evaluation.md",
        "docs/forecasts.md",
        "docs/models.md",
        "docs/pictures.md",
        "docs/training.md",
        "sample_data/README.md",
    ],
)
def test_every_code_block_does_what_it_shows(document: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    for block in read_blocks(document):
        assert block.language in RUNNERS, f"{block.place}: no way to test '{block.language}'"
        RUNNERS[block.language](block, tmp_path)


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        (["a", "...", "z"], ["a", "b", "c", "z"], True),
        (["a", "..."], ["a"], True),
        (["a", "...", "z"], ["a", "b"], False),
        (["took 4.2 s"], ["took 1 min 17 s"], True),
        (["lstm  9.8   1.2*"], ["lstm  10.8*  1.2 "], True),
        (["3"], ["2"], False),
        (["found 1 series"], ["lost 1 series"], False),
        ([], ["error: no."], False),
        (["done"], ["step 1,000 of 2,000: loss 0.1, about 5.0 s left", "done"], True),
    ],
)
def test_comparison_masks_digits_only(expected: list[str], actual: list[str], same: bool) -> None:
    assert matches(expected, actual) is same


def read_blocks(document: str) -> list[Block]:
    text = (ROOT / document).read_text()
    assert text.count("```") == 2 * len(FENCE.findall(text)), f"{document}: a fence stands alone"
    return [
        Block(f"{document}:{text.count(chr(10), 0, found.start()) + 1}", found[1], found[2])
        for found in FENCE.finditer(text)
    ]


def run_console(block: Block, folder: Path) -> None:
    steps = read_steps(block)
    script = "".join(
        f'{step.command}\nended=$?; echo "{END_OF_COMMAND}"; (exit $ended)\n' for step in steps
    )
    printed = run(["bash", "-c", f"exec 2>&1\n{script}"], folder).stdout
    outputs = printed.split(f"{END_OF_COMMAND}\n")
    assert len(outputs) == len(steps) + 1, f"{block.place}: stopped early:\n{printed}"
    for step, output in zip(steps, outputs, strict=False):
        assert matches(step.expected, output.splitlines()), (
            f"{block.place}: $ {step.command}\nprints:\n{output}"
        )


def run_shell(block: Block, folder: Path) -> None:
    demand_success(block, run(["bash", "-euo", "pipefail", "-c", block.text], folder))


def run_python(block: Block, folder: Path) -> None:
    demand_success(block, run([sys.executable, "-W", "error", "-c", block.text], folder))


def check_config(block: Block, folder: Path) -> None:
    path = folder / "block.yaml"
    path.write_text(block.text)
    assert build_config([load_config(path)]).model_dump(exclude_unset=True), block.place


RUNNERS: dict[str, Callable[[Block, Path], None]] = {
    "console": run_console,
    "sh": run_shell,
    "bash": run_shell,
    "python": run_python,
    "yaml": check_config,
}


def read_steps(block: Block) -> list[Step]:
    steps: list[Step] = []
    for line in block.text.splitlines():
        if line.startswith(PROMPT):
            steps.append(Step(line.removeprefix(PROMPT), []))
        else:
            assert steps, f"{block.place}: output before the first command"
            steps[-1].expected.append(line)
    return steps


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run as a reader would who has activated the environment of these tests."""
    beside_python = str(Path(sys.executable).parent)
    environment = os.environ | {
        "PATH": f"{beside_python}{os.pathsep}{os.environ['PATH']}",
        "OMP_NUM_THREADS": "1",  # threads that wait for each other on a busy machine take minutes
    }
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


def demand_success(block: Block, process: subprocess.CompletedProcess[str]) -> None:
    assert process.returncode == 0, f"{block.place}:\n{process.stdout}{process.stderr}"


def matches(expected: Sequence[str], actual: Sequence[str]) -> bool:
    shown = [line for line in actual if not ONLY_ON_SLOW_MACHINES.match(line)]
    pattern = "".join(
        r"(.*\n)*?" if line == ANYTHING else re.escape(mask(line)) + r"\n" for line in expected
    )
    return re.fullmatch(pattern, "".join(f"{mask(line)}\n" for line in shown)) is not None


def mask(line: str) -> str:
    line = line.rstrip()
    if line.isdecimal():
        return line
    for what, by in MASKS:
        line = what.sub(by, line)
    return line.rstrip()
