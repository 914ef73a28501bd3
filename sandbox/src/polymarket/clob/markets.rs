//! Market parameters as the CLOB tells them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use engine_core::market::Outcome;
use serde_json::{Value, json};

use crate::polymarket::params::Params;
use crate::polymarket::{Venue, stamp};
use crate::world::{Listing, Payout, Phase, View};

use super::ClobError;

/// Rows of `/markets`.
const PAGE_ROWS: usize = 500;
/// The cursor that says there is no more (base64 of "-1").
const END_CURSOR: &str = "LTE=";

fn find<'v>(view: &'v View<'_>, condition: &str) -> Result<&'v Arc<Listing>, ClobError> {
    view.by_condition(condition).ok_or(ClobError::NotFound("market"))
}

/// Short keys; resolved markets leave most of them out, and `nr` is missing where it would be false.
pub(super) async fn parameters(
    State(venue): State<Venue>,
    Path(condition): Path<String>,
) -> Result<Json<Value>, ClobError> {
    let view = venue.world.view();
    let listing = find(&view, &condition)?;
    let seen = view.snapshot(listing);
    let tokens = Outcome::BOTH
        .map(|outcome| json!({"t": listing.tokens[outcome.index()], "o": listing.labels[outcome.index()]}));
    let mut body = json!({
        "c": listing.condition_id,
        "t": tokens,
        "mos": 5,
        "mts": seen.tick_micros as f64 / 1e6,
    });
    if let Some(fields) = body.as_object_mut() {
        if listing.group.neg_risk {
            fields.insert("nr".to_owned(), json!(true));
        }
        if !matches!(seen.phase, Phase::Resolved(_)) {
            fields.insert("mbf".to_owned(), json!(1000));
            fields.insert("tbf".to_owned(), json!(1000));
            fields.insert("cbos".to_owned(), json!(true));
            fields.insert("ibce".to_owned(), json!(true));
            fields.insert("aot".to_owned(), json!(stamp::rfc3339_seconds(listing.created_ms)));
            if let Some(fee) = listing.fee {
                fields.insert("fd".to_owned(), json!({"r": fee.rate, "e": 1, "to": true}));
            }
        }
    }
    Ok(Json(body))
}

fn row(view: &View<'_>, listing: &Listing) -> Value {
    let seen = view.snapshot(listing);
    let closed = seen.phase.is_closed();
    let payout = match seen.phase {
        Phase::Resolved(payout) => Some(payout),
        Phase::Unlisted | Phase::Open | Phase::Proposed | Phase::Disputed | Phase::Closed => None,
    };
    let tokens = Outcome::BOTH.map(|outcome| {
        let yes = payout.map_or(seen.mid, Payout::yes);
        let price = if outcome == Outcome::Yes { yes } else { 1.0 - yes };
        json!({
            "token_id": listing.tokens[outcome.index()],
            "outcome": listing.labels[outcome.index()],
            "price": price,
            "winner": payout.is_some_and(|payout| payout.micros()[outcome.index()] == 1_000_000),
        })
    });
    json!({
        "enable_order_book": !closed,
        "active": true,
        "closed": closed,
        "archived": false,
        "accepting_orders": seen.accepting_orders,
        "accepting_order_timestamp": stamp::rfc3339_seconds(listing.created_ms),
        "minimum_order_size": 5,
        "minimum_tick_size": seen.tick_micros as f64 / 1e6,
        "condition_id": listing.condition_id,
        "question_id": listing.question_id,
        "question": listing.question,
        "description": listing.description,
        "market_slug": listing.slug,
        "end_date_iso": seen.end_ms.map(stamp::rfc3339_seconds),
        "game_start_time": null,
        "seconds_delay": 0,
        "fpmm": "",
        "maker_base_fee": 1000,
        "taker_base_fee": 1000,
        "notifications_enabled": true,
        "neg_risk": listing.group.neg_risk,
        "neg_risk_market_id": "",
        "neg_risk_request_id": "",
        "icon": "",
        "image": "",
        "rewards": {"rates": null, "min_size": 50, "max_spread": 4.5},
        "is_50_50_outcome": payout == Some(Payout::HALF),
        "tokens": tokens,
        "tags": listing.group.tags.iter().map(|tag| tag.label.clone()).collect::<Vec<_>>(),
        "version": if listing.protocol_v2 { "v2" } else { "v1" },
    })
}

pub(super) async fn one(State(venue): State<Venue>, Path(condition): Path<String>) -> Result<Json<Value>, ClobError> {
    let view = venue.world.view();
    Ok(Json(row(&view, find(&view, &condition)?)))
}

pub(super) async fn all(
    State(venue): State<Venue>,
    pairs: Query<Vec<(String, String)>>,
) -> Result<Json<Value>, ClobError> {
    let params = Params::from(pairs);
    let cursor = params.first("next_cursor").filter(|cursor| !cursor.is_empty()).unwrap_or("MA==");
    let bad = || ClobError::Bad("invalid next_cursor".to_owned());
    let from: usize = decode(cursor).and_then(|text| text.parse().ok()).ok_or_else(bad)?;
    let view = venue.world.view();
    let mut rest = view.listings().skip(from);
    let data: Vec<Value> = rest.by_ref().take(PAGE_ROWS).map(|listing| row(&view, listing)).collect();
    let more = rest.next().is_some();
    let next = if more { encode(&(from + data.len()).to_string()) } else { END_CURSOR.to_owned() };
    Ok(Json(json!({"limit": PAGE_ROWS, "count": data.len(), "next_cursor": next, "data": data})))
}

pub(super) async fn by_token(State(venue): State<Venue>, Path(token): Path<String>) -> Result<Json<Value>, ClobError> {
    let view = venue.world.view();
    let (listing, _) = view.by_token(&token).ok_or(ClobError::NotFound("market"))?;
    Ok(Json(json!({
        "condition_id": listing.condition_id,
        "primary_token_id": listing.tokens[0],
        "secondary_token_id": listing.tokens[1],
    })))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding (RFC 4648 §4).
fn encode(text: &str) -> String {
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4_usize {
            let index = usize::try_from(bits >> (18 - 6 * i) & 63).unwrap_or(0);
            out.push(if i <= chunk.len() { char::from(ALPHABET[index]) } else { '=' });
        }
    }
    out
}

fn decode(cursor: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in cursor.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|letter| *letter == byte)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xFF).ok()?);
        }
        bits &= (1 << held) - 1;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_the_venues() {
        assert_eq!(encode("0"), "MA==");
        assert_eq!(encode("-1"), END_CURSOR);
        for text in ["500", "1000", "10500", ""] {
            assert_eq!(decode(&encode(text)).as_deref(), Some(text));
        }
        assert_eq!(decode("!"), None);
    }
}
