"""The tables of figures in docs/accuracy.md are those of benchmarks/results."""

from __future__ import annotations

import csv
import re
import statistics
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "accuracy.md").read_text()
RESULTS = ROOT / "benchmarks" / "results" / "m4.csv"
TOLD = ("smape", "mase", "owa", "msis", "coverage_95", "train_s", "predict_s")


def test_m4_is_what_was_measured() -> None:
    section = PAGE.split("\n## M4\n")[1].split("\nFrom `")[0]
    rows = re.findall(r"^\|.*$", section, re.MULTILINE)[2:]
    with RESULTS.open(newline="") as file:
        measured = [row for row in csv.DictReader(file) if row["settings"] == "defaults"]
    medians = [row for row in measured if row["seed"].startswith("median")]
    assert rows == [
        f"| {row['frequency']} | {int(row['series']):,} | "
        + " | ".join(row[name] for name in TOLD)
        + " |"
        for row in medians
    ]
    assert {row["seed"] for row in medians} == {"median of 3"}
    assert "From `python benchmarks/m4.py`" in PAGE


def test_breadth_is_what_was_measured() -> None:
    section = PAGE.split("\n## Breadth\n")[1].split("\nFrom `")[0]
    rows = re.findall(r"^\|.*$", section, re.MULTILINE)[2:]
    with (RESULTS.parent / "breadth.csv").open(newline="") as file:
        *sets, overall = csv.DictReader(file)
    peers = ("auto_ets_mase", "auto_theta_mase", "nhits_mase", "neuralforecast_lstm_mase")
    told = ("seasonal_naive_mase", *peers, "lstmcast_mase", "ratio")
    named = ("set", "frequency", "series", "windows", "horizon", *told)
    means = "| all, geometric mean | | | | | " + " | ".join(overall[name] for name in told) + " |"
    found = ["| " + " | ".join(row[name] for name in named) + " |" for row in sets]
    assert rows == [*found, means]
    worse = ", ".join(row["set"] for row in sets if row["worse_than_naive"] == "1")
    beaten = [row["beats_all"] == "1" for row in sets if row["beats_all"]]
    assert f"The geometric mean of the ratios is {overall['ratio']}." in PAGE
    assert f"Worse than seasonal naive: {worse}." in PAGE
    assert f"beaten on {sum(beaten)} of the {len(beaten)} sets" in PAGE


def test_choices_are_worth_what_was_measured() -> None:
    section = PAGE.split("\n## What each choice is worth\n")[1].split("\nFrom `")[0]
    header, _, *rows = re.findall(r"^\|.*$", section, re.MULTILINE)
    frequencies = [cell.strip() for cell in header.split("|")[2:-1]]
    with (RESULTS.parent / "ablation.csv").open(newline="") as file:
        measured = list(csv.DictReader(file))
    mase: dict[tuple[str, str], list[float]] = {}
    for row in measured:
        mase.setdefault((row["variant"], row["frequency"]), []).append(float(row["mase"]))
    means = {key: statistics.fmean(found) for key, found in mase.items()}
    expected = []
    for variant in dict.fromkeys(row["variant"] for row in measured):
        cells = [_worth(means, variant, frequency) for frequency in frequencies]
        expected.append(f"| {variant} | {' | '.join(cells)} |")
    assert sorted(rows) == sorted(expected)
    assert {frequency for _, frequency in means} == set(frequencies)


def _worth(means: dict[tuple[str, str], float], variant: str, frequency: str) -> str:
    """MASE of the defaults, or by how many per cent a variant errs more."""
    if (variant, frequency) not in means:
        return ""
    mine, usual = means[variant, frequency], means["defaults", frequency]
    return f"{mine:.3f}" if variant == "defaults" else f"{100 * (mine / usual - 1):+.1f} %"


def test_twins_are_what_was_found() -> None:
    section = PAGE.split("\n## Twins\n")[1].split("\nFrom `")[0]
    rows = re.findall(r"^\|.*$", section, re.MULTILINE)[2:]
    with (RESULTS.parent / "twins.csv").open(newline="") as file:
        nearest = [row for row in csv.DictReader(file) if float(row["to"]) == 0.01]
    assert rows == [
        f"| {row['frequency']} | {float(row['share']):.1%} ".replace("%", " %")
        + f"| {float(row['error_of_nearest']):.2f} | {float(row['error_of_last_value']):.2f} |"
        for row in nearest
    ]


def test_calibration_is_what_was_measured() -> None:
    page = (ROOT / "docs" / "evaluation.md").read_text()
    section = page.split("\n## Calibration\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\|.*$", section, re.MULTILINE)[2:]
    with (RESULTS.parent / "calibration.csv").open(newline="") as file:
        measured = {(row["frequency"], row["way"]): row for row in csv.DictReader(file)}
    expected = []
    for frequency in ("monthly", "hourly"):
        cells = [frequency]
        for way in ("calibrated", "not calibrated"):
            row = measured[frequency, way]
            shares = [f"{100 * float(row[name]):.1f} %" for name in ("coverage_80", "coverage_95")]
            cells += [*shares, row["msis"]]
        expected.append(f"| {' | '.join(cells)} |")
    assert rows == expected


def test_the_guard_is_worth_what_was_measured() -> None:
    rows = rows_of_evaluation("A guard", "guard.py")
    with (RESULTS.parent / "guard.csv").open(newline="") as file:
        measured = list(csv.DictReader(file))
    told = ("lstm", "naive", "naive2", "guarded")
    assert rows == [
        f"| {row['panel']} | {row['panels']} | "
        + " | ".join(f"{float(row[name]):.3f}" for name in told)
        + f" | {float(row['networks_kept']):.0%} |".replace("%", " %")
        for row in measured
    ]


def test_refits_are_worth_what_was_measured() -> None:
    rows = rows_of_evaluation("Refits", "refits.py")
    with (RESULTS.parent / "refits.csv").open(newline="") as file:
        measured = {(row["panel"], row["refit"]): row for row in csv.DictReader(file)}
    expected = []
    for panel in dict.fromkeys(panel for panel, _ in measured):
        never, scratch, warm = (
            measured[panel, way] for way in ("never", "from scratch", "warm start")
        )
        whole = float(scratch["seconds"])
        expected.append(
            f"| {panel} | {scratch['seeds']} | {float(never['mase']):.3f} | "
            f"{float(scratch['mase']):.3f} | {float(warm['mase']):.3f} | "
            f"{float(never['seconds']) / whole:.2f} | {float(warm['seconds']) / whole:.2f} |"
        )
    assert rows == expected


def rows_of_evaluation(title: str, script: str) -> list[str]:
    """Return the rows of the table of a section of docs/evaluation.md that a script measured."""
    page = (ROOT / "docs" / "evaluation.md").read_text()
    section = page.split(f"\n## {title}\n")[1].split(f"\nFrom `python benchmarks/{script}`")[0]
    return section.rstrip().rpartition("\n\n")[2].splitlines()[2:]
