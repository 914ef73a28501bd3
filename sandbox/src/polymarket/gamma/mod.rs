//! Gamma: listings of markets and events.

mod broken;
mod cursor;
mod event_row;
mod events;
mod market_row;
mod markets;
mod search;

use axum::Json;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use super::Venue;
use super::params::BadParam;

/// Rows without a `limit`.
const USUAL_ROWS: usize = 20;
/// Rows at most, whatever is asked.
const MOST_ROWS: usize = 100;

pub(crate) fn routes() -> Router<Venue> {
    Router::new()
        .route("/", get(status))
        .route("/status", get(status))
        .route("/markets", get(markets::by_offset))
        .route("/markets/keyset", get(markets::by_keyset))
        .route("/markets/{id}", get(markets::one))
        .route("/markets/{id}/tags", get(markets::tags))
        .route("/markets/slug/{slug}", get(markets::one_by_slug))
        .route("/events", get(events::by_offset))
        .route("/events/keyset", get(events::by_keyset))
        .route("/events/{id}", get(events::one))
        .route("/events/{id}/tags", get(events::tags))
        .route("/events/slug/{slug}", get(events::one_by_slug))
        .route("/public-search", get(search::search))
        .route("/tags", get(search::tags))
}

async fn status() -> &'static str {
    "OK"
}

/// What Gamma refuses.
#[derive(Debug)]
pub(crate) enum GammaError {
    Validation(String),
    NotFound(&'static str),
}

impl From<BadParam> for GammaError {
    fn from(bad: BadParam) -> Self {
        Self::Validation(bad.0)
    }
}

impl IntoResponse for GammaError {
    fn into_response(self) -> Response {
        match self {
            Self::Validation(error) => {
                let body = json!({"type": "validation error", "error": error});
                (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
            }
            Self::NotFound(what) => {
                let body = json!({"type": "not found error", "error": format!("{what} not found")});
                (StatusCode::NOT_FOUND, Json(body)).into_response()
            }
        }
    }
}

/// Which markets a listing shows by whether they are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    Only,
    Without,
    Both,
}

impl Closed {
    /// Sent several times, `any` beats a bool and `false` beats `true`.
    fn read(values: &[&str], usual: Self) -> Result<Self, GammaError> {
        if let Some(odd) = values.iter().find(|value| !["any", "true", "false"].contains(value)) {
            return Err(GammaError::Validation(format!("closed: invalid value {odd}")));
        }
        Ok(if values.contains(&"any") {
            Self::Both
        } else if values.contains(&"false") {
            Self::Without
        } else if values.contains(&"true") {
            Self::Only
        } else {
            usual
        })
    }

    const fn shows(self, closed: bool) -> bool {
        match self {
            Self::Only => closed,
            Self::Without => !closed,
            Self::Both => true,
        }
    }
}

/// An inclusive range; an open side is `None`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range<T>(Option<T>, Option<T>);

impl<T: PartialOrd + Copy> Range<T> {
    /// A missing value lies in the open range only.
    fn holds(self, value: Option<T>) -> bool {
        let open = self.0.is_none() && self.1.is_none();
        value.map_or(open, |value| self.0.is_none_or(|low| value >= low) && self.1.is_none_or(|high| value <= high))
    }
}
