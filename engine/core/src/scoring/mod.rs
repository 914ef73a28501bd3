//! Scoring: is the forecast better than the market price, and is that more than luck?
//!
//! Model and market are scored on the same rows. Rows of one event stand and fall together, so every interval comes from
//! resampling whole events. "Not proven" is an honest answer and the usual one.

pub mod bootstrap;
pub mod calibration;
pub mod deflated;
pub mod duel;
pub mod ece_gap;
pub mod reality;
pub mod report;
pub mod returns;
pub mod rules;
pub mod verdict;

use chrono::{DateTime, Utc};

pub use bootstrap::{Cluster, clusters, skill_ci95};
pub use calibration::{ReliabilityBin, ece, reliability_bins};
pub use deflated::{DeflatedSharpe, deflated_sharpe};
pub use duel::{Duel, DuelVerdict, PairedForecast, duel};
pub use ece_gap::ece_gap;
pub use reality::{Panel, RealityCheck, reality_check};
pub use report::{Score, ScoreReport, report, summarise};
pub use returns::{BetReturn, MIN_RETURN_EVENTS, ReturnScore, return_score, total_ci95};
pub use rules::{brier, log_loss, skill};
pub use verdict::{MIN_EVENTS, Verdict, events_needed, verdict};

/// A resolved forecast beside the market price at the same moment. All probabilities are of Yes.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// The event it belongs to.
    pub cluster: String,
    /// What we said.
    pub model: f64,
    /// What the market said (the midpoint).
    pub market: f64,
    /// What happened: 1, 0, 0.5 or another fraction.
    pub outcome: f64,
    /// When both were said.
    pub at: DateTime<Utc>,
    /// The published end, the only one that was known then. Horizons count to it.
    pub end_at: Option<DateTime<Utc>>,
    /// For the breakdown.
    pub category: Option<String>,
}

impl Forecast {
    /// True when all three numbers lie within [0, 1]. Others are not scored.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        [self.model, self.market, self.outcome].iter().all(|value| (0.0..=1.0).contains(value))
    }
}

#[cfg(test)]
mod tests;
