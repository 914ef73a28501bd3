//! Books around a recorded quote. Depth was not recorded and is assumed; reports say so.

use chrono::{DateTime, Utc};

use super::quote::Quote;
use crate::book::{Level, OrderBook};
use crate::market::{Market, Outcome};
use crate::money::{Price, Usd};
use crate::paper::broker::whole_lots;
use crate::pipeline::GateSettings;

/// Dollars assumed to rest at the best price of each side.
const DEPTH: Usd = Usd::from_micros(1_000_000_000);
/// Shares are whole lots, so that a level is worth up to a cent less than was asked for.
const ROUNDING: Usd = Usd::from_micros(10_000);

/// Dollars assumed on each side: $1,000, or the least the gates ask for when that is more.
#[must_use]
pub fn assumed_depth(gates: &GateSettings) -> Usd {
    DEPTH.max(gates.min_book_depth.saturating_add(ROUNDING))
}

/// Best bid and ask of Yes: as recorded, else the price with the slippage to either side. `None` when that leaves the
/// range in which the venue quotes.
#[must_use]
pub fn sides(quote: Quote, slippage: Price) -> Option<(Price, Price)> {
    quote.sides().or_else(|| {
        let (bid, ask) = (quote.price() - slippage, quote.price() + slippage);
        (bid.is_quotable() && ask.is_quotable() && bid < ask).then_some((bid, ask))
    })
}

/// The books of both outcomes of a market, one level a side; the No book mirrors the Yes book.
#[derive(Debug, Clone, PartialEq)]
pub struct AssumedBooks {
    /// Of the Yes token.
    pub yes: OrderBook,
    /// Of the No token.
    pub no: OrderBook,
}

impl AssumedBooks {
    /// The books around a quote; `None` when it cannot be traded around, or the market has no tokens.
    #[must_use]
    pub fn new(market: &Market, quote: Quote, at: DateTime<Utc>, gates: &GateSettings) -> Option<Self> {
        let (bid, ask) = sides(quote, gates.slippage)?;
        let depth = assumed_depth(gates);
        let level = |price: Price| vec![Level { price, shares: whole_lots(depth.shares_at(price)) }];
        let book = |outcome: Outcome, bid: Price, ask: Price| {
            Some(OrderBook::new(market.token(outcome)?.clone(), level(bid), level(ask), at, None))
        };
        Some(Self { yes: book(Outcome::Yes, bid, ask)?, no: book(Outcome::No, ask.complement(), bid.complement())? })
    }

    /// The book of an outcome.
    #[must_use]
    pub const fn of(&self, outcome: Outcome) -> &OrderBook {
        match outcome {
            Outcome::Yes => &self.yes,
            Outcome::No => &self.no,
        }
    }
}
