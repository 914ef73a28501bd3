"""One command: rows in, model directory out. `python -m oddsmith_training.train --rows rows.parquet --out ../models`"""

from __future__ import annotations

import os

# Before any numeric library is loaded: spinning OpenMP threads took a trial run from 3 to over 10 minutes.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

import argparse  # noqa: E402
import hashlib  # noqa: E402
import json  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from importlib.metadata import version  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

from .card import card  # noqa: E402
from .constants import FEATURES, FEATURES_VERSION  # noqa: E402
from .evaluate import report  # noqa: E402
from .export_onnx import Part, build  # noqa: E402
from .golden import golden, hard_rows  # noqa: E402
from .rows import Rows, load, sha256  # noqa: E402
from .stack import Stack, fit  # noqa: E402
from .trees import trees_of  # noqa: E402

LIBRARIES = ["numpy", "scipy", "scikit-learn", "xgboost-cpu", "lightgbm", "onnx"]
GOLDEN_REAL, GOLDEN_HARD = 24, 16


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


def manifest_of(graph: bytes, stack: Stack, rows: Rows, data_hash: str, markets: int, metrics: dict, created: str) -> dict:
    digest = hashlib.sha256(graph).hexdigest()
    return {
        "version": f"v{FEATURES_VERSION}-{iso(rows.as_of.max())[:10]}-{digest[:8]}",
        "created_at": created,
        "features_version": FEATURES_VERSION,
        "features": FEATURES,
        "learners": [learner.name for learner in stack.learners],
        "sha256": digest,
        "training": {
            "from": iso(rows.as_of.min()),
            "to": iso(rows.as_of.max()),
            "rows": len(rows),
            "events": rows.events,
            "markets": markets,
            "data_sha256": data_hash,
        },
        "metrics": metrics,
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def short(figures: dict | None) -> dict | None:
    """What the manifest keeps of a report."""
    if figures is None:
        return None
    kept = ("posterior", "raw", "recalibrated market")
    return {part: {name: figures[part][name] for name in kept} for part in ("without sports", "all")}


def write(out: Path, graph: bytes, manifest: dict, rows: dict) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "ensemble.onnx").write_bytes(graph)
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    (out / "golden.json").write_text(json.dumps(rows) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, required=True, help="Parquet of `oddsmith features`")
    parser.add_argument("--out", type=Path, required=True, help="model directory to write")
    parser.add_argument("--cuts", nargs="+", required=True, help="dates bounding the development windows")
    parser.add_argument("--holdout-end", help="end of the last window, which starts at the last cut")
    parser.add_argument("--created-at", help="time to write into the manifest, default now")
    parser.add_argument("--parity-out", type=Path, help="also write the model there with 10,000 hard golden rows")
    options = parser.parse_args()

    rows = load(options.rows)
    cuts = [moment(cut) for cut in options.cuts]
    development = report(rows, cuts)
    holdout = report(rows, [cuts[-1], moment(options.holdout_end)]) if options.holdout_end else None
    stack = fit(rows)
    graph = export(stack)
    metrics = {"development": short(development), "holdout": short(holdout)}
    created = options.created_at or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # A market's rows weigh 1 together.
    markets = round(float(rows.weight.sum()))
    manifest = manifest_of(graph, stack, rows, sha256(options.rows), markets, metrics, created)
    write(options.out, graph, manifest, golden(stack, golden_rows(rows)))
    said = zip(stack.learners, stack.factors, stack.weights, strict=True)
    weights = {learner.name: (float(factor), float(weight)) for learner, factor, weight in said}
    sources = {str(name): int(count) for name, count in zip(*np.unique(rows.source, return_counts=True), strict=True)}
    (options.out / "MODEL_CARD.md").write_text(card(manifest, development, holdout, weights, sources))
    if options.parity_out:
        write(options.parity_out, graph, manifest, golden(stack, hard_rows(rows.x, 10_000, seed=1)))
    for name, part in (("development", development), ("holdout", holdout)):
        for kind in ("without sports", "all") if part else ():
            f = part[kind]["posterior"]
            print(f"{name}, {kind}: n {f['n']}, events {f['events']}, skill {f['skill']:+.4f} {f['skill_ci95']}, {f['verdict']}")
    print(f"{manifest['version']}: {len(graph):,} bytes")


if __name__ == "__main__":
    main()
