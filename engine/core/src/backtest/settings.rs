//! What a backtest is told.

use chrono::{DateTime, Utc};

use crate::money::Usd;
use crate::pipeline::{Cycle, GateSettings};
use crate::prediction::SignalSource;
use crate::strategy::StrategyProfile;

/// A quote older than this is no price to bet at: more than the slowest cadence of a recorder of books.
const MAX_QUOTE_AGE_S: u32 = 2 * 3_600;
/// Of each market one forecast is scored in each span of this length, the rule of the live log.
const SCORE_EVERY_S: u32 = 6 * 3_600;

/// What a backtest is told.
#[derive(Debug, Clone, PartialEq)]
pub struct BacktestSettings {
    /// Limits of the gates.
    pub gates: GateSettings,
    /// The strategies, each with a book of its own.
    pub profiles: Vec<StrategyProfile>,
    /// Dollars each book starts with.
    pub bankroll: Usd,
    /// Candidates of a scan, best first, that may become bets.
    pub max_candidates: usize,
    /// Whose gates the forecasts pass: floor, Yes block and anchoring go by it.
    pub source: SignalSource,
    /// Seconds from scan to scan; scans fall on whole multiples of it.
    pub scan_every_s: u32,
    /// Seconds after which a quote is too old to bet at.
    pub max_quote_age_s: u32,
    /// Seconds in which one forecast of a market is scored.
    pub score_every_s: u32,
    /// No scan before this, unix seconds; prices before it are history.
    pub from: Option<u32>,
    /// No scan from this on, unix seconds; what is open then is still settled.
    pub to: Option<u32>,
    /// Share of the stake lost at which a position is sold; `None` is off.
    pub stop_loss: Option<f64>,
    /// Days before the published end at which a position is sold; `None` is off.
    pub exit_days: Option<f64>,
    /// Last moment of the training of the model that forecasts, unix seconds: events with a price up to then are in
    /// sample. `None` for sources that are not trained.
    pub trained_to: Option<u32>,
}

impl BacktestSettings {
    /// These strategies with everything else as the bot has it by default, a scan an hour.
    #[must_use]
    pub fn new(gates: GateSettings, profiles: Vec<StrategyProfile>, bankroll: Usd) -> Self {
        Self {
            gates,
            profiles,
            bankroll,
            max_candidates: 15,
            source: SignalSource::Ensemble,
            scan_every_s: 3_600,
            max_quote_age_s: MAX_QUOTE_AGE_S,
            score_every_s: SCORE_EVERY_S,
            from: None,
            to: None,
            stop_loss: None,
            exit_days: None,
            trained_to: None,
        }
    }

    /// A scan that screens and judges at one moment, without calibration curves.
    #[must_use]
    pub fn cycle(&self, at: DateTime<Utc>) -> Cycle<'_> {
        Cycle {
            screened_at: at,
            at,
            source: self.source,
            curves: None,
            reference_stake: self.reference_stake(),
            max_candidates: self.max_candidates,
            gates: &self.gates,
        }
    }

    /// The smallest stake any strategy places: what a quoted edge refers to.
    #[must_use]
    pub fn reference_stake(&self) -> Usd {
        self.profiles.iter().map(|profile| profile.min_bet).min().unwrap_or(Usd::ZERO)
    }
}
