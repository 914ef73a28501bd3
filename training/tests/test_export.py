"""The exported graph, evaluated by onnx's own reference, agrees with the walk over the trees."""

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from oddsmith_training.constants import CLIP, FEATURES, PRICE, SPORTS
from oddsmith_training.export_onnx import Part, build
from oddsmith_training.trees import LEQ, LT, Tree, Trees, below, walk


def stump(feature: int, threshold: float, yes: float, no: float, nan_left: bool, mode: str = LEQ) -> Tree:
    return Tree(
        feature=np.array([feature, 0, 0]),
        threshold=np.array([threshold, 0, 0], dtype=np.float32),
        left=np.array([1, -1, -1]),
        right=np.array([2, -1, -1]),
        nan_left=np.array([nan_left, False, False]),
        value=np.array([0.0, yes, no]),
        mode=mode,
    )


def leaf(value: float) -> Tree:
    empty = np.array([-1])
    return Tree(np.array([0]), np.zeros(1, np.float32), empty, empty, np.zeros(1, bool), np.array([value]), LEQ)


def test_rounding_down_keeps_every_comparison():
    rng = np.random.default_rng(3)
    thresholds = rng.normal(0, 1, 500)
    rounded = below(thresholds)
    inputs = np.concatenate([rounded, np.nextafter(rounded, np.float32(np.inf)), thresholds.astype(np.float32)])
    for x in inputs[:300]:
        assert ((x.astype(np.float64) <= thresholds) == (x <= rounded)).all()


def test_walk_sends_missing_values_where_the_tree_says():
    trees = Trees([stump(3, 0.5, 1.0, -1.0, True), stump(3, 0.5, 10.0, -10.0, False, LT), leaf(0.25)], base=100.0)
    x = np.zeros((4, len(FEATURES)), dtype=np.float32)
    x[:, 3] = [0.4, 0.5, 0.6, np.nan]
    assert walk(trees, x) == pytest.approx([111.25, 91.25, 89.25, 91.25])


def test_the_graph_is_the_formula():
    parts = [
        Part("a", True, Trees([stump(3, 0.5, -0.8, 0.3, False), leaf(0.1)], base=0.05)),
        Part("b", False, Trees([stump(1, 0.0, -0.2, 0.1, True, LT)], base=-0.01)),
    ]
    factors, weights = np.array([0.5, 1.5]), np.array([0.7, 0.9])
    model = onnx.load_from_string(build(parts, factors, weights).SerializeToString())
    rng = np.random.default_rng(4)
    x = rng.normal(0, 0.5, (40, len(FEATURES))).astype(np.float32)
    x[:, PRICE] = rng.uniform(0, 1, 40)
    x[:, SPORTS] = rng.integers(0, 2, 40)
    final, learners = ReferenceEvaluator(model).run(None, {"features": x})

    price = np.clip(x[:, PRICE].astype(float), CLIP, 1 - CLIP)
    market = np.log(price / (1 - price))
    shifted = np.clip(price + walk(parts[1].trees, x), CLIP, 1 - CLIP)
    margins = np.column_stack([market + walk(parts[0].trees, x), np.log(shifted / (1 - shifted))])
    corrections = (margins - market[:, None]) * factors * (x[:, SPORTS] < 0.5)[:, None]
    expected = 1 / (1 + np.exp(-(market + corrections @ weights)))
    assert np.abs(final[:, 0] - expected).max() < 1e-6
    assert np.abs(learners - 1 / (1 + np.exp(-(market[:, None] + corrections)))).max() < 1e-6
    assert (x[:, SPORTS] > 0.5).any() and np.abs(final[:, 0] - price)[x[:, SPORTS] > 0.5].max() < 1e-6
