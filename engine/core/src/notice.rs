//! Notices: facts the engine wants a person to know. The words are made elsewhere (`dialogues::view`); a notice is
//! stored in the same transaction as what it tells of, and rendered when it is sent.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::copy::news::CopyNotice;
use crate::copy::trader::Trader;
use crate::engines::Engines;
use crate::fill::Fill;
use crate::market::MarketId;
use crate::model::ModelCard;
use crate::money::{Price, Shares, Usd};
use crate::position::Position;
use crate::signal::{Decision, SignalStatus};
use crate::strategy::{BookId, BookMode};

/// Who decided a signal or closed a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DecidedBy {
    /// A person, by Telegram user id and shown name.
    Person {
        /// Telegram user id.
        user_id: i64,
        /// Name as shown at that time. Foreign text.
        name: String,
    },
    /// The book's auto mode.
    Auto,
    /// Nobody: time ran out.
    Timeout,
}

/// A position with the fill that opened it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlacedBet {
    /// The position.
    pub position: Position,
    /// Its fill.
    pub fill: Fill,
}

/// Why a position was sold before its market resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitReason {
    /// The owner pressed Close.
    Owner,
    /// `STOP_LOSS_PCT` was reached.
    StopLoss,
    /// `EXIT_DAYS_BEFORE_EXPIRY` was reached.
    Expiry,
    /// The owner follows the trader no more and wanted his copies sold.
    Unfollowed,
}

/// How a position ended by resolution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettledBet {
    /// The position after settlement.
    pub position: Position,
    /// What a share paid: 1, 0, 0.5 or another fraction.
    pub payout: Price,
    /// Dollars paid out.
    pub proceeds: Usd,
    /// Profit of the whole position after fees.
    pub pnl: Usd,
    /// Wins and losses of the book so far, this one counted.
    pub record: WinLoss,
    /// Whose trade it copied, by the name he was followed under.
    #[serde(default)]
    pub trader: Option<Trader>,
}

/// Wins and losses of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WinLoss {
    /// Ended positions with a profit.
    pub wins: u32,
    /// Ended positions without one.
    pub losses: u32,
}

/// One book in a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookReport {
    /// The book.
    pub book: BookId,
    /// How it handles signals.
    pub mode: BookMode,
    /// Free cash.
    pub cash: Usd,
    /// Cost basis of open positions.
    pub invested: Usd,
    /// Bankroll put in.
    pub capital: Usd,
    /// Open positions.
    pub open: u32,
    /// Realised profit after fees, today (UTC).
    pub pnl_today: Usd,
    /// The same over 7 days.
    pub pnl_week: Usd,
    /// The same over all time.
    pub pnl_all: Usd,
    /// Fees paid, all time.
    pub fees: Usd,
    /// Wins and losses, all time.
    pub record: WinLoss,
}

/// Markets before and after one gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunnelStep {
    /// Name of the gate (or `fetched`, `signals`).
    pub gate: String,
    /// Markets that reached it.
    #[serde(rename = "in")]
    pub entered: u64,
    /// Markets that passed it.
    #[serde(rename = "out")]
    pub passed: u64,
}

/// Figures of one scan.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ScanSummary {
    /// When it ended.
    pub at: Option<DateTime<Utc>>,
    /// Markets listed by the venue.
    pub fetched: u64,
    /// Markets scored by the model.
    pub scored: u64,
    /// Signals that reached at least one book.
    pub signals: u64,
    /// Bets placed at once by books in auto mode.
    pub bets: u64,
    /// Rows skipped as unreadable, by reason.
    pub skipped: Vec<(String, u64)>,
    /// Gate by gate.
    pub funnel: Vec<FunnelStep>,
    /// Milliseconds it took.
    pub took_ms: u64,
}

/// Model against market on resolved forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreSummary {
    /// Source of the forecasts.
    pub source: String,
    /// Forecasts scored.
    pub n: u64,
    /// Clusters (events) they belong to.
    pub events: u64,
    /// Brier score of ours, 0 best.
    pub brier_model: f64,
    /// Brier score of the market price on the same rows.
    pub brier_market: f64,
    /// `1 − model / market`; above 0 is better than the market.
    pub skill: f64,
    /// 95 % interval of the skill, by bootstrap over events.
    pub skill_ci95: [f64; 2],
    /// `proven`, `not proven` or `worse`.
    pub verdict: String,
    /// About how many more events would show an edge of this size; `None` when it cannot be said.
    pub events_needed: Option<u64>,
}

/// Something worth telling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// A signal waits for the owner, or its state changed: the card is shown or edited in place.
    Signal(Box<SignalCard>),
    /// Bets were placed without asking (auto mode).
    BetPlaced {
        /// The signal.
        signal_id: i64,
        /// Why.
        decision: Box<Decision>,
        /// What was bought.
        bets: Vec<PlacedBet>,
    },
    /// Positions of one market were paid out.
    Settled {
        /// One entry a book.
        bets: Vec<SettledBet>,
    },
    /// A position was sold.
    Closed {
        /// The position after the sale.
        position: Position,
        /// The sale.
        fill: Fill,
        /// Profit of the shares sold, after fees.
        pnl: Usd,
        /// Why it was sold.
        reason: ExitReason,
        /// Whose trade it copied, by the name he was followed under.
        #[serde(default)]
        trader: Option<Trader>,
    },
    /// A resolution changed after we had settled; the difference was booked.
    Resettled {
        /// The position after the correction.
        position: Position,
        /// What a share had paid.
        before: Price,
        /// What a share pays now.
        after: Price,
        /// Whose trade it copied, by the name he was followed under.
        #[serde(default)]
        trader: Option<Trader>,
    },
    /// A market is closed but has not resolved for a long time.
    Unresolved {
        /// The market.
        market_id: MarketId,
        /// Its question. Foreign text.
        question: String,
        /// Path of the public page.
        path: String,
        /// Since when it is closed, as far as we saw.
        closed_since: DateTime<Utc>,
        /// The oracle's status, when given.
        status: Option<String>,
        /// Our shares in it.
        shares: Shares,
    },
    /// Hourly sign of life.
    Heartbeat {
        /// The engines that live.
        #[serde(default)]
        engines: Engines,
        /// Each book.
        books: Vec<BookReport>,
        /// Scans since the last heartbeat.
        scans: u32,
        /// The last scan.
        last_scan: ScanSummary,
    },
    /// The daily report.
    DailyReport {
        /// The engines it is of.
        #[serde(default)]
        engines: Engines,
        /// The UTC day it covers, `2026-11-23`.
        day: String,
        /// Each book.
        books: Vec<BookReport>,
        /// Open positions.
        open: Vec<Position>,
        /// Positions that ended that day.
        ended: Vec<Position>,
        /// Scores by source.
        scores: Vec<ScoreSummary>,
    },
    /// The bot is up.
    Started {
        /// The engines that run in it.
        #[serde(default)]
        engines: Engines,
        /// Version of the program.
        version: String,
        /// Model version, or why there is none.
        model: Result<String, String>,
        /// Each book.
        books: Vec<BookReport>,
        /// Minutes between scans.
        scan_minutes: f64,
    },
    /// The bot goes off line in an orderly way.
    Stopping {
        /// The engines that ran in it.
        #[serde(default)]
        engines: Engines,
        /// Open positions that stay.
        open: u32,
    },
    /// A loop failed or hung and was started again.
    LoopFailed {
        /// Its name.
        name: String,
        /// What happened, without secrets.
        error: String,
    },
    /// A model was trained: compared and promoted or not, or refused.
    Model(Box<ModelCard>),
    /// News of the copy engine.
    Copy(Box<CopyNotice>),
    /// Retraining failed; told once for each cause.
    RetrainFailed {
        /// Why, a sentence without secrets. May hold words of the trainer: foreign text.
        cause: String,
    },
    /// The model is due for retraining and nothing came of it; told once for each model.
    ModelOverdue {
        /// Its version.
        version: String,
        /// When it was trained.
        trained_at: DateTime<Utc>,
        /// Hours after which a model counts as due.
        every_hours: f64,
        /// Whether a trainer is set up.
        trainer: bool,
    },
    /// The model that should serve does not load; told once for each cause.
    ModelFault {
        /// The version that should serve.
        version: String,
        /// Why it does not, a sentence.
        reason: String,
        /// What serves in its place; `None` when nothing does.
        serving: Option<String>,
    },
}

/// Facts of a signal card at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignalCard {
    /// The signal's number.
    pub signal_id: i64,
    /// Why it was raised.
    pub decision: Decision,
    /// State.
    pub status: SignalStatus,
    /// Until when it can be decided.
    pub expires_at: DateTime<Utc>,
    /// Who decided, once decided.
    pub decided_by: Option<DecidedBy>,
    /// When, once decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// What was bought, once approved.
    pub bets: Vec<PlacedBet>,
    /// True when half of each stake was approved.
    pub half: bool,
}

impl Notice {
    /// Kind, for settings such as silent or off.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Signal(_) => "signal",
            Self::BetPlaced { .. } => "bet",
            Self::Settled { .. } | Self::Resettled { .. } => "settled",
            Self::Closed { .. } => "closed",
            Self::Unresolved { .. } => "unresolved",
            Self::Heartbeat { .. } => "heartbeat",
            Self::DailyReport { .. } => "daily",
            Self::Started { .. } => "started",
            Self::Stopping { .. } => "stopping",
            Self::LoopFailed { .. } => "loop_failed",
            Self::Model(_) => "model",
            Self::Copy(_) => "copy",
            Self::RetrainFailed { .. } => "retrain_failed",
            Self::ModelOverdue { .. } => "model_overdue",
            Self::ModelFault { .. } => "model_fault",
        }
    }
}
