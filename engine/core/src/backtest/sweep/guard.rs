//! The guard against over-fitting: is the best of so many tries better than luck makes the best of so many?

use serde::Serialize;

use super::report::TryReport;
use crate::scoring::{DeflatedSharpe, MIN_EVENTS, Panel, RealityCheck, deflated_sharpe, reality_check};

/// P-values up to this count as more than luck.
pub const PROVEN_BELOW: f64 = 0.05;
/// Probabilities from this on count as a Sharpe ratio above 0.
pub const TRUSTED_FROM: f64 = 0.95;

/// What may be said about the best try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardVerdict {
    /// No try bet on anything that ended.
    NoBets,
    /// The model may have learned from these events: no result.
    TrainedOn,
    /// The best try bet on fewer events than any verdict of this program asks for.
    TooFewEvents,
    /// Not even the best try has a profit.
    NoProfit,
    /// Luck alone would give the best of so many tries as much.
    Luck,
    /// Both tests say that it is more than that.
    BeyondLuck,
}

/// Both tests and what they come to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Guard {
    /// Tries.
    pub tries: u64,
    /// Events the best try bet on.
    pub events: u64,
    /// Its daily profits against the best that luck gives so many tries.
    pub deflated_sharpe: Option<DeflatedSharpe>,
    /// All tries against not betting, event by event.
    pub against_nothing: Option<RealityCheck>,
    /// All tries against the settings in use, event by event; `None` when these never bet.
    pub against_in_use: Option<RealityCheck>,
    /// What follows.
    pub verdict: GuardVerdict,
}

/// The best try as the guard sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Best<'a> {
    /// Events it bet on.
    pub(super) events: u64,
    /// Its profit, in dollars.
    pub(super) pnl: f64,
    /// Its profit a day.
    pub(super) daily: &'a [f64],
}

/// Judges the best of some tries, the first of which is what is in use.
pub(super) fn guard(panel: &Panel, best: &Best<'_>, tries: &[TryReport], trained_on: bool, seed: u64) -> Guard {
    let sharpes: Vec<f64> = tries.iter().filter_map(|one| one.sharpe).collect();
    let in_use_bets = tries.first().map_or(0, |one| one.bets);
    let deflated_sharpe = deflated_sharpe(best.daily, &sharpes);
    let against_nothing = reality_check(panel, seed);
    let against_in_use = panel.against(0).filter(|_| in_use_bets > 0).and_then(|panel| reality_check(&panel, seed));
    let beyond = against_nothing.is_some_and(|check| check.p_value <= PROVEN_BELOW)
        && deflated_sharpe.is_some_and(|deflated| deflated.probability >= TRUSTED_FROM);
    let verdict = match (best.events, beyond) {
        (0, _) => GuardVerdict::NoBets,
        _ if trained_on => GuardVerdict::TrainedOn,
        _ if best.pnl <= 0.0 => GuardVerdict::NoProfit,
        (events, _) if events < MIN_EVENTS => GuardVerdict::TooFewEvents,
        (_, true) => GuardVerdict::BeyondLuck,
        (_, false) => GuardVerdict::Luck,
    };
    Guard { tries: tries.len() as u64, events: best.events, deflated_sharpe, against_nothing, against_in_use, verdict }
}
