//! Makes the stand-in venue misbehave, the way the real one has been seen to.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// A broken HTTP answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpFault {
    /// `429` with Cloudflare's HTML page and no `Retry-After`.
    TooManyHtml,
    /// `429` with the text `error code: 1015`.
    TooManyText,
    /// `429` with the Data API's JSON and a `Retry-After`.
    TooManyJson {
        /// Seconds in `Retry-After`.
        retry_after_s: u32,
    },
    /// `500` with a short text.
    ServerError,
    /// `200` with an HTML page where JSON should be.
    HtmlInsteadOfJson,
    /// The right answer, one byte at a time.
    SlowDrip {
        /// Real time between bytes.
        every: Duration,
    },
    /// Half of the right answer, then the connection breaks.
    CutShort,
}

/// A broken listing on the keyset routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListingFault {
    /// From the second page on, the next cursor is the one just sent.
    RepeatedCursor,
    /// `after_cursor` is ignored: page one for ever.
    CursorIgnored,
    /// Some rows have nulls, missing fields, strings for numbers, unknown words, or are no objects at all.
    BrokenRows,
}

/// A broken feed of activity or trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FeedFault {
    /// From the second page on, the next cursor is the one just sent.
    RepeatedCursor,
    /// Some rows have nulls, missing fields, strings for numbers, unknown types, or are no objects at all.
    BrokenRows,
}

/// A broken WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SocketFault {
    /// Answers `PING` but delivers nothing.
    Silent,
    /// Refuses new connections.
    Refuse,
    /// Accepts subscriptions and forgets them.
    SwallowSubscribe,
}

/// A switchboard of faults, shared by all hosts. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Faults {
    inner: Arc<Mutex<Inner>>,
    dropped: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    http: Vec<(String, HttpFault, u32)>,
    listing: HashSet<ListingFault>,
    feed: HashSet<FeedFault>,
    socket: HashSet<SocketFault>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { inner: Arc::default(), dropped: watch::Sender::new(0) }
    }
}

impl Faults {
    /// Breaks the next `times` answers of every route that starts with `route`: host and path, as counted, such as
    /// `gamma/markets/keyset`, `clob/books`, or `data` for the whole host.
    pub fn http(&self, route: &str, fault: HttpFault, times: u32) {
        self.lock().http.push((route.to_owned(), fault, times));
    }

    /// Switches a broken listing on or off.
    pub fn listing(&self, fault: ListingFault, on: bool) {
        switch(&mut self.lock().listing, fault, on);
    }

    /// Switches a broken feed on or off.
    pub fn feed(&self, fault: FeedFault, on: bool) {
        switch(&mut self.lock().feed, fault, on);
    }

    /// Switches a broken socket on or off.
    pub fn socket(&self, fault: SocketFault, on: bool) {
        switch(&mut self.lock().socket, fault, on);
    }

    /// Breaks the connection of every open socket, without a close frame.
    pub fn drop_sockets(&self) {
        self.dropped.send_modify(|count| *count += 1);
    }

    /// All is well again.
    pub fn clear(&self) {
        *self.lock() = Inner::default();
    }

    pub(crate) fn take_http(&self, route: &str) -> Option<HttpFault> {
        let mut inner = self.lock();
        let at = inner.http.iter().position(|(prefix, _, left)| *left > 0 && route.starts_with(prefix.as_str()))?;
        let (_, fault, left) = inner.http.get_mut(at)?;
        *left -= 1;
        let fault = *fault;
        inner.http.retain(|(_, _, left)| *left > 0);
        Some(fault)
    }

    pub(crate) fn has_listing(&self, fault: ListingFault) -> bool {
        self.lock().listing.contains(&fault)
    }

    pub(crate) fn has_feed(&self, fault: FeedFault) -> bool {
        self.lock().feed.contains(&fault)
    }

    pub(crate) fn has_socket(&self, fault: SocketFault) -> bool {
        self.lock().socket.contains(&fault)
    }

    pub(crate) fn socket_drops(&self) -> watch::Receiver<u64> {
        self.dropped.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn switch<T: std::hash::Hash + Eq>(set: &mut HashSet<T>, item: T, on: bool) {
    if on {
        set.insert(item);
    } else {
        set.remove(&item);
    }
}
