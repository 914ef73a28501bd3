"""The job: 2,000 markets, an hourly price each for two weeks, what a model says of each, and how it ended.

The rule, for engines that have no pipeline: enter once when `model - 1.01 * price > 0.05`, a quarter of Kelly capped at
$250, 2 % fee, hold to the end, one bankroll of a million for all.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

EDGE, SLIPPAGE, FEE, CAP, BANKROLL, QUARTER = 0.05, 1.01, 0.02, 250.0, 1_000_000.0, 0.25


@dataclass
class Job:
    """Prices by market and hour; what the model says and how it ended by market."""

    prices: np.ndarray
    model: np.ndarray
    outcome: np.ndarray

    @property
    def points(self) -> int:
        return self.prices.size

    @classmethod
    def read(cls, folder: Path, hours: int) -> "Job":
        rows = np.fromfile(folder / "job.bin", dtype="<f4").reshape(-1, hours + 2).astype(float)
        return cls(prices=rows[:, :hours], model=rows[:, hours], outcome=rows[:, hours + 1])


def stake(model: float, price: float, cash: float) -> float:
    """A quarter of Kelly of the cash, capped; fee in."""
    cost = price * (1.0 + FEE)
    return min(CAP, max(0.0, (model - cost) / (1.0 - cost)) * QUARTER * cash)
