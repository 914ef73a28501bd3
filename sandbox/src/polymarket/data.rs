//! The Data API, version 2: resolutions, tokens, price history, freshness.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine_core::market::Outcome;
use serde_json::{Value, json};

use crate::world::{Listing, Payout, Phase, View};

use super::params::{BadParam, Params};
use super::{Venue, stamp};

/// Most ids in one list parameter.
const MOST_IDS: usize = 20;
/// Longest window by start and end, seconds.
const LONGEST_SPAN_S: i64 = 15 * 86_400;

type Pairs = Query<Vec<(String, String)>>;

pub(crate) fn routes() -> Router<Venue> {
    Router::new()
        .route("/", get(|| async { Json(json!({"data": "OK"})) }))
        .route("/v2/status", get(status))
        .route("/v2/resolutions", get(resolutions))
        .route("/v2/tokens", get(tokens))
        .route("/v2/prices-history", get(prices_history))
}

/// What the Data API refuses.
#[derive(Debug)]
pub(super) struct Refused {
    error: String,
    parameter: Option<String>,
}

impl Refused {
    pub(super) fn new(parameter: &str, error: &str) -> Self {
        Self { error: error.to_owned(), parameter: Some(parameter.to_owned()) }
    }
}

impl From<BadParam> for Refused {
    fn from(bad: BadParam) -> Self {
        Self { error: bad.0, parameter: None }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut body =
            json!({"error": self.error, "code": "invalid_request", "retryable": false, "trace_id": "sandbox"});
        if let (Some(parameter), Some(fields)) = (self.parameter, body.as_object_mut()) {
            fields.insert("parameter".to_owned(), json!(parameter));
        }
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    }
}

async fn status(State(venue): State<Venue>) -> Json<Value> {
    let now = stamp::rfc3339_seconds(venue.world.view().now_ms());
    Json(json!({"data": {
        "computed_at": now,
        "age_seconds": 2,
        "serving": {"lag_seconds": 4, "worst": "activity_feed", "mechanisms": []},
        "ingestion": {"network": "polygon", "chain_id": 137, "lagging": []},
    }}))
}

/// Markets named by exactly one of `condition`, `event_id` and `question_id`.
fn named<'v>(view: &'v View<'_>, params: &Params) -> Result<Vec<&'v Arc<Listing>>, Refused> {
    let given: Vec<&str> =
        ["condition", "event_id", "question_id"].into_iter().filter(|name| params.has(name)).collect();
    let [name] = given.as_slice() else {
        return Err(Refused::new("condition", "exactly one of condition, event_id, question_id is required"));
    };
    let ids = params.split(name);
    if ids.len() > MOST_IDS {
        return Err(Refused::new(name, "at most 20 ids are allowed"));
    }
    Ok(match *name {
        "condition" => ids.into_iter().filter_map(|id| view.by_condition(id)).collect(),
        "event_id" => {
            let groups = ids.into_iter().filter_map(|id| id.parse().ok());
            groups.flat_map(|id| view.markets_of(id)).collect()
        }
        _ => view.listings().filter(|listing| ids.contains(&listing.question_id.as_str())).collect(),
    })
}

async fn resolutions(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, Refused> {
    let params = Params::from(pairs);
    let view = venue.world.view();
    let rows: Vec<Value> =
        named(&view, &params)?.into_iter().filter_map(|listing| resolution(&view, listing)).collect();
    Ok(Json(json!({"data": rows})))
}

/// The oracle's account of a market; `None` while nothing was proposed.
fn resolution(view: &View<'_>, listing: &Listing) -> Option<Value> {
    let seen = view.snapshot(listing);
    let word = match seen.phase {
        Phase::Unlisted | Phase::Open => return None,
        Phase::Proposed => "proposed",
        Phase::Disputed => "disputed",
        Phase::Closed => seen.fate.proposed_ms.map(|_| "proposed")?,
        Phase::Resolved(payout) => return Some(paid(view, listing, payout, seen.fate.resolved_ms?)),
    };
    // In units of 1e-18; 69 means not set.
    let proposed = u64::from(seen.fate.payout.micros()[0]) * 1_000_000_000_000;
    let since = seen.fate.disputed_ms.filter(|ms| *ms <= seen.at_ms).or(seen.fate.proposed_ms)?;
    let mut row = json!({
        "question_id": listing.question_id,
        "condition_id": listing.condition_id,
        "status": word,
        "extended_review": false,
        "was_disputed": word == "disputed",
        "new_version_q": true,
        "proposed_price": proposed.to_string(),
        "reproposed_price": "69",
        "price": "69",
        "transaction_hash": listing.question_id,
        "log_index": "602",
        "last_update_timestamp": (since / 1000).to_string(),
    });
    if let (Some(expected), Some(fields)) = (seen.fate.resolved_ms, row.as_object_mut()) {
        fields.insert("expected_settlement_time".to_owned(), json!(stamp::rfc3339_seconds(expected)));
        fields.insert("settlement_time_basis".to_owned(), json!("managed_proposal_expiration"));
    }
    Some(row)
}

fn paid(view: &View<'_>, listing: &Listing, payout: Payout, at_ms: i64) -> Value {
    let at = stamp::rfc3339_seconds(at_ms);
    let disputed = view.snapshot(listing).fate.disputed_ms.is_some();
    json!({
        "condition_id": listing.condition_id,
        "status": "resolved",
        "extended_review": false,
        "was_disputed": disputed,
        "new_version_q": false,
        "transaction_hash": "",
        "log_index": "",
        "last_update_timestamp": at,
        "payouts": payout.micros(),
        "resolution_source": if listing.group.neg_risk { "derived" } else { "reported" },
        "was_arbitrated": false,
        "resolved_block": 90_000_000 + at_ms.rem_euclid(1_000_000_000) / 2_000,
        "resolved_at": at,
    })
}

async fn tokens(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, Refused> {
    let params = Params::from(pairs);
    let (by_token, by_condition) = (params.split("token_id"), params.split("condition"));
    if by_token.is_empty() == by_condition.is_empty() {
        return Err(Refused::new("token_id", "exactly one of token_id, condition is required"));
    }
    if by_token.len().max(by_condition.len()) > MOST_IDS {
        return Err(Refused::new("token_id", "at most 20 ids are allowed"));
    }
    let view = venue.world.view();
    let of_tokens = by_token.iter().filter_map(|token| view.by_token(token));
    let of_conditions = by_condition
        .iter()
        .filter_map(|condition| view.by_condition(condition))
        .flat_map(|listing| Outcome::BOTH.map(|outcome| (listing, outcome)));
    let rows: Vec<Value> =
        of_tokens.chain(of_conditions).map(|(listing, outcome)| token_row(&view, listing, outcome)).collect();
    Ok(Json(json!({"data": rows})))
}

fn token_row(view: &View<'_>, listing: &Listing, outcome: Outcome) -> Value {
    let phase = view.phase(listing);
    let payout = match phase {
        Phase::Resolved(payout) => Some(f64::from(payout.micros()[outcome.index()]) / 1e6),
        Phase::Unlisted | Phase::Open | Phase::Proposed | Phase::Disputed | Phase::Closed => None,
    };
    // A fresh market is not labelled yet: 999 and an empty event.
    let fresh = view.now_ms() - listing.created_ms < 600_000;
    json!({
        "token_id": listing.tokens[outcome.index()],
        "condition_id": listing.condition_id,
        "structural_condition_id": null,
        "module": "v1_ctf",
        "outcome_index": if fresh { 999 } else { outcome.index() },
        "clob_index": outcome.index(),
        "outcome": listing.labels[outcome.index()],
        "opposite_token_id": listing.tokens[outcome.other().index()],
        "resolved": payout.is_some(),
        "final_price": payout,
        "title": listing.question,
        "market_slug": listing.slug,
        "closed": phase.is_closed(),
        "neg_risk": listing.group.neg_risk,
        "event_id": listing.group.id,
        "event_slug": if fresh { "" } else { listing.group.slug.as_str() },
    })
}

/// The window asked for: from, to (exclusive) and seconds between points.
fn window(params: &Params, now: i64) -> Result<(i64, i64, i64), Refused> {
    let interval = params.first("interval");
    let (start, end): (Option<i64>, Option<i64>) = (params.number("start")?, params.number("end")?);
    let as_of: Option<i64> = params.number("as_of")?;
    let bucket: Option<i64> = params.number("bucket_seconds")?;
    if bucket.is_some_and(|seconds| !(60..=86_400).contains(&seconds)) {
        return Err(Refused::new("bucket_seconds", "must be between 60 and 86400"));
    }
    let (from, to, usual, finest) = match (interval, start, as_of) {
        (Some(name), None, None) => match name {
            "1h" => (now - 3_600, now + 1, 60, 60),
            "6h" => (now - 21_600, now + 1, 60, 60),
            "1d" => (now - 86_400, now + 1, 60, 60),
            "1w" => (now - 604_800, now + 1, 300, 300),
            "1m" => (now - 2_592_000, now + 1, 1_800, 600),
            "max" | "all" => (0, now + 1, 43_200, 600),
            _ => return Err(Refused::new("interval", "unknown interval")),
        },
        (None, Some(0), None) => return Err(Refused::new("start", "must be above 0")),
        (None, Some(start), None) => {
            let end = end.unwrap_or(now + 1);
            if end <= start || end - start > LONGEST_SPAN_S {
                return Err(Refused::new("start", "window must be positive and at most 15 days"));
            }
            (start, end, 60, 60)
        }
        (None, None, Some(at)) => (at - 600, at + 1, 60, 60),
        _ => return Err(Refused::new("interval", "exactly one of interval, start, as_of is required")),
    };
    Ok((from, to, bucket.unwrap_or(usual).max(finest)))
}

async fn prices_history(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, Refused> {
    let params = Params::from(pairs);
    let token = params.first("token_id").ok_or_else(|| Refused::new("token_id", "required"))?;
    let limit = params.number::<usize>("limit")?.unwrap_or(1_000);
    if !(1..=10_000).contains(&limit) {
        return Err(Refused::new("limit", "must be between 1 and 10000"));
    }
    let view = venue.world.view();
    let (from, to, step) = window(&params, view.now_ms() / 1000)?;
    let after: i64 = params.number("cursor")?.unwrap_or(i64::MIN);
    let mut rows: Vec<(i64, f64, i64)> = Vec::new();
    if let Some((listing, outcome)) = view.by_token(token) {
        let points = view.history(listing, outcome, from, to - 1, step);
        rows = points.into_iter().map(|(ts, price)| (ts, price, step)).collect();
        if let (Phase::Resolved(payout), Some(at)) = (view.phase(listing), view.snapshot(listing).fate.resolved_ms) {
            // The settlement itself ends the series.
            let at = at / 1000;
            if (from..to).contains(&at) {
                rows.push((at, f64::from(payout.micros()[outcome.index()]) / 1e6, 0));
            }
        } else if let Some(last) = rows.last_mut() {
            last.2 = 0;
        }
    }
    rows.retain(|(ts, ..)| *ts > after);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(ts, ..)| ts.to_string());
    let data: Vec<Value> = rows
        .iter()
        .map(|(ts, price, seconds)| json!({"timestamp": ts, "price": price, "resolution_seconds": seconds}))
        .collect();
    let pagination = json!({"limit": limit, "offset": 0, "has_more": more, "next_cursor": next});
    Ok(Json(json!({"data": data, "pagination": pagination})))
}
