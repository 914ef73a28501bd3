//! One scan's worth of markets through the gates of the market, for whoever has listing, books and forecasts at hand: a
//! scan of recorded markets, and a recorded scan run again.

use chrono::{DateTime, Utc};

use super::evidence::Evidence;
use super::judge::{candidate_limit, judge};
use super::screen::screen;
use super::settings::GateSettings;
use crate::book::OrderBook;
use crate::calibration::Curves;
use crate::market::Market;
use crate::money::Usd;
use crate::prediction::{Prediction, SignalSource};
use crate::signal::Decision;

/// A market as it was listed at a moment, with its books and forecast: what a recorded scan of the live bot holds.
#[derive(Debug, Clone)]
pub struct ListedMarket<'a> {
    /// The listing.
    pub market: &'a Market,
    /// Number of the market and of its event, for the record.
    pub number: (u32, u32),
    /// Book of the Yes token.
    pub yes_book: Option<&'a OrderBook>,
    /// Book of the No token.
    pub no_book: Option<&'a OrderBook>,
    /// The forecast.
    pub prediction: Option<Prediction>,
}

/// What a scan goes by, whatever it looks at.
#[derive(Debug, Clone, Copy)]
pub struct Cycle<'a> {
    /// When the listing was screened.
    pub screened_at: DateTime<Utc>,
    /// When the books were judged; not before the screening.
    pub at: DateTime<Utc>,
    /// Who forecasts.
    pub source: SignalSource,
    /// The calibration curves in use; `None` leaves every forecast as it is.
    pub curves: Option<&'a Curves>,
    /// The smallest stake any book would make, in dollars.
    pub reference_stake: Usd,
    /// Candidates, best first, that may go on to the books.
    pub max_candidates: usize,
    /// Limits of the gates.
    pub gates: &'a GateSettings,
}

impl Cycle<'_> {
    /// What the gates are asked with.
    #[must_use]
    pub fn evidence<'a>(&'a self, listed: &ListedMarket<'a>) -> Evidence<'a> {
        Evidence {
            market: listed.market,
            yes_book: listed.yes_book,
            no_book: listed.no_book,
            source: self.source,
            model_version: None,
            prediction: listed.prediction.clone(),
            curves: self.curves,
            only: None,
            copied: None,
            at: self.at,
        }
    }

    /// Screens and judges every market and keeps the best candidates: the decisions, in the order of the markets.
    #[must_use]
    pub fn judge_all(&self, listed: &[ListedMarket<'_>]) -> Vec<Decision> {
        let mut decisions: Vec<Decision> = listed
            .iter()
            .map(|one| match screen(one.market, self.source, self.screened_at, self.gates) {
                Ok(trace) => judge(&self.evidence(one), trace, self.reference_stake, self.gates),
                Err(stopped) => *stopped,
            })
            .collect();
        candidate_limit(&mut decisions, self.max_candidates);
        decisions
    }
}
