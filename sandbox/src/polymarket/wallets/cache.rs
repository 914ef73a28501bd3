//! The venue's content network: the same address is answered from memory for a while, however old the answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::Venue;

/// Answers kept at most; when there are more, those run out are dropped.
const MOST: usize = 2_048;

/// Answers given lately; moments are unix ms of the world.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cache(Arc<Mutex<Answers>>);

/// Body and the moment it runs out, by address.
type Answers = HashMap<String, (i64, Arc<str>)>;

impl Cache {
    fn get(&self, key: &str, now_ms: i64) -> Option<Arc<str>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|(until, _)| now_ms < *until).map(|(_, body)| body.clone())
    }

    fn put(&self, key: String, until_ms: i64, now_ms: i64, body: Arc<str>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.retain(|_, (until, _)| now_ms < *until);
        }
        if kept.len() < MOST {
            kept.insert(key, (until_ms, body));
        }
    }
}

/// The answer for this very address from at most `seconds` ago, else a new one. Refusals are not kept.
pub(super) fn cached<E>(
    venue: &Venue,
    uri: &Uri,
    seconds: i64,
    make: impl FnOnce() -> Result<Value, E>,
) -> Result<Response, E> {
    let now_ms = venue.world.clock().now().timestamp_millis();
    let key = uri.to_string();
    let (body, hit) = if let Some(body) = venue.cache.get(&key, now_ms) {
        (body, "HIT")
    } else {
        let body: Arc<str> = Arc::from(make()?.to_string());
        venue.cache.put(key, now_ms + seconds * 1_000, now_ms, body.clone());
        (body, "MISS")
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CACHE_CONTROL, format!("public, max-age={seconds}")),
        (header::HeaderName::from_static("cf-cache-status"), hit.to_owned()),
    ];
    Ok((headers, body.to_string()).into_response())
}
