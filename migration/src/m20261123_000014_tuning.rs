//! Thresholds changed in the chat, who changed them, and the candidates that other thresholds are tried on.

use crate::change::Change;

/// This step.
pub(crate) const CHANGE: Change = Change {
    name: "m20261123_000014_tuning",
    up: UP,
    down: &["DROP TABLE candidates", "DROP TABLE profile_changes", "DROP TABLE profiles"],
};

const UP: &[&str] = &[
    // A row stands in place of the settings' defaults; a strategy without one has those.
    "CREATE TABLE profiles (
        book TEXT PRIMARY KEY NOT NULL REFERENCES books (name),
        thresholds TEXT NOT NULL,
        saved_ms BIGINT NOT NULL
    )",
    "CREATE TABLE profile_changes (
        id {ID},
        at_ms BIGINT NOT NULL,
        book TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('save', 'reset', 'promote', 'top_up')),
        field TEXT NOT NULL,
        before_value BIGINT NOT NULL,
        after_value BIGINT NOT NULL,
        changed_by TEXT NOT NULL
    )",
    "CREATE INDEX profile_changes_by_book ON profile_changes (book, id)",
    // One row a scan, empty ones too: they say how far back the record reaches.
    "CREATE TABLE candidates (
        id {ID},
        at_ms BIGINT NOT NULL,
        body TEXT NOT NULL
    )",
    "CREATE INDEX candidates_by_time ON candidates (at_ms)",
];
