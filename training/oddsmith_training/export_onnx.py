"""Writes the whole ensemble as one ONNX graph: features in, P(Yes) and each learner's P(Yes) out.

Calibration and blend travel inside the graph: a factor for each learner, then a weighted mean in the final Gemm. tract runs `TreeEnsembleClassifier` with
the operator of `engine/src/predict`; `TreeEnsembleRegressor` it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .constants import CLIP, FEATURES, PRICE, SPORTS
from .trees import Trees


@dataclass(frozen=True)
class Part:
    """One learner as the graph sees it."""

    name: str
    on_logit: bool
    trees: Trees


class Graph:
    """Nodes and constants under construction."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def number(self, name: str, value: float) -> str:
        return self.constant(name, np.array(value, dtype=np.float32))

    def add(self, kind: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def clip(self, value: str, output: str) -> str:
        return self.add("Clip", [value, "low", "high"], output)

    def logit(self, value: str, output: str) -> str:
        """log p − log (1 − p)."""
        rest = self.add("Sub", ["one", value], f"{output}_rest")
        yes = self.add("Log", [value], f"{output}_yes")
        no = self.add("Log", [rest], f"{output}_no")
        return self.add("Sub", [yes, no], output)


def node_table(trees: Trees) -> dict:
    """Attributes of `TreeEnsembleClassifier`: one score, all leaves of class 0."""
    table: dict[str, list] = {
        key: []
        for key in (
            "nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_modes", "nodes_values", "nodes_truenodeids",
            "nodes_falsenodeids", "nodes_missing_value_tracks_true", "class_treeids", "class_nodeids", "class_ids",
            "class_weights",
        )
    }  # fmt: skip
    for number, tree in enumerate(trees.trees):
        leaf = tree.leaves()
        count = len(leaf)
        table["nodes_treeids"] += [number] * count
        table["nodes_nodeids"] += list(range(count))
        table["nodes_featureids"] += np.where(leaf, 0, tree.feature).tolist()
        table["nodes_modes"] += np.where(leaf, "LEAF", tree.mode).tolist()
        table["nodes_values"] += np.where(leaf, 0.0, tree.threshold).astype(np.float32).tolist()
        table["nodes_truenodeids"] += np.where(leaf, 0, tree.left).tolist()
        table["nodes_falsenodeids"] += np.where(leaf, 0, tree.right).tolist()
        table["nodes_missing_value_tracks_true"] += np.where(leaf, 0, tree.nan_left).astype(int).tolist()
        ids = np.flatnonzero(leaf)
        table["class_treeids"] += [number] * len(ids)
        table["class_nodeids"] += ids.tolist()
        table["class_ids"] += [0] * len(ids)
        table["class_weights"] += tree.value[ids].astype(np.float32).tolist()
    return table


def add_learner(graph: Graph, part: Part) -> str:
    """Nodes of one learner; returns its margin, the logit of its P(Yes)."""
    name = part.name
    graph.nodes.append(
        helper.make_node(
            "TreeEnsembleClassifier", ["features"], [f"{name}_label", f"{name}_scores"], name=f"{name}_trees",
            domain="ai.onnx.ml", classlabels_int64s=[0, 1], post_transform="NONE", **node_table(part.trees),
        )
    )  # fmt: skip
    score = slice_column(graph, f"{name}_scores", 1, f"{name}_score")
    raw = graph.add("Add", [score, graph.number(f"{name}_base", part.trees.base)], f"{name}_raw")
    if part.on_logit:
        return graph.add("Add", [raw, "market"], f"{name}_margin")
    moved = graph.clip(graph.add("Add", [raw, "price"], f"{name}_moved"), f"{name}_clipped")
    return graph.logit(moved, f"{name}_margin")


def slice_column(graph: Graph, source: str, column: int, output: str) -> str:
    """One column as a matrix of width 1."""
    bounds = [
        graph.constant(f"{output}_from", np.array([column], dtype=np.int64)),
        graph.constant(f"{output}_to", np.array([column + 1], dtype=np.int64)),
    ]
    return graph.add("Slice", [source, *bounds, "axis_1"], output)


def build(parts: list[Part], factors: np.ndarray, weights: np.ndarray) -> onnx.ModelProto:
    """The graph. The final Gemm is `logit m + Σ w_i · correction_i`."""
    graph = Graph()
    graph.number("one", 1.0)
    graph.number("half", 0.5)
    graph.number("low", CLIP)
    graph.number("high", 1.0 - CLIP)
    graph.constant("axis_1", np.array([1], dtype=np.int64))
    graph.clip(slice_column(graph, "features", PRICE, "raw_price"), "price")
    graph.logit("price", "market")
    together = graph.add("Concat", [add_learner(graph, part) for part in parts], "margins", axis=1)
    unplayed = graph.add("Less", [slice_column(graph, "features", SPORTS, "sports"), "half"], "not_sports")
    say = graph.add("Cast", [unplayed], "say", to=TensorProto.FLOAT)
    graph.constant("factors", factors.astype(np.float32).reshape(1, -1))
    calibrated = graph.add("Mul", [graph.add("Sub", [together, "market"], "moves"), "factors"], "calibrated")
    corrections = graph.add("Mul", [calibrated, say], "corrections")
    graph.add("Sigmoid", [graph.add("Add", [corrections, "market"], "learner_margins")], "learners")

    stacked = graph.add("Concat", ["market", corrections], "stacked", axis=1)
    graph.constant("weights", np.concatenate([[1.0], weights]).astype(np.float32).reshape(-1, 1))
    graph.constant("intercept", np.zeros(1, dtype=np.float32))
    graph.add("Sigmoid", [graph.add("Gemm", [stacked, "weights", "intercept"], "blended")], "probability")

    def matrix(name: str, width: int) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", width])

    inputs, outputs = [matrix("features", len(FEATURES))], [matrix("probability", 1), matrix("learners", len(parts))]
    proto = helper.make_graph(graph.nodes, "oddsmith_ensemble", inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(proto, opset_imports=opsets, ir_version=8, producer_name="oddsmith-training")
    onnx.checker.check_model(model)
    return model
