"""How fast the engine trains and forecasts, beside a bare loop and other tools.

python benchmarks/engine.py [step] [small] [members] [growth] [accuracy] [forecasts]
                            [--peers PYTHON]

Each is measured in turn with what it is compared to, round after round, and medians of the rounds
and of their ratios are given. PYTHON is that of a virtual environment with neuralforecast and
statsforecast; without it, their rows are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from m4 import measure
from provenance import DATA, write_results
from torch import nn

from lstmcast.config import Config, DataConfig
from lstmcast.data.panel import Panel, build_panel
from lstmcast.data.table import table_from_frame
from lstmcast.levels import NINE
from lstmcast.nn.course import BLOCK
from lstmcast.nn.device import autocast
from lstmcast.nn.folds import Fold, make_folds
from lstmcast.nn.quantiles import pinball
from lstmcast.nn.run import window_shape
from lstmcast.nn.windows import Addresses, gather, to_tensors
from lstmcast.workflow import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

ROUNDS = 5
CPU = torch.device("cpu")
MONTHLY = DATA / "m4" / "monthly_train.parquet"
HIDDEN, LAYERS, CONTEXT, HORIZON, BATCH = 128, 2, 72, 18, 1024
PATCHES = {"lstmcast": (1, 1), "lstmcast, patches of 6 and 4,": (6, 4)}  # of encoder and decoder
LOSS_STEPS = 150
GOAL, MOST_STEPS = 0.318, 4_000  # mean pinball loss of held-out ends, in spreads
MONTHS = ("--frequency", "MS", "--horizon", str(HORIZON))
PEERS = Path(__file__).parent / "peers"
PRECISIONS = {"float32": "32-true", "bfloat16": "bf16-mixed"}  # as lightning names them


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", nargs="*", choices=[*FIGURES, []])
    parser.add_argument("--peers", metavar="PYTHON")
    arguments = parser.parse_args()
    for name in arguments.figures or FIGURES:
        write_results(f"engine_{name}", FIGURES[name](arguments.peers))


def training_steps(peers: str | None) -> list[dict[str, object]]:
    """Windows a second: as wide and long as the peer's network, and with patches as by default.

    Beside ours, the loss of the held-out ends after the same number of steps.
    """
    panel = monthly()
    steps: dict[str, Callable[[], object]] = {}
    losses: dict[str, float] = {}
    for precision in PRECISIONS:
        steps[f"bare loop {precision}"] = bare_loop(precision)
        for name, patches in PATCHES.items():
            fold = ours(panel, precision, patches)
            steps[f"{name} {precision}"] = partial(fold.run.advance, 1)
            if precision == "bfloat16":
                fold.run.advance(LOSS_STEPS)
                losses[f"{name} {precision}"] = round(fold.validate(), 4)
    for step in steps.values():
        step()
    rounds = [{name: BATCH / seconds(step) for name, step in steps.items()} for _ in range(ROUNDS)]
    rates = {name: statistics.median(one[name] for one in rounds) for name in steps}
    versions: dict[str, object] = {}
    for precision, spelled in PRECISIONS.items() if peers else ():
        found = ask_peer(peers, "neuralforecast_lstm.py", MONTHLY, spelled, 20)
        rates[f"neuralforecast LSTM {precision}"] = float(str(found.pop("windows_per_second")))
        versions |= found
    return [
        {
            "network": name,
            "windows_per_second": round(rate),
            f"loss_after_{LOSS_STEPS}_steps": losses.get(name, ""),
        }
        | versions
        for name, rate in rates.items()
    ]


def ours(panel: Panel, precision: str, patches: tuple[int, int]) -> Fold:
    """Our network on M4 monthly; a step draws windows, gathers, scales and learns from them."""
    settings = Config.model_validate(
        {
            "horizon": HORIZON,
            "context_length": CONTEXT,
            "model": {
                "hidden_size": HIDDEN,
                "layers": LAYERS,
                "patch_length": patches[0],
                "decoder_patch_length": patches[1],
                "members": 1,
            },
            "training": {"batch_size": BATCH, "precision": precision},
        }
    )
    torch.manual_seed(0)
    return make_folds(to_tensors(panel, CPU), plan(panel, settings).config)[0]


def bare_loop(precision: str) -> Callable[[], object]:
    """A step of encoder and decoder on tensors that lie ready: forward, backward, AdamW."""
    encoder = nn.LSTM(10, HIDDEN, LAYERS, batch_first=True)
    decoder = nn.LSTM(10, HIDDEN, LAYERS, batch_first=True)
    head = nn.Sequential(nn.Linear(HIDDEN, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, len(NINE)))
    parts = nn.ModuleList([encoder, decoder, head])
    optimiser = torch.optim.AdamW(parts.parameters(), fused=True)
    context, ahead = torch.randn(BATCH, CONTEXT, 10), torch.randn(BATCH, HORIZON, 10)
    target = torch.randn(BATCH, HORIZON)

    def step() -> None:
        with autocast(CPU, precision):
            _, state = encoder(context)
            quantiles = head(decoder(ahead, state)[0])
        optimiser.zero_grad()
        pinball(quantiles.float(), target, NINE).mean().backward()
        optimiser.step()

    return step


def small_work(_: str | None) -> list[dict[str, object]]:
    """500 steps on one series of 144 points, as a whole process."""
    air = Path(__file__).parents[1] / "sample_data" / "air_passengers.csv"
    options = ["--horizon", "12", *settings(max_steps=500, batch_size=32, early_stopping="false")]
    network = ["--set", "model.hidden_size=64", *members(1)]
    with tempfile.TemporaryDirectory() as folder:
        command = lstmcast("train", air, "-o", Path(folder, "m"), "--force", *options, *network)
        imports = [sys.executable, "-c", "import torch, pandas"]
        rounds = [
            (seconds(lambda: run(command)), seconds(lambda: run(imports))) for _ in range(ROUNDS)
        ]
    whole, imported = (statistics.median(column) for column in zip(*rounds, strict=True))
    return [{"steps": 500, "seconds": round(whole, 2), "of_them_imports": round(imported, 2)}]


def members_together(_: str | None) -> list[dict[str, object]]:
    """Five members against one: as many steps of each, as a whole process, on M4 weekly."""
    data = DATA / "m4" / "weekly_train.parquet"
    options = ["--frequency", "W", "--horizon", "13"]
    fixed = settings(max_steps=500, early_stopping="false")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "m")
        commands = {
            n: lstmcast("train", data, "-o", path, "--force", *options, *fixed, *members(n))
            for n in (1, 5)
        }
        rounds = [
            {n: seconds(partial(run, command)) for n, command in commands.items()}
            for _ in range(ROUNDS)
        ]
    ratio = statistics.median(one[5] / one[1] for one in rounds)
    middle = {n: statistics.median(one[n] for one in rounds) for n in commands}
    return [{"one_s": round(middle[1], 1), "five_s": round(middle[5], 1), "ratio": round(ratio, 2)}]


def growth(_: str | None) -> list[dict[str, object]]:
    """Seconds of training until the ends of 1,000 series are forecast so well, beside others.

    They are held out, and the same for all panels.
    """
    frame = pd.read_parquet(MONTHLY)
    ids = np.random.default_rng(0).permutation(frame.unique_id.unique())
    return [
        {"series": n} | time_to_score(panel_of(frame[frame.unique_id.isin(ids[:n])]), ids[:1_000])
        for n in (1_000, 4_000, 16_000, 48_000)
    ]


def time_to_score(panel: Panel, judges: NDArray[np.object_]) -> dict[str, object]:
    """Train one network, with the settings that large panels have, until it scores GOAL."""
    asked = {"horizon": HORIZON, "model": {"members": 1}}
    config = plan(panel, Config.model_validate(asked)).config
    tensors = to_tensors(panel, CPU)
    run = make_folds(tensors, config)[0].run
    series = torch.from_numpy(np.flatnonzero(np.isin(panel.series_ids, judges)))
    ends = Addresses(series, tensors.ends[series] - 1 - HORIZON)
    held_out = run.look(gather(tensors, ends, window_shape(config)))
    score, taken = np.inf, 0.0
    while score > GOAL and run.step < MOST_STEPS:
        taken += seconds(lambda: run.advance(BLOCK))
        run.settle()
        with torch.no_grad():
            score = run.loss(held_out, run.averaged).item()
    return {"goal": GOAL, "score": round(score, 4), "steps": run.step, "s": round(taken, 1)}


def accuracy(_: str | None) -> list[dict[str, object]]:
    """M4 weekly, `lstmcast train` with its defaults, and for twice as long: MASE of three seeds."""
    return [
        {"training": name} | measure("weekly", seed, more)
        for name, more in {"defaults": [], "4,000 steps": settings(max_steps=4_000)}.items()
        for seed in range(3)
    ]


def forecasts(peers: str | None) -> list[dict[str, object]]:
    """Forecast 100,000 series from Parquet to Parquet; statsforecast's AutoETS for 2,000 of them.

    They are M4 monthly twice over and a little more, by a model of M4 monthly.
    """
    frame = pd.read_parquet(MONTHLY)
    again = [frame.assign(unique_id=frame.unique_id + mark) for mark in ("", "-2", "-3")]
    many = pd.concat(again)
    many = many[many.unique_id.isin(many.unique_id.unique()[:100_000])]
    with tempfile.TemporaryDirectory() as folder:
        table, model, out = (Path(folder, name) for name in ("t.parquet", "m", "f.parquet"))
        many.to_parquet(table)
        run(lstmcast("train", MONTHLY, "-o", model, *MONTHS, *settings(max_steps=50)))
        taken, peak = cost_of(lstmcast("predict", model, table, "-o", out))
        row = {"tool": "lstmcast", "series": 100_000, "s": round(taken, 1), "peak_gib": peak}
        rows: list[dict[str, object]] = [row]
        if peers:
            sample = Path(folder, "s.parquet")
            frame[frame.unique_id.isin(frame.unique_id.unique()[:2_000])].to_parquet(sample)
            found = ask_peer(peers, "statsforecast_ets.py", sample)
            rows.append({"tool": "statsforecast AutoETS"} | found)
    return rows


def monthly() -> Panel:
    return panel_of(pd.read_parquet(MONTHLY))


def panel_of(frame: pd.DataFrame) -> Panel:
    said = DataConfig(time="ds", target="y", id="unique_id", frequency="MS")
    return build_panel(table_from_frame(frame, said))


def settings(**training: object) -> list[str]:
    return [
        part for key, value in training.items() for part in ("--set", f"training.{key}={value}")
    ]


def members(n: int) -> list[str]:
    return ["--set", f"model.members={n}"]


def lstmcast(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "lstmcast", *map(str, arguments)]


def ask_peer(python: str | None, script: str, *arguments: object) -> dict[str, object]:
    """Run a script of another tool, and read the last line that it prints."""
    printed = run([str(python), str(PEERS / script), *map(str, arguments)])
    return dict(json.loads(printed.splitlines()[-1]))


def run(command: Sequence[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def cost_of(command: list[str]) -> tuple[float, float]:
    """Return the seconds and the peak memory, in GiB, of a process."""
    started = time.perf_counter()
    with subprocess.Popen(command) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.perf_counter() - started, round(usage.ru_maxrss / 2**20, 2)


FIGURES = {
    "step": training_steps,
    "small": small_work,
    "members": members_together,
    "growth": growth,
    "accuracy": accuracy,
    "forecasts": forecasts,
}


if __name__ == "__main__":
    main()
