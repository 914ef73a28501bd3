//! Positions, their fills, settlements and features.

use crate::change::Change;

/// This step.
pub(crate) const CHANGE: Change = Change {
    name: "m20261123_000003_positions",
    up: UP,
    down: &["DROP TABLE feature_snapshots", "DROP TABLE settlements", "DROP TABLE fills", "DROP TABLE positions"],
};

const UP: &[&str] = &[
    "CREATE TABLE positions (
        id {ID},
        book TEXT NOT NULL REFERENCES books (name),
        source TEXT NOT NULL,
        market_id TEXT NOT NULL,
        condition_id TEXT NOT NULL,
        group_id TEXT NOT NULL,
        category TEXT,
        question TEXT NOT NULL,
        path TEXT NOT NULL,
        token_id TEXT NOT NULL,
        outcome TEXT NOT NULL,
        outcome_label TEXT NOT NULL,
        shares_micros BIGINT NOT NULL CHECK (shares_micros >= 0),
        shares_bought_micros BIGINT NOT NULL CHECK (shares_bought_micros > 0),
        cost_micros BIGINT NOT NULL,
        stake_micros BIGINT NOT NULL,
        fee_micros BIGINT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('open', 'closed', 'settled')),
        realized_pnl_micros BIGINT NOT NULL,
        opened_ms BIGINT NOT NULL,
        closed_ms BIGINT,
        end_ms BIGINT,
        signal_id BIGINT REFERENCES signals (id),
        trader TEXT
    )",
    "CREATE UNIQUE INDEX positions_one_open_per_market ON positions (book, condition_id) WHERE status = 'open'",
    // A copied trader may hold several markets of one group; strategies may not.
    "CREATE UNIQUE INDEX positions_one_open_per_group ON positions (book, group_id) WHERE status = 'open' AND source <> 'copy_trade'",
    "CREATE INDEX positions_by_status ON positions (status, id)",
    "CREATE INDEX positions_by_condition ON positions (condition_id)",
    "CREATE INDEX positions_by_signal ON positions (signal_id)",
    "CREATE INDEX positions_by_book_and_opening ON positions (book, opened_ms)",
    "CREATE TABLE fills (
        id {ID},
        position_id BIGINT NOT NULL REFERENCES positions (id),
        book TEXT NOT NULL REFERENCES books (name),
        token_id TEXT NOT NULL,
        side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
        shares_micros BIGINT NOT NULL CHECK (shares_micros > 0),
        vwap_micros BIGINT NOT NULL,
        notional_micros BIGINT NOT NULL,
        fee_micros BIGINT NOT NULL,
        fee_rate DOUBLE PRECISION NOT NULL,
        fee_formula TEXT NOT NULL,
        mid DOUBLE PRECISION,
        book_hash TEXT,
        book_ms BIGINT NOT NULL,
        levels TEXT NOT NULL,
        decided_ms BIGINT NOT NULL,
        filled_ms BIGINT NOT NULL
    )",
    "CREATE INDEX fills_by_position ON fills (position_id, id)",
    "CREATE TABLE settlements (
        position_id BIGINT PRIMARY KEY NOT NULL REFERENCES positions (id),
        condition_id TEXT NOT NULL,
        payout_micros BIGINT NOT NULL,
        shares_micros BIGINT NOT NULL,
        cost_micros BIGINT NOT NULL,
        proceeds_micros BIGINT NOT NULL,
        pnl_micros BIGINT NOT NULL,
        settled_ms BIGINT NOT NULL,
        corrected_ms BIGINT
    )",
    "CREATE INDEX settlements_by_condition ON settlements (condition_id)",
    "CREATE TABLE feature_snapshots (
        id {ID},
        signal_id BIGINT NOT NULL REFERENCES signals (id),
        position_id BIGINT REFERENCES positions (id),
        version INTEGER NOT NULL,
        features TEXT NOT NULL,
        at_ms BIGINT NOT NULL
    )",
    "CREATE INDEX feature_snapshots_by_signal ON feature_snapshots (signal_id)",
];
