//! The gates every bet passes, whatever suggested it, in one fixed order, each with its reason recorded.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A gate. The order of the variants is the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Copied trades only: at most 300 s old.
    Staleness,
    /// Two outcomes with two tokens.
    Binary,
    /// Protocol v1, active, not closed, accepting orders.
    Open,
    /// Volume ≥ `MIN_VOLUME`.
    Volume,
    /// 0 < days to the published end ≤ `MAX_DAYS_TO_EXPIRY`.
    Expiry,
    /// 0.03 < Yes price < 0.97.
    PriceRange,
    /// Not sports or esports (`BLOCK_SPORTS`).
    Sports,
    /// Own side's executable depth ≥ `MIN_BOOK_DEPTH`, on a sound book.
    BookDepth,
    /// Copied trades only: the executable ask at most 0.05 away from the trader's price.
    Drift,
    /// The source gave a forecast.
    Forecast,
    /// Effective edge ≥ the source's floor.
    EffectiveEdge,
    /// The Yes side is blocked (`BLOCK_YES_SIDE`).
    YesBlock,
    /// Entry price ≥ `MIN_BET_PRICE`.
    EntryPrice,
    /// Kelly fraction ≥ `MIN_KELLY_SIZE`.
    KellySize,
    /// Among the best `MAX_MODEL_CANDIDATES` of the cycle.
    CandidateLimit,
    /// Not already waiting for the owner, skipped, or muted.
    Duplicate,
    /// Per book: no open position in the event.
    OpenPosition,
    /// Not correlated with an open position.
    Correlation,
    /// Per book: not paused.
    Paused,
    /// Per book: edge ≥ its minimum.
    MinEdge,
    /// Per book: confidence ≥ its minimum.
    MinConfidence,
    /// Per book: bets today below its limit.
    DailyLimit,
    /// Per book: stake within exposure caps, depth and cash, and ≥ its minimum.
    MinBet,
    /// Per book: enough free cash.
    Bankroll,
}

impl Gate {
    /// All, in order.
    pub const ALL: [Self; 24] = [
        Self::Staleness,
        Self::Binary,
        Self::Open,
        Self::Volume,
        Self::Expiry,
        Self::PriceRange,
        Self::Sports,
        Self::BookDepth,
        Self::Drift,
        Self::Forecast,
        Self::EffectiveEdge,
        Self::YesBlock,
        Self::EntryPrice,
        Self::KellySize,
        Self::CandidateLimit,
        Self::Duplicate,
        Self::OpenPosition,
        Self::Correlation,
        Self::Paused,
        Self::MinEdge,
        Self::MinConfidence,
        Self::DailyLimit,
        Self::MinBet,
        Self::Bankroll,
    ];

    /// True for gates that are asked of copied trades alone.
    #[must_use]
    pub const fn is_for_copies(self) -> bool {
        matches!(self, Self::Staleness | Self::Drift)
    }

    /// As stored and exported.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staleness => "staleness",
            Self::Binary => "binary",
            Self::Open => "open",
            Self::Volume => "volume",
            Self::Expiry => "expiry",
            Self::PriceRange => "price_range",
            Self::Sports => "sports",
            Self::BookDepth => "book_depth",
            Self::Drift => "drift",
            Self::Forecast => "forecast",
            Self::EffectiveEdge => "effective_edge",
            Self::YesBlock => "yes_block",
            Self::EntryPrice => "entry_price",
            Self::KellySize => "kelly_size",
            Self::CandidateLimit => "candidate_limit",
            Self::Duplicate => "duplicate",
            Self::OpenPosition => "open_position",
            Self::Correlation => "correlation",
            Self::Paused => "paused",
            Self::MinEdge => "min_edge",
            Self::MinConfidence => "min_confidence",
            Self::DailyLimit => "daily_limit",
            Self::MinBet => "min_bet",
            Self::Bankroll => "bankroll",
        }
    }

    /// The inverse of [`Gate::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gate| gate.as_str() == text)
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one gate saw and concluded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateRecord {
    /// Which gate.
    pub gate: Gate,
    /// Whether it let the market through.
    pub passed: bool,
    /// The measured number, in the gate's own unit (dollars, days, probability), when there is one.
    pub measured: Option<f64>,
    /// The limit it was held against.
    pub limit: Option<f64>,
    /// The reason in a few plain words: "volume $812 below $1000".
    pub reason: String,
}
