//! Strategies as data: each has its own bankroll ("book") and thresholds, and sees every signal.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::money::Usd;

/// Name of a book: one strategy's, or the copy engine's, isolated bankroll.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BookId(String);

impl BookId {
    /// Takes the name as it is (lower case by convention: `balanced`).
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Name of the copy engine's book.
pub const COPY_BOOK: &str = "copy";

/// How a book handles a signal that passed its gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookMode {
    /// Asks the owner first (default).
    Approve,
    /// Bets at once, then tells.
    Auto,
    /// Takes no new bets; open ones are still looked after.
    Paused,
}

impl BookMode {
    /// `approve`, `auto` or `paused`, as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Auto => "auto",
            Self::Paused => "paused",
        }
    }

    /// The inverse of [`BookMode::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Approve, Self::Auto, Self::Paused].into_iter().find(|mode| mode.as_str() == text)
    }
}

/// Thresholds of one strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategyProfile {
    /// Its book.
    pub book: BookId,
    /// Share of the full Kelly fraction that is staked, 0–1.
    pub kelly_multiplier: f64,
    /// Smallest edge after fees (win probability − cost of a share) it takes.
    pub min_edge: f64,
    /// Smallest confidence it takes.
    pub min_confidence: f64,
    /// Most bets a UTC day.
    pub max_signals_per_day: u32,
    /// Smallest stake in dollars.
    pub min_bet: Usd,
}

/// Smallest copied stake in dollars.
const COPY_MIN_BET_DOLLARS: i64 = 5;

impl StrategyProfile {
    /// The profile of copied trades: whether a trade is worth copying was decided by its gates and by the trader's record,
    /// so it asks no edge and no confidence of its own, and the caps of each follow limit the number.
    #[must_use]
    pub fn copying(kelly_multiplier: f64) -> Self {
        Self {
            book: BookId::new(COPY_BOOK),
            kelly_multiplier,
            min_edge: 0.0,
            min_confidence: 0.0,
            max_signals_per_day: u32::MAX,
            min_bet: Usd::from_micros(COPY_MIN_BET_DOLLARS * crate::money::MICROS_PER_UNIT),
        }
    }

    /// The built-in profile of that name: `aggressive`, `balanced` or `conservative`.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        let (kelly_multiplier, min_edge, min_confidence, max_signals_per_day, min_bet_dollars) = match name {
            "aggressive" => (0.50, 0.05, 0.40, 10, 5),
            "balanced" => (0.25, 0.06, 0.40, 5, 5),
            "conservative" => (0.15, 0.08, 0.50, 3, 15),
            _ => return None,
        };
        Some(Self {
            book: BookId::new(name),
            kelly_multiplier,
            min_edge,
            min_confidence,
            max_signals_per_day,
            min_bet: Usd::from_micros(min_bet_dollars * crate::money::MICROS_PER_UNIT),
        })
    }
}
