//! The screens a person can look at.

use engine_core::engines::EngineKind;
use serde::{Deserialize, Serialize};

/// Span of time a statistics page covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Since midnight UTC.
    Today,
    /// Seven days.
    Week,
    /// Thirty days.
    Month,
    /// Everything.
    All,
}

/// A screen with what it needs to be drawn again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "screen", rename_all = "snake_case")]
pub enum Screen {
    /// Bankrolls, modes, last scan.
    Home,
    /// Signals that wait.
    Signals,
    /// One signal's card.
    Signal {
        /// Its number.
        id: i64,
    },
    /// Every gate of a signal's market with its numbers.
    SignalWhy {
        /// The signal.
        id: i64,
    },
    /// Price chart of a signal's market.
    SignalChart {
        /// The signal.
        id: i64,
    },
    /// Open positions.
    Open {
        /// Page, from 0.
        page: u32,
    },
    /// Asks before a position is sold, with a fill preview.
    ClosePreview {
        /// The position.
        position: i64,
    },
    /// Why a position was opened.
    PositionWhy {
        /// The position.
        position: i64,
    },
    /// Price chart of a position's market.
    PositionChart {
        /// The position.
        position: i64,
    },
    /// Results of all books or one.
    Stats {
        /// One book, or all.
        book: Option<String>,
        /// Span of time.
        period: Period,
    },
    /// Equity curve as a picture.
    EquityChart,
    /// The proof page.
    Brier,
    /// Reliability diagram as a picture.
    ReliabilityChart,
    /// The funnel of the day, or the ladder of one market.
    Why {
        /// Words, link or number of a market; `None` is the funnel.
        query: Option<String>,
    },
    /// Modes per book.
    Modes,
    /// Asks before every book is paused.
    PauseAll,
    /// Which model serves, and its rivals.
    Models,
    /// One version of the model.
    Model {
        /// Its number.
        id: i64,
    },
    /// Loops, hosts, model, database, queue.
    Health,
    /// The commands.
    Help,
}

impl Screen {
    /// The engine it is about; `None` for what every chat of ours shows.
    #[must_use]
    pub const fn engine(&self) -> Option<EngineKind> {
        match self {
            Self::Brier
            | Self::ReliabilityChart
            | Self::Why { .. }
            | Self::Modes
            | Self::PauseAll
            | Self::Models
            | Self::Model { .. } => Some(EngineKind::Ml),
            Self::Home
            | Self::Signals
            | Self::Signal { .. }
            | Self::SignalWhy { .. }
            | Self::SignalChart { .. }
            | Self::Open { .. }
            | Self::ClosePreview { .. }
            | Self::PositionWhy { .. }
            | Self::PositionChart { .. }
            | Self::Stats { .. }
            | Self::EquityChart
            | Self::Health
            | Self::Help => None,
        }
    }

    /// True for the screens that only lead to actions: the owner's alone.
    #[must_use]
    pub const fn is_control(&self) -> bool {
        match self {
            Self::ClosePreview { .. } | Self::Modes | Self::PauseAll => true,
            Self::Home
            | Self::Signals
            | Self::Signal { .. }
            | Self::SignalWhy { .. }
            | Self::SignalChart { .. }
            | Self::Open { .. }
            | Self::PositionWhy { .. }
            | Self::PositionChart { .. }
            | Self::Stats { .. }
            | Self::EquityChart
            | Self::Brier
            | Self::ReliabilityChart
            | Self::Why { .. }
            | Self::Models
            | Self::Model { .. }
            | Self::Health
            | Self::Help => false,
        }
    }
}
