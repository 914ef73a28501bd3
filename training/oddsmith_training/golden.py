"""Rows with the probabilities Python computes for them: what the Rust side must reproduce."""

from __future__ import annotations

import numpy as np

from .constants import FEATURES, PRICE, SEED
from .stack import Stack

# Values no market has, but a comparison must survive.
EXTREMES = np.array([3e38, -3e38, 0.0, -0.0, 1e-40, 1.0], dtype=np.float32)


def hard_rows(x: np.ndarray, count: int, seed: int = SEED) -> np.ndarray:
    """Real rows shuffled column by column, with gaps (up to 70 % of a row) and extremes; the price stays a price."""
    rng = np.random.default_rng(seed)
    rows = np.column_stack([rng.choice(x[:, column], count) for column in range(x.shape[1])])
    rows = np.where(rng.random(rows.shape) < 0.02, rng.choice(EXTREMES, rows.shape), rows)
    gaps = rng.random(rows.shape) < rng.choice([0.0, 0.1, 0.7, 1.0], (count, 1), p=[0.4, 0.3, 0.2, 0.1])
    rows = np.where(gaps, np.float32(np.nan), rows).astype(np.float32)
    rows[:, PRICE] = rng.choice(x[:, PRICE], count)
    return rows


def golden(stack: Stack, x: np.ndarray) -> dict:
    """The contents of `golden.json`."""
    final, learners = stack.probabilities(x)
    names = [learner.name for learner in stack.learners]
    assert x.shape[1] == len(FEATURES)
    return {
        "rows": [
            {
                "features": [None if np.isnan(value) else float(value) for value in row],
                "learners": {name: float(p) for name, p in zip(names, bases, strict=True)},
                "final": float(p_final),
            }
            for row, bases, p_final in zip(x, learners, final, strict=True)
        ]
    }
