//! Order books: what can really be bought and sold.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::market::OutcomeToken;
use crate::money::{Price, Shares, Usd};

/// One price level: how many shares rest at a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Limit price.
    pub price: Price,
    /// Shares resting there.
    pub shares: Shares,
}

/// Why a book cannot be traded on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookFault {
    /// Neither bids nor asks.
    Empty,
    /// Only bids, or only asks.
    OneSided,
    /// Best bid at or above best ask.
    Crossed,
    /// A spread beyond 0.9 while the listing shows a narrow one: the venue's known stale "ghost" book.
    Ghost,
}

/// The order book of one outcome token at one moment, both sides sorted best first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderBook {
    /// Whose book.
    pub token: OutcomeToken,
    /// Highest bid first.
    pub bids: Vec<Level>,
    /// Lowest ask first.
    pub asks: Vec<Level>,
    /// The venue's time of the snapshot.
    pub at: DateTime<Utc>,
    /// The venue's hash of the snapshot, when given.
    pub hash: Option<String>,
}

impl OrderBook {
    /// Sorts both sides best first and drops levels without a quotable price or shares.
    #[must_use]
    pub fn new(
        token: OutcomeToken,
        mut bids: Vec<Level>,
        mut asks: Vec<Level>,
        at: DateTime<Utc>,
        hash: Option<String>,
    ) -> Self {
        let usable = |level: &Level| level.price.is_quotable() && level.shares.is_positive();
        bids.retain(usable);
        asks.retain(usable);
        bids.sort_by_key(|level| std::cmp::Reverse(level.price));
        asks.sort_by_key(|level| level.price);
        Self { token, bids, asks, at, hash }
    }

    /// Highest bid.
    #[must_use]
    pub fn best_bid(&self) -> Option<Price> {
        self.bids.first().map(|level| level.price)
    }

    /// Lowest ask.
    #[must_use]
    pub fn best_ask(&self) -> Option<Price> {
        self.asks.first().map(|level| level.price)
    }

    /// Midpoint as a float (a half tick may fall between millionths); `None` unless both sides exist.
    #[must_use]
    pub fn midpoint(&self) -> Option<f64> {
        Some((self.best_bid()?.to_f64() + self.best_ask()?.to_f64()) / 2.0)
    }

    /// Why this book must not be traded on, if it must not. The ghost check needs the listing and is the caller's.
    #[must_use]
    pub fn fault(&self) -> Option<BookFault> {
        match (self.best_bid(), self.best_ask()) {
            (None, None) => Some(BookFault::Empty),
            (None, Some(_)) | (Some(_), None) => Some(BookFault::OneSided),
            (Some(bid), Some(ask)) if bid >= ask => Some(BookFault::Crossed),
            (Some(_), Some(_)) => None,
        }
    }

    /// Dollars that can be bought at prices up to `limit`: this side's own executable depth.
    #[must_use]
    pub fn ask_depth(&self, limit: Price) -> Usd {
        depth(self.asks.iter().take_while(|level| level.price <= limit))
    }

    /// Dollars that can be sold at prices down to `limit`.
    #[must_use]
    pub fn bid_depth(&self, limit: Price) -> Usd {
        depth(self.bids.iter().take_while(|level| level.price >= limit))
    }
}

fn depth<'a>(levels: impl Iterator<Item = &'a Level>) -> Usd {
    levels.fold(Usd::ZERO, |sum, level| sum.saturating_add(level.price.cost_of(level.shares)))
}
