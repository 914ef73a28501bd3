"""One plain form for the trees of every library, and a walk over it.

The stock ONNX converters are not used: they lose where a forest sends missing values, and two of the five exports do not
load in tract. Reading the trees ourselves is a page of code.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from .learners import Learner

LEQ, LT = "BRANCH_LEQ", "BRANCH_LT"


@dataclass(frozen=True)
class Tree:
    """Arrays by node; node 0 is the root, a leaf has `left` −1. Left is where the comparison holds."""

    feature: np.ndarray
    threshold: np.ndarray  # float32, such that comparing float32 inputs is exact
    left: np.ndarray
    right: np.ndarray
    nan_left: np.ndarray
    value: np.ndarray
    mode: str

    def leaves(self) -> np.ndarray:
        return self.left < 0


@dataclass(frozen=True)
class Trees:
    """A learner's trees; their sum plus `base` is `Learner.raw`."""

    trees: list[Tree]
    base: float


def below(threshold: np.ndarray) -> np.ndarray:
    """The largest float32 not above each float64 threshold: `x <= t` stays the same question for float32 x."""
    # Some libraries write 1e300 for "every number": it becomes infinite and then the largest float32.
    with np.errstate(over="ignore"):
        rounded = threshold.astype(np.float32)
    return np.where(rounded.astype(np.float64) > threshold, np.nextafter(rounded, np.float32(-np.inf)), rounded)


def walk(trees: Trees, x: np.ndarray) -> np.ndarray:
    """Sum of leaves for float32 rows: the reference the exported graph is held against."""
    total = np.full(len(x), trees.base)
    every = np.arange(len(x))
    for tree in trees.trees:
        node = np.zeros(len(x), dtype=np.int64)
        while True:
            inner = tree.left[node] >= 0
            if not inner.any():
                break
            value = x[every, np.maximum(tree.feature[node], 0)]
            with np.errstate(invalid="ignore"):
                holds = value < tree.threshold[node] if tree.mode == LT else value <= tree.threshold[node]
            holds = np.where(np.isnan(value), tree.nan_left[node], holds)
            node = np.where(inner, np.where(holds, tree.left[node], tree.right[node]), node)
        total += tree.value[node]
    return total


def trees_of(learner: Learner) -> Trees:
    """The trees of a fitted learner."""
    return _READERS[learner.name](learner)


def _xgboost(learner) -> Trees:
    model = json.loads(learner.booster.save_raw("json"))["learner"]["gradient_booster"]["model"]
    trees = []
    for tree in model["trees"]:
        left = np.array(tree["left_children"], dtype=np.int64)
        conditions = np.array(tree["split_conditions"], dtype=np.float32)
        trees.append(
            Tree(
                feature=np.array(tree["split_indices"], dtype=np.int64),
                threshold=conditions,
                left=left,
                right=np.array(tree["right_children"], dtype=np.int64),
                nan_left=np.array(tree["default_left"], dtype=bool),
                value=np.where(left < 0, conditions, 0.0),  # a leaf keeps its value in the condition's place
                mode=LT,
            )
        )
    return Trees(trees, 0.0)


def _lightgbm(learner) -> Trees:
    return Trees([_lightgbm_tree(info["tree_structure"]) for info in learner.booster.dump_model()["tree_info"]], 0.0)


def _lightgbm_tree(root: dict) -> Tree:
    nodes: list[list] = []

    def add(node: dict) -> int:
        place = len(nodes)
        if "split_feature" not in node:
            nodes.append([0, 0.0, -1, -1, False, node["leaf_value"]])
            return place
        if node["decision_type"] != "<=" or node["missing_type"] not in ("None", "NaN"):
            raise ValueError(f"unknown split {node['decision_type']} / {node['missing_type']}")
        threshold = float(node["threshold"])
        # Without missing values in training LightGBM reads NaN as 0.
        nan_left = node["default_left"] if node["missing_type"] == "NaN" else threshold >= 0.0
        nodes.append([node["split_feature"], threshold, 0, 0, nan_left, 0.0])
        nodes[place][2] = add(node["left_child"])
        nodes[place][3] = add(node["right_child"])
        return place

    add(root)
    return _from_columns(*(np.array(column) for column in zip(*nodes, strict=True)))


def _hist_gradient_boosting(learner) -> Trees:
    trees = []
    for (predictor,) in learner.model._predictors:
        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(bool)
        trees.append(
            _from_columns(
                nodes["feature_idx"],
                nodes["num_threshold"],
                np.where(leaf, -1, nodes["left"].astype(np.int64)),
                np.where(leaf, -1, nodes["right"].astype(np.int64)),
                nodes["missing_go_to_left"].astype(bool),
                np.where(leaf, nodes["value"], 0.0),
            )
        )
    return Trees(trees, float(learner.model._baseline_prediction.ravel()[0]))


def _forest(learner) -> Trees:
    estimators = learner.model.estimators_
    trees = []
    for estimator in estimators:
        tree = estimator.tree_
        leaf = tree.children_left < 0
        trees.append(
            _from_columns(
                np.where(leaf, 0, tree.feature),
                np.where(leaf, 0.0, tree.threshold),
                tree.children_left,
                tree.children_right,
                larger_left(tree),
                np.where(leaf, tree.value[:, 0, 0] / len(estimators), 0.0),
            )
        )
    return Trees(trees, 0.0)


def larger_left(tree) -> np.ndarray:
    """True where the left child saw at least as many training rows: where a missing value goes."""
    return tree.n_node_samples[tree.children_left] >= tree.n_node_samples[tree.children_right]


def _from_columns(feature, threshold, left, right, nan_left, value) -> Tree:
    return Tree(
        feature=np.asarray(feature, dtype=np.int64),
        threshold=below(np.asarray(threshold, dtype=np.float64)),
        left=np.asarray(left, dtype=np.int64),
        right=np.asarray(right, dtype=np.int64),
        nan_left=np.asarray(nan_left, dtype=bool),
        value=np.asarray(value, dtype=np.float64),
        mode=LEQ,
    )


_READERS = {
    "xgboost": _xgboost,
    "lightgbm": _lightgbm,
    "hist_gradient_boosting": _hist_gradient_boosting,
    "extra_trees": _forest,
    "random_forest": _forest,
}
