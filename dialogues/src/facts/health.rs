//! Facts of the health page.

use chrono::{DateTime, Utc};
use engine_core::model::ModelCard;

use super::Retraining;

/// How one loop is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoopHealth {
    /// Its name.
    pub name: String,
    /// Its last success.
    pub last_ok: Option<DateTime<Utc>>,
    /// Finished runs, good or bad.
    pub runs: u64,
    /// Runs that failed.
    pub errors: u64,
    /// What the last failure said, until a run succeeds. Foreign text.
    pub failing: Option<String>,
}

/// How one host is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostHealth {
    /// Its name ("Gamma", "CLOB").
    pub name: String,
    /// Last good answer.
    pub last_ok: Option<DateTime<Utc>>,
    /// Requests so far.
    pub requests: u64,
    /// Requests that failed.
    pub errors: u64,
}

/// The model in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelHealth {
    /// Its version.
    pub version: String,
    /// When it was trained.
    pub created_at: Option<DateTime<Utc>>,
}

/// Facts of the health page.
#[derive(Debug, Clone, PartialEq)]
pub struct HealthFacts {
    /// Version of the program.
    pub version: String,
    /// When the process started.
    pub started_at: DateTime<Utc>,
    /// Each loop, by name.
    pub loops: Vec<LoopHealth>,
    /// Each host of the outside world.
    pub hosts: Vec<HostHealth>,
    /// The model, or why there is none.
    pub model: Result<ModelHealth, String>,
    /// How retraining stands.
    pub retraining: Retraining,
    /// The newest version that was compared with another.
    pub last_duel: Option<ModelCard>,
    /// `SQLite` or `PostgreSQL`.
    pub database: String,
    /// Messages that wait to be sent.
    pub outbox_pending: u64,
    /// Since when the oldest of them waits.
    pub outbox_oldest: Option<DateTime<Utc>>,
    /// Rows skipped as unreadable, by reason.
    pub skipped: Vec<(String, u64)>,
    /// Books not traded on, by fault.
    pub book_faults: Vec<(String, u64)>,
}
