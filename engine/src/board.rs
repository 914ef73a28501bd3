//! How each loop is doing, for `/health` and the health page.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// State of one loop.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LoopStatus {
    /// When it last finished without an error.
    pub last_ok_at: Option<DateTime<Utc>>,
    /// Finished runs, good or bad.
    pub runs: u64,
    /// Runs that failed, panicked or hung.
    pub errors: u64,
    /// What the last failure said; cleared by a good run.
    pub failing: Option<String>,
    /// Since when the present run is under way.
    pub running_since: Option<DateTime<Utc>>,
    /// When it is to run next.
    pub next_at: Option<DateTime<Utc>>,
}

/// The status of all loops, shared between them and whoever asks.
#[derive(Debug, Clone, Default)]
pub struct LoopBoard(Arc<Mutex<BTreeMap<&'static str, LoopStatus>>>);

impl LoopBoard {
    fn update(&self, name: &'static str, change: impl FnOnce(&mut LoopStatus)) {
        // A panic cannot happen while the lock is held; even then the numbers are still the best we have.
        let mut loops = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(loops.entry(name).or_default());
    }

    /// A run begins.
    pub fn begin(&self, name: &'static str, at: DateTime<Utc>) {
        self.update(name, |status| status.running_since = Some(at));
    }

    /// A run ended well.
    pub fn succeed(&self, name: &'static str, at: DateTime<Utc>) {
        self.update(name, |status| {
            status.runs += 1;
            status.last_ok_at = Some(at);
            status.failing = None;
            status.running_since = None;
        });
    }

    /// A run failed. True when the one before it had not: the moment worth telling.
    pub fn fail(&self, name: &'static str, error: &str) -> bool {
        let mut first = false;
        self.update(name, |status| {
            first = status.failing.is_none();
            status.runs += 1;
            status.errors += 1;
            status.failing = Some(error.to_owned());
            status.running_since = None;
        });
        first
    }

    /// When the loop runs next.
    pub fn schedule(&self, name: &'static str, at: DateTime<Utc>) {
        self.update(name, |status| status.next_at = Some(at));
    }

    /// All loops by name.
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<&'static str, LoopStatus> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
