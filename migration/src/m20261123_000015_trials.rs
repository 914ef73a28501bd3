//! Thresholds that run beside the real ones, without money.

use crate::change::Change;

/// This step.
pub(crate) const CHANGE: Change = Change {
    name: "m20261123_000015_trials",
    up: UP,
    down: &["DROP TABLE trial_positions", "DROP TABLE profile_trials"],
};

const UP: &[&str] = &[
    "CREATE TABLE profile_trials (
        id {ID},
        book TEXT NOT NULL REFERENCES books (name),
        thresholds TEXT NOT NULL,
        bankroll_micros BIGINT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('running', 'dropped', 'promoted')),
        begun_by TEXT NOT NULL,
        began_ms BIGINT NOT NULL,
        ended_ms BIGINT
    )",
    "CREATE UNIQUE INDEX profile_trials_one_running ON profile_trials (book) WHERE status = 'running'",
    "CREATE TABLE trial_positions (
        id {ID},
        trial_id BIGINT NOT NULL REFERENCES profile_trials (id),
        condition_id TEXT NOT NULL,
        group_id TEXT NOT NULL,
        category TEXT,
        status TEXT NOT NULL,
        opened_ms BIGINT NOT NULL,
        shares_micros BIGINT NOT NULL,
        stake_micros BIGINT NOT NULL,
        cost_micros BIGINT NOT NULL,
        pnl_micros BIGINT NOT NULL,
        payout_micros BIGINT,
        body TEXT NOT NULL,
        fill TEXT NOT NULL
    )",
    // As for bets: one open position of a book in an event, whatever restarts.
    "CREATE UNIQUE INDEX trial_positions_one_open ON trial_positions (trial_id, group_id) WHERE status = 'open'",
    "CREATE INDEX trial_positions_by_condition ON trial_positions (condition_id)",
];
