"""Splits let nothing through from the future or from a tested event."""

import numpy as np

from conftest import make_rows
from oddsmith_training.rows import DAY, inner_cuts, purged, walk_forward


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


def test_inner_cuts_cover_the_rest_in_order(rows):
    cuts = inner_cuts(rows, 5)
    assert cuts == sorted(cuts) and cuts[-1] > rows.as_of.max()
    tested = np.concatenate([test for _, test in walk_forward(rows, cuts)])
    assert len(tested) == len(set(tested)) > len(rows) / 2
