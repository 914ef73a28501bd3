"""One command: rows in, model directory out. `python -m oddsmith_training.train --rows rows.parquet --out DIR`

Exit codes: 0 written, 1 refused (leak, too few rows, place taken), 2 wrong usage. The last line on stdout names the version
and its skill out of sample; a refusal is one line on stderr, and what was in DIR stays.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

from .card import PLOT, card, percent
from .constants import FEATURES, FEATURES_VERSION, SEED
from .evaluate import reports
from .export_onnx import Part, build
from .golden import golden, hard_rows
from .leak import check_figures, check_rows
from .plot import calibration_plot
from .publish import MANIFEST, check_place, publish
from .rows import Refused, Rows, automatic_cuts, load, sha256
from .stack import Stack, fit
from .trees import trees_of

LIBRARIES = ["numpy", "scipy", "scikit-learn", "xgboost-cpu", "lightgbm", "onnx"]
GOLDEN_REAL, GOLDEN_HARD = 24, 16
PARITY_ROWS = 10_000


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def golden_rows(rows: Rows) -> np.ndarray:
    """Real rows spread over the price range, and hard ones."""
    order = np.argsort(rows.price, kind="stable")
    real = order[np.linspace(0, len(order) - 1, GOLDEN_REAL).astype(int)]
    return np.concatenate([rows.x[real], hard_rows(rows.x, GOLDEN_HARD)])


def export(stack: Stack) -> bytes:
    parts = [Part(learner.name, learner.on_logit, trees_of(learner)) for learner in stack.learners]
    return build(parts, stack.factors, stack.weights).SerializeToString(deterministic=True)


def manifest_of(graph: bytes, stack: Stack, rows: Rows, data_hash: str, metrics: dict, created: float) -> dict:
    digest = hashlib.sha256(graph).hexdigest()
    return {
        "version": f"v{FEATURES_VERSION}-{iso(rows.as_of.max())[:10]}-{digest[:8]}",
        "created_at": iso(created),
        "features_version": FEATURES_VERSION,
        "features": FEATURES,
        "learners": [learner.name for learner in stack.learners],
        "sha256": digest,
        "seed": SEED,
        "training": {
            "from": iso(rows.as_of.min()),
            "to": iso(rows.as_of.max()),
            # A market that settled long before its published end was known by now.
            "outcomes_known_before": iso(min(float(rows.known_at.max()), created)),
            "rows": len(rows),
            "events": rows.events,
            "markets": rows.markets,
            "data_sha256": data_hash,
        },
        "metrics": metrics,
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def short(figures: dict, searched: bool) -> dict:
    """What the manifest keeps of a report; no verdict on rows the structure was chosen on."""
    kept, left_out = ("posterior", "raw", "recalibrated market"), {"verdict", "events_to_prove"} if searched else set()
    parts = {
        part: {name: {key: value for key, value in figures[part][name].items() if key not in left_out} for name in kept}
        for part in ("without sports", "all")
    }
    return {"from": iso(figures["windows"][0]), "to": iso(figures["windows"][-1]), **parts}


def model_files(graph: bytes, manifest: dict, rows: dict) -> dict[str, bytes]:
    return {
        "ensemble.onnx": graph,
        "golden.json": (json.dumps(rows) + "\n").encode(),
        MANIFEST: (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode(),
    }


def cuts_of(options: argparse.Namespace, rows: Rows) -> list[float]:
    """Bounds of the tested windows; the last two bound the last one."""
    return [moment(cut) for cut in options.cuts] if options.cuts else automatic_cuts(rows)


def papers(manifest: dict, figures: dict[str, dict], stack: Stack, rows: Rows) -> dict[str, bytes]:
    """The card and its picture."""
    said = zip(stack.learners, stack.factors, stack.weights, strict=True)
    weights = {learner.name: (float(factor), float(weight)) for learner, factor, weight in said}
    sources = {str(name): int(count) for name, count in zip(*np.unique(rows.source, return_counts=True), strict=True)}
    titles = {"development": "development windows", "last": "last window"}
    plot = calibration_plot([(title, figures[name]["reliability"]) for name, title in titles.items()])
    return {"MODEL_CARD.md": card(manifest, figures, weights, sources).encode(), PLOT: plot.encode()}


def run(options: argparse.Namespace) -> str:
    """Checks, scores, fits, writes; returns the line to end with."""
    check_place(options.out)
    rows = load(options.rows)
    check_rows(rows)
    figures = reports(rows, cuts_of(options, rows))
    for part in figures.values():
        check_figures(part["without sports"])
        check_figures(part["all"])
    stack = fit(rows)
    graph = export(stack)
    metrics = {name: short(part, name != "last") for name, part in figures.items()}
    created = moment(options.created_at) if options.created_at else datetime.now(UTC).timestamp()
    manifest = manifest_of(graph, stack, rows, sha256(options.rows), metrics, created)
    files = model_files(graph, manifest, golden(stack, golden_rows(rows)))
    publish(options.out, files | papers(manifest, figures, stack, rows))
    if options.parity_out:
        hard = hard_rows(rows.x, PARITY_ROWS, seed=1)
        publish(options.parity_out, model_files(graph, manifest, golden(stack, hard)))
    return verdict_line(manifest["version"], figures["last"]["without sports"]["posterior"])


def verdict_line(name: str, figure: dict) -> str:
    low, high = (percent(end) for end in figure["skill_ci95"])
    return (
        f"{name}: skill {percent(figure['skill'])} [{low}, {high}] on the last window without sports "
        f"({figure['n']} rows, {figure['events']} events), {figure['verdict']}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=Path, required=True, help="Parquet of `oddsmith features`")
    parser.add_argument("--out", type=Path, required=True, help="model directory to write")
    parser.add_argument(
        "--cuts",
        nargs="+",
        metavar="DATE",
        help="bounds of the tested windows, the last one is shown apart; default: from the rows",
    )
    parser.add_argument("--created-at", help="time to write into the manifest, default now")
    parser.add_argument("--parity-out", type=Path, help="also write the model there with 10,000 hard golden rows")
    options = parser.parse_args()
    if not options.rows.is_file():
        parser.error(
            f"--rows {options.rows} is no file: make it with `oddsmith features --data DATA --out {options.rows}`"
        )
    if options.cuts and (len(options.cuts) < 3 or sorted(options.cuts) != options.cuts):
        parser.error(f"--cuts {' '.join(options.cuts)}: three dates at least in order, windows lie between them")
    try:
        print(run(options))
    except (Refused, OSError) as error:
        print(f"training refused: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
