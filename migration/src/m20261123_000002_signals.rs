//! Signals.

use crate::change::Change;

/// This step.
pub(crate) const CHANGE: Change = Change { name: "m20261123_000002_signals", up: UP, down: &["DROP TABLE signals"] };

const UP: &[&str] = &[
    "CREATE TABLE signals (
        id {ID},
        source TEXT NOT NULL,
        market_id TEXT NOT NULL,
        condition_id TEXT NOT NULL,
        group_id TEXT NOT NULL,
        token_id TEXT NOT NULL,
        outcome TEXT NOT NULL,
        model_p DOUBLE PRECISION,
        posterior DOUBLE PRECISION,
        confidence DOUBLE PRECISION,
        edge DOUBLE PRECISION NOT NULL,
        status TEXT NOT NULL,
        half BOOLEAN NOT NULL,
        decision TEXT NOT NULL,
        created_ms BIGINT NOT NULL,
        expires_ms BIGINT NOT NULL,
        decided_by TEXT,
        decided_ms BIGINT
    )",
    "CREATE UNIQUE INDEX signals_one_pending ON signals (source, condition_id) WHERE status = 'pending'",
    "CREATE INDEX signals_by_condition ON signals (condition_id, id)",
    "CREATE INDEX signals_by_time ON signals (created_ms)",
];
