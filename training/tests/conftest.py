"""Synthetic rows for the tests."""

import numpy as np
import pytest

from oddsmith_training.constants import FEATURES, PRICE, SPORTS
from oddsmith_training.rows import DAY, Rows


def make_rows(events: int, per_event: int = 3, seed: int = 1, drift: float = 0.0) -> Rows:
    """Markets whose outcome has exactly the price's probability, shifted by `drift` × volatility."""
    rng = np.random.default_rng(seed)
    count = events * per_event
    event = np.repeat(np.arange(events), per_event)
    start = np.sort(rng.uniform(0, 60, events)) * DAY
    x = rng.normal(0, 0.1, (count, len(FEATURES))).astype(np.float32)
    price = rng.uniform(0.05, 0.95, count)
    volatility = rng.exponential(0.3, count)
    x[:, PRICE] = price
    x[:, FEATURES.index("volatility_24h")] = volatility
    x[:, SPORTS] = 0.0
    chance = np.clip(price + drift * volatility, 0.01, 0.99)
    return Rows(
        x=x,
        price=price,
        outcome=(rng.random(count) < chance).astype(float),
        weight=np.full(count, 1.0 / per_event),
        as_of=start[event] + np.tile(np.arange(per_event), events) * 3600.0,
        known_at=start[event] + DAY,
        event=np.array([f"e{number}" for number in event]),
        source=np.full(count, "test"),
    )


@pytest.fixture
def rows() -> Rows:
    return make_rows(400)
