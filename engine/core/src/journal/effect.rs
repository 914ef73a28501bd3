//! What became of a market, in numbers.

use serde::{Deserialize, Serialize};

use crate::gate::Gate;
use crate::market::Outcome;
use crate::money::Usd;
use crate::signal::Decision;

/// What a scan made of a market. Of a market stopped on its listing that is the gate alone: its numbers follow from listing
/// and time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Effect {
    /// The market's gate that stopped it; `None` when it went on to the books.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<Gate>,
    /// The anchored probability of Yes.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub posterior: Option<f64>,
    /// What the calibration curve made of it.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub calibrated: Option<f64>,
    /// The outcome worth buying.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub buys: Option<Buys>,
}

/// The outcome worth buying, at the reference stake. Edge and Kelly fraction follow from its cost and the probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Buys {
    /// Which.
    #[serde(rename = "o")]
    pub outcome: Outcome,
    /// Dollars a share, fee in.
    #[serde(rename = "c")]
    pub cost: f64,
    /// Dollars to be had within the slippage.
    #[serde(rename = "d")]
    pub depth: Usd,
}

impl Effect {
    /// The effect a decision stands for.
    #[must_use]
    pub fn of(decision: &Decision) -> Self {
        Self {
            stopped_at: decision.stopped_at,
            posterior: decision.posterior.map(f64::from),
            calibrated: decision.calibrated.map(f64::from),
            buys: decision.candidate.as_ref().map(|candidate| Buys {
                outcome: candidate.outcome,
                cost: candidate.cost,
                depth: candidate.depth,
            }),
        }
    }
}
