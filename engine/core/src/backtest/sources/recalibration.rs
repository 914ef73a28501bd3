//! The market price with a logistic correction, learned on the way from what had resolved: what a model has to beat to know
//! more than a habit of prices.

use std::collections::BTreeMap;

use crate::backtest::look::Looks;
use crate::backtest::source::{Forecast, Resolved, Source, SourceError};
use crate::calibration::{Curve, Method};
use crate::probability::Probability;

/// Prices of resolved markets without which nothing is learned, as for the calibration of a source.
const MIN_ROWS: usize = 500;
/// And the events they must come from.
const MIN_EVENTS: usize = 200;
/// One price of a market is learned from in each span of this length.
const SPAN_S: u32 = 6 * 3_600;
/// The curve is fitted anew once in this time at most, and only when more has resolved.
const REFIT_S: u32 = 86_400;
/// The most the pipeline ever trusts a source.
const CONFIDENCE: f64 = 0.75;

/// Prices seen of a market that has not resolved.
#[derive(Debug, Default)]
struct Seen {
    span: u32,
    prices: Vec<f64>,
}

/// The recalibrated market.
#[derive(Debug, Default)]
pub struct Recalibration {
    waiting: BTreeMap<u32, Seen>,
    rows: Vec<(f64, f64)>,
    events: std::collections::BTreeSet<u32>,
    curve: Option<Curve>,
    fitted_at: u32,
    fitted_rows: usize,
}

impl Recalibration {
    /// Knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn learn(&mut self, at: u32) {
        let due = at >= self.fitted_at.saturating_add(REFIT_S) && self.rows.len() > self.fitted_rows;
        if !due || self.rows.len() < MIN_ROWS || self.events.len() < MIN_EVENTS {
            return;
        }
        self.curve = Curve::fit(Method::Platt, &self.rows);
        self.fitted_at = at;
        self.fitted_rows = self.rows.len();
    }
}

impl Source for Recalibration {
    fn name(&self) -> &str {
        "recalibration"
    }

    fn forecast(&mut self, looks: &Looks<'_>, out: &mut Vec<Option<Forecast>>) -> Result<(), SourceError> {
        let at = looks.at();
        self.learn(at);
        for (&market, &mid) in looks.markets().iter().zip(looks.mids()) {
            let span = at / SPAN_S;
            let seen = self.waiting.entry(market).or_default();
            if seen.prices.is_empty() || seen.span != span {
                seen.span = span;
                seen.prices.push(mid);
            }
            let said = self.curve.as_ref().zip(Probability::new(mid)).map(|(curve, mid)| curve.apply(mid).get());
            out.push(Some(Forecast { probability: said.unwrap_or(mid), confidence: CONFIDENCE }));
        }
        Ok(())
    }

    fn resolved(&mut self, resolved: &Resolved) {
        if let Some(seen) = self.waiting.remove(&resolved.market) {
            let outcome = resolved.payouts.outcome_yes();
            self.rows.extend(seen.prices.into_iter().map(|price| (price, outcome)));
            self.events.insert(resolved.event);
        }
    }
}
