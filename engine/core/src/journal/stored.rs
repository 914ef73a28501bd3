//! Frames as they are stored: of each market only what changed. Names are one letter where there are thousands of them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::effect::Effect;
use super::frame::{BetMade, RecheckedFrame, RoundFrame, SettledFrame, SoldFrame, Terms};
use crate::book::{Level, OrderBook};
use crate::features::FeatureVector;
use crate::market::{Market, MarketId, OutcomeToken};
use crate::money::{Price, Shares, Usd};
use crate::pipeline::BookView;
use crate::prediction::Prediction;
use crate::signal::BookPlan;

/// A frame in the form in which it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum StoredFrame {
    /// A scan, against the scan before it.
    Scan(StoredScan),
    /// A signal judged again.
    Rechecked(Box<RecheckedFrame>),
    /// A settlement.
    Settled(Box<SettledFrame>),
    /// A round of housekeeping.
    Round(Box<RoundFrame>),
    /// A sale.
    Sold(Box<SoldFrame>),
}

/// A scan, against the scan before it in the same segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredScan {
    pub(super) screened_at: DateTime<Utc>,
    pub(super) at: DateTime<Utc>,
    /// `None` when they are those of the scan before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) terms: Option<Box<Terms>>,
    /// Markets that are new or changed.
    pub(super) changed: Vec<StoredMarket>,
    /// Numbers of the markets that are listed no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) gone: Vec<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) raised: Vec<StoredRaised>,
}

/// What changed about a market.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct StoredMarket {
    /// Its number in the segment.
    #[serde(rename = "i")]
    pub(super) number: usize,
    /// All of the listing but its prices.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub(super) listing: Option<Box<Market>>,
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    pub(super) quote: Option<Quote>,
    #[serde(rename = "y", default, skip_serializing_if = "Change::is_none")]
    pub(super) yes_book: Change<StoredBook>,
    #[serde(rename = "n", default, skip_serializing_if = "Change::is_none")]
    pub(super) no_book: Change<StoredBook>,
    #[serde(rename = "f", default, skip_serializing_if = "Change::is_none")]
    pub(super) features: Change<FeatureVector>,
    /// Place and value of the features that changed.
    #[serde(rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) moved: Vec<(usize, f64)>,
    #[serde(rename = "p", default, skip_serializing_if = "Change::is_none")]
    pub(super) prediction: Change<Prediction>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub(super) effect: Option<Effect>,
}

/// What changed about a part that may be there or not.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) enum Change<T> {
    /// Nothing.
    #[default]
    #[serde(rename = "0")]
    None,
    /// It is not there any more.
    #[serde(rename = "x")]
    Gone,
    /// It is this now.
    #[serde(rename = "v")]
    Now(T),
}

impl<T> Change<T> {
    pub(super) const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// From what it was to what it is.
    pub(super) fn between<U: PartialEq>(was: Option<&U>, is: Option<&U>, store: impl FnOnce(&U) -> T) -> Self {
        match is {
            _ if was == is => Self::None,
            None => Self::Gone,
            Some(is) => Self::Now(store(is)),
        }
    }

    /// What it is after what it was.
    pub(super) fn apply<U>(self, was: &mut Option<U>, restore: impl FnOnce(T) -> U) {
        match self {
            Self::None => {}
            Self::Gone => *was = None,
            Self::Now(is) => *was = Some(restore(is)),
        }
    }
}

/// The prices of a listing: what changes from scan to scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Quote(Option<Usd>, Option<Price>, Option<Price>, Option<Price>);

impl Quote {
    pub(super) const fn of(market: &Market) -> Self {
        Self(market.volume, market.yes_price_hint, market.best_bid_hint, market.best_ask_hint)
    }

    /// Puts the prices into a listing.
    pub(super) const fn set(&self, market: &mut Market) {
        market.volume = self.0;
        market.yes_price_hint = self.1;
        market.best_bid_hint = self.2;
        market.best_ask_hint = self.3;
    }

    /// Whether two listings differ in nothing but their prices.
    pub(super) fn alone_differs(was: &Market, is: &Market) -> bool {
        let mut as_was = is.clone();
        Self::of(was).set(&mut as_was);
        as_was == *was
    }
}

/// A book without its token, which the listing knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredBook {
    #[serde(rename = "t", with = "chrono::serde::ts_microseconds")]
    at: DateTime<Utc>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    /// Bids and asks; `None` when they mirror those of the other outcome, as the venue's books do.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    sides: Option<[Vec<(Price, Shares)>; 2]>,
}

impl StoredBook {
    /// Stores a book; `other` is that of the other outcome, where it is stored before.
    pub(super) fn of(book: &OrderBook, other: Option<&OrderBook>) -> Self {
        let pairs = |levels: &[Level]| levels.iter().map(|level| (level.price, level.shares)).collect();
        let mirrors = other.is_some_and(|other| book.bids == mirror(&other.asks) && book.asks == mirror(&other.bids));
        let sides = (!mirrors).then(|| [pairs(&book.bids), pairs(&book.asks)]);
        Self { at: book.at, hash: book.hash.clone(), sides }
    }

    pub(super) fn book(self, token: OutcomeToken, other: Option<&OrderBook>) -> OrderBook {
        let levels =
            |pairs: Vec<(Price, Shares)>| pairs.into_iter().map(|(price, shares)| Level { price, shares }).collect();
        let (bids, asks) = match self.sides {
            Some([bids, asks]) => (levels(bids), levels(asks)),
            None => other.map(|other| (mirror(&other.asks), mirror(&other.bids))).unwrap_or_default(),
        };
        OrderBook { token, bids, asks, at: self.at, hash: self.hash }
    }
}

/// To buy one outcome at a price is to sell the other at what is left of a dollar.
fn mirror(levels: &[Level]) -> Vec<Level> {
    levels.iter().map(|level| Level { price: level.price.complement(), shares: level.shares }).collect()
}

/// A candidate; `views` is `None` when the books stood as for the candidate before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredRaised {
    pub(super) market: MarketId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) views: Option<Vec<BookView>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) duplicate: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) plans: Vec<BookPlan>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) bets: Vec<BetMade>,
}
