//! Counts of what was skipped or refused, by reason: nothing is dropped in silence.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Counters by reason since the start of the process.
#[derive(Debug, Clone, Default)]
pub struct Incidents(Arc<Mutex<BTreeMap<String, u64>>>);

impl Incidents {
    /// Adds to the count of a reason.
    pub fn add(&self, reason: impl Into<String>, count: u64) {
        if count == 0 {
            return;
        }
        let reason = reason.into();
        crate::meter::incident(&reason, count);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(reason).or_default() += count;
    }

    /// All counts by reason.
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
