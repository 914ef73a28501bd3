//! The screens a person can look at.

use engine_core::copy::activity::Wallet;
use engine_core::copy::probation::Stage;
use engine_core::engines::EngineKind;
use serde::{Deserialize, Serialize};

use crate::draft::FollowDraft;
use crate::tune::{TopUpDraft, TuneDraft};

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
    /// The strategies with their main figures.
    Strategies,
    /// One strategy: its thresholds and what they would have come to.
    Strategy {
        /// Its book.
        book: String,
    },
    /// Other thresholds, tried as they are changed.
    Tune {
        /// The thresholds so far.
        draft: Box<TuneDraft>,
    },
    /// Asks before the settings' thresholds come back.
    ResetProfile {
        /// The strategy's book.
        book: String,
    },
    /// Asks how much money is to be put in, then whether.
    TopUp {
        /// How much into which book.
        draft: Box<TopUpDraft>,
    },
    /// Thresholds that run beside the real ones, without money.
    Trial {
        /// The strategy's book.
        book: String,
    },
    /// All strategies over the last days, as a picture.
    CompareProfiles,
    /// Which model serves, and its rivals.
    Models,
    /// One version of the model.
    Model {
        /// Its number.
        id: i64,
    },
    /// Traders by profit.
    Leaderboard {
        /// Over which span.
        period: Period,
        /// Page, from 0.
        page: u32,
    },
    /// The report on a trader, read first where there is none yet.
    Trader {
        /// Whose.
        wallet: Wallet,
        /// Read him anew, although there is a report.
        again: bool,
    },
    /// A trader's equity against ours, as a picture.
    TraderChart {
        /// Whose.
        wallet: Wallet,
    },
    /// Traders who call themselves something.
    FindTrader {
        /// What was asked for. Foreign text.
        query: String,
    },
    /// Followed traders.
    Traders {
        /// Page, from 0.
        page: u32,
    },
    /// What copying one trader came to, and its controls.
    Followed {
        /// Whose trades.
        wallet: Wallet,
    },
    /// Asks for the terms of a follow, step by step.
    Follow {
        /// The terms so far.
        draft: Box<FollowDraft>,
    },
    /// Asks whom to follow no more.
    UnfollowWhom {
        /// Part of a name; `None` is everybody.
        query: Option<String>,
        /// Page, from 0.
        page: u32,
    },
    /// Asks whether the copies are to be kept or sold.
    Unfollow {
        /// Whose trades.
        wallet: Wallet,
    },
    /// Asks before probation is overruled.
    StageAsk {
        /// Whose trades.
        wallet: Wallet,
        /// Where to.
        stage: Stage,
    },
    /// The copy engine at a glance.
    Copy,
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
            | Self::Strategies
            | Self::Strategy { .. }
            | Self::Tune { .. }
            | Self::ResetProfile { .. }
            | Self::TopUp { .. }
            | Self::Trial { .. }
            | Self::CompareProfiles
            | Self::Models
            | Self::Model { .. } => Some(EngineKind::Ml),
            Self::Leaderboard { .. }
            | Self::Trader { .. }
            | Self::TraderChart { .. }
            | Self::FindTrader { .. }
            | Self::Traders { .. }
            | Self::Followed { .. }
            | Self::Follow { .. }
            | Self::UnfollowWhom { .. }
            | Self::Unfollow { .. }
            | Self::StageAsk { .. }
            | Self::Copy => Some(EngineKind::Copy),
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
            Self::ClosePreview { .. }
            | Self::Modes
            | Self::PauseAll
            | Self::Tune { .. }
            | Self::ResetProfile { .. }
            | Self::TopUp { .. }
            | Self::Follow { .. }
            | Self::UnfollowWhom { .. }
            | Self::Unfollow { .. }
            | Self::StageAsk { .. } => true,
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
            | Self::Strategies
            | Self::Strategy { .. }
            | Self::Trial { .. }
            | Self::CompareProfiles
            | Self::Models
            | Self::Model { .. }
            | Self::Leaderboard { .. }
            | Self::Trader { .. }
            | Self::TraderChart { .. }
            | Self::FindTrader { .. }
            | Self::Traders { .. }
            | Self::Followed { .. }
            | Self::Copy
            | Self::Health
            | Self::Help => false,
        }
    }
}
