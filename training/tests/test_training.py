"""The whole fit on small synthetic worlds. Needs the learners' libraries."""

import numpy as np
import pytest

from conftest import make_rows
from oddsmith_training import score
from oddsmith_training.constants import FEATURES
from oddsmith_training.golden import golden, hard_rows
from oddsmith_training.rows import DAY, purged

for _library in ("sklearn", "xgboost", "lightgbm", "scipy"):
    pytest.importorskip(_library)

from oddsmith_training import learners, stack, train  # noqa: E402
from oddsmith_training.learners import USED  # noqa: E402
from oddsmith_training.trees import trees_of, walk  # noqa: E402

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module", autouse=True)
def small():
    """Fewer trees and inner blocks: the logic is the same, the fits take a tenth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learners, "TREES", 30)
        patch.setattr(stack, "INNER_BLOCKS", 3)
        yield


@pytest.fixture(scope="module")
def fitted():
    rows = make_rows(500, drift=-0.25)
    return rows, stack.fit(rows)


def out_of_sample(rows):
    known, unknown = (rows.take(index) for index in purged(rows, 40 * DAY, 70 * DAY))
    final, bases = stack.fit(known).probabilities(unknown.x)
    said = score.anchored(final, unknown.price, bases)
    return score.summary(said, unknown.price, unknown.outcome, unknown.event)


def test_every_learner_s_trees_are_read_right(fitted):
    rows, fit = fitted
    x = np.concatenate([rows.x[:300], hard_rows(rows.x, 300)])
    for learner in fit.learners:
        assert np.abs(walk(trees_of(learner), x) - learner.raw(x)).max() < 2e-6, learner.name


def test_unused_features_change_nothing(fitted):
    rows, fit = fitted
    changed = rows.x.copy()
    unused = [k for k, name in enumerate(FEATURES) if name not in [*USED, "is_sports"]]
    changed[:, unused] = np.random.default_rng(1).normal(0, 100, (len(rows), len(unused)))
    assert (fit.probabilities(changed)[0] == fit.probabilities(rows.x)[0]).all()


def test_the_graph_agrees_with_python_and_is_reproducible(fitted):
    ort = pytest.importorskip("onnxruntime")
    rows, fit = fitted
    x = hard_rows(rows.x, 500)
    graph = train.export(fit)
    final, bases = ort.InferenceSession(graph).run(None, {"features": x})
    table = golden(fit, x)["rows"]
    assert np.abs(final[:, 0] - [row["final"] for row in table]).max() < 1e-5
    for k, learner in enumerate(fit.learners):
        assert np.abs(bases[:, k] - [row["learners"][learner.name] for row in table]).max() < 1e-5
    assert train.export(stack.fit(rows)) == graph, "same rows, same seed, same bytes"


def test_a_real_effect_is_found_and_a_missing_one_is_not():
    assert out_of_sample(make_rows(900, drift=-0.8, seed=3))["verdict"] == "proven"
    fair = out_of_sample(make_rows(900, drift=0.0, seed=3))
    assert fair["verdict"] != "proven" and fair["skill"] < 0.01


def test_shuffled_outcomes_teach_nothing():
    rows = make_rows(900, drift=-0.8, seed=4)
    rows.outcome[:] = (np.random.default_rng(5).random(len(rows)) < rows.price).astype(float)
    assert out_of_sample(rows)["verdict"] != "proven"


def test_a_leaking_feature_shows_in_the_figures():
    rows = make_rows(600, seed=6)
    rows.x[:, FEATURES.index("momentum_1h")] = rows.outcome - 0.5
    assert out_of_sample(rows)["skill"] > 0.2, "a planted oracle must be unmistakable"
