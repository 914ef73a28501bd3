//! Only the page itself, on this machine, may use the page's API.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Refuses a foreign Host (a name somebody pointed at 127.0.0.1) and requests made by other sites' pages.
pub(super) async fn same_origin(request: Request, next: Next) -> Response {
    if !allowed(request.method(), request.headers()) {
        return (StatusCode::FORBIDDEN, "This page answers only to itself, on this machine.").into_response();
    }
    next.run(request).await
}

fn allowed(method: &Method, headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(host) = text(header::HOST) else {
        return false;
    };
    if !is_loopback(host) {
        return false;
    }
    let from = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    if method == Method::GET {
        // A link from elsewhere may open the page; scripts and pictures of another site get nothing.
        let opened = headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
        return opened || matches!(from, None | Some("same-origin" | "none"));
    }
    let origin_fits = text(header::ORIGIN).is_none_or(|origin| origin == format!("http://{host}"));
    let json = text(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json"));
    origin_fits && json && matches!(from, None | Some("same-origin" | "none"))
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_on_this_machine_gets_through() {
        type Case = (&'static str, &'static [(&'static str, &'static str)], bool);
        let cases: [Case; 10] = [
            ("GET", &[("host", "127.0.0.1:8080")], true),
            ("GET", &[("host", "localhost:8080"), ("sec-fetch-site", "same-origin")], true),
            ("GET", &[("host", "evil.example:8080")], false),
            ("GET", &[("host", "127.0.0.1.evil.example")], false),
            ("GET", &[("host", "127.0.0.1:8080"), ("sec-fetch-site", "cross-site")], false),
            ("GET", &[], false),
            (
                "POST",
                &[
                    ("host", "127.0.0.1:8080"),
                    ("content-type", "application/json"),
                    ("origin", "http://127.0.0.1:8080"),
                ],
                true,
            ),
            (
                "POST",
                &[("host", "127.0.0.1:8080"), ("content-type", "application/json"), ("origin", "http://evil.example")],
                false,
            ),
            (
                "POST",
                &[("host", "127.0.0.1:8080"), ("content-type", "text/plain"), ("origin", "http://127.0.0.1:8080")],
                false,
            ),
            (
                "POST",
                &[("host", "127.0.0.1:8080"), ("content-type", "application/json"), ("sec-fetch-site", "same-site")],
                false,
            ),
        ];
        for (method, pairs, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            let method: Method = method.parse().unwrap();
            assert_eq!(allowed(&method, &headers), expected, "{method} {pairs:?}");
        }
    }
}
