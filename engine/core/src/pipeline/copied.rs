//! What a copied trade is asked beyond what every bet is asked: is it fresh, is its price still there.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::screen::{blank_decision, screen};
use super::settings::GateSettings;
use super::{checked, record};
use crate::gate::{Gate, GateRecord};
use crate::market::Market;
use crate::money::Price;
use crate::prediction::SignalSource;
use crate::signal::{Candidate, Decision};

/// A trade older than this is not copied.
pub const MAX_STALENESS_SECONDS: i64 = 300;
/// Most dollars a share between the executable ask and the trader's price, in either direction: when it rose, his edge is
/// spent; when it fell, somebody knows better.
pub const MAX_DRIFT: Price = Price::from_micros(50_000);

/// The trade that is copied.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CopiedTrade {
    /// What the trader paid for a share, before fees.
    pub price: Price,
    /// When he traded.
    pub traded_at: DateTime<Utc>,
    /// Share of our bankroll to stake, 0–1, when sized by the trader's own conviction. The gates that ask an edge or a
    /// Kelly fraction do not apply then. `None` when sized by Kelly.
    pub conviction: Option<f64>,
}

/// [`screen`] for a copied trade: asks first whether it is fresh.
///
/// # Errors
/// The rejected market as a decision, with the gate that stopped it.
pub fn screen_copied(
    market: &Market,
    copied: &CopiedTrade,
    now: DateTime<Utc>,
    settings: &GateSettings,
) -> Result<Vec<GateRecord>, Box<Decision>> {
    let fresh = staleness(copied, now);
    let source = SignalSource::CopyTrade;
    if !fresh.passed {
        return Err(Box::new(blank_decision(market, source, now, settings, vec![fresh], Some(Gate::Staleness))));
    }
    match screen(market, source, now, settings) {
        Ok(mut trace) => {
            trace.insert(0, fresh);
            Ok(trace)
        }
        Err(mut rejected) => {
            rejected.trace.insert(0, fresh);
            Err(rejected)
        }
    }
}

#[allow(clippy::cast_precision_loss)] // seconds
fn staleness(copied: &CopiedTrade, now: DateTime<Utc>) -> GateRecord {
    let age = (now - copied.traded_at).num_seconds();
    let passed = age <= MAX_STALENESS_SECONDS;
    let relation = if passed { "within" } else { "beyond" };
    let reason = format!("traded {age} s ago, {relation} {MAX_STALENESS_SECONDS} s");
    record(Gate::Staleness, passed, Some(age as f64), Some(MAX_STALENESS_SECONDS as f64), reason)
}

/// The ask as it can be bought at now against the trader's price; both in millionths, so that five cents are five cents.
pub(super) fn drift(copied: &CopiedTrade, candidate: Option<&Candidate>) -> GateRecord {
    let Some(ask) = candidate.and_then(|candidate| Price::from_f64(candidate.ask_vwap)) else {
        return checked(Gate::Drift, false, "no outcome to buy");
    };
    let moved = ask - copied.price;
    let distance = Price::from_micros(moved.micros().abs());
    let passed = distance <= MAX_DRIFT;
    let direction = if moved < Price::ZERO { "below" } else { "above" };
    let relation = if passed { "within" } else { "beyond" };
    let reason = format!(
        "ask {ask} is {:.1} ¢ {direction} the trader's {}, {relation} {:.0} ¢",
        distance.to_f64() * 100.0,
        copied.price,
        MAX_DRIFT.to_f64() * 100.0
    );
    record(Gate::Drift, passed, Some(distance.to_f64()), Some(MAX_DRIFT.to_f64()), reason)
}

/// The record of a gate that asks an edge, when the stake goes by the trader's conviction.
pub(super) fn not_by_edge(gate: Gate) -> GateRecord {
    checked(gate, true, "not asked: sized by the trader's conviction")
}
