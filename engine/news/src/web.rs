//! One request to one checked address.

use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use futures::{Stream, StreamExt};
use reqwest::header::{
    ACCEPT, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER,
};

use crate::error::{FeedError, chain};
use crate::guard::Target;

/// The body as it comes in, unpacked.
pub type Body = Pin<Box<dyn Stream<Item = Result<Vec<u8>, FeedError>> + Send>>;

/// What a feed said of its state the last time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, sent back as `If-None-Match`.
    pub etag: Option<String>,
    /// `Last-Modified`, sent back as `If-Modified-Since`.
    pub last_modified: Option<String>,
}

/// The head of an answer, and its body still to be read.
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Location`.
    pub location: Option<String>,
    /// `Retry-After`, when it is a number of seconds.
    pub retry_after: Option<Duration>,
    /// State to ask with the next time.
    pub validators: Validators,
    /// What follows.
    pub body: Body,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).field("location", &self.location).finish_non_exhaustive()
    }
}

/// Sends requests.
#[async_trait]
pub trait Web: Send + Sync {
    /// Asks for `target` and follows no redirect.
    ///
    /// # Errors
    /// [`FeedError::Connection`].
    async fn get(&self, target: &Target, known: &Validators) -> Result<Reply, FeedError>;
}

/// Connects to the checked addresses and to nothing else: no look-up of its own, no proxy, no kept connection.
#[derive(Debug, Clone, Copy, Default)]
pub struct PinnedWeb;

impl PinnedWeb {
    const CONNECT: Duration = Duration::from_secs(10);
    const ACCEPTED: &str =
        "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5";

    fn client(target: &Target) -> Result<reqwest::Client, FeedError> {
        // The only failure is "already installed", which is what was asked for.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("oddsmith/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            // A proxy would look the name up itself, past the check.
            .no_proxy()
            .pool_max_idle_per_host(0)
            .connect_timeout(Self::CONNECT);
        if let Some(url::Host::Domain(name)) = target.url().host() {
            builder = builder.resolve_to_addrs(name, target.addresses());
        }
        builder
            .build()
            .map_err(|error| FeedError::Connection { host: target.host(), reason: chain(&error.without_url()) })
    }
}

#[async_trait]
impl Web for PinnedWeb {
    async fn get(&self, target: &Target, known: &Validators) -> Result<Reply, FeedError> {
        let host = target.host();
        let failed = move |error: reqwest::Error| FeedError::Connection {
            host: host.clone(),
            reason: chain(&error.without_url()),
        };
        let mut request = Self::client(target)?.get(target.url().clone()).header(ACCEPT, Self::ACCEPTED);
        for (name, value) in [(IF_NONE_MATCH, &known.etag), (IF_MODIFIED_SINCE, &known.last_modified)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let response = request.send().await.map_err(&failed)?;
        let reached = response.remote_addr();
        if !reached.is_some_and(|reached| target.addresses().contains(&reached)) {
            let reason = "the connection went to another address than the one checked".to_owned();
            return Err(FeedError::Connection { host: target.host(), reason });
        }
        let headers = response.headers();
        Ok(Reply {
            status: response.status().as_u16(),
            location: text(headers, &LOCATION),
            retry_after: text(headers, &RETRY_AFTER).and_then(|s| s.trim().parse().ok()).map(Duration::from_secs),
            validators: Validators { etag: text(headers, &ETAG), last_modified: text(headers, &LAST_MODIFIED) },
            body: Box::pin(
                response.bytes_stream().map(move |chunk| chunk.map(|bytes| bytes.to_vec()).map_err(&failed)),
            ),
        })
    }
}

/// A header's value; longer than anyone needs, or not plain text, is none.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    const LONGEST: usize = 2000;
    headers.get(name)?.to_str().ok().filter(|value| value.len() <= LONGEST).map(str::to_owned)
}
