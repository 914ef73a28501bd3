//! The state behind its lock, and the bells that ring when it changes.

use std::sync::{Arc, Mutex, PoisonError};

use engine_clock::Clock;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use super::schema::Schema;
use super::state::State;

/// Page events buffered for a slow reader; beyond that it reads the whole state anew.
const EVENT_BUFFER: usize = 1024;

/// See the module.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) clock: Clock,
    pub(crate) token: String,
    pub(crate) schema: Arc<Schema>,
    pub(crate) full_schema: Option<Arc<Schema>>,
    pub(crate) stopped: CancellationToken,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    events: broadcast::Sender<(u64, Arc<str>)>,
}

impl Hub {
    pub(crate) fn new(clock: Clock, token: String) -> Self {
        // A token is "<bot id>:<secret>".
        let bot_id = token.split(':').next().and_then(|id| id.parse().ok()).unwrap_or(7_000_000_001);
        let state = State::new(clock.now(), bot_id);
        Self {
            clock,
            token,
            schema: Schema::trimmed(),
            full_schema: Schema::full(),
            stopped: CancellationToken::new(),
            state: Mutex::new(state),
            changed: watch::Sender::new(0),
            events: broadcast::Sender::new(EVENT_BUFFER),
        }
    }

    /// Works on the state, then tells everyone who waits for a change, and the pages.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.now = self.clock.now();
        let done = work(&mut state);
        let mut number = *self.changed.borrow();
        for event in std::mem::take(&mut state.events) {
            number += 1;
            // No page may be open.
            let _ = self.events.send((number, event.to_string().into()));
        }
        // Rung under the lock, so that numbers come in order.
        self.changed.send_replace(number + 1);
        done
    }

    /// Looks at the state without ringing; also gives the number of the last page event it contains.
    pub(crate) fn look<T>(&self, read: impl FnOnce(&State) -> T) -> (u64, T) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.now = self.clock.now();
        let number = *self.changed.borrow();
        (number, read(&state))
    }

    /// Rings at each change.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Events for a page, numbered.
    pub(crate) fn events(&self) -> broadcast::Receiver<(u64, Arc<str>)> {
        self.events.subscribe()
    }
}
