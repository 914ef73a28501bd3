//! What the engine needs to know to run, as domain types; the text of the environment is parsed elsewhere.

use std::time::Duration;

use engine_core::money::Usd;
use engine_core::pipeline::GateSettings;
use engine_core::strategy::StrategyProfile;

/// Settings of the ML engine.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// Limits of the gates.
    pub gates: GateSettings,
    /// The strategies, each with a book of its own.
    pub profiles: Vec<StrategyProfile>,
    /// Bankroll a new book starts with.
    pub bankroll: Usd,
    /// From scan to scan (`BET_SCAN_INTERVAL_MINS`).
    pub scan_every: Duration,
    /// From housekeeping to housekeeping (`SCAN_INTERVAL_MINS`).
    pub housekeeping_every: Duration,
    /// From heartbeat to heartbeat; `None` is off.
    pub heartbeat_every: Option<Duration>,
    /// How long a signal can be decided.
    pub signal_expiry: Duration,
    /// Candidates of a scan, best first, that may become signals (`MAX_MODEL_CANDIDATES`).
    pub max_candidates: usize,
    /// Share of the stake lost at which a position is sold, 0–1; `None` is off.
    pub stop_loss: Option<f64>,
    /// Days before the published end at which a position is sold; `None` is off.
    pub exit_days: Option<f64>,
    /// A market closed for longer than this without a resolution is announced.
    pub unresolved_alert_after: Duration,
    /// Days for which rows that nothing rests on are kept.
    pub retention_days: u32,
    /// Chat of the owner; `None` when no chat is attached (a scan from the command line).
    pub owner_chat: Option<i64>,
}

impl EngineSettings {
    /// The smallest stake any strategy places: what a quoted edge refers to.
    #[must_use]
    pub fn reference_stake(&self) -> Usd {
        self.profiles.iter().map(|profile| profile.min_bet).min().unwrap_or(Usd::ZERO)
    }
}
