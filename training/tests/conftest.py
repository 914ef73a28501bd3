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
        market=np.array([f"m{number}" for number in event]),
        source=np.full(count, "test"),
    )


HOURS, WARM_UP, STEP = 240, 26, 12


def phi(z: np.ndarray) -> np.ndarray:
    """The normal distribution function (Abramowitz and Stegun 26.2.17, good to 1e-7)."""
    t = 1.0 / (1.0 + 0.2316419 * np.abs(z))
    series = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    tail = np.exp(-(z**2) / 2.0) / np.sqrt(2.0 * np.pi) * series
    return np.where(z >= 0.0, 1.0 - tail, tail)


def martingale(markets: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Hourly prices [market, hour] that nobody can beat, and outcomes: information arrives about a coin that falls at the
    end, in quiet and busy hours."""
    rng = np.random.default_rng(seed)
    start = rng.normal(0.0, 0.8, markets)
    parts = rng.gamma(0.15, 1.0, (markets, HOURS)) + 1e-9
    known = 0.9 * np.cumsum(parts, axis=1) / parts.sum(axis=1, keepdims=True)
    motion = np.cumsum(rng.normal(size=known.shape) * np.sqrt(np.diff(known, axis=1, prepend=0.0)), axis=1)
    rest = np.sqrt(0.1) * rng.normal(size=markets)
    prices = phi((start[:, None] + motion) / np.sqrt(1.0 - known))
    return prices, (start + motion[:, -1] + rest > 0.0).astype(float)


def fair_rows(markets: int, seed: int) -> Rows:
    """Snapshots of a martingale world with the movement features; the published end is known beforehand."""
    prices, outcomes = martingale(markets, seed)
    begin = np.sort(np.random.default_rng(seed + 1).uniform(0, 80, markets)) * DAY
    columns: dict[str, list] = {name: [] for name in ("market", "hour")}
    for hour in range(WARM_UP, HOURS, STEP):
        usable = np.flatnonzero((prices[:, hour] > 0.03) & (prices[:, hour] < 0.97))
        columns["market"].append(usable)
        columns["hour"].append(np.full(len(usable), hour))
    market, hour = (np.concatenate(columns[name]) for name in ("market", "hour"))
    day = prices[market[:, None], hour[:, None] + np.arange(-24, 1)]
    moves = np.diff(day, axis=1)
    gains = np.maximum(moves[:, -14:], 0.0).sum(axis=1)
    x = np.zeros((len(market), len(FEATURES)), dtype=np.float32)
    for name, value in {
        "yes_price": day[:, -1],
        "momentum_1h": moves[:, -1],
        "momentum_24h": day[:, -1] - day[:, 0],
        "volatility_24h": (moves / day[:, :-1]).std(axis=1),
        "rsi": gains / np.maximum(np.abs(moves[:, -14:]).sum(axis=1), 1e-9),
        "days_to_expiry": (HOURS - hour) / 24.0,
    }.items():
        x[:, FEATURES.index(name)] = value
    as_of = begin[market] + hour * 3600.0
    names = np.array([f"m{number}" for number in market])
    return Rows(
        x=x,
        price=x[:, PRICE].astype(float),
        outcome=outcomes[market],
        weight=1.0 / np.bincount(market)[market],
        as_of=as_of,
        known_at=begin[market] + HOURS * 3600.0 + DAY,
        event=np.char.replace(names, "m", "e"),
        market=names,
        source=np.full(len(market), "test"),
    )


@pytest.fixture
def rows() -> Rows:
    return make_rows(400)
