//! Bets by where they were made, and what they promised against what came of it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::backtest::record::Bet;

/// Bands of the edge expected at the decision: lower bounds.
const EDGE_BANDS: [f64; 6] = [0.0, 0.06, 0.08, 0.10, 0.15, 0.20];
/// Horizons by days to the published end: name, and the days it reaches up to.
const HORIZONS: [(&str, f64); 4] = [("0-1d", 1.0), ("1-3d", 3.0), ("3-7d", 7.0), ("over 7d", f64::INFINITY)];
/// Name of the part without a published end.
const NO_HORIZON: &str = "unknown";

/// Ended bets of one kind.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Slice {
    /// Bets.
    pub bets: u64,
    /// Dollars staked.
    pub staked: f64,
    /// Profit after fees, in dollars.
    pub pnl: f64,
}

/// Ended bets by the edge they promised.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EdgeBin {
    /// Lower bound of the edge.
    pub from: f64,
    /// Bets.
    pub bets: u64,
    /// Mean edge promised, dollars a share.
    pub expected: f64,
    /// Mean profit of a share after fees.
    pub realised: f64,
}

/// Ended bets by a name.
pub(super) fn slices<'a>(bets: &[&'a Bet], name: impl Fn(&'a Bet) -> String) -> BTreeMap<String, Slice> {
    let mut slices: BTreeMap<String, Slice> = BTreeMap::new();
    for bet in bets {
        let slice = slices.entry(name(bet)).or_default();
        slice.bets += 1;
        slice.staked += bet.stake.to_f64();
        slice.pnl += bet.pnl.to_f64();
    }
    slices
}

/// The horizon of a bet.
pub(super) fn horizon(bet: &Bet) -> &'static str {
    let days = bet.days_to_end.filter(|days| *days >= 0.0);
    let found = days.and_then(|days| HORIZONS.iter().find(|(_, up_to)| days <= *up_to));
    found.map_or(NO_HORIZON, |(name, _)| *name)
}

/// Promised against realised edge, by bands; empty bands are left out.
pub(super) fn edge_bins(bets: &[&Bet]) -> Vec<EdgeBin> {
    let upper = EDGE_BANDS.iter().skip(1).copied().chain([f64::INFINITY]);
    let band = |(from, to): (f64, f64)| {
        let inside: Vec<&&Bet> = bets.iter().filter(|bet| (from..to).contains(&bet.edge)).collect();
        let n = inside.len() as f64;
        let expected = inside.iter().map(|bet| bet.edge).sum::<f64>() / n;
        let realised = inside.iter().map(|bet| bet.pnl.to_f64() / bet.shares.to_f64()).sum::<f64>() / n;
        (n > 0.0).then_some(EdgeBin { from, bets: inside.len() as u64, expected, realised })
    };
    EDGE_BANDS.iter().copied().zip(upper).filter_map(band).collect()
}
