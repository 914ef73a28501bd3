"""Figures: the model against the market on the same rows, with an interval clustered by event."""

from __future__ import annotations

import numpy as np

SEED = 7
# LR_DAMPING as the bot has it by default.
DAMPING = 0.5


def brier(p: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean((p - y) ** 2))


def log_loss(p: np.ndarray, y: np.ndarray) -> float:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log1p(-p)))


def ece(p: np.ndarray, y: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    gaps = [abs(p[place == k].sum() - y[place == k].sum()) for k in range(bins)]
    return float(np.sum(gaps) / len(p))


def skill(model: np.ndarray, market: np.ndarray, y: np.ndarray) -> float:
    """`1 − Brier(model) / Brier(market)`."""
    return 1.0 - brier(model, y) / brier(market, y)


def skill_interval(model, market, y, event, draws: int = 2000) -> tuple[float, float]:
    """95 % interval of the skill; whole events are drawn, since markets of one event resolve together."""
    _, cluster = np.unique(event, return_inverse=True)
    count = cluster.max() + 1
    ours = np.bincount(cluster, (model - y) ** 2, count)
    theirs = np.bincount(cluster, (market - y) ** 2, count)
    rng = np.random.default_rng(SEED)
    samples = [rng.integers(0, count, count) for _ in range(draws)]
    skills = [1.0 - ours[s].sum() / theirs[s].sum() for s in samples]
    low, high = np.percentile(skills, [2.5, 97.5])
    return float(low), float(high)


def verdict(interval: tuple[float, float]) -> str:
    low, high = interval
    if low > 0.0:
        return "proven"
    return "worse" if high < 0.0 else "not proven"


def shrinkage(learners: np.ndarray, damping: float = DAMPING) -> np.ndarray:
    """confidence × damping: the share of a forecast's log odds against the market that the bot says."""
    spread = learners.max(axis=1) - learners.min(axis=1)
    return np.clip(0.75 / (1.0 + 4.0 * spread), 0.25, 0.75) * damping


def anchored(model: np.ndarray, market: np.ndarray, learners: np.ndarray) -> np.ndarray:
    """What the bot says: the model pulled to the market (see `engine_core::anchoring`)."""
    odds = [np.log(p) - np.log1p(-p) for p in (np.clip(model, 1e-6, 1 - 1e-6), np.clip(market, 1e-6, 1 - 1e-6))]
    posterior = odds[1] + (odds[0] - odds[1]) * shrinkage(learners)
    return np.clip(1.0 / (1.0 + np.exp(-posterior)), 0.001, 0.999)


def summary(model, market, y, event) -> dict:
    """All figures of one forecast on one set of rows."""
    interval = skill_interval(model, market, y, event)
    return {
        "n": len(y),
        "events": len(np.unique(event)),
        "brier_model": brier(model, y),
        "brier_market": brier(market, y),
        "log_loss_model": log_loss(model, y),
        "log_loss_market": log_loss(market, y),
        "skill": skill(model, market, y),
        "skill_ci95": list(interval),
        "ece_model": ece(model, y),
        "ece_market": ece(market, y),
        "verdict": verdict(interval),
    }
