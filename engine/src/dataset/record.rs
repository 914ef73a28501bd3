//! Recorded markets and prices, kept small: a price point takes 16 bytes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use engine_core::history::{PriceHistory, PricePoint};

/// The outcome source that must never be scored on: only markets whose last seen price was extreme have it.
pub const INFERRED_OUTCOME: &str = "inferred_last_price";

/// One recorded quote of the Yes token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecordedPrice {
    /// When, unix seconds.
    pub ts: u32,
    price: f32,
    bid: f32,
    ask: f32,
}

impl RecordedPrice {
    /// Keeps a point whose price lies in [0, 1]; quotes outside [0, 1] or crossed are dropped, the price stays.
    #[must_use]
    pub fn new(ts: u32, price: f64, bid: Option<f64>, ask: Option<f64>) -> Option<Self> {
        let usable = |quote: Option<f64>| quote.filter(|q| (0.0..=1.0).contains(q));
        let (bid, ask) = match (usable(bid), usable(ask)) {
            (Some(bid), Some(ask)) if bid > ask => (None, None),
            quotes => quotes,
        };
        #[allow(clippy::cast_possible_truncation)] // prices have at most six decimals, f32 holds them below 1
        let narrow = |value: f64| value as f32;
        (0.0..=1.0).contains(&price).then(|| Self {
            ts,
            price: narrow(price),
            bid: narrow(bid.unwrap_or(f64::NAN)),
            ask: narrow(ask.unwrap_or(f64::NAN)),
        })
    }

    /// Yes price in [0, 1], to the millionth.
    #[must_use]
    pub fn price(&self) -> f64 {
        to_millionth(self.price)
    }

    /// Best bid for Yes, when recorded.
    #[must_use]
    pub fn bid(&self) -> Option<f64> {
        (!self.bid.is_nan()).then(|| to_millionth(self.bid))
    }

    /// Best ask for Yes, when recorded.
    #[must_use]
    pub fn ask(&self) -> Option<f64> {
        (!self.ask.is_nan()).then(|| to_millionth(self.ask))
    }

    /// When.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(i64::from(self.ts), 0).unwrap_or_default()
    }
}

/// Undoes the rounding of an f32: 0.0015 must not become 0.00150000001.
fn to_millionth(value: f32) -> f64 {
    (f64::from(value) * 1e6).round() / 1e6
}

/// One recorded market with its prices in ascending order of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RecordedMarket {
    /// Key within the data set.
    pub mid: String,
    /// Who recorded it.
    pub source: Option<String>,
    /// Gamma's id.
    pub gamma_market_id: Option<String>,
    /// Condition id.
    pub condition_id: Option<String>,
    /// The question; empty when not recorded. Foreign text.
    pub question: String,
    /// Slug.
    pub slug: Option<String>,
    /// Category.
    pub category: Option<String>,
    /// Event id, when the data set has the column.
    pub event: Option<String>,
    /// Tags of market and event, when the data set has the column: the live scan tells sports and crypto by them too.
    pub tags: Vec<String>,
    /// When it was created.
    pub created_at: Option<DateTime<Utc>>,
    /// Published end: known at decision time.
    pub end_at: Option<DateTime<Utc>>,
    /// When it really closed: known to nobody at decision time.
    pub closed_at: Option<DateTime<Utc>>,
    /// Payout of Yes, 0–1; `None` when not known.
    pub outcome: Option<f64>,
    /// How the outcome was found out.
    pub outcome_source: Option<String>,
    /// Dollars traded as last captured: **not** as of any earlier time, so never a feature of a past snapshot.
    pub volume: Option<f64>,
    /// Token of outcome 0.
    pub yes_token_id: Option<String>,
    /// Token of outcome 1.
    pub no_token_id: Option<String>,
    /// Label of outcome 0.
    pub yes_label: Option<String>,
    /// Prices, ascending, one at most for a second.
    pub prices: Vec<RecordedPrice>,
    /// Times (unix seconds, ascending) of the prices at which we decided to bet ourselves.
    pub own_bets: Vec<u32>,
}

impl RecordedMarket {
    /// True when the outcome is known and may be scored on.
    #[must_use]
    pub fn is_scorable(&self) -> bool {
        self.outcome.is_some() && self.outcome_source.as_deref() != Some(INFERRED_OUTCOME)
    }

    /// The whole history in the core's form.
    #[must_use]
    pub fn history(&self) -> PriceHistory {
        let point = |price: &RecordedPrice| PricePoint { ts: i64::from(price.ts), price: price.price() };
        PriceHistory::new(self.prices.iter().map(point).collect())
    }

    /// True when we decided to bet at this second.
    #[must_use]
    pub fn is_own_bet(&self, ts: u32) -> bool {
        self.own_bets.binary_search(&ts).is_ok()
    }

    /// Sorts the prices; of several at one second the last read stays.
    pub(crate) fn put_in_order(&mut self) {
        self.own_bets.sort_unstable();
        self.own_bets.dedup();
        if !self.prices.is_sorted_by(|a, b| a.ts < b.ts) {
            self.prices.sort_by_key(|price| price.ts);
            self.prices.reverse();
            self.prices.dedup_by_key(|price| price.ts);
            self.prices.reverse();
        }
        self.prices.shrink_to_fit();
    }
}

/// A data set in memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DataSet {
    /// The markets in the order of the file.
    pub markets: Vec<RecordedMarket>,
    /// Rows that were left out, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
}
