//! What the engine needs to know to run, as domain types; the text of the environment is parsed elsewhere.

use std::path::PathBuf;
use std::time::Duration;

use engine_core::engines::Engines;
use engine_core::money::{MICROS_PER_UNIT, Usd};
use engine_core::pipeline::GateSettings;
use engine_core::strategy::StrategyProfile;

use crate::recipient::Recipient;

/// Default of `KELLY_FRACTION`.
const DEFAULT_KELLY_FRACTION: f64 = 0.25;
/// Default of `COPY_BANKROLL`.
const DEFAULT_BANKROLL_DOLLARS: i64 = 300;
/// Default of `COPY_TRADE_INTERVAL_MINS`.
const DEFAULT_POLL: Duration = Duration::from_secs(60);

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
    /// Where models are and how new ones are made.
    pub models: ModelSettings,
    /// Copy trading.
    pub copy: CopySettings,
    /// The engines of this process: their books are looked after here, and told of.
    pub engines: Engines,
    /// The owner's chat with the bot of this process; `None` when no chat is attached (a scan from the command line).
    pub recipient: Option<Recipient>,
}

/// Copy trading.
#[derive(Debug, Clone)]
pub struct CopySettings {
    /// The copy book's strategy; its Kelly multiplier is `KELLY_FRACTION`.
    pub profile: StrategyProfile,
    /// Bankroll the copy book starts with (`COPY_BANKROLL`).
    pub bankroll: Usd,
    /// From look to look at a quiet trader (`COPY_TRADE_INTERVAL_MINS`).
    pub poll_every: Duration,
}

impl Default for CopySettings {
    /// The defaults of the settings named above.
    fn default() -> Self {
        Self {
            profile: StrategyProfile::copying(DEFAULT_KELLY_FRACTION),
            bankroll: Usd::from_micros(DEFAULT_BANKROLL_DOLLARS * MICROS_PER_UNIT),
            poll_every: DEFAULT_POLL,
        }
    }
}

/// Where models are and how new ones are made.
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// Folder of the shipped model (`MODEL_DIR`).
    pub shipped: PathBuf,
    /// Folder of the retrained ones, one folder a version (`MODEL_STORE`).
    pub library: PathBuf,
    /// After this long a model counts as due for retraining (`RETRAIN_INTERVAL_HOURS`).
    pub retrain_every: Duration,
    /// Program and arguments that train (`TRAINER`); `--rows FILE --out DIR` are added. `None` when none is set up.
    pub trainer: Option<Vec<String>>,
    /// The trainer is stopped after this long, in real time (`TRAINER_LIMIT_MINS`).
    pub trainer_limit: Duration,
    /// Data set to train on and to compare on (`TRAINING_DATA`).
    pub training_data: Option<PathBuf>,
}

impl EngineSettings {
    /// The smallest stake any strategy places by the settings: what a quoted edge refers to. Thresholds changed in the chat
    /// do not move it, so the gates of a market are the same whatever a book asks for.
    #[must_use]
    pub fn reference_stake(&self) -> Usd {
        self.profiles.iter().map(|profile| profile.min_bet).min().unwrap_or(Usd::ZERO)
    }
}
