//! Return on stakes, with an interval: what the bets themselves prove.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bootstrap::interval;

/// With fewer events than this a return is shown without an interval: over a handful of events it would be too narrow.
pub const MIN_RETURN_EVENTS: u64 = 20;

/// One ended bet.
#[derive(Debug, Clone, PartialEq)]
pub struct BetReturn {
    /// The event it belongs to.
    pub cluster: String,
    /// Dollars staked.
    pub stake: f64,
    /// Profit after fees, in dollars.
    pub pnl: f64,
}

/// Return on all stakes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReturnScore {
    /// Bets.
    pub bets: u64,
    /// Events they belong to.
    pub events: u64,
    /// Dollars staked.
    pub staked: f64,
    /// Profit after fees, in dollars.
    pub pnl: f64,
    /// `pnl / staked`.
    pub roi: f64,
    /// 95 % interval of the return, by resampling events; `None` with fewer than two.
    pub roi_ci95: Option<[f64; 2]>,
}

/// Scores bets; `None` when nothing was staked. Bets that are no finite numbers are left out.
#[must_use]
pub fn return_score<'a>(bets: impl IntoIterator<Item = &'a BetReturn>, seed: u64) -> Option<ReturnScore> {
    let mut by_event: BTreeMap<&str, (u64, f64, f64)> = BTreeMap::new();
    for bet in bets {
        if bet.stake.is_finite() && bet.pnl.is_finite() && bet.stake > 0.0 {
            let (n, stake, pnl) = by_event.entry(&bet.cluster).or_default();
            *n += 1;
            *stake += bet.stake;
            *pnl += bet.pnl;
        }
    }
    let events: Vec<(u64, f64, f64)> = by_event.into_values().collect();
    let (staked, pnl) = totals(&mut events.iter());
    let roi_ci95 = interval(&events, seed, |drawn| {
        let (staked, pnl) = totals(drawn);
        pnl / staked
    });
    (staked > 0.0).then(|| ReturnScore {
        bets: events.iter().map(|(n, _, _)| n).sum(),
        events: events.len() as u64,
        staked,
        pnl,
        roi: pnl / staked,
        roi_ci95,
    })
}

/// 95 % interval of a total over events, by resampling them; `None` with fewer than two. The same seed gives the same
/// interval.
#[must_use]
pub fn total_ci95(events: &[f64], seed: u64) -> Option<[f64; 2]> {
    interval(events, seed, |drawn| drawn.sum())
}

fn totals(events: &mut dyn Iterator<Item = &(u64, f64, f64)>) -> (f64, f64) {
    events.fold((0.0, 0.0), |(staked, pnl), (_, stake, profit)| (staked + stake, pnl + profit))
}
