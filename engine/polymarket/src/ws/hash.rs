//! The venue's hash of a book, computed again.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;
use sha1::{Digest, Sha1};

/// Shares of the smallest order where a frame does not say: what every market of the venue has.
const USUAL_MIN_ORDER: &str = "5";

/// Whether a snapshot has the hash it claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashCheck {
    /// It has.
    Right,
    /// It has not: levels were lost or changed on the way.
    Wrong,
    /// The frame does not hold all that the hash is made of.
    CannotTell,
}

#[derive(Deserialize)]
struct Row {
    market: String,
    asset_id: String,
    timestamp: String,
    hash: String,
    #[serde(default)]
    bids: Option<Vec<Level>>,
    #[serde(default)]
    asks: Option<Vec<Level>>,
    min_order_size: Option<String>,
    tick_size: Option<String>,
    neg_risk: Option<bool>,
    last_trade_price: Option<String>,
}

#[derive(Deserialize)]
struct Level {
    price: String,
    size: String,
}

/// Computes the hash of a `book` event again: SHA-1 of its compact JSON with the fields in the venue's order, the hash itself
/// empty and the levels in the order sent. `neg_risk` is asked of the listing where the frame leaves it out.
#[must_use]
pub fn check_hash(event: &Value, neg_risk: Option<bool>) -> HashCheck {
    let Ok(row) = Row::deserialize(event) else { return HashCheck::CannotTell };
    let (Some(tick), Some(last), Some(neg_risk)) = (&row.tick_size, &row.last_trade_price, row.neg_risk.or(neg_risk))
    else {
        return HashCheck::CannotTell;
    };
    let text = format!(
        "{{\"market\":{},\"asset_id\":{},\"timestamp\":{},\"hash\":\"\",\"bids\":{},\"asks\":{},\
         \"min_order_size\":{},\"tick_size\":{},\"neg_risk\":{neg_risk},\"last_trade_price\":{}}}",
        quoted(&row.market),
        quoted(&row.asset_id),
        quoted(&row.timestamp),
        levels(row.bids.as_deref().unwrap_or_default()),
        levels(row.asks.as_deref().unwrap_or_default()),
        quoted(row.min_order_size.as_deref().unwrap_or(USUAL_MIN_ORDER)),
        quoted(tick),
        quoted(last),
    );
    let mut hex = String::with_capacity(40);
    for byte in Sha1::digest(text.as_bytes()) {
        let _ = write!(hex, "{byte:02x}");
    }
    if hex.eq_ignore_ascii_case(&row.hash) { HashCheck::Right } else { HashCheck::Wrong }
}

fn quoted(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn levels(side: &[Level]) -> String {
    let one = |level: &Level| format!("{{\"price\":{},\"size\":{}}}", quoted(&level.price), quoted(&level.size));
    format!("[{}]", side.iter().map(one).collect::<Vec<_>>().join(","))
}
