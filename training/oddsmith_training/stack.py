"""The meta-learner: how much of the learners' corrections is said.

Each learner's correction of the market's log odds is scaled by a factor between 0 and 1 (its calibration: a learner may be
believed less than it says, never more). The ensemble is the weighted mean of the scaled corrections,
`logit P = logit m + Σ w_i · f_i · correction_i` with `w_i ≥ 0`, `Σ w_i = 1`: it never leaves the range of its learners.

Factors and weights are fitted on rows the learners had not seen (nested, purged walk-forward) and pulled to 1 and to equal
weights. They maximise the likelihood of what the bot will say: it anchors every forecast to the market by
confidence × damping.

Sports are left at the market's price: no correction had skill there, and the bot does not bet on them by default.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .constants import SPORTS
from .learners import LEARNERS, Learner, price_margin, sigmoid
from .rows import Refused, Rows, inner_cuts, walk_forward
from .score import shrinkage

INNER_BLOCKS = 5
# In units of independent markets: about how many it takes to move a factor or a weight away from its start.
FACTOR_PENALTY, WEIGHT_PENALTY = 20.0, 50.0


def fit_logistic(z, offset, y, w, start, penalty, bounds, total=None) -> np.ndarray:
    """Weighted logistic regression with an offset, each coefficient pulled to its start; `total` fixes their sum."""
    from scipy.optimize import minimize

    def loss(beta):
        margin = offset + z @ beta
        value = np.sum(w * (np.logaddexp(0.0, margin) - y * margin)) + 0.5 * penalty * np.sum((beta - start) ** 2)
        return value, z.T @ (w * (sigmoid(margin) - y)) + penalty * (beta - start)

    if total is None:
        return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    fixed = {"type": "eq", "fun": lambda beta: beta.sum() - total, "jac": lambda beta: np.ones(len(beta))}
    return minimize(loss, start, jac=True, method="SLSQP", bounds=bounds, constraints=[fixed]).x


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


def heard(rows: Rows, corrections: np.ndarray) -> np.ndarray:
    """Corrections as the bot says them: anchored to the market."""
    learners = sigmoid(price_margin(rows.x)[:, None] + corrections)
    return corrections * shrinkage(learners)[:, None]


def fit_factors(rows: Rows, margins: np.ndarray) -> np.ndarray:
    """Each learner's calibration factor from out-of-fold margins."""
    z = heard(rows, scaled(rows.x, margins, np.ones(margins.shape[1])))
    market, start = price_margin(rows.x), np.ones(1)
    fits = [
        fit_logistic(column[:, None], market, rows.outcome, rows.weight, start, FACTOR_PENALTY, [(0.0, 1.0)])
        for column in z.T
    ]
    return np.concatenate(fits)


def fit_weights(rows: Rows, corrections: np.ndarray) -> np.ndarray:
    """Weights of the mean, from out-of-fold corrections already scaled."""
    count = corrections.shape[1]
    start, bounds = np.full(count, 1.0 / count), [(0.0, 1.0)] * count
    z, market = heard(rows, corrections), price_margin(rows.x)
    weights = fit_logistic(z, market, rows.outcome, rows.weight, start, WEIGHT_PENALTY, bounds, total=1.0)
    weights = np.maximum(weights, 0.0)
    return weights / weights.sum()


def scaled(x: np.ndarray, margins: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """The learners' corrections of the market's logit, calibrated; 0 for sports."""
    return (margins - price_margin(x)[:, None]) * factors * corrected(x)[:, None]


def fit_meta(rows: Rows, margins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factors and weights from rows and what learners that had not seen them made of them."""
    factors = fit_factors(rows, margins)
    return factors, fit_weights(rows, scaled(rows.x, margins, factors))


def blend(
    x: np.ndarray, margins: np.ndarray, factors: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """P(Yes) of the ensemble and of each learner."""
    market, corrections = price_margin(x), scaled(x, margins, factors)
    return sigmoid(market + corrections @ weights), sigmoid(market[:, None] + corrections)


@dataclass
class Stack:
    """Fitted learners, their calibration factors and their weights."""

    learners: list[Learner]
    factors: np.ndarray
    weights: np.ndarray

    def probabilities(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """P(Yes) of the ensemble and of each learner."""
        return blend(x, margins_of(self.learners, x), self.factors, self.weights)


def fit_learners(rows: Rows) -> list[Learner]:
    return [kind().fit(rows.x, rows.outcome, rows.weight) for kind in LEARNERS]


def margins_of(learners: list[Learner], x: np.ndarray) -> np.ndarray:
    return np.column_stack([learner.margin(x) for learner in learners])


def out_of_fold(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Indices and margins of rows predicted by learners that knew only what was known before."""
    indices, margins = [], []
    for train, test in walk_forward(rows, inner_cuts(rows, INNER_BLOCKS)):
        indices.append(test)
        margins.append(margins_of(fit_learners(rows.take(train)), rows.x[test]))
    if not indices:
        raise Refused(f"{len(rows)} rows of {rows.events} events are too few for an inner walk-forward")
    return np.concatenate(indices), np.concatenate(margins)


def fit(rows: Rows) -> Stack:
    """Factors and weights from out-of-fold margins, learners from all rows."""
    index, margins = out_of_fold(rows)
    return Stack(fit_learners(rows), *fit_meta(rows.take(index), margins))
