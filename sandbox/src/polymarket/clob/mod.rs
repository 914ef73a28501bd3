//! The CLOB: order books, prices, price history, market parameters.

mod books;
mod history;
mod markets;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::Venue;
use super::params::BadParam;

/// Most tokens in one batch.
const MOST_TOKENS: usize = 500;

pub(crate) fn routes() -> Router<Venue> {
    Router::new()
        .route("/", get(|| async { Json("OK") }))
        .route("/ok", get(|| async { Json("OK") }))
        .route("/time", get(time))
        .route("/version", get(|| async { Json(json!({"version": 2})) }))
        .route("/book", get(books::book))
        .route("/books", post(books::books))
        .route("/price", get(books::price))
        .route("/prices", post(books::prices))
        .route("/midpoint", get(books::midpoint))
        .route("/midpoints", post(books::midpoints))
        .route("/spread", get(books::spread))
        .route("/spreads", post(books::spreads))
        .route("/last-trade-price", get(books::last_trade_price))
        .route("/last-trades-prices", post(books::last_trades_prices))
        .route("/tick-size", get(books::tick_size))
        .route("/neg-risk", get(books::neg_risk))
        .route("/fee-rate", get(books::fee_rate))
        .route("/prices-history", get(history::one))
        .route("/batch-prices-history", post(history::batch))
        .route("/clob-markets/{condition_id}", get(markets::parameters))
        .route("/markets", get(markets::all))
        .route("/markets/{condition_id}", get(markets::one))
        .route("/markets-by-token/{token_id}", get(markets::by_token))
}

/// A bare number, not an object.
async fn time(State(venue): State<Venue>) -> String {
    venue.world.clock().now().timestamp().to_string()
}

/// What the CLOB refuses.
#[derive(Debug)]
pub(crate) enum ClobError {
    NoBook,
    NotFound(&'static str),
    Bad(String),
}

impl From<BadParam> for ClobError {
    fn from(bad: BadParam) -> Self {
        Self::Bad(bad.0)
    }
}

impl IntoResponse for ClobError {
    fn into_response(self) -> Response {
        let (status, error): (StatusCode, Value) = match self {
            Self::NoBook => (StatusCode::NOT_FOUND, json!("No orderbook exists for the requested token id")),
            Self::NotFound(what) => (StatusCode::NOT_FOUND, json!(format!("{what} not found"))),
            Self::Bad(error) => (StatusCode::BAD_REQUEST, json!(error)),
        };
        (status, Json(json!({"error": error}))).into_response()
    }
}
