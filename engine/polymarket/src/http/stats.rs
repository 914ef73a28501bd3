//! Counters of one host, for health pages.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::http::error::{ErrorKind, PolymarketError};

/// Counters since the start.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct HostStats {
    /// Tries sent.
    pub requests: u64,
    /// Tries beyond the first of a request.
    pub retries: u64,
    /// Answers that asked for fewer requests.
    pub rate_limited: u64,
    /// Requests given up on.
    pub failed: u64,
    /// Failed tries by kind.
    pub errors: BTreeMap<ErrorKind, u64>,
    /// When the host last gave an answer.
    pub last_ok: Option<DateTime<Utc>>,
    /// The last failure, in words.
    pub last_error: Option<String>,
    /// Milliseconds for which the host is still left alone, when it asked for quiet.
    pub paused_ms: Option<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<HostStats>);

impl Counters {
    pub(crate) fn snapshot(&self) -> HostStats {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn update(&self, change: impl FnOnce(&mut HostStats)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn sent(&self) {
        self.update(|stats| stats.requests += 1);
    }

    pub(crate) fn answered(&self, at: DateTime<Utc>) {
        self.update(|stats| stats.last_ok = Some(at));
    }

    pub(crate) fn retried(&self) {
        self.update(|stats| stats.retries += 1);
    }

    pub(crate) fn gave_up(&self) {
        self.update(|stats| stats.failed += 1);
    }

    pub(crate) fn error(&self, error: &PolymarketError) {
        self.update(|stats| {
            *stats.errors.entry(error.kind()).or_default() += 1;
            stats.rate_limited += u64::from(error.kind() == ErrorKind::RateLimited);
            stats.last_error = Some(error.to_string());
        });
    }
}
