//! What every request passes: it is counted, and perhaps answered wrongly on purpose.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde_json::json;

use super::Venue;
use super::faults::HttpFault;

/// No answer of this venue is larger.
const MAX_BODY_BYTES: usize = 64 << 20;

/// Requests by route: host and path pattern, such as `clob/book` or `gamma/markets/{id}`.
#[derive(Debug, Clone, Default)]
pub struct Requests(Arc<Mutex<BTreeMap<String, u64>>>);

impl Requests {
    /// Requests to one route so far.
    #[must_use]
    pub fn count(&self, route: &str) -> u64 {
        self.all().get(route).copied().unwrap_or(0)
    }

    /// All routes asked so far.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn add(&self, route: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(route).or_default() += 1;
    }
}

#[derive(Debug, Clone)]
struct Gate {
    host: &'static str,
    venue: Venue,
}

/// Puts the gate before the routes of a host.
pub(crate) fn guard(host: &'static str, routes: Router<Venue>, venue: &Venue) -> Router {
    let gate = Gate { host, venue: venue.clone() };
    routes
        .fallback(move || async move { not_found(host) })
        .layer(middleware::from_fn_with_state(gate, pass))
        .with_state(venue.clone())
}

fn not_found(host: &str) -> Response {
    let body = match host {
        "data" => json!({"error": "not found", "code": "not_found", "retryable": false}),
        _ => json!({"error": "404 page not found"}),
    };
    (StatusCode::NOT_FOUND, axum::Json(body)).into_response()
}

async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| request.uri().path().to_owned(), |path| path.as_str().to_owned());
    let route = format!("{}{path}", gate.host);
    let fault = gate.venue.faults.take_http(&route);
    gate.venue.requests.add(route);
    match fault {
        None => next.run(request).await,
        Some(fault) => broken(fault, next.run(request)).await,
    }
}

async fn broken(fault: HttpFault, right: impl Future<Output = Response>) -> Response {
    let page = "<!DOCTYPE html><html><head><title>Access denied | Cloudflare</title></head>\
                <body><h1>Error 1015</h1><p>You are being rate limited</p></body></html>";
    match fault {
        HttpFault::TooManyHtml => html(StatusCode::TOO_MANY_REQUESTS, page),
        HttpFault::HtmlInsteadOfJson => html(StatusCode::OK, page),
        HttpFault::TooManyText => (StatusCode::TOO_MANY_REQUESTS, "error code: 1015").into_response(),
        HttpFault::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, "internal error").into_response(),
        HttpFault::TooManyJson { retry_after_s } => {
            let body = json!({
                "error": "rate limit exceeded", "code": "rate_limited", "retryable": true, "trace_id": "sandbox",
            });
            let mut answer = (StatusCode::TOO_MANY_REQUESTS, axum::Json(body)).into_response();
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
            answer
        }
        HttpFault::SlowDrip { every } => rewrite(right.await, |body| drip(body, every)).await,
        HttpFault::CutShort => rewrite(right.await, |body| cut(&body)).await,
    }
}

fn html(status: StatusCode, page: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=UTF-8")], page).into_response()
}

async fn rewrite(right: Response, with: impl FnOnce(Bytes) -> Body) -> Response {
    let (mut parts, body) = right.into_parts();
    let whole = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, with(whole))
}

fn drip(body: Bytes, every: Duration) -> Body {
    Body::from_stream(stream::unfold(body, move |mut left| async move {
        if left.is_empty() {
            return None;
        }
        tokio::time::sleep(every).await;
        let byte = left.split_to(1);
        Some((Ok::<_, Infallible>(byte), left))
    }))
}

fn cut(body: &Bytes) -> Body {
    let half = body.slice(..body.len() / 2);
    let broken = io::Error::new(io::ErrorKind::ConnectionReset, "cut on purpose");
    Body::from_stream(stream::iter([Ok(half), Err(broken)]))
}
