//! What the stand-in venue serves, read over HTTP by the test itself with nothing of the bot's own client.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sandbox::polymarket::PolymarketServer;
use serde_json::Value;

/// One side of a served book, best first: price in millionths of a dollar, hundredths of a share.
pub(crate) type Side = Vec<(i64, i64)>;

/// A served book.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    pub(crate) bids: Side,
    pub(crate) asks: Side,
}

/// What takers pay: rate and exponent of p(1 − p).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fee {
    pub(crate) rate: f64,
    pub(crate) exponent: i32,
}

/// A served market row, as far as the test needs it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) tokens: Vec<String>,
    pub(crate) fee: Fee,
}

/// The venue as a plain reader sees it.
pub(crate) struct Reader<'a> {
    venue: &'a PolymarketServer,
    http: reqwest::Client,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(venue: &'a PolymarketServer) -> Self {
        polymarket::install_crypto();
        Self { venue, http: reqwest::Client::new() }
    }

    async fn get(&self, url: &str) -> Option<Value> {
        let answer = self.http.get(url).send().await.unwrap();
        if answer.status().is_success() { Some(answer.json().await.unwrap()) } else { None }
    }

    /// All rows of open markets, page by page.
    pub(crate) async fn rows(&self) -> Vec<Value> {
        let (mut rows, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let after = cursor.map_or_else(String::new, |cursor| format!("&after_cursor={cursor}"));
            let url = format!("{}/markets/keyset?closed=false&limit=100{after}", self.venue.gamma_url);
            let page = self.get(&url).await.unwrap();
            rows.extend(page["markets"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return rows,
            }
        }
    }

    /// Tokens and fee of each open market, by id.
    pub(crate) async fn markets(&self) -> BTreeMap<String, Row> {
        self.rows().await.iter().map(|row| (row["id"].as_str().unwrap().to_owned(), read_row(row))).collect()
    }

    /// The book of a token; `None` where there is none.
    pub(crate) async fn book(&self, token: &str) -> Option<Book> {
        let book = self.get(&format!("{}/book?token_id={token}", self.venue.clob_url)).await?;
        let mut bids = side(&book["bids"]);
        let mut asks = side(&book["asks"]);
        bids.sort_by_key(|(price, _)| -price);
        asks.sort_unstable();
        Some(Book { bids, asks })
    }
}

fn read_row(row: &Value) -> Row {
    let tokens = serde_json::from_str(row["clobTokenIds"].as_str().unwrap_or("[]")).unwrap_or_default();
    let schedule = &row["feeSchedule"];
    let free = row["feesEnabled"] == false || schedule["rate"] == 0;
    let fee = Fee {
        rate: if free { 0.0 } else { schedule["rate"].as_f64().expect("the stand-in publishes every fee") },
        exponent: i32::try_from(schedule["exponent"].as_i64().unwrap_or(1)).unwrap(),
    };
    Row { tokens, fee }
}

fn side(levels: &Value) -> Side {
    let level = |level: &Value| (decimal(&level["price"], 6), decimal(&level["size"], 2));
    levels.as_array().unwrap().iter().map(level).collect()
}

/// Text such as `0.153` as a whole number of units of 10^-`digits`, without a detour over floats.
fn decimal(value: &Value, digits: usize) -> i64 {
    let text = value.as_str().unwrap();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert!(fraction.len() <= digits, "{text} is finer than this test reads");
    format!("{whole}{fraction:0<digits$}").parse().unwrap()
}

/// The gate a listed row stops at before its books are asked for, by the limits that are usual; `None` when it is fetched.
/// Whether it is sports is not asked.
pub(crate) fn listing_gate(row: &Value, now: DateTime<Utc>) -> Option<&'static str> {
    let list = |name: &str| -> Vec<Value> {
        row[name].as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    if list("outcomes").len() != 2 || (row["version"] == "v1" && list("clobTokenIds").len() != 2) {
        return Some("binary");
    }
    let settling = ["proposed", "disputed", "resolved", "settled"];
    let open = row["version"] == "v1"
        && row["active"] == true
        && row["closed"] == false
        && row["enableOrderBook"] == true
        && row["acceptingOrders"] == true
        && !row["umaResolutionStatus"].as_str().is_some_and(|status| settling.contains(&status));
    if !open {
        return Some("open");
    }
    if row["volumeNum"].as_f64().is_none_or(|volume| volume < 1_000.0) {
        return Some("volume");
    }
    let end = row["endDate"].as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
    if end.is_none_or(|end| end <= now || end > now + TimeDelta::days(14)) {
        return Some("expiry");
    }
    let price = list("outcomePrices").first().and_then(|price| price.as_str()?.parse::<f64>().ok());
    price.is_some_and(|price| price <= 0.03 || price >= 0.97).then_some("price_range")
}
