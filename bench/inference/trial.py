"""The trial-size ensemble: five learners × 300 trees on 20,000 made-up rows.

The shipped model is small. This one has the size a model grows to when nobody watches (some 600 thousand nodes), in the
shipped model's form: every learner corrects the market's price, and the training package writes the graph. Seeds are fixed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pickle
from pathlib import Path

import numpy as np
from oddsmith_training import learners as shipped
from oddsmith_training.constants import FEATURES, FEATURES_VERSION, PRICE, SEED, SPORTS
from oddsmith_training.export_onnx import Part, build
from oddsmith_training.golden import golden
from oddsmith_training.stack import Stack
from oddsmith_training.trees import Trees, trees_of

ROWS, TREES, LEAVES = 20_000, 300, 31
FOREST = {"n_estimators": TREES, "max_depth": 12, "min_samples_leaf": 7, "max_features": "sqrt", "n_jobs": 1}
# Share of missing values, by column.
GAPS = {5: 0.05, 6: 0.1, 9: 0.2, 10: 0.35, 11: 0.5}
# Rows the measurements take; the largest batch.
MEASURED = 5_000


def make_rows(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features and outcomes; what moves the outcome away from the price is smooth and weak."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (count, len(FEATURES))).astype(np.float32)
    x[:, PRICE] = rng.uniform(0.02, 0.98, count)
    x[:, SPORTS] = 0.0
    for column, share in GAPS.items():
        x[rng.random(count) < share, column] = np.nan
    moved = 0.8 * np.tanh(x[:, 1] + 0.5 * x[:, 2] * x[:, 3]) - 0.4 * np.abs(x[:, 4])
    chance = shipped.sigmoid(shipped.price_margin(x) + moved)
    return x, (rng.random(count) < chance).astype(float)


class XGBoost(shipped.XGBoost):
    def fit(self, x, y, w):
        import xgboost as xgb

        data = xgb.DMatrix(x, label=y, base_margin=shipped.price_margin(x), nthread=1)
        settings = {"objective": "binary:logistic", "base_score": 0.5, "max_depth": 5, "eta": 0.05, "seed": SEED, "nthread": 1}
        self.booster = xgb.train(settings, data, num_boost_round=TREES)
        return self


class LightGBM(shipped.LightGBM):
    def fit(self, x, y, w):
        import lightgbm as lgb

        data = lgb.Dataset(x.astype(np.float64), label=y, init_score=shipped.price_margin(x))
        settings = {
            "objective": "binary", "boost_from_average": False, "num_leaves": LEAVES, "learning_rate": 0.05, "seed": SEED,
            "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbosity": -1,
        }  # fmt: skip
        self.booster = lgb.train(settings, data, num_boost_round=TREES)
        return self


class HistGradientBoosting(shipped.HistGradientBoosting):
    def fit(self, x, y, w):
        from sklearn.ensemble import HistGradientBoostingRegressor

        self.model = HistGradientBoostingRegressor(
            max_iter=TREES, learning_rate=0.05, max_leaf_nodes=LEAVES, early_stopping=False, random_state=SEED
        )
        self.model.fit(x, y - x[:, PRICE])
        return self


class _Forest:
    """Without monotone constraints scikit-learn's forests take missing values themselves."""

    def fit(self, x, y, w):
        self.model = self.kind()(**FOREST, random_state=SEED).fit(x, y - x[:, PRICE])
        return self

    def raw(self, x):
        return self.model.predict(x)


class ExtraTrees(_Forest, shipped.ExtraTrees):
    pass


class RandomForest(_Forest, shipped.RandomForest):
    pass


def trees_as_fitted(learner: shipped.Learner) -> Trees:
    """The trees, a forest's missing values sent where it learnt to send them."""
    trees = trees_of(learner)
    if not isinstance(learner, _Forest):
        return trees
    routes = [estimator.tree_.missing_go_to_left.astype(bool) for estimator in learner.model.estimators_]
    moved = [dataclasses.replace(tree, nan_left=route) for tree, route in zip(trees.trees, routes, strict=True)]
    return Trees(moved, trees.base)


def write(out: Path) -> None:
    """A model directory the bot would load, the fitted stack for the Python runtimes, and rows to measure with."""
    out.mkdir(parents=True, exist_ok=True)
    x, y = make_rows(ROWS, SEED)
    kinds = [XGBoost, LightGBM, HistGradientBoosting, ExtraTrees, RandomForest]
    fitted = [kind().fit(x, y, np.ones(ROWS)) for kind in kinds]
    # The blend is not fitted: its weights change no timing.
    stack = Stack(fitted, np.full(len(kinds), 0.5), np.full(len(kinds), 0.4))
    plain = [trees_as_fitted(learner) for learner in fitted]
    parts = [Part(learner.name, learner.on_logit, trees) for learner, trees in zip(fitted, plain, strict=True)]
    graph = build(parts, stack.factors, stack.weights).SerializeToString(deterministic=True)
    measured, _ = make_rows(MEASURED, SEED + 1)
    day = "2026-01-01T00:00:00Z"
    manifest = {
        "version": "trial-size", "created_at": day, "features_version": FEATURES_VERSION, "features": FEATURES,
        "learners": [learner.name for learner in fitted], "sha256": hashlib.sha256(graph).hexdigest(),
        "training": {"from": day, "to": day, "rows": ROWS, "events": ROWS},
    }  # fmt: skip
    (out / "golden.json").write_text(json.dumps(golden(stack, measured[:40])))
    (out / "manifest.json").write_text(json.dumps(manifest))
    (out / "rows.f32").write_bytes(measured.astype("<f4").tobytes())
    (out / "stack.pickle").write_bytes(pickle.dumps(stack))
    # Last: a directory with a graph is a complete one.
    (out / "ensemble.onnx").write_bytes(graph)
    counts = {part.name: sum(len(tree.left) for tree in part.trees.trees) for part in parts}
    print(f"trial-size model: {counts}, {sum(counts.values())} nodes, {len(graph) / 1e6:.1f} MB")

