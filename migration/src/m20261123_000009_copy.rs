//! Copy trading: who is followed, how far they were read, what they did, and what came of it.

use crate::change::Change;

/// This step.
pub(crate) const CHANGE: Change = Change {
    name: "m20261123_000009_copy",
    up: UP,
    down: &[
        "DROP INDEX positions_by_trader",
        "DROP TABLE copy_decisions",
        "DROP TABLE copy_activity",
        "DROP TABLE copy_cursors",
        "DROP TABLE copy_follows",
    ],
};

const UP: &[&str] = &[
    "CREATE TABLE copy_follows (
        wallet TEXT PRIMARY KEY NOT NULL,
        name TEXT NOT NULL,
        sizing TEXT NOT NULL,
        caps TEXT NOT NULL,
        mode TEXT NOT NULL,
        stage TEXT NOT NULL CHECK (stage IN ('shadow', 'live', 'failed')),
        standing TEXT NOT NULL CHECK (standing IN ('active', 'paused', 'ended')),
        followed_ms BIGINT NOT NULL,
        changed_ms BIGINT NOT NULL
    )",
    // Apart from the follow: it changes with every reading, the follow when the owner says so.
    "CREATE TABLE copy_cursors (
        wallet TEXT PRIMARY KEY NOT NULL REFERENCES copy_follows (wallet),
        since_ms BIGINT NOT NULL,
        read_through_ms BIGINT NOT NULL,
        swept_ms BIGINT,
        failing_since_ms BIGINT,
        error TEXT
    )",
    "CREATE TABLE copy_activity (
        id {ID},
        wallet TEXT NOT NULL,
        transaction_hash TEXT NOT NULL,
        subject TEXT NOT NULL,
        log BIGINT NOT NULL,
        at_ms BIGINT NOT NULL,
        seen_ms BIGINT NOT NULL,
        looked_before_ms BIGINT,
        body TEXT NOT NULL,
        handled_ms BIGINT
    )",
    "CREATE UNIQUE INDEX copy_activity_once ON copy_activity (wallet, transaction_hash, subject, log)",
    "CREATE INDEX copy_activity_by_time ON copy_activity (wallet, at_ms)",
    "CREATE INDEX copy_activity_waiting ON copy_activity (id) WHERE handled_ms IS NULL",
    "CREATE INDEX copy_activity_by_sight ON copy_activity (seen_ms)",
    "CREATE TABLE copy_decisions (
        id {ID},
        wallet TEXT NOT NULL,
        transaction_hash TEXT NOT NULL,
        subject TEXT NOT NULL,
        side TEXT NOT NULL,
        fate TEXT NOT NULL,
        gate TEXT,
        reason TEXT NOT NULL,
        condition_id TEXT,
        traded_ms BIGINT NOT NULL,
        decided_ms BIGINT NOT NULL,
        body TEXT,
        signal_id BIGINT REFERENCES signals (id),
        position_id BIGINT REFERENCES positions (id)
    )",
    // An order is decided on once, whatever restarts: nothing is mirrored twice.
    "CREATE UNIQUE INDEX copy_decisions_once ON copy_decisions (wallet, transaction_hash, subject, side)",
    "CREATE INDEX copy_decisions_by_wallet ON copy_decisions (wallet, decided_ms)",
    "CREATE INDEX copy_decisions_by_time ON copy_decisions (decided_ms)",
    "CREATE INDEX positions_by_trader ON positions (trader, status) WHERE trader IS NOT NULL",
];
