//! Facts of the strategies and of what other thresholds would have come to.

use chrono::{DateTime, Utc};
use engine_core::money::Usd;
use engine_core::notice::BookReport;
use engine_core::strategy::BookId;
use engine_core::tuning::{Figures, Preview, Thresholds};

use crate::tune::{TopUpDraft, TuneDraft};

/// A strategy as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct StrategyFacts {
    /// Its book.
    pub report: BookReport,
    /// The thresholds in force.
    pub thresholds: Thresholds,
    /// Those of the settings.
    pub defaults: Thresholds,
    /// When others began to run beside them; `None` while none do.
    pub trial_since: Option<DateTime<Utc>>,
}

/// Facts of the list of strategies.
#[derive(Debug, Clone, PartialEq)]
pub struct StrategiesFacts {
    /// The strategies in the order of the settings.
    pub strategies: Vec<StrategyFacts>,
}

/// Who changed one strategy last.
#[derive(Debug, Clone, PartialEq)]
pub struct LastChange {
    /// When.
    pub at: DateTime<Utc>,
    /// Name of the person; `None` when it was nobody's hand. Foreign text.
    pub by: Option<String>,
}

/// Facts of one strategy.
#[derive(Debug, Clone, PartialEq)]
pub struct StrategyPageFacts {
    /// How it stands.
    pub strategy: StrategyFacts,
    /// What it would have come to.
    pub preview: Preview,
    /// The last change of its thresholds or bankroll.
    pub last_change: Option<LastChange>,
}

/// Facts asked while thresholds are changed.
#[derive(Debug, Clone, PartialEq)]
pub struct TuneFacts {
    /// The thresholds so far.
    pub draft: TuneDraft,
    /// How the strategy stands.
    pub strategy: StrategyFacts,
    /// What they would have come to; `None` where only a value is asked.
    pub preview: Option<Preview>,
    /// Seconds from scan to scan: a change holds from the next on.
    pub scan_every_secs: i64,
    /// Positions are sold at a loss or before their end, which a preview leaves out.
    pub early_exits: bool,
}

/// Facts asked before defaults come back.
#[derive(Debug, Clone, PartialEq)]
pub struct ResetFacts {
    /// How the strategy stands.
    pub strategy: StrategyFacts,
}

/// Facts asked before money is put in.
#[derive(Debug, Clone, PartialEq)]
pub struct TopUpFacts {
    /// How much into which book.
    pub draft: TopUpDraft,
    /// How the book stands.
    pub report: BookReport,
}

/// What bets opened in a span of time came to so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrialFigures {
    /// Bets opened.
    pub bets: u32,
    /// Of these, bets still open.
    pub open: u32,
    /// Dollars staked on them.
    pub staked: Usd,
    /// Profit of those that ended, after fees.
    pub pnl: Usd,
}

/// Thresholds that run beside the real ones without money.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The thresholds.
    pub thresholds: Thresholds,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What it made of the signals.
    pub trial: TrialFigures,
    /// What the real one made of them in the same time.
    pub real: TrialFigures,
}

/// Facts of a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialFacts {
    /// How the strategy stands.
    pub strategy: StrategyFacts,
    /// The trial; `None` when there is none.
    pub trial: Option<Trial>,
}

/// Facts of the comparison of all strategies.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareFacts {
    /// First scan that was recorded; `None` without one.
    pub since: Option<DateTime<Utc>>,
    /// Each strategy with its figures.
    pub strategies: Vec<(BookId, Figures)>,
}
