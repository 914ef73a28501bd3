//! What the CLOB's answers become.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use engine_core::book::OrderBook;
use engine_core::history::PriceHistory;
use engine_core::market::{ConditionId, OutcomeToken};
use engine_core::money::Price;
use thiserror::Error;

use crate::http::error::PolymarketError;

/// The books of several tokens. A token in neither map has no book.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Books {
    /// Readable books; an empty, one-sided or crossed one is here too ([`OrderBook::fault`] tells).
    pub books: BTreeMap<OutcomeToken, OrderBook>,
    /// Tokens whose book could not be had: nothing is known about it.
    pub faults: BTreeMap<OutcomeToken, BookTrouble>,
    /// Answers that named no token asked for.
    pub strangers: u64,
}

/// Why a book could not be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BookTrouble {
    /// It came, but not in a form that may be traded on.
    #[error("unreadable book: {0}")]
    Unreadable(String),
    /// The request failed.
    #[error("no book: {0}")]
    NotFetched(#[from] PolymarketError),
}

/// How far back a history reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryInterval {
    /// One hour.
    Hour,
    /// Six hours.
    SixHours,
    /// One day.
    Day,
    /// One week.
    Week,
    /// One month (the venue's `1m`).
    Month,
    /// Everything. For a resolved market the venue keeps nothing finer than 12 hours here.
    Max,
}

impl HistoryInterval {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::SixHours => "6h",
            Self::Day => "1d",
            Self::Week => "1w",
            Self::Month => "1m",
            Self::Max => "max",
        }
    }
}

/// Which part of a history is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryRange {
    /// The last while, up to now.
    Recent(HistoryInterval),
    /// Between two moments. The venue refuses more than about 15 days at once; longer spans are asked for in pieces.
    Between {
        /// First moment.
        start: DateTime<Utc>,
        /// Last moment.
        end: DateTime<Utc>,
    },
}

/// The histories of several tokens.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Histories {
    /// By token. A token the venue knows nothing about has an empty history.
    pub histories: BTreeMap<OutcomeToken, PriceHistory>,
    /// Tokens whose history could not be had.
    pub faults: BTreeMap<OutcomeToken, PolymarketError>,
}

/// A market as the CLOB describes it: the cross-check of a resolution.
#[derive(Debug, Clone, PartialEq)]
pub struct ClobMarket {
    /// The condition.
    pub condition_id: ConditionId,
    /// Trading has ended.
    pub closed: bool,
    /// Takes orders now.
    pub accepting_orders: bool,
    /// Resolves half to each; `None` when not said.
    pub is_fifty_fifty: Option<bool>,
    /// Its tokens in index order.
    pub tokens: Vec<ClobToken>,
}

/// One outcome of a [`ClobMarket`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClobToken {
    /// The token.
    pub token: OutcomeToken,
    /// What the venue calls the outcome.
    pub label: String,
    /// Last price.
    pub price: Option<Price>,
    /// Marked as the winner.
    pub winner: bool,
}

impl ClobMarket {
    /// Payout per share in token order, when the flags say it: one winner, or fifty-fifty. `None` while undecided or
    /// when the flags contradict each other.
    #[must_use]
    pub fn payouts(&self) -> Option<Vec<Price>> {
        let winners = self.tokens.iter().filter(|token| token.winner).count();
        match (self.closed, self.is_fifty_fifty, winners) {
            (true, Some(true), 0 | 2) if self.tokens.len() == 2 => Some(vec![Price::from_micros(500_000); 2]),
            (true, Some(false) | None, 1) => {
                Some(self.tokens.iter().map(|token| if token.winner { Price::ONE } else { Price::ZERO }).collect())
            }
            _ => None,
        }
    }
}
