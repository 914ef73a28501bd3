"""Splits let nothing through from the future or from a tested event."""

import numpy as np
import pytest

from conftest import fair_rows, make_rows
from oddsmith_training.constants import FEATURES
from oddsmith_training.rows import (
    DAY,
    INFERRED,
    SETTLING,
    Refused,
    automatic_cuts,
    inner_cuts,
    purged,
    usable,
    walk_forward,
)


def test_training_rows_were_known_before_the_window(rows):
    start, end = 30 * DAY, 40 * DAY
    train, test = purged(rows, start, end)
    assert len(train) and len(test)
    assert rows.known_at[train].max() < start
    assert rows.as_of[test].min() >= start
    assert not set(rows.event[train]) & set(rows.event[test])


def test_an_event_that_goes_on_is_taken_out_of_training():
    rows = make_rows(50)
    rows.event[:] = np.where(np.arange(len(rows)) % 2 == 0, "on", rows.event)
    train, test = purged(rows, 30 * DAY, 40 * DAY)
    assert "on" in rows.event[test]
    assert "on" not in rows.event[train]


@pytest.mark.parametrize("world", [make_rows(400), fair_rows(300, seed=2)], ids=["short", "long-lived"])
def test_no_automatic_window_knows_its_own_events_or_the_future(world):
    """Outer windows, and the inner ones of the meta-learner within each."""
    windows = list(walk_forward(world, automatic_cuts(world)))
    assert len(windows) == 5
    for train, test in windows:
        known = world.take(train)
        inner = [(train[a], train[b]) for a, b in walk_forward(known, inner_cuts(known, 4))]
        assert inner
        for learnt, tested in [(train, test), *inner]:
            assert not set(world.event[learnt]) & set(world.event[tested])
            assert not set(world.market[learnt]) & set(world.market[tested])
            assert world.known_at[learnt].max() < world.as_of[tested].min()


def test_automatic_windows_hold_the_newest_rows_once(rows):
    tested = np.concatenate([test for _, test in walk_forward(rows, automatic_cuts(rows))])
    assert len(tested) == len(set(tested))
    share = rows.weight[tested].sum() / rows.weight.sum()
    assert share == pytest.approx(0.4, abs=0.02)
    oldest_untested = np.setdiff1d(np.arange(len(rows)), tested)
    assert rows.as_of[oldest_untested].max() <= rows.as_of[tested].min()


def test_too_few_events_are_refused_with_their_number():
    with pytest.raises(Refused, match="90 rows of 30 events are too few"):
        automatic_cuts(make_rows(30))


def test_inner_cuts_cover_the_rest_in_order(rows):
    cuts = inner_cuts(rows, 5)
    assert cuts == sorted(cuts) and cuts[-1] > rows.as_of.max()
    tested = np.concatenate([test for _, test in walk_forward(rows, cuts)])
    assert len(tested) == len(set(tested)) > len(rows) / 2


def test_guessed_and_half_outcomes_are_left_out_and_labels_wait_for_the_end():
    x = np.zeros((4, len(FEATURES)), dtype=np.float32)
    x[:, FEATURES.index("days_to_expiry")] = [1.0, 2.0, 3.0, 4.0]
    number = {"market_price": np.full(4, 0.5), "outcome": np.array([1.0, 0.5, 0.0, 1.0])}
    number |= {"weight": np.ones(4), "as_of": np.full(4, 1000.0)}
    word = {name: np.array(list("abcd"), dtype=object) for name in ("event", "market", "source")}
    word["outcome_source"] = np.array(["uma_settled", "uma_settled", INFERRED, None], dtype=object)
    rows = usable(x, number, word)
    assert rows.event.tolist() == ["a", "d"]
    assert rows.known_at.tolist() == [1000.0 + 1 * DAY + SETTLING, 1000.0 + 4 * DAY + SETTLING]
