//! Decisions and signals: what was concluded about a market and why.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::book::Level;
use crate::copy::trader::Trader;
use crate::fee::FeeModel;
use crate::gate::{Gate, GateRecord};
use crate::market::{ConditionId, MarketGroupId, MarketId, Outcome, OutcomeToken};
use crate::money::{Price, Shares, Usd};
use crate::pipeline::CopiedTrade;
use crate::prediction::{Prediction, SignalSource};
use crate::probability::Probability;
use crate::strategy::BookId;

/// What logs and exports call the gate reached by a decision that no gate stopped.
pub const PASSED_ALL: &str = "signals";

/// The outcome worth buying, if any is, at the price it can really be bought at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The outcome to buy.
    pub outcome: Outcome,
    /// Its token.
    pub token: OutcomeToken,
    /// What the venue calls it.
    pub outcome_label: String,
    /// Probability that this outcome wins (what is believed of Yes, 1 − that for No).
    pub win_probability: Probability,
    /// Best ask of the token.
    pub best_ask: Price,
    /// Volume-weighted ask for the reference stake, before fees, dollars a share.
    pub ask_vwap: f64,
    /// The same with the taker fee: the price the edge is measured against.
    pub cost: f64,
    /// `win_probability − cost`.
    pub edge: f64,
    /// `edge × confidence`.
    pub effective_edge: f64,
    /// Full Kelly fraction `(q − c) / (1 − c)`, 0 without an edge.
    pub kelly: f64,
    /// Dollars that can be bought up to the slippage limit on this token's own book.
    pub depth: Usd,
}

/// The order of a followed trader that a decision copies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CopiedOrder {
    /// Whose.
    pub trader: Trader,
    /// Hash of his transaction.
    pub transaction: String,
    /// Shares he bought.
    pub shares: Shares,
    /// Dollars he paid for them, before fees.
    pub notional: Usd,
    /// What the gates ask of it.
    pub trade: CopiedTrade,
}

/// What one book would do with a candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookPlan {
    /// The book.
    pub book: BookId,
    /// Stake in dollars, fees apart; zero when a gate stopped it.
    pub stake: Usd,
    /// Shares expected for it.
    pub shares: Shares,
    /// Volume-weighted price expected.
    pub vwap: Price,
    /// Fee expected in dollars.
    pub fee: Usd,
    /// Levels the order would take.
    pub levels: Vec<Level>,
    /// Edge after fees at this stake.
    pub edge: f64,
    /// The book's own gates in order, up to the one that stopped it.
    pub trace: Vec<GateRecord>,
    /// The gate that stopped it; `None` when the book takes the signal.
    pub stopped_at: Option<Gate>,
}

impl BookPlan {
    /// True when this book takes the signal.
    #[must_use]
    pub const fn takes(&self) -> bool {
        self.stopped_at.is_none()
    }
}

/// The full account of how one market was judged at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// When.
    pub at: DateTime<Utc>,
    /// Who forecast.
    pub source: SignalSource,
    /// Version of the model that forecast.
    pub model_version: Option<String>,
    /// Gamma's market id.
    pub market_id: MarketId,
    /// The condition.
    pub condition_id: ConditionId,
    /// The market's cluster.
    pub group_id: MarketGroupId,
    /// The question. Foreign text.
    pub question: String,
    /// Path of the public page below the venue's host.
    pub path: String,
    /// Legacy category or first tag, for breakdowns.
    pub category: Option<String>,
    /// Published end.
    pub end_at: Option<DateTime<Utc>>,
    /// Best bid of Yes in the book judged on.
    pub yes_bid: Option<Price>,
    /// Best ask of Yes in the book judged on.
    pub yes_ask: Option<Price>,
    /// Market probability the forecast was anchored to: the Yes midpoint.
    pub mid: Option<f64>,
    /// The forecast.
    pub prediction: Option<Prediction>,
    /// The anchored probability of Yes, before any calibration curve: what curves are learned from.
    pub posterior: Option<Probability>,
    /// What the source's calibration curve makes of the posterior; `None` while none is in use.
    #[serde(default)]
    pub calibrated: Option<Probability>,
    /// The outcome worth buying, when a probability exceeds its executable price.
    pub candidate: Option<Candidate>,
    /// The trade that is copied; `None` for every other source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied: Option<CopiedOrder>,
    /// The market's fee model.
    pub fee: FeeModel,
    /// Every gate in order up to the one that stopped it.
    pub trace: Vec<GateRecord>,
    /// The market-level gate that stopped it; `None` when it became a signal for at least one book's own gates.
    pub stopped_at: Option<Gate>,
    /// Each book's plan; empty when a market-level gate stopped it.
    pub plans: Vec<BookPlan>,
}

impl Decision {
    /// The probability of Yes the bot goes by: calibrated where a curve is in use, else the posterior.
    #[must_use]
    pub fn believed(&self) -> Option<Probability> {
        self.calibrated.or(self.posterior)
    }

    /// True when a forecast was made.
    #[must_use]
    pub const fn is_scored(&self) -> bool {
        self.prediction.is_some()
    }

    /// The gate that stopped it, market-level first, else the furthest any book came; `None` when a book takes it.
    #[must_use]
    pub fn final_gate(&self) -> Option<Gate> {
        if self.stopped_at.is_some() {
            return self.stopped_at;
        }
        if self.plans.iter().any(BookPlan::takes) {
            return None;
        }
        self.plans.iter().filter_map(|plan| plan.stopped_at).max()
    }

    /// Name of the final gate, or [`PASSED_ALL`] when a book takes it: what logs and exports call the gate reached.
    #[must_use]
    pub fn gate_name(&self) -> &'static str {
        self.final_gate().map_or(PASSED_ALL, Gate::as_str)
    }

    /// Why it stopped where it did, or which books take it.
    #[must_use]
    pub fn reason(&self) -> String {
        let Some(gate) = self.final_gate() else {
            let takers: Vec<&str> =
                self.plans.iter().filter(|plan| plan.takes()).map(|plan| plan.book.as_str()).collect();
            return format!("taken by {}", takers.join(", "));
        };
        let stopped = |trace: &[GateRecord]| {
            trace.iter().find(|record| record.gate == gate && !record.passed).map(|record| record.reason.clone())
        };
        if let Some(reason) = stopped(&self.trace) {
            return reason;
        }
        let by_book: Vec<String> = self
            .plans
            .iter()
            .filter(|plan| plan.stopped_at == Some(gate))
            .filter_map(|plan| Some(format!("{}: {}", plan.book, stopped(&plan.trace)?)))
            .collect();
        by_book.join("; ")
    }
}

/// State of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalStatus {
    /// Waits for the owner.
    Pending,
    /// The owner approved it (whole or half).
    Approved,
    /// The owner skipped it.
    Skipped,
    /// Nobody decided in time.
    Expired,
    /// Every book that took it is in auto mode.
    Auto,
}

impl SignalStatus {
    /// As stored and exported.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Skipped => "skipped",
            Self::Expired => "expired",
            Self::Auto => "auto",
        }
    }

    /// The inverse of [`SignalStatus::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Approved, Self::Skipped, Self::Expired, Self::Auto]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}
