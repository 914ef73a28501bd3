//! A decision that reached the books' own gates, in the least room: all that those gates, the stake and the fill go by.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::book::{Level, OrderBook};
use crate::fee::FeeModel;
use crate::gate::{Gate, GateRecord};
use crate::kelly::kelly_fraction;
use crate::market::{ConditionId, Market, MarketGroupId, MarketId, Outcome, OutcomeToken, Protocol};
use crate::money::{Price, Shares};
use crate::pipeline::{GateSettings, limit_price};
use crate::prediction::{Prediction, SignalSource};
use crate::probability::Probability;
use crate::signal::{Candidate, Decision};

/// A scan with the candidates that reached the books, in the order they were taken to them.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedScan {
    /// When it judged.
    pub at: DateTime<Utc>,
    /// Its candidates, best first.
    pub candidates: Vec<LoggedCandidate>,
}

/// A level of a book in millionths: price, shares.
type LevelMicros = (i64, i64);

/// One candidate. Names are short in the stored form, since a month holds tens of thousands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoggedCandidate {
    /// Who forecast.
    #[serde(rename = "s")]
    pub source: SignalSource,
    /// The condition.
    #[serde(rename = "c")]
    pub condition_id: ConditionId,
    /// The market's cluster.
    #[serde(rename = "g")]
    pub group_id: MarketGroupId,
    /// Category, for the caps.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Published end, unix milliseconds.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub end_ms: Option<i64>,
    /// The outcome worth buying.
    #[serde(rename = "o")]
    pub outcome: Outcome,
    /// Probability that it wins.
    #[serde(rename = "w")]
    pub win_probability: Probability,
    /// Confidence of the forecast.
    #[serde(rename = "f")]
    pub confidence: f64,
    /// Volume-weighted ask for the reference stake, before fees, dollars a share.
    #[serde(rename = "v")]
    pub ask_vwap: f64,
    /// The same with the fee.
    #[serde(rename = "x")]
    pub cost: f64,
    /// Best bid of the outcome's own book.
    #[serde(rename = "b")]
    best_bid: LevelMicros,
    /// Its asks as far as an order can reach, best first.
    #[serde(rename = "a")]
    asks: Vec<LevelMicros>,
    /// How its market charges.
    #[serde(rename = "m")]
    pub fee: FeeModel,
}

impl LoggedCandidate {
    /// Of a decision and the sound book of its outcome. `None` unless the decision passed every gate of the market and the
    /// cycle: nothing else reaches the books, whatever their thresholds.
    #[must_use]
    pub fn of(decision: &Decision, own_book: &OrderBook, gates: &GateSettings) -> Option<Self> {
        let reached = decision.stopped_at.is_none_or(|gate| gate >= Gate::Duplicate);
        let candidate = decision.candidate.as_ref().filter(|_| reached && decision.copied.is_none())?;
        let limit = limit_price(candidate.best_ask, gates);
        let micros = |level: &Level| (level.price.micros(), level.shares.micros());
        Some(Self {
            source: decision.source,
            condition_id: decision.condition_id.clone(),
            group_id: decision.group_id.clone(),
            category: decision.category.clone(),
            end_ms: decision.end_at.map(|end| end.timestamp_millis()),
            outcome: candidate.outcome,
            win_probability: candidate.win_probability,
            confidence: decision.prediction.as_ref()?.confidence,
            ask_vwap: candidate.ask_vwap,
            cost: candidate.cost,
            best_bid: own_book.bids.first().map(micros)?,
            asks: own_book.asks.iter().take_while(|level| level.price <= limit).map(micros).collect(),
            fee: decision.fee,
        })
    }

    /// Edge after fees at the reference stake.
    #[must_use]
    pub fn edge(&self) -> f64 {
        self.win_probability.get() - self.cost
    }

    /// Published end.
    #[must_use]
    pub fn end_at(&self) -> Option<DateTime<Utc>> {
        self.end_ms.and_then(DateTime::from_timestamp_millis)
    }

    /// The outcome's own book as far as it was kept.
    #[must_use]
    pub fn own_book(&self, at: DateTime<Utc>) -> OrderBook {
        let level = |(price, shares): &LevelMicros| Level {
            price: Price::from_micros(*price),
            shares: Shares::from_micros(*shares),
        };
        let (bids, asks) = (vec![level(&self.best_bid)], self.asks.iter().map(level).collect());
        OrderBook { token: self.token(), bids, asks, at, hash: None }
    }

    /// The decision as far as it was kept, with the gates it had passed, ready to be planned again. `None` when no ask was
    /// kept.
    #[must_use]
    pub fn decision(&self, at: DateTime<Utc>, gates: &GateSettings) -> Option<Decision> {
        let book = self.own_book(at);
        let best_ask = book.best_ask()?;
        let own_mid = book.midpoint()?;
        let (yes, mid) = match self.outcome {
            Outcome::Yes => (self.win_probability, own_mid),
            Outcome::No => (self.win_probability.complement(), 1.0 - own_mid),
        };
        let passed = |gate| GateRecord { gate, passed: true, measured: None, limit: None, reason: String::new() };
        let due = |gate: &Gate| *gate < Gate::Duplicate && !gate.is_for_copies();
        Some(Decision {
            at,
            source: self.source,
            model_version: None,
            market_id: self.market_id(),
            condition_id: self.condition_id.clone(),
            group_id: self.group_id.clone(),
            question: String::new(),
            path: String::new(),
            category: self.category.clone(),
            end_at: self.end_at(),
            yes_bid: None,
            yes_ask: None,
            mid: Some(mid),
            prediction: Some(Prediction { probability: yes, learners: Vec::new(), confidence: self.confidence }),
            posterior: Some(yes),
            calibrated: None,
            candidate: Some(Candidate {
                outcome: self.outcome,
                token: book.token.clone(),
                outcome_label: self.outcome.as_str().to_owned(),
                win_probability: self.win_probability,
                best_ask,
                ask_vwap: self.ask_vwap,
                cost: self.cost,
                edge: self.edge(),
                effective_edge: self.edge() * self.confidence,
                kelly: kelly_fraction(self.win_probability.get(), self.cost),
                depth: book.ask_depth(limit_price(best_ask, gates)),
            }),
            copied: None,
            fee: self.fee,
            trace: Gate::ALL.into_iter().filter(due).map(passed).collect(),
            stopped_at: None,
            plans: Vec::new(),
        })
    }

    /// The listing as far as it was kept: what was left out is unknown.
    #[must_use]
    pub fn market(&self) -> Market {
        Market {
            id: self.market_id(),
            condition_id: self.condition_id.clone(),
            question: String::new(),
            slug: String::new(),
            group_slug: None,
            group_id: Some(self.group_id.clone()),
            group_title: None,
            category: self.category.clone(),
            tags: Vec::new(),
            outcome_labels: Vec::new(),
            tokens: Vec::new(),
            yes_price_hint: None,
            best_bid_hint: None,
            best_ask_hint: None,
            volume: None,
            created_at: None,
            end_at: self.end_at(),
            protocol: Protocol::V1,
            active: true,
            closed: false,
            accepting_orders: true,
            order_book_enabled: true,
            neg_risk: false,
            tick_size: None,
            fee: self.fee.rule,
            resolution_status: None,
        }
    }

    /// The numbers of market and token are not kept: the condition and the outcome name both.
    fn market_id(&self) -> MarketId {
        MarketId::new(self.condition_id.as_str())
    }

    fn token(&self) -> OutcomeToken {
        OutcomeToken::new(format!("{}:{}", self.condition_id, self.outcome))
    }
}
