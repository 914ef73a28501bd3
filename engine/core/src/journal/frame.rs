//! What is kept of a scan, a settlement and a sale.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::effect::Effect;
use crate::book::{Level, OrderBook};
use crate::calibration::Curves;
use crate::features::FeatureVector;
use crate::fee::FeeModel;
use crate::fill::Fill;
use crate::market::{ConditionId, Market, MarketId};
use crate::money::{Price, Usd};
use crate::notice::ExitReason;
use crate::pipeline::{BookView, Circumstances, EdgeCheck, Evidence, GateSettings, Recheck, recheck};
use crate::position::Position;
use crate::prediction::{Prediction, SignalSource};
use crate::settlement::{Payouts, ResolutionEvidence};
use crate::signal::{BookPlan, Decision};
use crate::strategy::BookId;

/// Books are kept this far from their best price, in dollars a share, or as far as an order may walk where that is more:
/// deeper levels bear on no decision.
const LEAST_REACH: Price = Price::from_micros(50_000);

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    /// A scan.
    Scan(Box<ScanFrame>),
    /// A signal was judged again at an approval.
    Rechecked(Box<RecheckedFrame>),
    /// A market resolved.
    Settled(Box<SettledFrame>),
    /// A round of housekeeping looked whether positions are to be left.
    Round(Box<RoundFrame>),
    /// A position was sold before its market resolved.
    Sold(Box<SoldFrame>),
}

impl Frame {
    /// When it happened.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Scan(frame) => frame.at,
            Self::Rechecked(frame) => frame.at,
            Self::Settled(frame) => frame.at,
            Self::Round(frame) => frame.at,
            Self::Sold(frame) => frame.at,
        }
    }
}

/// What a scan went by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// Limits of the gates.
    pub gates: GateSettings,
    /// The stake a quoted edge refers to, in dollars.
    pub reference_stake: Usd,
    /// Candidates that may go on to the books.
    pub max_candidates: usize,
    /// Who forecast.
    pub source: SignalSource,
    /// Version of the feature set.
    pub features_version: u32,
    /// The calibration curves in use.
    pub curves: Curves,
    /// The model that forecast; `None` when there was none.
    pub model: Option<ModelSeen>,
}

/// Which model forecast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSeen {
    /// Its version.
    pub version: String,
    /// SHA-256 of its graph.
    pub sha256: String,
    /// Last moment of its training.
    pub trained_to: DateTime<Utc>,
}

/// What one scan saw and did.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanFrame {
    /// When the listing was screened.
    pub screened_at: DateTime<Utc>,
    /// When the books were judged.
    pub at: DateTime<Utc>,
    /// What it went by.
    pub terms: Arc<Terms>,
    /// The markets, as they were seen, with what became of each.
    pub seen: Vec<Seen>,
    /// The candidates that were put to the books, in that order.
    pub raised: Vec<Raised>,
}

/// A market as a scan saw it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The listing.
    pub market: Market,
    /// Book of the Yes token within reach, with its hash where the market was put to the books; `None` when none was asked
    /// for or served.
    pub yes_book: Option<OrderBook>,
    /// The same of the No token.
    pub no_book: Option<OrderBook>,
    /// The features; `None` without a midpoint.
    pub features: Option<FeatureVector>,
    /// The forecast.
    pub prediction: Option<Prediction>,
    /// What became of it.
    pub effect: Effect,
}

/// A candidate that was put to the books.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Raised {
    /// Which market.
    pub market: MarketId,
    /// The books that were asked, as they were when they were asked.
    pub views: Vec<BookView>,
    /// Why nobody might be asked; `None` when somebody might.
    pub duplicate: Option<String>,
    /// What each book would do, without the words of its gates.
    pub plans: Vec<BookPlan>,
    /// The bets that followed at once.
    pub bets: Vec<BetMade>,
}

/// A bet of a book in auto mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BetMade {
    /// The book.
    pub book: BookId,
    /// Its fill.
    pub fill: Fill,
    /// Why the store did not take it; `None` when it did.
    pub refused: Option<String>,
}

/// A signal judged again because somebody approved it, whatever came of it. Copies are not in it: they rest on what a trader
/// did, which the database keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecheckedFrame {
    /// When it was judged again.
    pub at: DateTime<Utc>,
    /// The decision on the card.
    pub stored: Decision,
    /// The listing.
    pub market: Market,
    /// Book of the Yes token within reach.
    pub yes_book: Option<OrderBook>,
    /// Book of the No token within reach.
    pub no_book: Option<OrderBook>,
    /// The books that waited for the word, as they stood.
    pub views: Vec<BookView>,
    /// Share of each stake that was approved, 0–1.
    pub share: f64,
    /// The stake a quoted edge refers to, in dollars.
    pub reference_stake: Usd,
    /// Limits of the gates.
    pub gates: GateSettings,
    /// What was left of the edge.
    pub edge: EdgeCheck,
    /// What became of it.
    pub effect: Effect,
    /// What each book would do, without the words of its gates.
    pub plans: Vec<BookPlan>,
}

impl RecheckedFrame {
    /// Judges the signal again.
    #[must_use]
    pub fn recheck(&self) -> Recheck {
        let evidence = Evidence {
            market: &self.market,
            yes_book: self.yes_book.as_ref(),
            no_book: self.no_book.as_ref(),
            source: self.stored.source,
            model_version: None,
            prediction: None,
            curves: None,
            only: None,
            copied: None,
            at: self.at,
        };
        let circumstances = Circumstances { share: self.share, ..Circumstances::new(&self.views) };
        recheck(&self.stored, &evidence, &circumstances, self.reference_stake, &self.gates)
    }
}

/// How a market resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettledFrame {
    /// When it was paid.
    pub at: DateTime<Utc>,
    /// The condition.
    pub condition: ConditionId,
    /// What the reports said.
    pub evidence: ResolutionEvidence,
    /// What was paid.
    pub payouts: Payouts,
    /// The positions that were paid, as they were after it.
    pub paid: Vec<Position>,
}

/// A round of housekeeping, after it settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundFrame {
    /// When it looked.
    pub at: DateTime<Utc>,
    /// The books of what was held, within reach; none while early exits are off.
    pub books: Vec<OrderBook>,
}

/// A position sold before its market resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SoldFrame {
    /// When the sale was decided.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: ExitReason,
    /// The position before it.
    pub position: Position,
    /// The book sold into, within reach.
    pub book: OrderBook,
    /// How takers were charged.
    pub fee: FeeModel,
    /// How far below the best bid it might sell, in dollars a share.
    pub slippage: Price,
    /// What was sold.
    pub fill: Fill,
}

/// A book's levels near enough to bear on a decision.
#[must_use]
pub fn within_reach(book: &OrderBook, slippage: Price) -> OrderBook {
    let reach = LEAST_REACH.max(slippage);
    let near = |levels: &[Level]| {
        let best = levels.first().map_or(Price::ZERO, |level| level.price);
        let near = |level: &&Level| (level.price - best).micros().abs() <= reach.micros();
        levels.iter().take_while(near).copied().collect()
    };
    OrderBook {
        token: book.token.clone(),
        bids: near(&book.bids),
        asks: near(&book.asks),
        at: book.at,
        hash: book.hash.clone(),
    }
}
