"""Figures out of sample: purged walk-forward windows, each predicted by a model that knew only what was known before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .constants import SPORTS
from .learners import LEARNERS, price_margin, sigmoid
from .rows import Refused, Rows, feature, walk_forward
from .score import anchored, reliability, summary
from .stack import blend, fit_learners, fit_meta, margins_of, out_of_fold, recalibrate

HORIZONS = [("under 6 hours", 0.0, 0.25), ("6 to 24 hours", 0.25, 1.0), ("1 to 3 days", 1.0, 3.0),
            ("3 to 7 days", 3.0, 7.0), ("7 to 14 days", 7.0, 14.0), ("over 14 days", 14.0, 1e9)]  # fmt: skip


# A part with fewer rows is not shown.
FEWEST_ROWS = 30


@dataclass(frozen=True, eq=False)
class Window:
    """One tested window: everything in it was learnt before it began."""

    known: Rows
    # Rows among the known with what learners that had not seen them made of them: for the meta-learner.
    inner: tuple[np.ndarray, np.ndarray]
    test: np.ndarray
    margins: np.ndarray


def fit_windows(rows: Rows, cuts: list[float]) -> list[Window]:
    """Learners of every window, fitted and asked."""
    windows = []
    for train, test in walk_forward(rows, cuts):
        known = rows.take(train)
        windows.append(Window(known, out_of_fold(known), test, margins_of(fit_learners(known), rows.x[test])))
    if not windows:
        raise Refused("no window has both rows to learn from and rows to test")
    return windows


def forecasts_of(
    rows: Rows, windows: list[Window], learners: list[int] | None = None
) -> tuple[Rows, dict[str, np.ndarray]]:
    """The tested rows and every forecast for them; `learners` leaves the others out of the blend."""
    chosen = list(range(len(LEARNERS))) if learners is None else learners
    forecasts = []
    for window in windows:
        unknown = rows.take(window.test)
        index, inner = window.inner
        factors, weights = fit_meta(window.known.take(index), inner[:, chosen])
        raw, single = blend(unknown.x, window.margins[:, chosen], factors, weights)
        intercept, slope = recalibrate(window.known)
        forecasts.append(
            {
                "posterior": anchored(raw, unknown.price, single),
                "raw": raw,
                "recalibrated market": sigmoid(intercept + slope * price_margin(unknown.x)),
                **{LEARNERS[kind].name: single[:, k] for k, kind in enumerate(chosen)},
            }
        )
    together = {name: np.concatenate([window[name] for window in forecasts]) for name in forecasts[0]}
    return rows.take(np.concatenate([window.test for window in windows])), together


def figures(rows: Rows, forecasts: dict[str, np.ndarray], mask: np.ndarray) -> dict:
    """A summary of each forecast on the masked rows."""
    part = rows.take(mask)
    return {name: summary(p[mask], part.price, part.outcome, part.event) for name, p in forecasts.items()}


def groups(tested: Rows) -> list[tuple[str, np.ndarray]]:
    """Parts of the tested rows that are scored apart."""
    played, days = tested.x[:, SPORTS] >= 0.5, feature(tested, "days_to_expiry")
    parts = [(name, ~played & (days >= low) & (days < high)) for name, low, high in HORIZONS]
    parts += [("crypto", ~played & (feature(tested, "is_crypto") > 0.5))]
    parts += [("neither crypto nor sports", ~played & (feature(tested, "is_crypto") < 0.5))]
    parts += [("strongly moved (volatility over 0.4)", ~played & (feature(tested, "volatility_24h") > 0.4))]
    return [*parts, ("sports (left at the market)", played)]


def report(tested: Rows, forecasts: dict[str, np.ndarray], cuts: list[float]) -> dict:
    """All figures of tested rows: what the bot bets on (no sports), everything, and breakdowns of the posterior."""
    said = {"posterior": forecasts["posterior"]}
    open_to_bets = tested.x[:, SPORTS] < 0.5
    part = tested.take(open_to_bets)
    return {
        "windows": [float(cut) for cut in cuts],
        "without sports": figures(tested, forecasts, open_to_bets),
        "all": figures(tested, forecasts, np.ones(len(tested), dtype=bool)),
        "breakdown": {
            name: figures(tested, said, mask)["posterior"] for name, mask in groups(tested) if mask.sum() >= FEWEST_ROWS
        },
        "reliability": {
            "said": reliability(said["posterior"][open_to_bets], part.outcome),
            "market": reliability(part.price, part.outcome),
        },
    }


def reports(rows: Rows, cuts: list[float]) -> dict[str, dict]:
    """`report` of the development windows (between all cuts but the last), of the last window and of all together."""
    windows = fit_windows(rows, cuts)
    last = [window for window in windows if rows.as_of[window.test].min() >= cuts[-2]]
    earlier = [window for window in windows if window not in last]
    if not last or not earlier:
        raise Refused("the rows do not reach far enough for development windows and a last one")
    parts = {"development": (earlier, cuts[:-1]), "last": (last, cuts[-2:]), "together": (windows, cuts)}
    return {name: report(*forecasts_of(rows, chosen), bounds) for name, (chosen, bounds) in parts.items()}
