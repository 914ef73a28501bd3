//! Where forecasts come from.

use super::look::Looks;
use crate::settlement::Payouts;

/// A forecast of P(Yes) before anchoring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// P(Yes).
    pub probability: f64,
    /// How much it is to be trusted, 0–1.
    pub confidence: f64,
}

/// How a market resolved, told when it was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved {
    /// Number of the market.
    pub market: u32,
    /// Number of its event.
    pub event: u32,
    /// What it paid.
    pub payouts: Payouts,
    /// The moment, unix seconds.
    pub at: u32,
}

/// Why a source could not forecast at all.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// Anything that forecasts markets from what is known of them.
pub trait Source {
    /// Its name in reports.
    fn name(&self) -> &str;

    /// Version of the model behind it.
    fn version(&self) -> Option<String> {
        None
    }

    /// Whether looks must come with a week of prices; keeping them costs time and memory.
    fn wants_history(&self) -> bool {
        false
    }

    /// A forecast for each look, in order, pushed to `out`; `None` where it has nothing to say.
    ///
    /// # Errors
    /// When it cannot go on; the run ends.
    fn forecast(&mut self, looks: &Looks<'_>, out: &mut Vec<Option<Forecast>>) -> Result<(), SourceError>;

    /// Told of every resolution at its time, and never before.
    fn resolved(&mut self, _resolved: &Resolved) {}
}
