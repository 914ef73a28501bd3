"""Figures: the model against the market on the same rows, with an interval clustered by event."""

from __future__ import annotations

import numpy as np

SEED = 7
# LR_DAMPING as the bot has it by default.
DAMPING = 0.5
# With fewer events nothing is called proven or worse, as in `engine_core::scoring`.
MIN_EVENTS = 100
BINS = 10
# ((1.96 + 0.84) / 1.96)²: how many more events 80 % power takes than 50 %.
FOUR_IN_FIVE = 2.04
DRAWS = 2000


def brier(p: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean((p - y) ** 2))


def log_loss(p: np.ndarray, y: np.ndarray) -> float:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log1p(-p)))


def bin_of(p: np.ndarray) -> np.ndarray:
    """Ten bins of equal width, the last one closed: those of `engine_core::scoring`."""
    return np.minimum((p * BINS).astype(int), BINS - 1)


def ece(p: np.ndarray, y: np.ndarray) -> float:
    """Expected calibration error: the mean gap between forecast and outcome over the bins, weighted by rows."""
    return float(np.abs(np.bincount(bin_of(p), p - y, BINS)).sum() / len(p))


def reliability(p: np.ndarray, y: np.ndarray) -> list[tuple[float, float, int]]:
    """Mean forecast, share that came true and rows of each bin that has any."""
    place = bin_of(p)
    masks = [place == k for k in range(BINS)]
    return [(float(p[mask].mean()), float(y[mask].mean()), int(mask.sum())) for mask in masks if mask.any()]


def skill(model: np.ndarray, market: np.ndarray, y: np.ndarray) -> float:
    """`1 − Brier(model) / Brier(market)`."""
    return 1.0 - brier(model, y) / brier(market, y)


def draws(event: np.ndarray, count: int = DRAWS) -> tuple[np.ndarray, list[np.ndarray]]:
    """Number of each row's event, and bootstrap samples: how often each event is drawn."""
    _, cluster = np.unique(event, return_inverse=True)
    events = cluster.max() + 1
    rng = np.random.default_rng(SEED)
    return cluster, [np.bincount(rng.integers(0, events, events), minlength=events) for _ in range(count)]


def percentiles(values: list[float]) -> tuple[float, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def skill_interval(model, market, y, event) -> tuple[float, float]:
    """95 % interval of the skill; whole events are drawn, since markets of one event resolve together."""
    cluster, samples = draws(event)
    ours, theirs = np.bincount(cluster, (model - y) ** 2), np.bincount(cluster, (market - y) ** 2)
    return percentiles([1.0 - times @ ours / (times @ theirs) for times in samples])


def ece_difference_interval(model, market, y, event) -> tuple[float, float]:
    """95 % interval of ECE(model) − ECE(market), whole events drawn."""
    cluster, samples = draws(event)
    events = cluster.max() + 1

    def gaps(p):
        """Sum of forecast − outcome by event and bin."""
        return np.bincount(cluster * BINS + bin_of(p), p - y, events * BINS).reshape(events, BINS)

    ours, theirs, rows = gaps(model), gaps(market), np.bincount(cluster)
    return percentiles([(np.abs(t @ ours).sum() - np.abs(t @ theirs).sum()) / (t @ rows) for t in samples])


def verdict(interval: tuple[float, float], events: int) -> str:
    low, high = interval
    if events < MIN_EVENTS or low <= 0.0 <= high:
        return "not proven"
    return "proven" if low > 0.0 else "worse"


def events_needed(value: float, interval: tuple[float, float], events: int, certainty: float = 1.0) -> int | None:
    """About how many events in all would lift the interval above 0 for a skill of `value`: it narrows with their root.

    None without a skill to prove. `certainty` 1 gets there every other time, `FOUR_IN_FIVE` four times in five.
    """
    if value <= 0.0:
        return None
    reach = (interval[1] - interval[0]) / 2.0
    return max(MIN_EVENTS, int(np.ceil(certainty * events * (reach / value) ** 2)))


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
    interval, events = skill_interval(model, market, y, event), len(np.unique(event))
    value = skill(model, market, y)
    return {
        "n": len(y),
        "events": events,
        "brier_model": brier(model, y),
        "brier_market": brier(market, y),
        "log_loss_model": log_loss(model, y),
        "log_loss_market": log_loss(market, y),
        "skill": value,
        "skill_ci95": list(interval),
        "ece_model": ece(model, y),
        "ece_market": ece(market, y),
        "ece_difference_ci95": list(ece_difference_interval(model, market, y, event)),
        "verdict": verdict(interval, events),
        "events_to_prove": events_needed(value, interval, events),
    }
