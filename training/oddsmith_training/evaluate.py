"""Figures out of sample: purged walk-forward windows, each predicted by a model that knew only what was known before."""

from __future__ import annotations

import numpy as np

from .constants import SPORTS
from .learners import price_margin, sigmoid
from .rows import Rows, feature, walk_forward
from .score import anchored, summary
from .stack import fit, recalibrate

HORIZONS = [("under 6 hours", 0.0, 0.25), ("6 to 24 hours", 0.25, 1.0), ("1 to 3 days", 1.0, 3.0),
            ("3 to 7 days", 3.0, 7.0), ("7 to 14 days", 7.0, 14.0), ("over 14 days", 14.0, 1e9)]  # fmt: skip


def predict_windows(rows: Rows, cuts: list[float]) -> tuple[Rows, dict[str, np.ndarray]]:
    """The tested rows and every forecast for them."""
    tested, forecasts = [], []
    for train, test in walk_forward(rows, cuts):
        known, unknown = rows.take(train), rows.take(test)
        stack = fit(known)
        raw, learners = stack.probabilities(unknown.x)
        intercept, slope = recalibrate(known)
        forecasts.append(
            {
                "posterior": anchored(raw, unknown.price, learners),
                "raw": raw,
                "recalibrated market": sigmoid(intercept + slope * price_margin(unknown.x)),
                **{learner.name: learners[:, k] for k, learner in enumerate(stack.learners)},
            }
        )
        tested.append(test)
    if not tested:
        raise ValueError("no window has both training and test rows")
    together = {name: np.concatenate([window[name] for window in forecasts]) for name in forecasts[0]}
    return rows.take(np.concatenate(tested)), together


def figures(rows: Rows, forecasts: dict[str, np.ndarray], mask: np.ndarray) -> dict:
    """A summary of each forecast on the masked rows."""
    part = rows.take(mask)
    return {name: summary(p[mask], part.price, part.outcome, part.event) for name, p in forecasts.items()}


def report(rows: Rows, cuts: list[float]) -> dict:
    """All figures of the windows: what the bot bets on (no sports), everything, and breakdowns of the posterior."""
    tested, forecasts = predict_windows(rows, cuts)
    played = tested.x[:, SPORTS] >= 0.5
    days = feature(tested, "days_to_expiry")
    posterior = {"posterior": forecasts["posterior"]}
    breakdown = {}
    groups = [(name, ~played & (days >= low) & (days < high)) for name, low, high in HORIZONS]
    groups += [("crypto", ~played & (feature(tested, "is_crypto") > 0.5))]
    groups += [("neither crypto nor sports", ~played & (feature(tested, "is_crypto") < 0.5))]
    groups += [("strongly moved (volatility over 0.4)", ~played & (feature(tested, "volatility_24h") > 0.4))]
    groups += [("sports (left at the market)", played)]
    for name, mask in groups:
        if mask.sum() >= 30:
            breakdown[name] = figures(tested, posterior, mask)["posterior"]
    bins = []
    for low in np.arange(0.0, 1.0, 0.1):
        mask = ~played & (forecasts["posterior"] >= low) & (forecasts["posterior"] < low + 0.1)
        if mask.any():
            bins.append((float(forecasts["posterior"][mask].mean()), float(tested.outcome[mask].mean()), int(mask.sum())))
    return {
        "windows": [float(cut) for cut in cuts],
        "without sports": figures(tested, forecasts, ~played),
        "all": figures(tested, forecasts, np.ones(len(tested), dtype=bool)),
        "breakdown": breakdown,
        "reliability": bins,
    }
