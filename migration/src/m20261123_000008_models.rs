//! Versions of the model.

use crate::change::Change;

/// This step.
pub(crate) const CHANGE: Change = Change { name: "m20261123_000008_models", up: UP, down: &["DROP TABLE models"] };

const UP: &[&str] = &[
    "CREATE TABLE models (
        id {ID},
        version TEXT NOT NULL,
        path TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('candidate', 'champion', 'retired', 'refused')),
        trained_ms BIGINT,
        known_ms BIGINT,
        added_ms BIGINT NOT NULL,
        rival TEXT,
        duel TEXT,
        reason TEXT,
        decided_by TEXT,
        decided_ms BIGINT,
        promoted_ms BIGINT
    )",
    "CREATE UNIQUE INDEX models_one_champion ON models (status) WHERE status = 'champion'",
    "CREATE UNIQUE INDEX models_versions ON models (version) WHERE status <> 'refused'",
];
