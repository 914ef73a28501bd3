"""Figures against values worked by hand, and a control without any edge."""

import numpy as np
import pytest

from conftest import make_rows
from oddsmith_training import score


def test_worked_values():
    y = np.array([1.0, 0.0, 1.0, 0.0])
    model, market = np.array([0.8, 0.2, 0.6, 0.4]), np.full(4, 0.5)
    assert score.brier(model, y) == pytest.approx(0.1)
    assert score.skill(model, market, y) == pytest.approx(0.6)
    assert score.log_loss(market, y) == pytest.approx(np.log(2))
    assert score.ece(np.array([0.7, 0.72, 0.74, 0.76]), np.array([1.0, 1.0, 0.0, 1.0])) == pytest.approx(0.08 / 4)


def test_anchoring_is_that_of_the_bot():
    # domain: market .60, model .30, confidence .75, damping .5 → .484
    learners = np.full((1, 5), 0.3)
    assert score.anchored(np.array([0.3]), np.array([0.6]), learners)[0] == pytest.approx(0.484, abs=5e-4)


def test_the_interval_draws_events_not_rows():
    y = np.tile([1.0, 0.0, 1.0, 1.0, 0.0], 20)
    market = np.full(100, 0.5)
    model = np.where(y == 1.0, 0.55, 0.48) + np.tile([0.0, 0.1, -0.1, 0.0, 0.0], 20)
    one_each = score.skill_interval(model, market, y, np.arange(100).astype(str))
    few = score.skill_interval(model, market, y, np.repeat(np.arange(5), 20).astype(str))
    assert few != one_each


def test_a_world_without_edge_is_not_proven():
    rows = make_rows(600, seed=5)
    noise = np.clip(rows.price + np.random.default_rng(2).normal(0, 0.03, len(rows)), 0.01, 0.99)
    assert score.summary(noise, rows.price, rows.outcome, rows.event)["verdict"] != "proven"
    oracle = np.clip(rows.price + 0.2 * (rows.outcome - 0.5), 0.01, 0.99)
    assert score.summary(oracle, rows.price, rows.outcome, rows.event)["verdict"] == "proven"
