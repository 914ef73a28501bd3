//! One host: sends, waits, retries, counts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use engine_core::causes::causes;
use futures::StreamExt;
use reqwest::{Client, Response};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Url;

use crate::http::answer::{Body, judge};
use crate::http::error::{PolymarketError, clean};
use crate::http::limits::{HostName, Limits, Scope};
use crate::http::pause::Pause;
use crate::http::retry;
use crate::http::stats::{Counters, HostStats};
use crate::options::Options;

/// Of a refusal's body no more than this is read.
const ERROR_BODY_BYTES: usize = 64 * 1024;

/// One request, addressed below the host's base address.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) scope: Scope,
    /// Path segments, unescaped.
    pub(crate) path: Vec<String>,
    /// Query pairs in order, unescaped; a name may repeat.
    pub(crate) query: Vec<(&'static str, String)>,
    /// JSON body; with one the request is a POST.
    pub(crate) body: Option<serde_json::Value>,
}

impl Call {
    pub(crate) fn get(scope: Scope, path: &[&str]) -> Self {
        let path = path.iter().map(|segment| (*segment).to_owned()).collect();
        Self { scope, path, query: Vec::new(), body: None }
    }

    pub(crate) fn query(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    pub(crate) fn post(mut self, body: serde_json::Value) -> Self {
        self.body = Some(body);
        self
    }

    /// The route, for messages.
    pub(crate) fn route(&self) -> String {
        format!("/{}", self.path.join("/"))
    }
}

/// Sends requests to one host.
#[derive(Clone)]
pub(crate) struct HttpClient(Arc<Inner>);

struct Inner {
    name: HostName,
    host: String,
    base: Url,
    http: Client,
    limits: Limits,
    slots: Semaphore,
    pause: Pause,
    counters: Counters,
    options: Options,
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").field("host", &self.0.host).finish_non_exhaustive()
    }
}

impl HttpClient {
    pub(crate) fn new(name: HostName, address: &str, options: &Options) -> Result<Self, PolymarketError> {
        let setting = || format!("{} address", name.as_str());
        let base = Url::parse(address.trim())
            .map_err(|error| PolymarketError::config(setting(), format!("is not an address: {error}")))?;
        let plain =
            matches!(base.scheme(), "http" | "https") && base.username().is_empty() && base.password().is_none();
        let Some(host) = base.host_str().filter(|_| plain) else {
            return Err(PolymarketError::config(setting(), "must be http:// or https:// with a host and no password"));
        };
        let host = base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let mut builder = Client::builder()
            .user_agent(concat!("oddsmith/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(options.deadline.min(Duration::from_secs(10)))
            // A data API has no reason to send us elsewhere; following would let a hijacked answer pick the address.
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| PolymarketError::config(setting(), causes(&error.without_url())))?;
        Ok(Self(Arc::new(Inner {
            name,
            host,
            base,
            http,
            limits: Limits::new(name, options.rate_scale),
            slots: Semaphore::new(options.max_concurrent),
            pause: Pause::default(),
            counters: Counters::default(),
            options: options.clone(),
        })))
    }

    pub(crate) fn name(&self) -> HostName {
        self.0.name
    }

    pub(crate) fn host(&self) -> &str {
        &self.0.host
    }

    pub(crate) fn max_concurrent(&self) -> usize {
        self.0.options.max_concurrent
    }

    pub(crate) fn stats(&self) -> HostStats {
        let mut stats = self.0.counters.snapshot();
        stats.paused_ms = self.0.pause.left().map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
        stats
    }

    /// Sends `call` until it is answered, refused for good, or the tries are used up.
    pub(crate) async fn fetch(&self, call: &Call) -> Result<Body, PolymarketError> {
        let inner = &*self.0;
        let url = self.url(call)?;
        let mut delays = retry::delays(&inner.options);
        loop {
            let error = match self.attempt(call, url.clone()).await {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            let delay = delays.next().filter(|_| error.is_transient());
            if let PolymarketError::RateLimited { retry_after, .. } = &error {
                // Also after the last try: the other requests to this host must keep quiet too.
                inner.pause.extend(retry_after.unwrap_or(delay.unwrap_or(inner.options.backoff_max)));
            }
            // A host that wants a longer quiet than the caller would wait through is not asked again now.
            let quiet = inner.pause.left().is_some_and(|left| left > inner.options.patience);
            let Some(delay) = delay.filter(|_| !quiet) else {
                inner.counters.gave_up();
                return Err(error);
            };
            tracing::debug!(host = %inner.host, route = %call.route(), %error, "request failed, trying again");
            inner.counters.retried();
            if !matches!(error, PolymarketError::RateLimited { .. }) {
                tokio::time::sleep(delay).await;
            }
        }
    }

    /// One try. Waiting for the limits is not part of the deadline; everything from the connection to the last byte is.
    async fn attempt(&self, call: &Call, url: Url) -> Result<Body, PolymarketError> {
        let inner = &*self.0;
        inner.limits.ready(call.scope).await;
        let _slot = inner.slots.acquire().await;
        if let Err(left) = inner.pause.wait(inner.options.patience).await {
            return Err(PolymarketError::RateLimited { host: inner.host.clone(), retry_after: Some(left) });
        }
        inner.counters.sent();
        let started = Instant::now();
        let exchange = Box::pin(self.exchange(call, url));
        let result = tokio::time::timeout(inner.options.deadline, exchange).await.unwrap_or_else(|_| {
            Err(PolymarketError::Timeout { host: inner.host.clone(), after: inner.options.deadline })
        });
        tracing::trace!(host = %inner.host, route = %call.route(), ms = started.elapsed().as_millis(), ok = result.is_ok(), "request");
        match &result {
            Ok(_) => inner.counters.answered(inner.options.clock.now()),
            // "No such market" is an answer.
            Err(error) if error.refused_status() == Some(404) => inner.counters.answered(inner.options.clock.now()),
            Err(error) => inner.counters.error(error),
        }
        result
    }

    async fn exchange(&self, call: &Call, url: Url) -> Result<Body, PolymarketError> {
        let inner = &*self.0;
        let request = match &call.body {
            None => inner.http.get(url),
            Some(body) => inner.http.post(url).json(body),
        };
        let mut response = request.send().await.map_err(|error| self.transport_error(error))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let bytes = self.read(&mut response, (200..300).contains(&status)).await?;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        judge(&inner.host, status, &headers, &text)?;
        Ok(Body { host: inner.host.clone(), text })
    }

    /// The body, bounded: a good one by the size limit, a refusal's is cut.
    async fn read(&self, response: &mut Response, good: bool) -> Result<Vec<u8>, PolymarketError> {
        let limit = self.0.options.max_body_bytes;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.transport_error(error))? {
            if bytes.len() + chunk.len() > limit {
                return Err(PolymarketError::TooLarge { host: self.0.host.clone(), limit_bytes: limit });
            }
            bytes.extend_from_slice(&chunk);
            if !good && bytes.len() >= ERROR_BODY_BYTES {
                break;
            }
        }
        Ok(bytes)
    }

    fn transport_error(&self, error: reqwest::Error) -> PolymarketError {
        let host = self.0.host.clone();
        let error = error.without_url();
        if error.is_timeout() {
            return PolymarketError::Timeout { host, after: self.0.options.deadline };
        }
        let reason = clean(&causes(&error));
        if error.is_connect() {
            return PolymarketError::Connect { host, reason };
        }
        if error.is_decode() && reason.contains("gzip") {
            return PolymarketError::decode(&host, "a compressed body", &reason, "");
        }
        PolymarketError::Reset { host, reason }
    }

    /// The full address of a call.
    pub(crate) fn url(&self, call: &Call) -> Result<Url, PolymarketError> {
        let mut url = self.0.base.clone();
        url.path_segments_mut()
            .map_err(|()| PolymarketError::config("address", "cannot have a path"))?
            .pop_if_empty()
            .extend(&call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        Ok(url)
    }
}

/// Runs prepared calls, `at_once` of them at a time; the results come in the order of the calls.
///
/// The calls are made before, not by a closure inside the stream: a closure over borrowed batches would keep the whole
/// from running in a task of its own.
pub(crate) async fn run_all<F: Future>(calls: Vec<F>, at_once: usize) -> Vec<F::Output> {
    futures::stream::iter(calls).buffered(at_once.max(1)).collect().await
}

fn is_loopback(base: &Url) -> bool {
    match base.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::error::ErrorKind;

    #[test]
    fn addresses_keep_their_path_and_escape_what_is_asked() {
        crate::install_crypto();
        let client = HttpClient::new(HostName::Gamma, "http://127.0.0.1:9/gamma/", &Options::default()).unwrap();
        let call = Call::get(Scope::Markets, &["markets", "slug", "a/b?c"]).query("q", "x y&z").query("q", 2);
        assert_eq!(
            client.url(&call).unwrap().as_str(),
            "http://127.0.0.1:9/gamma/markets/slug/a%2Fb%3Fc?q=x+y%26z&q=2"
        );
        for bad in ["", "gamma.example", "ftp://x", "http://user:secret@x", "file:///etc/passwd"] {
            let error = HttpClient::new(HostName::Gamma, bad, &Options::default()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{bad}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
