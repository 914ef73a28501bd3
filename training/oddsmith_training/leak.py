"""A check that refuses rows from which the outcome shines through.

What is known before an outcome says little beyond the market's price: the best published forecasters gain a few per cent of
its Brier score. A feature or a forecast that sorts outcomes far better than that has seen them.
"""

from __future__ import annotations

import numpy as np

from .constants import FEATURES
from .rows import Refused, Rows

# Rows are compared only with rows of about the same price, so that what the price knows does not count.
BANDS = 10
# On the project's rows the strongest of the 29 features reaches 0.60, and 0.65 on random subsets of 100 events; an outcome
# drowned in twice its own spread of noise still reaches 0.76.
MOST_SEPARATION = 0.75
# A band in which fewer events came out either way is left out: few events are sorted well by chance.
FEWEST_EVENTS = 20
# No honest forecast gains more of the market's Brier score, with 97.5 % certainty, over that many events.
MOST_SKILL, SKILL_EVENTS = 0.08, 40


def separation(value: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> float:
    """Weighted area under the curve: how often a Yes row has a higher value than a No row; ties count half."""
    levels, place = np.unique(value, return_inverse=True)
    yes = np.bincount(place, weight * outcome, len(levels))
    no = np.bincount(place, weight * (1.0 - outcome), len(levels))
    below = np.cumsum(no) - no
    return float(yes @ (below + 0.5 * no) / (yes.sum() * no.sum()))


def beyond_price(rows: Rows, value: np.ndarray) -> float:
    """Separation of outcomes by a column within bands of price, 0.5 to 1, whichever way the column points."""
    band = np.minimum((rows.price * BANDS).astype(int), BANDS - 1)
    areas, weights = [], []
    for k in range(BANDS):
        mask = (band == k) & ~np.isnan(value)
        sides = [mask & (rows.outcome == side) for side in (0.0, 1.0)]
        if min(len(np.unique(rows.event[side])) for side in sides) < FEWEST_EVENTS:
            continue
        areas.append(separation(value[mask], rows.outcome[mask], rows.weight[mask]))
        weights.append(rows.weight[mask].sum())
    if not areas:
        return 0.5
    area = float(np.average(areas, weights=weights))
    return max(area, 1.0 - area)


def separations(rows: Rows) -> dict[str, float]:
    """`beyond_price` of each feature and of where it is missing, whichever is stronger."""
    found = {}
    for column, name in enumerate(FEATURES):
        value = rows.x[:, column].astype(np.float64)
        found[name] = max(beyond_price(rows, value), beyond_price(rows, np.isnan(value).astype(np.float64)))
    return found


def check_rows(rows: Rows) -> None:
    """Refuses rows with a feature that has seen the outcome, or that contradict themselves."""
    if not ((rows.price > 0.0) & (rows.price < 1.0)).all():
        raise Refused("a market price is not between 0 and 1: the rows are damaged")
    apart = np.abs(rows.x[:, FEATURES.index("yes_price")] - rows.price)
    if not (apart < 1e-5).all():
        raise Refused("yes_price differs from market_price: the rows are damaged")
    for name, area in separations(rows).items():
        if area > MOST_SEPARATION:
            raise Refused(
                f"the feature {name} tells the outcome from the price with an area of {area:.2f} under the curve, honest "
                f"features stay below {MOST_SEPARATION}: it has seen the outcome, and nothing is trained on it"
            )


def check_figures(figures: dict[str, dict]) -> None:
    """Refuses forecasts that beat the market by more than anybody does."""
    for name, figure in figures.items():
        low = figure["skill_ci95"][0]
        if figure["events"] >= SKILL_EVENTS and low > MOST_SKILL:
            raise Refused(
                f"{name} beats the market by {100 * figure['skill']:.0f} % out of sample (at least {100 * low:.0f} %), honest "
                f"forecasts stay below {100 * MOST_SKILL:.0f} %: something in the rows has seen the outcome"
            )
