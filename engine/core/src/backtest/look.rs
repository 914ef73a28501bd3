//! What a source may see of a market: everything applied so far, and nothing else.

use chrono::{DateTime, Utc};

use super::history::HourlyHistory;
use super::market::Facts;
use super::state::State;
use crate::features::{FeatureVector, Snapshot, extract_with};
use crate::history::PriceHistory;
use crate::market::Market;

/// The markets of one scan that a source is asked about. Made by the run alone, out of what was applied before.
#[derive(Debug, Clone, Copy)]
pub struct Looks<'a> {
    pub(super) state: &'a State,
    pub(super) markets: &'a [u32],
    pub(super) mids: &'a [f64],
    pub(super) at: u32,
}

/// One market at the moment of a scan.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    facts: &'a Facts,
    history: Option<&'a HourlyHistory>,
    /// Number of the market in the run.
    pub market: u32,
    /// Number of its event in the run.
    pub event: u32,
    /// Midpoint of Yes, 0–1.
    pub mid: f64,
    /// The moment, unix seconds.
    pub at: u32,
}

impl<'a> Looks<'a> {
    /// The moment of the scan, unix seconds.
    #[must_use]
    pub const fn at(&self) -> u32 {
        self.at
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.markets.len()
    }

    /// True when there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.markets.is_empty()
    }

    /// Numbers of the markets.
    #[must_use]
    pub const fn markets(&self) -> &'a [u32] {
        self.markets
    }

    /// Their midpoints of Yes, in the same order.
    #[must_use]
    pub const fn mids(&self) -> &'a [f64] {
        self.mids
    }

    /// The looks one by one, in order.
    pub fn iter(&self) -> impl Iterator<Item = Look<'a>> + '_ {
        self.markets.iter().zip(self.mids).filter_map(|(&market, &mid)| {
            let facts = self.state.facts(market)?;
            let history = self.state.history(market);
            Some(Look { facts, history, market, event: facts.event, mid, at: self.at })
        })
    }
}

impl Look<'_> {
    /// The listing, without prices.
    #[must_use]
    pub const fn listed(&self) -> &Market {
        &self.facts.listed
    }

    /// The price some seconds ago: that of the last point not newer. `None` when the record does not reach back, or the
    /// source asked for no history.
    #[must_use]
    pub fn price_ago(&self, seconds: u32) -> Option<f64> {
        self.history?.price_at(self.at.checked_sub(seconds)?)
    }

    /// The features of the live scan as of this moment. The volume of the past is not recorded and stays unknown, as in
    /// training.
    #[must_use]
    pub fn features(&self) -> FeatureVector {
        let history = self.history.map_or_else(PriceHistory::default, HourlyHistory::to_history);
        let market = &self.facts.listed;
        let snapshot = Snapshot {
            at: moment(self.at),
            yes_price: self.mid,
            history: &history,
            volume: None,
            question: &market.question,
            category: market.category.as_deref(),
            tags: &market.tags,
            created_at: market.created_at,
            end_at: market.end_at,
        };
        extract_with(&snapshot, &self.facts.text)
    }
}

/// Unix seconds as a moment.
#[must_use]
pub fn moment(ts: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(i64::from(ts), 0).unwrap_or_default()
}
