"""What each feature and each learner is worth: `python -m oddsmith_training.ablate --rows rows.parquet --cuts DATE DATE …`

Prints two Markdown tables. Ablation: the walk-forward of the development windows again without the part. Importance: exact
Shapley values of the fitted ensemble's correction by enumeration of all subsets of the few features it sees, each against a
background of other rows; no approximation and no further library is needed for so few.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from itertools import combinations
from math import factorial
from pathlib import Path

import numpy as np

from .constants import FEATURES, SEED, SPORTS
from .evaluate import fit_windows, forecasts_of
from .learners import LEARNERS, USED, logit, price_margin
from .rows import Rows, automatic_cuts, load
from .score import brier, draws, percentiles, summary
from .stack import Stack, fit
from .train import moment

EXPLAINED, BACKGROUND = 300, 60
MOVEMENT = ["momentum_1h", "momentum_24h", "volatility_24h", "rsi"]
GROUPS = [[name] for name in MOVEMENT] + [["momentum_1h", "momentum_24h"], ["momentum_1h", "momentum_24h", "rsi"]]


def without(rows: Rows, names: list[str]) -> Rows:
    """Features held constant: no tree can split on them."""
    return replace(rows, x=np.where(np.isin(FEATURES, names), np.float32(0.0), rows.x))


def said(tested: Rows, forecasts: dict[str, np.ndarray]) -> tuple[Rows, np.ndarray]:
    """What the bot says where it bets."""
    mask = tested.x[:, SPORTS] < 0.5
    return tested.take(mask), forecasts["posterior"][mask]


def change(part: Rows, ours: np.ndarray, reduced: np.ndarray) -> tuple[float, tuple[float, float]]:
    """Skill lost (negative) or won without the part, in the market's Brier score, with its interval by events."""
    cluster, samples = draws(part.event)
    worse = np.bincount(cluster, (reduced - part.outcome) ** 2 - (ours - part.outcome) ** 2)
    market = np.bincount(cluster, (part.price - part.outcome) ** 2)
    value = (brier(ours, part.outcome) - brier(reduced, part.outcome)) / brier(part.price, part.outcome)
    return value, percentiles([-(t @ worse) / (t @ market) for t in samples])


def ablations(rows: Rows, cuts: list[float]) -> list[str]:
    windows = fit_windows(rows, cuts)
    part, whole = said(*forecasts_of(rows, windows))
    lines = ["| without | skill of what is said, % [95 %] | change, points [95 %] | ECE × 100 |", "|---|---|---|---|"]

    def row(name: str, ours: np.ndarray) -> str:
        f = summary(ours, part.price, part.outcome, part.event)
        value, (low, high) = change(part, whole, ours)
        ends = " to ".join(f"{100 * end:+.2f}" for end in f["skill_ci95"])
        moved = "" if name == "nothing" else f"{100 * value:+.2f} [{100 * low:+.2f}, {100 * high:+.2f}]"
        return f"| {name} | {100 * f['skill']:+.2f} [{ends}] | {moved} | {100 * f['ece_model']:.2f} |"

    lines.append(row("nothing", whole))
    for names in GROUPS:
        held = without(rows, names)
        lines.append(row(" and ".join(names), said(*forecasts_of(held, fit_windows(held, cuts)))[1]))
    for gone in range(len(LEARNERS)):
        others = [k for k in range(len(LEARNERS)) if k != gone]
        lines.append(row(LEARNERS[gone].name, said(*forecasts_of(rows, windows, others))[1]))
    return lines


def corrections(stack: Stack, x: np.ndarray) -> np.ndarray:
    """Log odds against the market, of the ensemble and of each learner (columns)."""
    final, learners = stack.probabilities(x)
    return logit(np.column_stack([final, learners])) - price_margin(x)[:, None]


def shapley(stack: Stack, x: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Exact Shapley values [row, feature of `USED`, ensemble and learners] of the correction."""
    columns = [FEATURES.index(name) for name in USED]
    count, places = len(columns), range(len(columns))
    worth = {}
    for size in range(count + 1):
        for known in combinations(places, size):
            mixed = np.repeat(x, len(background), axis=0)
            hidden = [columns[k] for k in places if k not in known]
            mixed[:, hidden] = np.tile(background, (len(x), 1))[:, hidden]
            worth[frozenset(known)] = corrections(stack, mixed).reshape(len(x), len(background), -1).mean(axis=1)
    values = np.zeros((len(x), count, len(stack.learners) + 1))
    for subset, value in worth.items():
        for k in set(places) - subset:
            share = factorial(len(subset)) * factorial(count - len(subset) - 1) / factorial(count)
            values[:, k] += share * (worth[subset | {k}] - value)
    return values


def importances(rows: Rows) -> list[str]:
    stack = fit(rows)
    playable = np.flatnonzero(rows.x[:, SPORTS] < 0.5)
    chosen = np.random.default_rng(SEED).permutation(playable)[: EXPLAINED + BACKGROUND]
    values = np.abs(shapley(stack, rows.x[chosen[:EXPLAINED]], rows.x[chosen[EXPLAINED:]])).mean(axis=0)
    names = ["ensemble", *(learner.name for learner in stack.learners)]
    lines = [f"| feature | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    order = np.argsort(-values[:, 0])
    return lines + [f"| {USED[k]} | {' | '.join(f'{value:.3f}' for value in values[k])} |" for k in order]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument(
        "--cuts", nargs="+", metavar="DATE", help="bounds of the development windows; default from the rows"
    )
    options = parser.parse_args()
    rows = load(options.rows)
    cuts = [moment(cut) for cut in options.cuts] if options.cuts else automatic_cuts(rows)[:-1]
    print("\n".join(ablations(rows, cuts)), "\n", sep="\n")
    print("\n".join(importances(rows)))


if __name__ == "__main__":
    main()
