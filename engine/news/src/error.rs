//! Why a feed gave nothing, as a person reads it.

use std::net::IpAddr;
use std::time::Duration;

use engine_core::causes::causes;
use thiserror::Error;

use crate::address::Inside;

/// Why a feed gave nothing this time. One sentence each; only hosts are named, never whole addresses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FeedError {
    /// An address that is never asked.
    #[error("{host} {reason}")]
    Address {
        /// The host, or the whole when it has none.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The name leads to an address that is not public.
    #[error("{host} is {address} ({why}); only public addresses are asked")]
    NotPublic {
        /// The host.
        host: String,
        /// Where its name leads.
        address: IpAddr,
        /// What that is.
        why: Inside,
    },
    /// Nobody knows the name.
    #[error("{host} could not be found: {reason}")]
    Unknown {
        /// The host.
        host: String,
        /// What the resolver said.
        reason: String,
    },
    /// The connection failed or broke.
    #[error("{host} could not be read: {reason}")]
    Connection {
        /// The host.
        host: String,
        /// What the network said.
        reason: String,
    },
    /// Not everything arrived in time.
    #[error("{host} did not finish answering within {} s", after.as_secs_f64())]
    Timeout {
        /// The feed's host.
        host: String,
        /// The deadline that passed.
        after: Duration,
    },
    /// It sent us around.
    #[error("{host} redirected more than {limit} times")]
    Redirects {
        /// The feed's host.
        host: String,
        /// How often is followed.
        limit: usize,
    },
    /// Not a good status.
    #[error("{host} answered with status {status}")]
    Status {
        /// The host.
        host: String,
        /// HTTP status.
        status: u16,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// More than is read, unpacked.
    #[error("{host} sent more than {limit_bytes} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// The limit.
        limit_bytes: usize,
    },
    /// What came is no feed.
    #[error("{host} did not send a feed: {reason}")]
    NotAFeed {
        /// The host.
        host: String,
        /// Why not.
        reason: String,
    },
}

impl FeedError {
    /// How long the host asked to be left alone, if it did.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        if let Self::Status { retry_after, .. } = self { *retry_after } else { None }
    }
}

/// An error with its causes in one short line, without an address that may hold a key.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    /// Foreign text in an error is bounded.
    const CHARS: usize = 160;
    crate::text::plain(&causes(error), CHARS)
}
