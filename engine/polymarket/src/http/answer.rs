//! What an answer is: data, a refusal, or a web page in place of data.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::de::DeserializeOwned;

use crate::http::error::{PolymarketError, clean};
use crate::http::retry;

/// An answer with a good status. Bytes that are no UTF-8 were replaced, so that one bad byte costs one row at most.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) host: String,
    pub(crate) text: String,
}

impl Body {
    /// Decodes the whole; `what` names it in the error.
    pub(crate) fn json<T: DeserializeOwned>(&self, what: &str) -> Result<T, PolymarketError> {
        serde_json::from_str(&self.text).map_err(|error| self.unreadable(what, &error))
    }

    pub(crate) fn unreadable(&self, what: &str, error: &serde_json::Error) -> PolymarketError {
        let line = self.text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
        let near =
            String::from_utf8_lossy(line.as_bytes().get(error.column().saturating_sub(40)..).unwrap_or_default());
        PolymarketError::decode(&self.host, what, &error.to_string(), &near)
    }
}

/// Turns a bad status, or a web page in place of data, into the right error.
pub(crate) fn judge(host: &str, status: u16, headers: &HeaderMap, text: &str) -> Result<(), PolymarketError> {
    let host = host.to_owned();
    let start = text.trim_start();
    let labelled = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html"));
    // Some servers label even a bare number as a web page; a good answer is judged by what it is.
    let html = start.starts_with('<') || (labelled && !(200..300).contains(&status));
    if status == 429 || start.starts_with("error code: 1015") {
        return Err(PolymarketError::RateLimited { host, retry_after: retry::retry_after(headers) });
    }
    match status {
        425 => Err(PolymarketError::NotReady { host }),
        500.. => {
            Err(PolymarketError::Server { host, status, message: message(text, html), retryable: says_retryable(text) })
        }
        _ if html => Err(PolymarketError::Blocked { host, status, title: page_title(text) }),
        200..=299 => Ok(()),
        _ => Err(PolymarketError::Client { host, status, message: message(text, html) }),
    }
}

/// The data API says itself when another try is useless.
fn says_retryable(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text)
        .ok()
        .and_then(|body| body.get("retryable")?.as_bool())
        .unwrap_or(true)
}

/// The `error` text of a refusal, or the start of whatever was sent.
fn message(text: &str, html: bool) -> String {
    if html {
        return page_title(text);
    }
    let told = serde_json::from_str::<serde_json::Value>(text).ok().and_then(|body| {
        let field = body.get("error").or_else(|| body.get("message"))?;
        field.as_str().map(str::to_owned)
    });
    let message = clean(told.as_deref().unwrap_or(text));
    if message.is_empty() { "no reason given".to_owned() } else { message }
}

fn page_title(text: &str) -> String {
    // ASCII lower-casing keeps byte offsets valid in the original.
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|open| {
        let from = open + lower.get(open..)?.find('>')? + 1;
        let to = from + lower.get(from..)?.find("</title")?;
        text.get(from..to)
    });
    clean(title.unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::error::ErrorKind;

    #[test]
    fn statuses_and_pages_become_the_right_errors() {
        let page = "<!DOCTYPE html><HTML><head><Title>Just a\n moment…</Title>";
        let table = [
            (200, "{}", None),
            (204, "", None),
            (200, page, Some((ErrorKind::Blocked, true, "Just a moment…"))),
            (403, page, Some((ErrorKind::Blocked, false, "Just a moment…"))),
            (429, page, Some((ErrorKind::RateLimited, true, "too many"))),
            (403, "error code: 1015", Some((ErrorKind::RateLimited, true, "too many"))),
            (425, "service not ready", Some((ErrorKind::NotReady, true, "restarting"))),
            (
                422,
                r#"{"type":"validation error","error":"offset too large"}"#,
                Some((ErrorKind::Client, false, "offset too large")),
            ),
            (302, "", Some((ErrorKind::Client, false, "no reason given"))),
            (502, page, Some((ErrorKind::Server, true, "Just a moment…"))),
            (503, r#"{"error":"down","retryable":false}"#, Some((ErrorKind::Server, false, "down"))),
        ];
        for (status, text, expected) in table {
            let got = judge("host", status, &HeaderMap::new(), text).err();
            let got = got.as_ref().map(|e| (e.kind(), e.is_transient(), e.to_string()));
            match (expected, got) {
                (None, None) => {}
                (Some((kind, transient, words)), Some(got)) => {
                    assert_eq!((kind, transient), (got.0, got.1), "{status} {text}");
                    assert!(got.2.contains(words), "{status}: {}", got.2);
                }
                (expected, got) => panic!("{status} {text}: {expected:?} {got:?}"),
            }
        }
    }
}
