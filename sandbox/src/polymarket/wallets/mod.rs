//! What traders do and have: the Data API's routes about wallets, both versions, and Gamma's profiles.

mod activity;
mod book;
mod cache;
mod leaderboard;
mod page;
mod positions;
mod profile;
mod row;
mod wallet;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::Venue;
use super::data::Refused;
use super::params::{BadParam, Params};

pub(crate) use cache::Cache;
pub(crate) use profile::found;

type Pairs = axum::extract::Query<Vec<(String, String)>>;

/// Routes of the Data API.
pub(crate) fn routes() -> Router<Venue> {
    Router::new()
        .route("/v2/activity", get(activity::v2))
        .route("/v2/trades", get(activity::trades_v2))
        .route("/v2/positions", get(positions::v2))
        .route("/v2/leaderboard", get(leaderboard::v2))
        .route("/v2/value", get(wallet::value_v2))
        .route("/v2/user-stats", get(wallet::stats))
        .route("/v2/user-pnl", get(wallet::pnl))
        .route("/v2/user-volume", get(wallet::volume))
        .route("/activity", get(activity::v1))
        .route("/trades", get(activity::trades_v1))
        .route("/positions", get(positions::v1))
        .route("/closed-positions", get(positions::closed_v1))
        .route("/v1/leaderboard", get(leaderboard::v1))
        .route("/value", get(wallet::value_v1))
        .route("/traded", get(wallet::traded))
}

/// Routes of Gamma about people.
pub(crate) fn profiles() -> Router<Venue> {
    Router::new()
        .route("/public-profile", get(profile::public))
        .route("/profiles/user_address/{address}", get(profile::by_address))
}

/// What version 1 refuses.
#[derive(Debug)]
struct Bad(String);

impl From<BadParam> for Bad {
    fn from(bad: BadParam) -> Self {
        Self(bad.0)
    }
}

impl IntoResponse for Bad {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({"error": self.0}))).into_response()
    }
}

fn is_address(text: &str) -> bool {
    text.strip_prefix("0x").is_some_and(|digits| digits.len() == 40 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The wallet version 1 is asked about.
fn user_v1(params: &Params) -> Result<&str, Bad> {
    let user = params.first("user").filter(|user| !user.is_empty());
    let user = user.ok_or_else(|| Bad("required query param 'user' not provided".to_owned()))?;
    if is_address(user) { Ok(user) } else { Err(Bad("Invalid user address".to_owned())) }
}

/// The wallet version 2 is asked about.
fn user_v2(params: &Params) -> Result<&str, Refused> {
    let user = params.first("user").filter(|user| !user.is_empty());
    let user = user.ok_or_else(|| Refused::new("user", "required"))?;
    if is_address(user) { Ok(user) } else { Err(Refused::new("user", "invalid address")) }
}

/// Version 2 understands `startTime`-like spellings of its parameters besides its own.
fn either<'a>(params: &'a Params, name: &str) -> Option<&'a str> {
    params.first(name).or_else(|| params.first(&camel(name)))
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let mut letters = word.chars();
        text + &letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    })
}

/// A flag of version 2.
fn flag_v2(params: &Params, name: &str, usual: bool) -> Result<bool, Refused> {
    match either(params, name) {
        None => Ok(usual),
        Some("true" | "1") => Ok(true),
        Some("false" | "0") => Ok(false),
        Some(_) => Err(Refused::new(name, "must be true or false")),
    }
}

/// A number of version 2.
fn number_v2<T: std::str::FromStr>(params: &Params, name: &str) -> Result<Option<T>, Refused> {
    let Some(text) = either(params, name).filter(|text| !text.is_empty()) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Refused::new(name, "must be a number"))
}
