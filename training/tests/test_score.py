"""Figures against values worked by hand, and a control without any edge."""

import numpy as np
import pytest

from conftest import fair_rows, make_rows
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


def test_bins_are_those_of_the_bot():
    """The cases of `engine_core::scoring`: edges belong to the bin above, 1 to the last."""
    p = np.array([0.0, 0.1, 0.19, 0.5, 0.99, 1.0])
    assert score.bin_of(p).tolist() == [0, 1, 1, 5, 9, 9]
    y = np.array([0.0, 1.0, 0.0, 1.0, 1.0, 1.0])
    assert score.ece(p, y) == pytest.approx((0.0 + abs(0.29 - 1.0) + 0.5 + abs(1.99 - 2.0)) / 6)
    assert score.reliability(p, y)[1] == (pytest.approx(0.145), 0.5, 2)


def test_the_calibration_difference_has_an_interval():
    rows = make_rows(500, seed=8)
    same = score.ece_difference_interval(rows.price, rows.price, rows.outcome, rows.event)
    assert same == (0.0, 0.0)
    shifted = np.clip(rows.price + 0.15, 0.01, 0.99)
    assert score.ece_difference_interval(shifted, rows.price, rows.outcome, rows.event)[0] > 0.03


def test_few_events_prove_nothing():
    assert score.verdict((0.01, 0.02), 99) == score.verdict((-0.02, -0.01), 99) == "not proven"
    assert score.verdict((0.01, 0.02), 100) == "proven"
    assert score.verdict((-0.02, -0.01), 100) == "worse"
    assert score.verdict((-0.01, 0.01), 10_000) == "not proven"
    # An interval narrows with the root of the events: twice the reach needs four times as many.
    assert score.events_needed(0.01, (-0.01, 0.03), 200) == 800
    assert score.events_needed(0.01, (-0.01, 0.03), 200, score.FOUR_IN_FIVE) == 1632
    assert score.events_needed(-0.01, (-0.03, 0.01), 200) is None


@pytest.mark.parametrize("seed", range(4))
def test_rules_of_thumb_do_not_beat_a_martingale(seed):
    """The control world itself has no edge: neither going with the day's move nor against it wins."""
    rows = fair_rows(500, seed)
    move = rows.x[:, 2].astype(float)
    for share in (-0.3, 0.3):
        guess = np.clip(rows.price + share * move, 0.01, 0.99)
        assert score.summary(guess, rows.price, rows.outcome, rows.event)["verdict"] != "proven"
    assert abs(rows.outcome.mean() - rows.price.mean()) < 0.06
