//! Reports of traders, and everybody who was ever put before somebody's eyes.

use crate::change::Change;

/// This step.
pub(crate) const CHANGE: Change = Change {
    name: "m20261123_000012_dossiers",
    up: UP,
    down: &["DROP INDEX copy_activity_by_subject", "DROP TABLE copy_looked_at", "DROP TABLE copy_dossiers"],
};

const UP: &[&str] = &[
    "CREATE TABLE copy_dossiers (
        id {ID},
        wallet TEXT NOT NULL,
        at_ms BIGINT NOT NULL,
        verdict TEXT NOT NULL CHECK (verdict IN ('copyable', 'cannot_tell', 'do_not')),
        measured TEXT,
        body TEXT NOT NULL
    )",
    "CREATE INDEX copy_dossiers_by_wallet ON copy_dossiers (wallet, id)",
    // Apart from the dossiers, and never forgotten: a verdict is corrected for all who were looked at.
    "CREATE TABLE copy_looked_at (
        wallet TEXT PRIMARY KEY NOT NULL,
        first_ms BIGINT NOT NULL
    )",
    "CREATE INDEX copy_activity_by_subject ON copy_activity (subject)",
];
