//! What a run leaves behind.

use std::collections::BTreeMap;

use crate::market::Outcome;
use crate::money::{Price, Shares, Usd};
use crate::notice::FunnelStep;
use crate::position::PositionStatus;
use crate::strategy::BookId;

/// One bet of one strategy.
#[derive(Debug, Clone, PartialEq)]
pub struct Bet {
    /// Place of the strategy in the settings.
    pub book: usize,
    /// Number of the market.
    pub market: u32,
    /// Number of its event.
    pub event: u32,
    /// The outcome bought.
    pub outcome: Outcome,
    /// When, unix seconds.
    pub opened_at: u32,
    /// When it was sold or paid, unix seconds; `None` while it is open.
    pub closed_at: Option<u32>,
    /// State.
    pub status: PositionStatus,
    /// Dollars paid for the shares, fees apart.
    pub stake: Usd,
    /// Shares bought.
    pub shares: Shares,
    /// All fees, in dollars.
    pub fee: Usd,
    /// Average price paid.
    pub price: Price,
    /// Midpoint of Yes at the decision, 0–1.
    pub mid: f64,
    /// P(Yes) gone by, 0–1.
    pub believed: f64,
    /// Edge after fees at its stake.
    pub edge: f64,
    /// Days to the published end at the decision.
    pub days_to_end: Option<f64>,
    /// Profit after fees; of an open bet so far.
    pub pnl: Usd,
    /// What Yes paid; `None` while not known.
    pub outcome_yes: Option<f64>,
}

impl Bet {
    /// Midpoint of the outcome bought: what a share was worth to the market.
    #[must_use]
    pub fn own_mid(&self) -> f64 {
        match self.outcome {
            Outcome::Yes => self.mid,
            Outcome::No => 1.0 - self.mid,
        }
    }

    /// True once it was sold or paid.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.status != PositionStatus::Open
    }
}

/// A forecast kept to be scored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastSample {
    /// Number of the market.
    pub market: u32,
    /// When, unix seconds.
    pub at: u32,
    /// P(Yes) gone by.
    pub model: f64,
    /// Midpoint of Yes.
    pub market_price: f64,
}

/// What was counted on the way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Price events read, applied or not.
    pub events: u64,
    /// Scans made.
    pub scans: u64,
    /// Forecasts asked of the source.
    pub forecasts: u64,
    /// Markets that became candidates of a scan.
    pub candidates: u64,
    /// Prices that were not applied, by reason.
    pub ignored: BTreeMap<&'static str, u64>,
}

/// The books of one strategy over time.
#[derive(Debug, Clone, PartialEq)]
pub struct BookRecord {
    /// Its book.
    pub book: BookId,
    /// What it started with.
    pub bankroll: Usd,
    /// Cash at the end.
    pub cash: Usd,
    /// Cash and positions at their midpoints at the end.
    pub equity: Usd,
    /// Equity at the end of each UTC day: unix seconds and dollars.
    pub days: Vec<(u32, f64)>,
    /// Dollars in positions at the end of each of those days.
    pub invested: Vec<f64>,
}

impl BookRecord {
    /// A book that has its bankroll and has done nothing yet.
    #[must_use]
    pub fn new(book: &BookId, bankroll: Usd) -> Self {
        let book = book.clone();
        Self { book, bankroll, cash: bankroll, equity: bankroll, days: Vec::new(), invested: Vec::new() }
    }
}

/// All that a run leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Bets in the order they were placed.
    pub bets: Vec<Bet>,
    /// The strategies.
    pub books: Vec<BookRecord>,
    /// Forecasts to be scored, in order of time.
    pub samples: Vec<ForecastSample>,
    /// How many markets each gate let through, over all scans.
    pub funnel: Vec<FunnelStep>,
    /// Sum over all accounts of the ledger: zero.
    pub ledger_total: Usd,
    /// What was counted.
    pub counts: Counts,
    /// First and last scan, unix seconds; `None` without one.
    pub span: Option<(u32, u32)>,
    /// First tick of each event; `u32::MAX` without one.
    pub event_first: Vec<u32>,
    /// What Yes paid, by market, where the run got to know it.
    pub outcomes: Vec<Option<f64>>,
}

impl Record {
    /// True when a model trained up to `trained_to` may have learned from the event: it has a price up to then.
    #[must_use]
    pub fn is_in_sample(&self, event: u32, trained_to: Option<u32>) -> bool {
        let first = self.event_first.get(event as usize).copied().unwrap_or(u32::MAX);
        trained_to.is_some_and(|trained_to| first <= trained_to)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A settled Yes bet of one event.
    pub(crate) fn bet(event: u32, stake: &str, shares: &str, fee: &str, mid: f64, outcome: f64) -> Bet {
        let (stake, shares): (Usd, Shares) = (stake.parse().unwrap(), shares.parse().unwrap());
        let fee: Usd = fee.parse().unwrap();
        Bet {
            book: 0,
            market: event,
            event,
            outcome: Outcome::Yes,
            opened_at: 1_000,
            closed_at: Some(2_000),
            status: PositionStatus::Settled,
            stake,
            shares,
            fee,
            price: stake.per_share(shares).unwrap(),
            mid,
            believed: 0.6,
            edge: 0.05,
            days_to_end: Some(2.0),
            pnl: Usd::from_f64(shares.to_f64() * outcome).unwrap() - stake - fee,
            outcome_yes: Some(outcome),
        }
    }
}
