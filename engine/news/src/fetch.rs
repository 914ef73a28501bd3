//! One feed, asked once: hops, deadline, size.

use std::time::Duration;

use futures::StreamExt;
use url::Url;

use crate::error::FeedError;
use crate::guard::{FeedAddress, Guard};
use crate::web::{Reply, Validators, Web};

/// How much a feed may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For everything: names, all hops, the last byte.
    pub deadline: Duration,
    /// Of the body, unpacked.
    pub body_bytes: usize,
    /// Redirects followed.
    pub redirects: usize,
}

impl Default for Limits {
    /// 20 s, 2 MiB (the largest of the usual feeds has some 300 KiB), four redirects.
    fn default() -> Self {
        Self { deadline: Duration::from_secs(20), body_bytes: 2 * 1024 * 1024, redirects: 4 }
    }
}

/// What is remembered of a feed's last good answer: it is only told to the address that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Where the answer came from, after all redirects.
    pub url: Url,
    /// Its state then.
    pub validators: Validators,
}

/// A good answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// Nothing changed since the last time.
    Unchanged,
    /// The feed.
    Body {
        /// All of it, unpacked.
        bytes: Vec<u8>,
        /// To ask with the next time.
        known: Known,
    },
}

/// Asks feeds.
pub struct Fetcher {
    guard: Guard,
    web: Box<dyn Web>,
    limits: Limits,
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetcher").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Fetcher {
    /// Asks through `guard` and `web`.
    #[must_use]
    pub fn new(guard: Guard, web: Box<dyn Web>, limits: Limits) -> Self {
        Self { guard, web, limits }
    }

    /// Asks one feed.
    ///
    /// # Errors
    /// [`FeedError`]: the sentence to tell.
    pub async fn fetch(&self, feed: &FeedAddress, known: Option<&Known>) -> Result<Fetched, FeedError> {
        let after = self.limits.deadline;
        let followed = Box::pin(self.follow(feed, known));
        tokio::time::timeout(after, followed)
            .await
            .unwrap_or_else(|_| Err(FeedError::Timeout { host: feed.host().to_owned(), after }))
    }

    async fn follow(&self, feed: &FeedAddress, known: Option<&Known>) -> Result<Fetched, FeedError> {
        let none = Validators::default();
        let mut target = self.guard.first(feed).await?;
        for _ in 0..=self.limits.redirects {
            let asked = known.filter(|known| known.url == target.url).map_or(&none, |known| &known.validators);
            let reply = self.web.get(&target, asked).await?;
            let location = reply.location.clone();
            match (reply.status, location) {
                (200, _) => return self.body(&target.host(), target.url, reply).await,
                (304, _) if *asked != none => return Ok(Fetched::Unchanged),
                (301 | 302 | 303 | 307 | 308, Some(location)) => {
                    target = self.guard.redirect(feed, &target.url, &location).await?;
                }
                (status, _) => {
                    return Err(FeedError::Status { host: target.host(), status, retry_after: reply.retry_after });
                }
            }
        }
        Err(FeedError::Redirects { host: feed.host().to_owned(), limit: self.limits.redirects })
    }

    /// Reads no more than the limit: a bomb is dropped where it passes it, packed or not.
    async fn body(&self, host: &str, url: Url, mut reply: Reply) -> Result<Fetched, FeedError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = reply.body.next().await {
            let chunk = chunk?;
            if bytes.len() + chunk.len() > self.limits.body_bytes {
                return Err(FeedError::TooLarge { host: host.to_owned(), limit_bytes: self.limits.body_bytes });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Fetched::Body { bytes, known: Known { url, validators: reply.validators } })
    }
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
