//! A pause that holds back every request to one host, after it asked for quiet.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Until when the host is left alone. Real time: a foreign server's quiet time does not follow a simulated clock.
#[derive(Debug, Default)]
pub(crate) struct Pause(Mutex<Option<Instant>>);

impl Pause {
    /// Leaves the host alone for at least `span` from now.
    pub(crate) fn extend(&self, span: Duration) {
        let until = Instant::now().checked_add(span);
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *current = (*current).max(until);
    }

    /// How much longer.
    pub(crate) fn left(&self) -> Option<Duration> {
        let until = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Waits it out; with more than `patience` to go, gives the remaining time back at once instead.
    pub(crate) async fn wait(&self, patience: Duration) -> Result<(), Duration> {
        // The pause may be extended by other requests while this one waits.
        while let Some(left) = self.left() {
            if left > patience {
                return Err(left);
            }
            tokio::time::sleep(left).await;
        }
        Ok(())
    }
}
