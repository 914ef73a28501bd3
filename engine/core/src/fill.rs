//! The record of a paper fill: everything needed to check it by hand later.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::book::Level;
use crate::market::{OutcomeToken, Side};
use crate::money::{Price, Shares, Usd};

/// One executed paper order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fill {
    /// What was traded.
    pub token: OutcomeToken,
    /// Bought or sold.
    pub side: Side,
    /// Shares that changed hands.
    pub shares: Shares,
    /// Volume-weighted average price, before the fee.
    pub vwap: Price,
    /// Dollars for the shares, before the fee.
    pub notional: Usd,
    /// Taker fee in dollars: on top of a buy, out of the proceeds of a sale.
    pub fee: Usd,
    /// The fee rule's rate.
    pub fee_rate: f64,
    /// The fee rule in words.
    pub fee_formula: String,
    /// Midpoint of the book that was walked.
    pub mid: Option<f64>,
    /// The venue's hash of that book.
    pub book_hash: Option<String>,
    /// The venue's time of that book.
    pub book_at: DateTime<Utc>,
    /// What was taken of each level, best first.
    pub levels: Vec<Level>,
    /// When the decision was made.
    pub decided_at: DateTime<Utc>,
    /// When the order was filled.
    pub filled_at: DateTime<Utc>,
}

impl Fill {
    /// Slippage against the midpoint in dollars a share, positive when worse than mid.
    #[must_use]
    pub fn slippage(&self) -> Option<f64> {
        let worse = self.vwap.to_f64() - self.mid?;
        Some(match self.side {
            Side::Buy => worse,
            Side::Sell => -worse,
        })
    }

    /// Milliseconds from decision to fill.
    #[must_use]
    pub fn latency_ms(&self) -> i64 {
        (self.filled_at - self.decided_at).num_milliseconds()
    }
}
