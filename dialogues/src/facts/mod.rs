//! What the views need to know. The glue gathers these from the engine and the store; the views only find words.

mod copy;
mod health;
mod models;
mod strategies;

use chrono::{DateTime, Utc};
use engine_core::calibration::Calibration;
use engine_core::copy::dossier::Dossier;
use engine_core::copy::trader::Trader;
use engine_core::engines::Engines;
use engine_core::fill::Fill;
use engine_core::model::ModelCard;
use engine_core::money::{Price, Usd};
use engine_core::notice::{BookReport, FunnelStep, ScanSummary, ScoreSummary, SignalCard};
use engine_core::position::Position;
use engine_core::signal::Decision;
use engine_core::strategy::{BookId, BookMode};

pub use copy::{
    CopyFacts, CopyTerms, FindTraderFacts, FollowCounts, FollowFacts, FollowedFacts, Lag, LeaderboardFacts,
    ReportFacts, StageAskFacts, TRADERS_PAGE_SIZE, TraderFacts, TradersFacts, UnfollowFacts, usual_copy, usual_sizing,
};
pub use health::{HealthFacts, HostHealth, LoopHealth, ModelHealth};
pub use models::{ModelsFacts, Retraining};
pub use strategies::{
    CompareFacts, LastChange, ResetFacts, StrategiesFacts, StrategyFacts, StrategyPageFacts, TopUpFacts, Trial,
    TrialFacts, TrialFigures, TuneFacts,
};

use crate::Role;
use crate::screen::Period;

/// Who reads a message, and when: words such as "by you" and the buttons depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// Telegram user id; `None` for a group.
    pub user: Option<i64>,
    /// What the reader may do. Anything but [`Role::Owner`] gets no controls.
    pub role: Role,
    /// The engines of the chat read in.
    pub engines: Engines,
    /// Time of rendering.
    pub now: DateTime<Utc>,
}

/// Facts of the home card.
#[derive(Debug, Clone, PartialEq)]
pub struct HomeFacts {
    /// Each book.
    pub books: Vec<BookReport>,
    /// The last scan, if there was one.
    pub last_scan: Option<ScanSummary>,
    /// The model's version, or why there is none.
    pub model: Result<String, String>,
    /// Signals that wait for the owner.
    pub pending: u32,
    /// A word to put on top ("I lost my place…"); plain text of our own.
    pub note: Option<String>,
}

/// Facts of the list of signals.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalsFacts {
    /// Those that wait, oldest first.
    pub pending: Vec<SignalCard>,
    /// The last few decided ones, newest first.
    pub recent: Vec<SignalCard>,
}

/// Facts of "why this signal".
#[derive(Debug, Clone, PartialEq)]
pub struct SignalWhyFacts {
    /// The signal.
    pub card: SignalCard,
    /// The 29 features the model saw, in the order of features v5, when kept.
    pub features: Option<Vec<f64>>,
}

/// An open position with what it is worth now.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenPosition {
    /// The position.
    pub position: Position,
    /// Best bid of its token; `None` without a sound book.
    pub bid: Option<Price>,
    /// Midpoint of its token.
    pub mid: Option<f64>,
    /// Profit in dollars of the whole position if all were sold at the bid now, fees so far counted, the fee of that sale
    /// not; `None` without a bid.
    pub pnl: Option<Usd>,
    /// The venue's time of the book behind `bid`.
    pub priced_at: Option<DateTime<Utc>>,
    /// Whose trade it copies; `None` for a bet of our own.
    pub trader: Option<Trader>,
}

impl OpenPosition {
    /// Values a position at `bid`: what the shares held would bring, less their cost, plus what the position has
    /// realised so far (which begins with minus the entry fee).
    #[must_use]
    pub fn value(position: Position, bid: Option<Price>, mid: Option<f64>, priced_at: Option<DateTime<Utc>>) -> Self {
        let pnl = bid.map(|bid| bid.cost_of(position.shares) - position.cost + position.realized_pnl);
        Self { position, bid, mid, pnl, priced_at, trader: None }
    }

    /// The same, said whose trade it copies.
    #[must_use]
    pub fn copied_from(self, trader: Option<Trader>) -> Self {
        Self { trader, ..self }
    }
}

/// Open positions on one page.
pub const OPEN_PAGE_SIZE: usize = 5;

/// Facts of the page of open positions.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenFacts {
    /// This page's positions, at most [`OPEN_PAGE_SIZE`].
    pub positions: Vec<OpenPosition>,
    /// Page shown, from 0.
    pub page: u32,
    /// Pages there are, at least 1.
    pub pages: u32,
    /// Open positions over all pages.
    pub total: u32,
    /// Dollars in them (cost basis), over all pages.
    pub invested: Usd,
}

/// Facts asked before a position is sold.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosePreviewFacts {
    /// The position.
    pub position: Position,
    /// What a sale now would bring, or why it cannot be said (a sentence).
    pub preview: Result<ClosePreview, String>,
}

/// A sale walked on the present book, not booked.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosePreview {
    /// The fill it would be.
    pub fill: Fill,
    /// Profit of the shares sold, after fees.
    pub pnl: Usd,
}

/// Facts of "why this position".
#[derive(Debug, Clone, PartialEq)]
pub struct PositionWhyFacts {
    /// The position.
    pub position: Position,
    /// The decision it came from, when kept.
    pub decision: Option<Decision>,
    /// Its fills, oldest first.
    pub fills: Vec<Fill>,
}

/// Results of one book, or of all, over a span of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Performance {
    /// Realised profit after fees.
    pub pnl: Usd,
    /// Dollars staked by the positions that ended.
    pub staked: Usd,
    /// Ended positions with a profit.
    pub wins: u32,
    /// Ended positions without one.
    pub losses: u32,
    /// Sum of the profits.
    pub gross_profit: Usd,
    /// Sum of the losses, as a positive number.
    pub gross_loss: Usd,
    /// Deepest fall of equity from its peak, 0–1 of the peak; `None` when it cannot be said.
    pub max_drawdown: Option<f64>,
    /// Fees paid.
    pub fees: Usd,
    /// Cost basis of what is open now.
    pub exposure: Usd,
    /// Free cash and cost basis together, now.
    pub equity: Usd,
    /// Open positions now.
    pub open: u32,
}

/// Facts of the statistics page.
#[derive(Debug, Clone, PartialEq)]
pub struct StatsFacts {
    /// The book chosen; `None` is all.
    pub book: Option<String>,
    /// The span chosen.
    pub period: Period,
    /// Results of the choice.
    pub chosen: Performance,
    /// Each book's results over the same span, for the tabs and the comparison.
    pub books: Vec<(BookId, Performance)>,
}

/// A slice of the proof page.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreSlice {
    /// "1–3 days", "politics". Foreign text.
    pub label: String,
    /// Forecasts scored.
    pub n: u64,
    /// Brier score of ours.
    pub brier_model: f64,
    /// Brier score of the market on the same rows.
    pub brier_market: f64,
}

/// A bin of the reliability table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationBin {
    /// Forecasts in it.
    pub n: u64,
    /// Mean forecast of Yes, 0–1.
    pub forecast: f64,
    /// Share that came out Yes, 0–1.
    pub observed: f64,
}

/// What the calibration of one source has come to.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceCalibration {
    /// The source.
    pub source: String,
    /// Its curve, or why there is none.
    pub calibration: Calibration,
}

/// Facts of the proof page.
#[derive(Debug, Clone, PartialEq)]
pub struct BrierFacts {
    /// Scores by source; empty when nothing has resolved yet.
    pub scores: Vec<ScoreSummary>,
    /// By time to the published end.
    pub by_horizon: Vec<ScoreSlice>,
    /// By category, largest first.
    pub by_category: Vec<ScoreSlice>,
    /// By market price of Yes, rising.
    pub by_price: Vec<ScoreSlice>,
    /// Calibration of each source with resolved forecasts.
    pub calibration: Vec<SourceCalibration>,
    /// Reliability bins, by rising forecast; empty ones left out.
    pub bins: Vec<CalibrationBin>,
    /// Forecasts logged that wait for their market to resolve.
    pub waiting: u64,
}

/// Facts of the funnel of the day.
#[derive(Debug, Clone, PartialEq)]
pub struct WhyFacts {
    /// Gate by gate, summed over today's scans; the first step is `fetched`.
    pub funnel: Vec<FunnelStep>,
    /// Scans today.
    pub scans: u32,
    /// Signals raised today.
    pub signals: u64,
    /// Bets placed today.
    pub bets: u64,
}

/// Facts of one market's ladder of gates.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketWhyFacts {
    /// What was asked for. Foreign text.
    pub query: String,
    /// What was found.
    pub found: MarketFound,
}

/// What a search for a market found.
#[derive(Debug, Clone, PartialEq)]
pub enum MarketFound {
    /// The latest decision on the market.
    One(Box<Decision>),
    /// Several markets answer; each with its question and the query that names it alone.
    Several(Vec<MarketChoice>),
    /// None that we have seen.
    Nothing,
    /// It could not be looked up now (a sentence of our own).
    Unavailable(String),
}

/// One of several markets found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketChoice {
    /// Its question. Foreign text.
    pub question: String,
    /// A query that finds only this one: Gamma's market id.
    pub query: String,
}

/// Facts of the page of modes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModesFacts {
    /// Each book and how it handles signals.
    pub books: Vec<(BookId, BookMode)>,
}

/// The facts of a screen, whichever it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Facts {
    /// Home.
    Home(HomeFacts),
    /// Signals that wait.
    Signals(SignalsFacts),
    /// A signal's card.
    Signal(Box<SignalCard>),
    /// Why a signal was raised.
    SignalWhy(Box<SignalWhyFacts>),
    /// Chart of a signal's market.
    SignalChart(Box<SignalCard>),
    /// Open positions.
    Open(OpenFacts),
    /// Asks before a sale.
    ClosePreview(Box<ClosePreviewFacts>),
    /// Why a position was opened.
    PositionWhy(Box<PositionWhyFacts>),
    /// Chart of a position's market.
    PositionChart(Box<Position>),
    /// Results.
    Stats(StatsFacts),
    /// Equity curve.
    EquityChart(Vec<BookReport>),
    /// The proof page.
    Brier(BrierFacts),
    /// Reliability diagram.
    ReliabilityChart(BrierFacts),
    /// The funnel.
    Why(WhyFacts),
    /// One market's ladder.
    MarketWhy(Box<MarketWhyFacts>),
    /// Modes.
    Modes(ModesFacts),
    /// Asks before all books are paused.
    PauseAll(ModesFacts),
    /// The strategies.
    Strategies(StrategiesFacts),
    /// One strategy.
    Strategy(Box<StrategyPageFacts>),
    /// Other thresholds, tried.
    Tune(Box<TuneFacts>),
    /// Before the settings' thresholds come back.
    ResetProfile(Box<ResetFacts>),
    /// Before money is put in.
    TopUp(Box<TopUpFacts>),
    /// Thresholds that run beside the real ones.
    Trial(Box<TrialFacts>),
    /// All strategies over the last days.
    CompareProfiles(CompareFacts),
    /// Models.
    Models(ModelsFacts),
    /// One version of the model.
    Model(Box<ModelCard>),
    /// The leaderboard.
    Leaderboard(LeaderboardFacts),
    /// A trader's report.
    Trader(Box<TraderFacts>),
    /// A trader's equity against ours.
    TraderChart(Box<Dossier>),
    /// Traders of a name.
    FindTrader(FindTraderFacts),
    /// Followed traders.
    Traders(TradersFacts),
    /// A followed trader.
    Followed(Box<FollowedFacts>),
    /// Asks for the terms of a follow.
    Follow(Box<FollowFacts>),
    /// Asks whom to follow no more.
    UnfollowWhom(TradersFacts),
    /// Asks before a follow ends.
    Unfollow(UnfollowFacts),
    /// Asks before probation is overruled.
    StageAsk(Box<StageAskFacts>),
    /// The copy engine.
    Copy(CopyFacts),
    /// Health.
    Health(HealthFacts),
    /// The commands.
    Help,
    /// What the screen is about does not exist (any more): "signal 12".
    Missing(String),
}
