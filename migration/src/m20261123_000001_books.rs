//! Books, mutes and small facts.

use crate::change::Change;

/// This step.
pub(crate) const CHANGE: Change =
    Change { name: "m20261123_000001_books", up: UP, down: &["DROP TABLE mutes", "DROP TABLE kv", "DROP TABLE books"] };

const UP: &[&str] = &[
    "CREATE TABLE books (
        name TEXT PRIMARY KEY NOT NULL,
        mode TEXT NOT NULL,
        created_ms BIGINT NOT NULL
    )",
    "CREATE TABLE kv (
        key TEXT PRIMARY KEY NOT NULL,
        value TEXT NOT NULL
    )",
    "CREATE TABLE mutes (
        group_id TEXT PRIMARY KEY NOT NULL,
        muted_ms BIGINT NOT NULL
    )",
];
