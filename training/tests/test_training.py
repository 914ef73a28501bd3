"""The whole fit on small synthetic worlds. Needs the learners' libraries."""

import json

import numpy as np
import pytest

from conftest import fair_rows, make_rows
from oddsmith_training import score
from oddsmith_training.constants import FEATURES, PRICE
from oddsmith_training.golden import golden, hard_rows
from oddsmith_training.leak import check_figures, check_rows
from oddsmith_training.rows import DAY, Refused, automatic_cuts, purged

for _library in ("sklearn", "xgboost", "lightgbm", "scipy"):
    pytest.importorskip(_library)

from oddsmith_training import ablate, evaluate, learners, stack, train  # noqa: E402
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


def said_out_of_sample(rows, start=40 * DAY):
    """Tested rows and what the bot would have said of them."""
    known, unknown = (rows.take(index) for index in purged(rows, start, 100 * DAY))
    final, bases = stack.fit(known).probabilities(unknown.x)
    return unknown, score.anchored(final, unknown.price, bases)


def out_of_sample(*worlds, start=40 * DAY):
    """Figures of the posterior over one or several worlds together."""
    parts = [said_out_of_sample(world, start) for world in worlds]
    said = np.concatenate([posterior for _, posterior in parts])
    price = np.concatenate([rows.price for rows, _ in parts])
    outcome = np.concatenate([rows.outcome for rows, _ in parts])
    event = np.concatenate([np.char.add(f"{k} ", rows.event) for k, (rows, _) in enumerate(parts)])
    return score.summary(said, price, outcome, event)


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


def test_the_forecast_lies_within_its_learners(fitted):
    rows, fit = fitted
    final, bases = fit.probabilities(hard_rows(rows.x, 500))
    assert (final >= bases.min(axis=1) - 1e-9).all() and (final <= bases.max(axis=1) + 1e-9).all()
    assert fit.weights.sum() == pytest.approx(1.0) and (fit.weights >= 0.0).all()
    assert ((fit.factors >= 0.0) & (fit.factors <= 1.0)).all()


def test_a_real_effect_is_found_and_a_missing_one_is_not():
    assert out_of_sample(make_rows(900, drift=-0.8, seed=3))["verdict"] == "proven"
    fair = out_of_sample(make_rows(900, drift=0.0, seed=3))
    assert fair["verdict"] != "proven" and fair["skill"] < 0.01


def around_zero(figure):
    """No skill, and an interval that says so from both sides."""
    low, high = figure["skill_ci95"]
    return figure["verdict"] == "not proven" and low < 0.0 < high and abs(figure["skill"]) < 0.005


def shuffled(rows, seed):
    """Outcomes change places among rows of about the same price, and the price becomes right on average."""
    rng = np.random.default_rng(seed)
    band = (rows.price * 20).astype(int)
    for k in range(20):
        place = np.flatnonzero(band == k)
        rows.outcome[place] = rng.permutation(rows.outcome[place])
    fair = np.array([rows.outcome[np.abs(rows.price - p) < 0.05].mean() for p in rows.price])
    rows.price[:] = np.clip(fair, 0.05, 0.95)
    rows.x[:, PRICE] = rows.price
    return rows


def test_shuffled_outcomes_teach_nothing():
    worlds = [make_rows(900, drift=-0.8, seed=seed) for seed in (4, 5, 6, 7)]
    assert out_of_sample(*worlds)["verdict"] == "proven"
    figure = out_of_sample(*(shuffled(world, seed) for seed, world in enumerate(worlds)))
    assert figure["events"] > 1000 and around_zero(figure), figure


def test_a_martingale_world_is_not_proven():
    """Prices nobody can beat: four worlds together, and one through the walk-forward as the trainer runs it."""
    figure = out_of_sample(*(fair_rows(600, seed) for seed in (1, 2, 3, 4)), start=50 * DAY)
    assert figure["events"] > 800 and around_zero(figure), figure
    world = fair_rows(500, 5)
    check_rows(world)
    figures = evaluate.reports(world, automatic_cuts(world))
    for part in figures.values():
        check_figures(part["all"])
        assert part["all"]["posterior"]["verdict"] != "proven", part["all"]["posterior"]


def test_a_leaking_feature_shows_in_the_figures():
    """Past the check of single features, a learner that has seen the outcome is unmistakable and refused."""
    rows = make_rows(600, seed=6)
    rows.x[:, FEATURES.index("momentum_1h")] = rows.outcome - 0.5
    assert out_of_sample(rows)["skill"] > 0.2
    with pytest.raises(Refused, match="something in the rows has seen the outcome"):
        for part in evaluate.reports(rows, automatic_cuts(rows)).values():
            check_figures(part["all"])


def test_importances_add_up_to_the_correction(fitted):
    rows, fit = fitted
    x, background = rows.x[:6], rows.x[100:120]
    values = ablate.shapley(fit, x, background).sum(axis=1)
    expected = ablate.corrections(fit, x) - ablate.corrections(fit, background).mean(axis=0)
    assert np.abs(values - expected).max() < 1e-9


def parquet(rows, path):
    """Writes rows as `oddsmith features` does."""
    pa = pytest.importorskip("pyarrow")
    columns = {name: rows.x[:, k].astype(float) for k, name in enumerate(FEATURES)}
    columns |= {"market": rows.market, "event": rows.event, "source": rows.source, "as_of": rows.as_of.astype(int)}
    columns |= {"market_price": rows.x[:, PRICE].astype(float), "outcome": rows.outcome, "weight": rows.weight}
    table = pa.table(columns | {"outcome_source": np.full(len(rows), "uma_settled")})
    import pyarrow.parquet as pq

    pq.write_table(table, path)
    return path


def command(monkeypatch, capsys, *words):
    monkeypatch.setattr("sys.argv", ["train", *(str(word) for word in words)])
    return train.main(), *capsys.readouterr()


def test_the_command_writes_the_same_model_twice_and_says_so(tmp_path, monkeypatch, capsys):
    world = parquet(fair_rows(250, 3), tmp_path / "rows.parquet")
    code, out, _ = command(monkeypatch, capsys, "--rows", world, "--out", tmp_path / "a")
    assert code == 0
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert out.splitlines()[-1].startswith(f"{manifest['version']}: skill ") and out.count("\n") == 1
    assert {path.name for path in (tmp_path / "a").iterdir()} == {
        "ensemble.onnx", "manifest.json", "golden.json", "MODEL_CARD.md", "calibration.svg"
    }  # fmt: skip
    assert manifest["training"]["events"] == len(set(fair_rows(250, 3).event))
    assert manifest["training"]["outcomes_known_before"] >= manifest["training"]["to"]
    assert command(monkeypatch, capsys, "--rows", world, "--out", tmp_path / "b")[0] == 0
    for name in ("ensemble.onnx", "golden.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_the_command_refuses_a_leak_and_keeps_what_was_there(tmp_path, monkeypatch, capsys):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "manifest.json").write_text("the old one")
    world = make_rows(400, seed=7)
    world.x[:, FEATURES.index("price_change_1w")] = world.outcome - 0.5
    rows = parquet(world, tmp_path / "rows.parquet")
    code, out, err = command(monkeypatch, capsys, "--rows", rows, "--out", tmp_path / "models")
    assert (code, out) == (1, "")
    assert err.startswith("training refused: the feature price_change_1w tells the outcome") and err.count("\n") == 1
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["manifest.json"]


@pytest.mark.parametrize("words", [["--rows", "nowhere.parquet"], ["--rows", __file__, "--cuts", "2026-04-01"]])
def test_wrong_usage_is_exit_code_2(words, tmp_path, monkeypatch, capsys):
    with pytest.raises(SystemExit) as stop:
        command(monkeypatch, capsys, *words, "--out", tmp_path / "m")
    assert stop.value.code == 2
