"""An outcome planted in the rows is found, honest rows pass."""

import numpy as np
import pytest

from conftest import fair_rows, make_rows
from oddsmith_training import leak
from oddsmith_training.constants import FEATURES, PRICE
from oddsmith_training.rows import Refused


def planted(rows, name, value):
    rows.x[:, FEATURES.index(name)] = value
    return rows


ORACLES = {
    "the outcome, shifted": lambda rows, rng: rows.outcome - 0.5,
    "turned round and scaled": lambda rows, rng: 40.0 - 7.0 * rows.outcome,
    "the way the price will still go": lambda rows, rng: rows.outcome - rows.price,
    "drowned in its own spread of noise": lambda rows, rng: rows.outcome + rng.normal(0.0, 0.5, len(rows)),
    "missing when it was Yes": lambda rows, rng: np.where(rows.outcome == 1.0, np.nan, rng.random(len(rows))),
}


@pytest.mark.parametrize("name", ["momentum_24h", "price_change_1w", "q_certainty"])
@pytest.mark.parametrize("oracle", ORACLES)
def test_a_planted_oracle_is_refused_by_name(oracle, name):
    rows = make_rows(400, seed=7)
    leak.check_rows(rows)
    value = ORACLES[oracle](rows, np.random.default_rng(8))
    with pytest.raises(Refused, match=f"the feature {name} .* has seen the outcome"):
        leak.check_rows(planted(rows, name, value))


@pytest.mark.parametrize("seed", range(5))
def test_honest_rows_pass(seed):
    leak.check_rows(fair_rows(250, seed))
    leak.check_rows(make_rows(300, seed=seed, drift=-0.5))


def test_an_oracle_of_other_markets_passes():
    rows = make_rows(400, seed=7)
    leak.check_rows(planted(rows, "rsi", np.random.default_rng(1).permutation(rows.outcome)))


def test_what_the_price_knows_does_not_count():
    rows = make_rows(400, seed=9)
    assert leak.separation(rows.price, rows.outcome, rows.weight) > 0.75
    assert leak.beyond_price(rows, rows.price**3) < 0.6


def test_separation_is_the_area_under_the_curve():
    value, outcome = np.array([1.0, 2.0, 2.0, 3.0]), np.array([0.0, 0.0, 1.0, 1.0])
    assert leak.separation(value, outcome, np.ones(4)) == pytest.approx(3.5 / 4)
    assert leak.separation(value, outcome, np.array([3.0, 1.0, 1.0, 1.0])) == pytest.approx(7.5 / 8)


def test_damaged_rows_are_refused():
    apart = make_rows(100)
    apart.x[5, PRICE] += 0.01
    with pytest.raises(Refused, match="yes_price differs"):
        leak.check_rows(apart)
    beyond = make_rows(100)
    beyond.price[3] = 1.2
    with pytest.raises(Refused, match="not between 0 and 1"):
        leak.check_rows(beyond)


@pytest.mark.parametrize(
    ("low", "events", "refused"), [(0.2, 300, True), (0.2, 10, False), (0.03, 300, False), (-0.1, 300, False)]
)
def test_forecasts_too_good_to_be_honest_are_refused(low, events, refused):
    figures = {"raw": {"skill": low + 0.05, "skill_ci95": [low, low + 0.1], "events": events}}
    if refused:
        with pytest.raises(Refused, match="raw beats the market by 25 %"):
            leak.check_figures(figures)
    else:
        leak.check_figures(figures)
