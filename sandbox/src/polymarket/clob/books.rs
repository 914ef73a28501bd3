//! Everything read from an order book.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use engine_core::money::Price;
use serde_json::{Map, Value, json};

use crate::polymarket::Venue;
use crate::polymarket::params::Params;
use crate::world::{Book, View};

use super::{ClobError, MOST_TOKENS};

type Pairs = Query<Vec<(String, String)>>;
type Body = Json<Value>;

fn find(view: &View<'_>, token: &str) -> Option<Book> {
    let (listing, outcome) = view.by_token(token)?;
    view.book(listing, outcome)
}

/// The book a query asks for.
fn asked(venue: &Venue, pairs: Pairs) -> Result<(Book, Params), ClobError> {
    let params = Params::from(pairs);
    let token = params.first("token_id").ok_or_else(|| ClobError::Bad("Invalid token id".to_owned()))?;
    let book = find(&venue.world.view(), token).ok_or(ClobError::NoBook)?;
    Ok((book, params))
}

/// The books a batch asks for; tokens without one are left out.
fn batch(venue: &Venue, body: &Value) -> Result<Vec<(Book, Value)>, ClobError> {
    let rows = body.as_array().ok_or_else(|| ClobError::Bad("Invalid payload".to_owned()))?;
    if rows.len() > MOST_TOKENS {
        return Err(ClobError::Bad("Payload exceeds the limit".to_owned()));
    }
    let view = venue.world.view();
    let found = rows.iter().filter_map(|row| Some((find(&view, row.get("token_id")?.as_str()?)?, row.clone())));
    Ok(found.collect())
}

fn raw(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

pub(super) async fn book(State(venue): State<Venue>, pairs: Pairs) -> Result<Response, ClobError> {
    Ok(raw(asked(&venue, pairs)?.0.to_json()))
}

pub(super) async fn books(State(venue): State<Venue>, Json(body): Body) -> Result<Response, ClobError> {
    let books: Vec<String> = batch(&venue, &body)?.iter().map(|(book, _)| book.to_json()).collect();
    Ok(raw(format!("[{}]", books.join(","))))
}

/// Live, `BUY` answers with the best bid and `SELL` with the best ask (the documentation says the opposite); an empty
/// side gives 0 or 1.
fn side_price(book: &Book, side: &str) -> Result<Price, ClobError> {
    match side.to_ascii_uppercase().as_str() {
        "BUY" => Ok(book.best_bid().unwrap_or(Price::ZERO)),
        "SELL" => Ok(book.best_ask().unwrap_or(Price::ONE)),
        _ => Err(ClobError::Bad("Invalid side".to_owned())),
    }
}

pub(super) async fn price(State(venue): State<Venue>, pairs: Pairs) -> Result<Body, ClobError> {
    let (book, params) = asked(&venue, pairs)?;
    let price = side_price(&book, params.first("side").unwrap_or_default())?;
    Ok(Json(json!({"price": price.to_string()})))
}

pub(super) async fn prices(State(venue): State<Venue>, Json(body): Body) -> Result<Body, ClobError> {
    let mut found: Map<String, Value> = Map::new();
    for (book, row) in batch(&venue, &body)? {
        let side = row.get("side").and_then(Value::as_str).unwrap_or_default().to_ascii_uppercase();
        let price = side_price(&book, &side)?.to_string();
        let entry = found.entry(book.asset_id).or_insert_with(|| json!({}));
        if let Some(sides) = entry.as_object_mut() {
            sides.insert(side, json!(price));
        }
    }
    Ok(Json(Value::Object(found)))
}

fn mid(book: &Book) -> String {
    let (bid, ask) = (book.best_bid().unwrap_or(Price::ZERO), book.best_ask().unwrap_or(Price::ONE));
    Price::from_micros(i64::midpoint(bid.micros(), ask.micros())).to_string()
}

fn gap(book: &Book) -> String {
    let (bid, ask) = (book.best_bid().unwrap_or(Price::ZERO), book.best_ask().unwrap_or(Price::ONE));
    (ask - bid).to_string()
}

/// A flat map from token to a figure of its book.
fn map_of(venue: &Venue, body: &Value, figure: fn(&Book) -> String) -> Result<Body, ClobError> {
    let rows = batch(venue, body)?.into_iter().map(|(book, _)| {
        let value = json!(figure(&book));
        (book.asset_id, value)
    });
    Ok(Json(Value::Object(rows.collect())))
}

pub(super) async fn midpoint(State(venue): State<Venue>, pairs: Pairs) -> Result<Body, ClobError> {
    Ok(Json(json!({"mid": mid(&asked(&venue, pairs)?.0)})))
}

pub(super) async fn midpoints(State(venue): State<Venue>, Json(body): Body) -> Result<Body, ClobError> {
    map_of(&venue, &body, mid)
}

pub(super) async fn spread(State(venue): State<Venue>, pairs: Pairs) -> Result<Body, ClobError> {
    Ok(Json(json!({"spread": gap(&asked(&venue, pairs)?.0)})))
}

pub(super) async fn spreads(State(venue): State<Venue>, Json(body): Body) -> Result<Body, ClobError> {
    map_of(&venue, &body, gap)
}

pub(super) async fn last_trade_price(State(venue): State<Venue>, pairs: Pairs) -> Result<Body, ClobError> {
    let (book, _) = asked(&venue, pairs)?;
    Ok(Json(json!({"price": book.last_trade_price, "side": book.taker_side()})))
}

pub(super) async fn last_trades_prices(State(venue): State<Venue>, Json(body): Body) -> Result<Body, ClobError> {
    let rows = batch(&venue, &body)?
        .into_iter()
        .map(|(book, _)| json!({"token_id": book.asset_id, "price": book.last_trade_price, "side": book.taker_side()}));
    Ok(Json(rows.collect()))
}

pub(super) async fn tick_size(State(venue): State<Venue>, pairs: Pairs) -> Result<Body, ClobError> {
    let tick = asked(&venue, pairs)?.0.tick_size.parse::<f64>().unwrap_or(0.01);
    Ok(Json(json!({"minimum_tick_size": tick})))
}

pub(super) async fn neg_risk(State(venue): State<Venue>, pairs: Pairs) -> Result<Body, ClobError> {
    Ok(Json(json!({"neg_risk": asked(&venue, pairs)?.0.neg_risk})))
}

/// The V1 leftover, not the fee takers pay.
pub(super) async fn fee_rate(State(venue): State<Venue>, pairs: Pairs) -> Result<Body, ClobError> {
    asked(&venue, pairs)?;
    Ok(Json(json!({"base_fee": 0})))
}
