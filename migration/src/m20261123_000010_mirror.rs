//! Copying: what followed traders hold, copies on probation, and sales still owed.

use crate::change::Change;

/// This step.
pub(crate) const CHANGE: Change = Change {
    name: "m20261123_000010_mirror",
    up: UP,
    down: &["DROP TABLE copy_rests", "DROP TABLE copy_shadows", "DROP TABLE copy_holdings"],
};

const UP: &[&str] = &[
    // One row a market; what is not of one market stands under an empty condition.
    "CREATE TABLE copy_holdings (
        wallet TEXT NOT NULL,
        condition_id TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (wallet, condition_id)
    )",
    "CREATE TABLE copy_shadows (
        id {ID},
        wallet TEXT NOT NULL,
        condition_id TEXT NOT NULL,
        group_id TEXT NOT NULL,
        status TEXT NOT NULL,
        opened_ms BIGINT NOT NULL,
        closed_ms BIGINT,
        shares_micros BIGINT NOT NULL,
        profit DOUBLE PRECISION,
        payout_micros BIGINT,
        body TEXT NOT NULL,
        fills TEXT NOT NULL
    )",
    "CREATE UNIQUE INDEX copy_shadows_one_open ON copy_shadows (wallet, condition_id) WHERE status = 'open'",
    "CREATE INDEX copy_shadows_by_condition ON copy_shadows (condition_id, status)",
    "CREATE INDEX copy_shadows_by_wallet ON copy_shadows (wallet, closed_ms)",
    // A sale that follows a trader's and could not be made yet, or not wholly.
    "CREATE TABLE copy_rests (
        position_id BIGINT PRIMARY KEY NOT NULL REFERENCES positions (id),
        wallet TEXT NOT NULL,
        shares_micros BIGINT NOT NULL,
        fraction DOUBLE PRECISION NOT NULL,
        acted_ms BIGINT NOT NULL,
        since_ms BIGINT NOT NULL,
        tried_ms BIGINT NOT NULL,
        told_ms BIGINT
    )",
];
