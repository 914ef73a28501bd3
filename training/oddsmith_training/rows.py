"""Training rows and how they are split: by time and by event, with what was not yet known left out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .constants import FEATURES

DAY = 86_400.0
# From the published end until the outcome is taken as known. In the recordings 95 % of the markets had settled 20 hours
# after it; a game's published end is its start.
SETTLING = DAY
# Share of the rows' weight, the newest, that automatic windows test, and how many windows that makes.
TESTED, WINDOWS = 0.4, 5
# With fewer events nothing can be fitted and tested apart.
FEWEST_EVENTS = 60
# Outcomes that were only guessed from an extreme last price: a biased sample, never scored on.
INFERRED = "inferred_last_price"


class Refused(Exception):
    """The rows cannot be trained on; the message is one sentence for a person."""


@dataclass(frozen=True)
class Rows:
    """Columns of equal length. `x` is float32, as the model sees it; `price` is the market's P(Yes)."""

    x: np.ndarray
    price: np.ndarray
    outcome: np.ndarray
    weight: np.ndarray
    as_of: np.ndarray
    known_at: np.ndarray
    event: np.ndarray
    market: np.ndarray
    source: np.ndarray

    def __len__(self) -> int:
        return len(self.price)

    def take(self, which: np.ndarray) -> Rows:
        """The rows of a mask or index, in the given order."""
        return Rows(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    @property
    def events(self) -> int:
        return len(np.unique(self.event))

    @property
    def markets(self) -> int:
        return len(np.unique(self.market))


def feature(rows: Rows, name: str) -> np.ndarray:
    """One feature column."""
    return rows.x[:, FEATURES.index(name)]


NUMBERS = ["market_price", "outcome", "weight", "as_of"]
WORDS = ["event", "market", "source", "outcome_source"]


def load(path: Path) -> Rows:
    """Reads a file of `oddsmith features`; inferred and half outcomes are left out."""
    import pyarrow.parquet as pq  # heavy, and only needed here

    table = pq.read_table(path)
    missing = [name for name in [*FEATURES, *NUMBERS, *WORDS] if name not in table.column_names]
    if missing:
        raise Refused(f"{path} lacks the columns {', '.join(missing)}: make it with `oddsmith features`")
    number = {name: table[name].to_numpy().astype(np.float64) for name in NUMBERS}
    word = {name: np.array(table[name].to_pylist(), dtype=object) for name in WORDS}
    x = np.column_stack([table[name].to_numpy() for name in FEATURES]).astype(np.float32)
    return usable(x, number, word)


def usable(x: np.ndarray, number: dict[str, np.ndarray], word: dict[str, np.ndarray]) -> Rows:
    """The rows with a real outcome."""
    days = x[:, FEATURES.index("days_to_expiry")].astype(np.float64)
    rows = Rows(
        x=x,
        price=number["market_price"],
        outcome=number["outcome"],
        weight=number["weight"],
        as_of=number["as_of"],
        known_at=number["as_of"] + DAY * days + SETTLING,
        event=word["event"].astype(str),
        market=word["market"].astype(str),
        source=word["source"].astype(str),
    )
    return rows.take((word["outcome_source"] != INFERRED) & ((rows.outcome == 0) | (rows.outcome == 1)))


def sha256(path: Path) -> str:
    """Hash of the rows file, so that a model names its data."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def purged(rows: Rows, start: float, end: float) -> tuple[np.ndarray, np.ndarray]:
    """Indices of training and test rows for the window [start, end).

    A training row's outcome was known before the window starts, and none of its event's rows is tested.
    """
    test = np.flatnonzero((rows.as_of >= start) & (rows.as_of < end))
    tested = np.isin(rows.event, np.unique(rows.event[test]))
    train = np.flatnonzero((rows.known_at < start) & (rows.as_of < start) & ~tested)
    return train, test


def walk_forward(rows: Rows, cuts: list[float]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """`purged` for each pair of neighbouring cuts, in order of time."""
    for start, end in zip(cuts, cuts[1:], strict=False):
        train, test = purged(rows, start, end)
        if len(train) and len(test):
            yield train, test


def cuts_at(rows: Rows, levels: list[float]) -> list[float]:
    """Times before which these shares of the weight lie, and the end of all.

    Weight, not time or rows: data comes in bursts, and a market with many rows says no more than one with few.
    """
    order = np.argsort(rows.as_of, kind="stable")
    share = np.cumsum(rows.weight[order]) / rows.weight.sum()
    inside = {float(rows.as_of[order][np.searchsorted(share, level)]) for level in levels}
    return [*sorted(inside), float(rows.as_of.max()) + 1.0]


def inner_cuts(rows: Rows, blocks: int) -> list[float]:
    """Cuts into blocks of about equal weight; the first block only trains."""
    return cuts_at(rows, [k / blocks for k in range(1, blocks)])


def automatic_cuts(rows: Rows) -> list[float]:
    """Bounds of the tested windows when none are given: the newest `TESTED` of the weight in equal parts."""
    if rows.events < FEWEST_EVENTS:
        raise Refused(
            f"{len(rows)} rows of {rows.events} events are too few: training needs {FEWEST_EVENTS} events at least"
        )
    return cuts_at(rows, [1.0 - TESTED * (WINDOWS - k) / WINDOWS for k in range(WINDOWS)])
