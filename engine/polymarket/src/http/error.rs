//! What can go wrong with a request, as a caller may branch on it and as a person reads it.

use std::time::Duration;

use serde::Serialize;
use thiserror::Error;

/// Longest piece of a foreign text that an error shows, in characters.
const SHOWN_CHARS: usize = 120;

/// Why a request gave nothing usable. The text is one sentence and names the host, never the whole address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolymarketError {
    /// An address or option that cannot work.
    #[error("{setting} {reason}")]
    Config {
        /// Which one.
        setting: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The whole answer did not arrive in time.
    #[error("{host} did not finish answering within {} s", after.as_secs_f64())]
    Timeout {
        /// The host.
        host: String,
        /// The deadline that passed.
        after: Duration,
    },
    /// No connection could be made.
    #[error("{host} could not be reached: {reason}")]
    Connect {
        /// The host.
        host: String,
        /// What the network said.
        reason: String,
    },
    /// The connection broke before the answer was complete.
    #[error("{host} broke the connection: {reason}")]
    Reset {
        /// The host.
        host: String,
        /// What the network said.
        reason: String,
    },
    /// Too many requests (429, or Cloudflare's 1015).
    #[error("{host} says there were too many requests{}", wait_text(*retry_after))]
    RateLimited {
        /// The host.
        host: String,
        /// How long to wait, when said.
        retry_after: Option<Duration>,
    },
    /// A web page where data was expected: a block page, a captcha, a proxy's error page.
    #[error("{host} answered {status} with a web page instead of data: {title}")]
    Blocked {
        /// The host.
        host: String,
        /// HTTP status.
        status: u16,
        /// The page's title or first words.
        title: String,
    },
    /// The matching engine is restarting (425).
    #[error("{host} is restarting (425)")]
    NotReady {
        /// The host.
        host: String,
    },
    /// The request was refused (4xx, or a redirect, which a data API has no reason to send).
    #[error("{host} refused the request ({status}): {message}")]
    Client {
        /// The host.
        host: String,
        /// HTTP status.
        status: u16,
        /// What the host said.
        message: String,
    },
    /// The host failed (5xx).
    #[error("{host} failed ({status}): {message}")]
    Server {
        /// The host.
        host: String,
        /// HTTP status.
        status: u16,
        /// What the host said.
        message: String,
        /// False when the host itself says that trying again is useless.
        retryable: bool,
    },
    /// The body was larger than the limit.
    #[error("{host} sent more than {limit_bytes} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// The limit.
        limit_bytes: usize,
    },
    /// The answer is not what the contract says.
    #[error("{host} sent {what} that cannot be read ({detail}) near `{snippet}`")]
    Decode {
        /// The host.
        host: String,
        /// Which answer, or which field of it.
        what: String,
        /// What was expected or found.
        detail: String,
        /// The place, at most 120 characters.
        snippet: String,
    },
}

/// The kinds of [`PolymarketError`], for counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// Configuration.
    Config,
    /// Deadline passed.
    Timeout,
    /// No connection.
    Connect,
    /// Connection broke.
    Reset,
    /// Too many requests.
    RateLimited,
    /// Web page instead of data.
    Blocked,
    /// Engine restart.
    NotReady,
    /// Refused.
    Client,
    /// Host failure.
    Server,
    /// Body too large.
    TooLarge,
    /// Not as the contract says.
    Decode,
}

impl PolymarketError {
    pub(crate) fn config(setting: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Config { setting: setting.into(), reason: reason.into() }
    }

    pub(crate) fn decode(host: &str, what: &str, detail: &str, near: &str) -> Self {
        Self::Decode { host: host.to_owned(), what: what.to_owned(), detail: clean(detail), snippet: clean(near) }
    }

    /// The kind, for counters.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Config { .. } => ErrorKind::Config,
            Self::Timeout { .. } => ErrorKind::Timeout,
            Self::Connect { .. } => ErrorKind::Connect,
            Self::Reset { .. } => ErrorKind::Reset,
            Self::RateLimited { .. } => ErrorKind::RateLimited,
            Self::Blocked { .. } => ErrorKind::Blocked,
            Self::NotReady { .. } => ErrorKind::NotReady,
            Self::Client { .. } => ErrorKind::Client,
            Self::Server { .. } => ErrorKind::Server,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::Decode { .. } => ErrorKind::Decode,
        }
    }

    /// True when the same request may well succeed a little later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Timeout { .. }
            | Self::Connect { .. }
            | Self::Reset { .. }
            | Self::RateLimited { .. }
            | Self::NotReady { .. } => true,
            Self::Server { retryable, .. } => *retryable,
            // A page with status 200 is a passing proxy fault; a 403 page is a block and asking again makes it worse.
            Self::Blocked { status, .. } => *status == 200,
            Self::Config { .. } | Self::Client { .. } | Self::TooLarge { .. } | Self::Decode { .. } => false,
        }
    }

    /// The HTTP status of a refusal, when this is one.
    #[must_use]
    pub const fn refused_status(&self) -> Option<u16> {
        if let Self::Client { status, .. } = self { Some(*status) } else { None }
    }
}

fn wait_text(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| format!("; try again in {} s", wait.as_secs_f64().ceil()))
}

/// One line without control characters, at most [`SHOWN_CHARS`] long.
pub(crate) fn clean(text: &str) -> String {
    let line: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let line = line.join(" ");
    if line.chars().count() <= SHOWN_CHARS {
        return line;
    }
    line.chars().take(SHOWN_CHARS - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_cut_to_one_short_line() {
        assert_eq!(clean("a\n\tb\u{0}c  d"), "a b c d");
        let long = clean(&"é".repeat(500));
        assert_eq!(long.chars().count(), 120);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn errors_are_sentences_that_name_the_host() {
        let host = || "clob.example".to_owned();
        let limited = PolymarketError::RateLimited { host: host(), retry_after: Some(Duration::from_millis(1500)) };
        assert_eq!(limited.to_string(), "clob.example says there were too many requests; try again in 2 s");
        let late = PolymarketError::Timeout { host: host(), after: Duration::from_secs(30) };
        assert_eq!(late.to_string(), "clob.example did not finish answering within 30 s");
    }
}
