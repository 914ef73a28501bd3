"""The meta-learner: how much of the learners' corrections is said.

Each learner's correction of the market's log odds is first scaled by a factor of its own (its calibration), so that its
P(Yes) can be taken at face value and learners that agree in direction also agree in size. Then
`logit P = logit m + Σ c_i · correction_i` with c_i ≥ 0. Factors and weights are fitted on rows the learners had not seen
(nested, purged walk-forward). The weights are fitted for the forecast the bot will speak: it anchors every forecast to the
market by confidence × damping, so they maximise the likelihood of the *anchored* probability, held to an equal blend of sum `START_SUM`.

Sports are left at the market's price: no correction had skill there, and the bot does not bet on them by default.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .constants import SPORTS
from .learners import LEARNERS, Learner, price_margin, sigmoid
from .rows import Rows, inner_cuts, walk_forward
from .score import shrinkage

INNER_BLOCKS = 5
# In units of independent markets: about how many it takes to move a factor or a weight away from its start.
PENALTY = 5.0
# Sum of the equal weights the blend is held to. Anchoring keeps about a third of a correction. On the development windows
# 1 was best for the raw forecast and 3 for the anchored one; 2 is the compromise (`EXPERIMENTS.md`).
START_SUM = 2.0


def fit_logistic(z, offset, y, w, start, penalty, bounds) -> np.ndarray:
    """Weighted logistic regression with an offset, each coefficient pulled to its start."""
    from scipy.optimize import minimize

    def loss(beta):
        margin = offset + z @ beta
        value = np.sum(w * (np.logaddexp(0.0, margin) - y * margin)) + 0.5 * penalty * np.sum((beta - start) ** 2)
        return value, z.T @ (w * (sigmoid(margin) - y)) + penalty * (beta - start)

    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x


def recalibrate(rows: Rows) -> tuple[float, float]:
    """The baseline: intercept and slope of a logistic recalibration of the market price alone."""
    market = price_margin(rows.x)
    z = np.column_stack([np.ones(len(rows)), market])
    shift = fit_logistic(z, market, rows.outcome, rows.weight, np.zeros(2), 1e-6, [(None, None)] * 2)
    return float(shift[0]), float(1.0 + shift[1])


def corrected(x: np.ndarray) -> np.ndarray:
    """1 where the learners have a say, 0 for sports (and where that is not known)."""
    with np.errstate(invalid="ignore"):
        return (x[:, SPORTS] < 0.5).astype(np.float64)


def fit_factors(rows: Rows, margins: np.ndarray) -> np.ndarray:
    """Each learner's calibration factor from out-of-fold margins."""
    market = price_margin(rows.x)
    z = (margins - market[:, None]) * corrected(rows.x)[:, None]
    fits = [
        fit_logistic(column[:, None], market, rows.outcome, rows.weight, np.ones(1), PENALTY, [(0.0, None)])
        for column in z.T
    ]
    return np.concatenate(fits)


def fit_weights(rows: Rows, corrections: np.ndarray) -> np.ndarray:
    """Blend weights from out-of-fold corrections, already scaled."""
    market = price_margin(rows.x)
    z = corrections * shrinkage(sigmoid(market[:, None] + corrections))[:, None]
    count = corrections.shape[1]
    start = np.full(count, START_SUM / count)
    return fit_logistic(z, market, rows.outcome, rows.weight, start, PENALTY, [(0.0, None)] * count)


def scaled(x: np.ndarray, margins: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """The learners' corrections of the market's logit, calibrated; 0 for sports."""
    return (margins - price_margin(x)[:, None]) * factors * corrected(x)[:, None]


@dataclass
class Stack:
    """Fitted learners, their calibration factors and their weights."""

    learners: list[Learner]
    factors: np.ndarray
    weights: np.ndarray

    def probabilities(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """P(Yes) of the ensemble and of each learner."""
        market = price_margin(x)
        margins = np.column_stack([learner.margin(x) for learner in self.learners])
        corrections = scaled(x, margins, self.factors)
        return sigmoid(market + corrections @ self.weights), sigmoid(market[:, None] + corrections)


def fit_learners(rows: Rows) -> list[Learner]:
    return [kind().fit(rows.x, rows.outcome, rows.weight) for kind in LEARNERS]


def out_of_fold(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Indices and margins of rows predicted by learners that knew only what was known before."""
    indices, margins = [], []
    for train, test in walk_forward(rows, inner_cuts(rows, INNER_BLOCKS)):
        learners = fit_learners(rows.take(train))
        indices.append(test)
        margins.append(np.column_stack([learner.margin(rows.x[test]) for learner in learners]))
    if not indices:
        raise ValueError("too few rows for an inner walk-forward")
    return np.concatenate(indices), np.concatenate(margins)


def fit(rows: Rows) -> Stack:
    """Factors and weights from out-of-fold margins, learners from all rows."""
    index, margins = out_of_fold(rows)
    known = rows.take(index)
    factors = fit_factors(known, margins)
    weights = fit_weights(known, scaled(known.x, margins, factors))
    return Stack(fit_learners(rows), factors, weights)
