"""Training rows and how they are split: by time and by event, with what was not yet known left out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .constants import FEATURES

DAY = 86_400.0
# Outcomes that were only guessed from an extreme last price: a biased sample, never scored on.
INFERRED = "inferred_last_price"


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
    source: np.ndarray

    def __len__(self) -> int:
        return len(self.price)

    def take(self, which: np.ndarray) -> Rows:
        """The rows of a mask or index, in the given order."""
        return Rows(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    @property
    def events(self) -> int:
        return len(np.unique(self.event))


def feature(rows: Rows, name: str) -> np.ndarray:
    """One feature column."""
    return rows.x[:, FEATURES.index(name)]


def load(path: Path) -> Rows:
    """Reads a file of `oddsmith features`; inferred and half outcomes are left out."""
    import pyarrow.parquet as pq  # heavy, and only needed here

    table = pq.read_table(path)
    missing = [name for name in FEATURES if name not in table.column_names]
    if missing:
        raise ValueError(f"{path} lacks the features {', '.join(missing)}")
    column = {name: table[name].to_numpy() for name in ["market_price", "outcome", "weight", "as_of"]}
    source = np.array(table["outcome_source"].to_pylist(), dtype=object)
    origin = np.array(table["source"].to_pylist(), dtype=object)
    rows = Rows(
        x=np.column_stack([table[name].to_numpy() for name in FEATURES]).astype(np.float32),
        price=column["market_price"],
        outcome=column["outcome"],
        weight=column["weight"],
        as_of=column["as_of"].astype(np.float64),
        known_at=np.zeros(len(source)),
        event=np.array(table["event"].to_pylist(), dtype=str),
        source=origin.astype(str),
    )
    # The outcome became known at the published end at the earliest; a label is not used before that.
    known_at = rows.as_of + DAY * feature(rows, "days_to_expiry").astype(np.float64)
    rows.known_at[:] = known_at
    return rows.take((source != INFERRED) & ((rows.outcome == 0) | (rows.outcome == 1)))


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


def inner_cuts(rows: Rows, blocks: int) -> list[float]:
    """Cuts that put about equal weight of rows into each block; the first block only trains."""
    order = np.argsort(rows.as_of, kind="stable")
    share = np.cumsum(rows.weight[order]) / rows.weight.sum()
    inside = [float(rows.as_of[order][np.searchsorted(share, k / blocks)]) for k in range(1, blocks)]
    return sorted(set(inside)) + [float(rows.as_of.max()) + 1.0]
