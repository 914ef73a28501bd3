//! Where the APIs are and how they are called.

use std::time::Duration;

use engine_clock::Clock;

use crate::http::error::PolymarketError;

/// Base addresses, `http` or `https`, with or without a path in front of the routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    /// Gamma: markets, events, search.
    pub gamma: String,
    /// CLOB: books and price histories.
    pub clob: String,
    /// Data API: resolutions, traders.
    pub data_api: String,
}

impl Default for Hosts {
    /// The public hosts.
    fn default() -> Self {
        Self {
            gamma: "https://gamma-api.polymarket.com".to_owned(),
            clob: "https://clob.polymarket.com".to_owned(),
            data_api: "https://data-api.polymarket.com".to_owned(),
        }
    }
}

/// How requests are sent. The defaults suit the public hosts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Longest time one try may take from connecting to the last byte of the body. The venue delays requests instead
    /// of refusing them when it is busy, so 30 s is not generous.
    pub deadline: Duration,
    /// Largest body read, in bytes after decompression.
    pub max_body_bytes: usize,
    /// Requests under way at once, per host.
    pub max_concurrent: usize,
    /// Multiplies the client's own rate limits (and divides its own back-off): above 1 for a stand-in world that runs
    /// faster than real time. A `Retry-After` is honoured as sent.
    pub rate_scale: f64,
    /// Tries per request, the first one included.
    pub max_tries: usize,
    /// First back-off after a failed try; doubles with jitter up to `backoff_max`.
    pub backoff_min: Duration,
    /// Longest back-off.
    pub backoff_max: Duration,
    /// Longest pause of a host that a request waits through; with more to go it fails at once instead.
    pub patience: Duration,
    /// Dates the counters.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(30),
            max_body_bytes: 32 * 1024 * 1024,
            max_concurrent: 6,
            rate_scale: 1.0,
            max_tries: 4,
            backoff_min: Duration::from_millis(500),
            backoff_max: Duration::from_secs(10),
            patience: Duration::from_secs(60),
            clock: Clock::wall(),
        }
    }
}

impl Options {
    /// Refuses values that could not work, naming the option.
    pub(crate) fn check(&self) -> Result<(), PolymarketError> {
        let faults = [
            (self.deadline.is_zero(), "deadline", "must be above zero"),
            (self.max_body_bytes == 0, "max_body_bytes", "must be above zero"),
            (self.max_concurrent == 0, "max_concurrent", "must be above zero"),
            (self.max_tries == 0, "max_tries", "must be above zero"),
            (!(self.rate_scale.is_finite() && self.rate_scale > 0.0), "rate_scale", "must be above zero"),
        ];
        match faults.iter().find(|fault| fault.0) {
            Some((_, setting, reason)) => Err(PolymarketError::config(*setting, *reason)),
            None => Ok(()),
        }
    }
}
