//! Which version of the data API is asked: the second, and for a while the first when the second is out of order.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::http::error::PolymarketError;

/// So long the second version is not asked again after it failed. Each try costs several requests and their waits.
const LEFT_ALONE: Duration = Duration::from_secs(600);

/// A version of the data API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// Cursors, snake case, an envelope.
    V2,
    /// Offsets, camel case, bare lists.
    V1,
}

/// Remembers that the second version failed. Real time, as for every quiet time of a foreign host.
#[derive(Debug, Default)]
pub(crate) struct Fallback(Mutex<Option<Instant>>);

impl Fallback {
    /// The version to ask now.
    pub(crate) fn feed(&self) -> Feed {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if until.is_some_and(|until| Instant::now() < until) { Feed::V1 } else { Feed::V2 }
    }

    /// Whether a failure of the second version is one the first may not have. Remembers it if so.
    pub(crate) fn falls_back(&self, error: &PolymarketError) -> bool {
        let falls = match error {
            PolymarketError::Client { status, .. } => *status == 404 || *status == 410,
            PolymarketError::Server { .. } | PolymarketError::Decode { .. } => true,
            // The host is away, wants quiet, or refuses us: the first version lives on the same host.
            PolymarketError::Config { .. }
            | PolymarketError::Timeout { .. }
            | PolymarketError::Connect { .. }
            | PolymarketError::Reset { .. }
            | PolymarketError::RateLimited { .. }
            | PolymarketError::Blocked { .. }
            | PolymarketError::NotReady { .. }
            | PolymarketError::TooLarge { .. } => false,
        };
        if falls {
            tracing::warn!(%error, "version 2 of the data API failed; version 1 is asked for {} s", LEFT_ALONE.as_secs());
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now().checked_add(LEFT_ALONE);
        }
        falls
    }
}
