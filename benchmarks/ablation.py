"""What each choice of the defaults is worth, on M4: errors with the defaults, and without one.

python benchmarks/ablation.py [--frequency quarterly monthly] [--variant logs "one network"]

Nothing of the test part is read. From the training part of up to --sample series of each frequency
the last horizon is cut off and forecast, and, of series cut shorter, the horizon before it: a
choice should not hang on what one year was like. Networks learn for --steps steps at the most. Of
origins and seeds, means are told.

Results are merged into results/ablation.csv as soon as they are measured. At the end, the rows for
docs/accuracy.md are printed: MASE with the defaults, and of each variant by how many per cent it
errs more.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING, Any

from m4_rules import (
    FREQUENCIES,
    hold_out,
    in_order_of,
    panel_of,
    point_scores,
    read_train,
    truth_of,
)
from provenance import provenance, read_results, show, write_table

import lstmcast
from lstmcast.levels import NINE
from lstmcast.workflow import plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    Row = dict[str, object]

RESULTS = "ablation"
DEFAULTS = "defaults"
VARIANTS: dict[str, dict[str, Any]] = {
    DEFAULTS: {},
    "logs": {"model": {"power": 0}},
    "square roots": {"model": {"power": 0.5}},
    "neither logs nor roots": {"model": {"power": 1}},
    "no other paths": {"model": {"other_paths": False}},
    "other paths": {"model": {"other_paths": True}},
    "nothing upside down": {"training": {"mirrored": 0}},
    "0.3 upside down": {"training": {"mirrored": 0.3}},
    "half with a trend added": {"training": {"tilted": 0.5}},
    "spread not told": {"model": {"spread_told": False}},
    "spread told": {"model": {"spread_told": True}},
    "nine levels": {"model": {"quantile_levels": list(NINE)}},
    "one network": {"model": {"members": 1}},
    "three networks": {"model": {"members": 3}},
    "decoder step by step": {"model": {"decoder_patch_length": 1}},
    "gru": {"model": {"kind": "gru"}},
    "mlp": {"model": {"kind": "mlp"}},
    "64 units": {"model": {"hidden_size": 64}},
    "two layers": {"model": {"layers": 2}},
    "dropout 0.1": {"model": {"dropout": 0.1}},
    "weight decay 0.1": {"training": {"weight_decay": 0.1}},
    "128 windows a step": {"training": {"batch_size": 128}},
    "256 windows a step": {"training": {"batch_size": 256}},
    "float32": {"training": {"precision": "float32"}},
}
CONTEXTS = {"half the context": 0.5, "twice the context": 2.0}


def main() -> None:
    names = [*VARIANTS, *CONTEXTS]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frequency", nargs="+", choices=FREQUENCIES, default=[*FREQUENCIES])
    parser.add_argument("--variant", nargs="+", choices=names, default=names)
    parser.add_argument("--sample", type=int, default=4_000, metavar="N")
    parser.add_argument("--steps", type=int, default=1_000, metavar="N")
    parser.add_argument("--origins", type=int, default=2, metavar="N")
    parser.add_argument("--seeds", type=int, default=1, metavar="N")
    arguments = parser.parse_args()
    for frequency in arguments.frequency:
        train = read_train(frequency, arguments.sample)
        for skipped in range(arguments.origins):
            known, ahead = hold_out(frequency, train, skipped)
            judge = Judge(frequency, known, ahead, arguments.steps)
            for seed in range(arguments.seeds):
                for variant in arguments.variant:
                    found = judge.measure(variant, seed)
                    if found is not None:
                        keep({"frequency": frequency, "skipped": skipped, **found})
    print(*as_markdown(read_results(RESULTS)), sep="\n")


class Judge:
    """What is forecast from one origin of each series."""

    def __init__(self, frequency: str, known: Any, ahead: Any, steps: int) -> None:
        self.panel = panel_of(frequency, known)
        self.truth = truth_of(frequency, known, ahead)
        self.horizon, self.steps = FREQUENCIES[frequency].horizon, steps
        self.defaults = self.plan({}, 0)

    def plan(self, settings: dict[str, Any], seed: int) -> lstmcast.ResolvedConfig:
        said = {"horizon": self.horizon, "seed": seed} | settings
        config = plan(self.panel, lstmcast.Config.model_validate(said)).config
        steps = min(self.steps, config.training.max_steps)
        training = config.training.model_copy(update={"max_steps": steps})
        return config.model_copy(update={"training": training})

    def measure(self, variant: str, seed: int) -> Row | None:
        """Train and score; None where a variant is what the defaults are."""
        config = self.plan(self.settings_of(variant), seed)
        same = config.model_copy(update={"seed": 0}) == self.defaults
        if same and variant != DEFAULTS:
            return None
        started = time.perf_counter()
        model = lstmcast.train(self.panel, config)
        train_s = time.perf_counter() - started
        found = point_scores(
            self.truth, in_order_of(self.truth, lstmcast.predict(model, self.panel))
        )
        return {
            "variant": variant,
            "seed": seed,
            "series": len(self.truth.ids),
            "steps": config.training.max_steps,
            "smape": round(found["smape"], 3),
            "mase": round(found["mase"], 4),
            "train_s": round(train_s, 1),
        }

    def settings_of(self, variant: str) -> dict[str, Any]:
        if variant in VARIANTS:
            return VARIANTS[variant]
        return {"context_length": round(CONTEXTS[variant] * self.defaults.context_length)}


def keep(found: Row) -> None:
    """Merge a row into the result, in the place of the one of the same measurement."""
    row = found | provenance()
    show(found)
    rows = {key_of(each): each for each in [*read_results(RESULTS), row]}
    write_table(RESULTS, [rows[key] for key in sorted(rows)])


def key_of(row: Row) -> tuple[int, int, int, int]:
    names = [*VARIANTS, *CONTEXTS]
    return (
        [*FREQUENCIES].index(str(row["frequency"])),
        names.index(str(row["variant"])),
        int(str(row["skipped"])),
        int(str(row["seed"])),
    )


def as_markdown(rows: Sequence[Row]) -> list[str]:
    """Write the rows of the table in docs/accuracy.md."""
    means: dict[tuple[str, str], float] = {}
    for row in rows:
        key = str(row["variant"]), str(row["frequency"])
        same = [each for each in rows if (each["variant"], each["frequency"]) == key]
        means[key] = statistics.fmean(float(str(each["mase"])) for each in same)
    lines = []
    for variant in dict.fromkeys(variant for variant, _ in means):
        cells = [cell_of(means, variant, frequency) for frequency in FREQUENCIES]
        lines.append(f"| {variant} | {' | '.join(cells)} |")
    return lines


def cell_of(means: dict[tuple[str, str], float], variant: str, frequency: str) -> str:
    if (variant, frequency) not in means:
        return ""
    if variant == DEFAULTS:
        return f"{means[variant, frequency]:.3f}"
    return f"{100 * (means[variant, frequency] / means[DEFAULTS, frequency] - 1):+.1f} %"


if __name__ == "__main__":
    main()
