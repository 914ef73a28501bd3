//! A market of the past in two halves: what was known while it traded, and how it ended.

use chrono::{DateTime, Utc};

use crate::features::QuestionFeatures;
use crate::fee::FeeModel;
use crate::gate::Gate;
use crate::market::Market;
use crate::pipeline::{GateSettings, screen};
use crate::prediction::SignalSource;
use crate::settlement::Payouts;

/// A market as a backtest is given it.
#[derive(Debug, Clone)]
pub struct BacktestMarket {
    /// As it was listed, without prices; its group is the event it stands and falls with.
    pub listed: Market,
    /// How it ended.
    pub fate: Fate,
}

/// How a market ended. Kept from everything that decides until its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fate {
    /// From then on (unix seconds) nobody trades it; `None` while it trades to the end of the record.
    pub over_at: Option<u32>,
    /// When its payouts were known, and what they are; `None` when nobody recorded it.
    pub resolved: Option<(u32, Payouts)>,
}

/// What is known of a market from the moment it is listed: nothing of it changes later.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The listing without prices.
    pub listed: Market,
    /// The features of its question.
    pub text: QuestionFeatures,
    /// Number of its event among those of the run.
    pub event: u32,
    /// What the gates ask again at every scan.
    pub card: Card,
}

/// The part of a listing that the gates ask again at every scan, small enough to lie in fast memory for all markets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Card {
    /// How takers are charged.
    pub(super) fee: FeeModel,
    /// The gate that the listing never passes, whatever time and price.
    pub(super) stop: Option<Gate>,
    /// The published end, unix milliseconds.
    pub(super) end_ms: Option<i64>,
}

impl Facts {
    /// Reads what a listing says once and for all.
    #[must_use]
    pub fn new(listed: Market, event: u32, source: SignalSource, gates: &GateSettings) -> Self {
        let text = QuestionFeatures::new(&listed.question, listed.category.as_deref(), &listed.tags);
        let fee = FeeModel { rule: listed.fee, fallback_micros: gates.fee_fallback_micros };
        let end_ms = listed.end_at.map(|end| end.timestamp_millis());
        // Asked with a moment and a price that pass: what stops it then always will.
        let open = Market { end_at: Some(DateTime::UNIX_EPOCH), yes_price_hint: None, ..listed.clone() };
        let limits = GateSettings { max_days_to_expiry: f64::MAX, ..gates.clone() };
        let before = DateTime::<Utc>::from_timestamp(-1, 0).unwrap_or_default();
        let stop = screen(&open, source, before, &limits).err().and_then(|decision| decision.stopped_at);
        Self { listed, text, event, card: Card { fee, stop, end_ms } }
    }
}
