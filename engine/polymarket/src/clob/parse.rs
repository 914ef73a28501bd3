//! From the CLOB's JSON to books, histories and flags. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use engine_core::book::{Level, OrderBook};
use engine_core::history::{PriceHistory, PricePoint};
use engine_core::market::{ConditionId, OutcomeToken};
use engine_core::money::Shares;
use serde::Deserialize;
use serde_json::Value;

use crate::clob::models::{ClobMarket, ClobToken};
use crate::wire;

/// Epochs from here on are milliseconds.
const MILLIS_FROM: i64 = 100_000_000_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BookRow {
    asset_id: Value,
    timestamp: Value,
    hash: Value,
    bids: Value,
    asks: Value,
}

/// Whose book a row is, when it says so.
pub(crate) fn book_token(row: &Value) -> Option<OutcomeToken> {
    row.get("asset_id").and_then(wire::text).map(OutcomeToken::new)
}

/// Reads an order book.
///
/// The venue sends the best price last on both sides; the book is sorted best first. A side that is null or left out is
/// empty.
///
/// # Errors
/// What cannot be read. One unreadable level spoils the book: without it the best price and the depth would be made up.
pub fn parse_book(row: &Value) -> Result<OrderBook, String> {
    if !row.is_object() {
        return Err("not an object".to_owned());
    }
    let row = BookRow::deserialize(row).map_err(|error| error.to_string())?;
    let token = wire::text(&row.asset_id).ok_or("no asset_id")?;
    let at = wire::instant(&row.timestamp).ok_or_else(|| format!("timestamp {}", shown(&row.timestamp)))?;
    let bids = levels(&row.bids).map_err(|fault| format!("bids: {fault}"))?;
    let asks = levels(&row.asks).map_err(|fault| format!("asks: {fault}"))?;
    Ok(OrderBook::new(OutcomeToken::new(token), bids, asks, at, wire::text(&row.hash)))
}

fn levels(side: &Value) -> Result<Vec<Level>, String> {
    if side.is_null() {
        return Ok(Vec::new());
    }
    let rows = side.as_array().ok_or_else(|| format!("not a list: {}", shown(side)))?;
    rows.iter()
        .map(|row| {
            let price = row.get("price").and_then(wire::probability_price);
            let shares = row.get("size").and_then(wire::amount::<Shares>).filter(|shares| *shares >= Shares::ZERO);
            match (price, shares) {
                (Some(price), Some(shares)) => Ok(Level { price, shares }),
                (None, _) | (Some(_), None) => Err(format!("level {}", shown(row))),
            }
        })
        .collect()
}

/// The points of one history: `{"history": [{t, p}]}`, or the bare list of a batch. Unreadable points are left out.
#[must_use]
pub fn parse_history(points: &Value) -> PriceHistory {
    let point = |row: &Value| {
        let ts = row.get("t").and_then(wire::integer).filter(|ts| *ts > 0)?;
        let price = row.get("p").and_then(wire::float)?;
        Some(PricePoint { ts: if ts >= MILLIS_FROM { ts / 1000 } else { ts }, price })
    };
    let rows = points.as_array().map(Vec::as_slice).unwrap_or_default();
    PriceHistory::new(rows.iter().filter_map(point).collect())
}

/// The histories of a batch by token; `None` when the answer is not a batch.
pub(crate) fn parse_batch(body: &Value) -> Option<BTreeMap<OutcomeToken, PriceHistory>> {
    let by_token = body.get("history")?.as_object()?;
    Some(by_token.iter().map(|(token, points)| (OutcomeToken::new(token), parse_history(points))).collect())
}

/// Reads a market's flags.
///
/// # Errors
/// What is missing.
pub fn parse_clob_market(body: &Value) -> Result<ClobMarket, &'static str> {
    let field = |name: &str| body.get(name).unwrap_or(&Value::Null);
    let condition = wire::text(field("condition_id")).ok_or("no condition_id")?;
    let tokens = field("tokens").as_array().ok_or("no tokens")?;
    let token = |row: &Value| {
        Some(ClobToken {
            token: OutcomeToken::new(row.get("token_id").and_then(wire::text)?),
            label: row.get("outcome").and_then(wire::text).unwrap_or_default(),
            price: row.get("price").and_then(wire::probability_price),
            winner: row.get("winner").and_then(wire::flag) == Some(true),
        })
    };
    Ok(ClobMarket {
        condition_id: ConditionId::new(condition),
        closed: wire::flag(field("closed")) == Some(true),
        accepting_orders: wire::flag(field("accepting_orders")) == Some(true),
        is_fifty_fifty: wire::flag(field("is_50_50_outcome")),
        tokens: tokens.iter().map(token).collect::<Option<_>>().ok_or("a token without id")?,
    })
}

/// The server's time: a bare number of seconds.
pub(crate) fn parse_time(body: &Value) -> Option<DateTime<Utc>> {
    wire::instant(body).or_else(|| wire::instant(body.get("time")?))
}

/// A value for a message, short.
fn shown(value: &Value) -> String {
    crate::http::error::clean(&value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_core::book::BookFault;
    use engine_core::money::Price;
    use serde_json::json;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    const BOOK: &str = include_str!("../../test_data/clob_book.json");

    #[test]
    fn the_best_prices_come_last_and_are_sorted_first() {
        let book = parse_book(&serde_json::from_str(BOOK).unwrap()).unwrap();
        assert_eq!(book.best_bid(), Some(price("0.154")));
        assert_eq!(book.best_ask(), Some(price("0.155")));
        assert_eq!(book.fault(), None);
        assert_eq!(book.bids.len(), 3);
        assert_eq!(book.at.timestamp_millis(), 1_792_173_951_815);
        assert_eq!(book.hash.as_deref(), Some("eae10ef460947127e6bb610f1a5efc2de8b4f370"));
    }

    #[test]
    fn odd_books() {
        let read = |body: Value| parse_book(&body);
        let base = |bids: Value, asks: Value| json!({"asset_id": "7", "timestamp": "1792173951815", "bids": bids, "asks": asks});
        let level = |price: &str| json!([{"price": price, "size": "3"}]);
        assert_eq!(read(base(json!(null), json!(null))).unwrap().fault(), Some(BookFault::Empty));
        assert_eq!(read(base(level(".48"), json!(null))).unwrap().best_bid(), Some(price("0.48")));
        assert_eq!(read(base(level("0.6"), level("0.5"))).unwrap().fault(), Some(BookFault::Crossed));
        let numbers = json!([{"price": 0.4, "size": 10}]);
        assert_eq!(read(base(numbers, json!([]))).unwrap().best_bid(), Some(price("0.4")));
        for (body, words) in [
            (base(level("x"), json!([])), "bids: level"),
            (base(level("1.2"), json!([])), "bids: level"),
            (base(json!([]), json!([{"price": "0.5"}])), "asks: level"),
            (base(json!([]), json!([{"price": "0.5", "size": "-1"}])), "asks: level"),
            (base(json!("none"), json!([])), "not a list"),
            (json!({"asset_id": "7", "bids": [], "asks": []}), "timestamp"),
            (json!({"timestamp": "1792173951815"}), "no asset_id"),
            (json!(null), "not an object"),
        ] {
            let fault = read(body).unwrap_err();
            assert!(fault.contains(words), "{fault}");
        }
    }

    #[test]
    fn histories_take_numbers_and_texts() {
        let points = json!([
            {"t": 1_791_918_037, "p": 0.1415}, {"t": "1791914450", "p": "0.14"}, {"t": 1_791_921_640_000_i64, "p": 0.2},
            {"t": 5, "p": 3}, {"t": null, "p": 0.1}, {"p": 0.1}, 7, null, {"t": 1_791_925_000, "p": "NaN"}
        ]);
        let history = parse_history(&points);
        let seen: Vec<(i64, f64)> = history.points().iter().map(|p| (p.ts, p.price)).collect();
        assert_eq!(seen, [(1_791_914_450, 0.14), (1_791_918_037, 0.1415), (1_791_921_640, 0.2)]);
        assert_eq!(parse_history(&json!(null)), PriceHistory::default());
        assert!(parse_batch(&json!({"history": []})).is_none());
        assert_eq!(parse_batch(&json!({"history": {"9": [{"t": 5, "p": 0.5}]}})).unwrap().len(), 1);
    }

    #[test]
    fn payouts_from_the_flags() {
        let market = |closed: bool, half: Value, winners: [bool; 2]| {
            let tokens: Vec<Value> = winners
                .iter()
                .enumerate()
                .map(|(i, w)| json!({"token_id": i.to_string(), "outcome": "x", "price": 1, "winner": w}))
                .collect();
            parse_clob_market(
                &json!({"condition_id": "0x1", "closed": closed, "is_50_50_outcome": half, "tokens": tokens}),
            )
            .unwrap()
        };
        let paid = |m: ClobMarket| m.payouts().map(|p| p.iter().map(|x| x.micros()).collect::<Vec<_>>());
        assert_eq!(paid(market(true, json!(false), [false, true])), Some(vec![0, 1_000_000]));
        assert_eq!(paid(market(true, json!(true), [false, false])), Some(vec![500_000, 500_000]));
        assert_eq!(paid(market(true, json!(null), [false, false])), None);
        assert_eq!(paid(market(false, json!(false), [true, false])), None);
        assert_eq!(paid(market(true, json!(true), [true, false])), None);
        assert_eq!(paid(market(true, json!(false), [true, true])), None);
        assert!(parse_clob_market(&json!({"condition_id": "0x1"})).is_err());
    }

    #[test]
    fn time_is_a_bare_number() {
        assert_eq!(parse_time(&json!(1_764_612_536)).unwrap().timestamp(), 1_764_612_536);
        assert_eq!(parse_time(&json!("1764612536")).unwrap().timestamp(), 1_764_612_536);
        assert_eq!(parse_time(&json!({"error": "x"})), None);
    }
}
