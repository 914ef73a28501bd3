//! What the venue would say about a market at one moment.

use engine_core::money::Price;

use super::fate::Phase;

/// A market at a moment. Prices are of Yes.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The moment, unix ms.
    pub at_ms: i64,
    /// Where it stands.
    pub phase: Phase,
    /// Moments of its end as they now stand.
    pub fate: super::fate::Fate,
    /// Published end, unix ms.
    pub end_ms: Option<i64>,
    /// Takes orders.
    pub accepting_orders: bool,
    /// Midpoint of the listed bid and ask.
    pub mid: f64,
    /// The probability the outcome is drawn with, where the world knows it. The bot never sees this.
    pub true_probability: Option<f64>,
    /// Listed best bid.
    pub best_bid: Price,
    /// Listed best ask.
    pub best_ask: Price,
    /// Smallest price step in millionths.
    pub tick_micros: i64,
    /// Last trade.
    pub last_trade: Price,
    /// Dollars traded so far; `None` when not recorded.
    pub volume: Option<f64>,
    /// Dollars traded in the last 24 hours.
    pub volume_24h: Option<f64>,
    /// Dollars traded in the last 7 days.
    pub volume_1w: Option<f64>,
    /// Dollars resting in the book, roughly.
    pub liquidity: f64,
    /// Change of price over an hour, a day, a week and a month; `None` when it is younger.
    pub changes: [Option<f64>; 4],
}
