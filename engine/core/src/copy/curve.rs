//! His equity against ours, had we followed him: two lines of one scale.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::dossier::CurvePoint;
use super::follower::{DELAYS, FollowerTrade, follow};
use super::payouts::Payouts;
use super::report::TraderRecord;
use super::results::{Closing, MarketResult, market_results};
use crate::market::ConditionId;

/// A curve keeps at most so many points: more than a picture has columns for two lines tells nothing more.
pub const CURVE_POINTS: usize = 240;

/// The profit realised of both, at the end of each of his markets and each of our copies, oldest first, from 0 on. Last
/// come his return for a dollar spent and the slowest follower's for a dollar staked. Empty when neither has a known end.
///
/// A market that is paid by its resolution ends when it resolved, if that is known.
#[must_use]
pub fn curve(record: &TraderRecord<'_>) -> Vec<CurvePoint> {
    let results = market_results(record.actions, record.payouts);
    let copies = DELAYS
        .last()
        .map(|delay| follow(record.actions, record.payouts, record.tape, record.fee, *delay))
        .unwrap_or_default();
    thin(&line(&results, &copies, record.payouts))
}

fn line(results: &[MarketResult], copies: &[FollowerTrade], payouts: &Payouts) -> Vec<CurvePoint> {
    let closed: Vec<&MarketResult> = results.iter().filter(|result| result.closing == Closing::Closed).collect();
    let ended: BTreeMap<&ConditionId, DateTime<Utc>> =
        closed.iter().map(|result| (&result.condition, result.closed_at)).collect();
    let known: Vec<(&FollowerTrade, f64)> = copies
        .iter()
        .filter_map(|copy| Some((copy, copy.value? / copy.cost - 1.0)))
        .filter(|(_, gain)| gain.is_finite())
        .collect();
    let spent: f64 = closed.iter().map(|result| result.bought).sum();
    #[allow(clippy::cast_precision_loss)] // a count of copies
    let staked = known.len() as f64;
    let mut changes: BTreeMap<DateTime<Utc>, (f64, f64)> = BTreeMap::new();
    for result in &closed {
        changes.entry(result.closed_at).or_default().0 += result.pnl / spent;
    }
    for (copy, gain) in &known {
        let end = || payouts.end_of(&copy.condition).or_else(|| ended.get(&copy.condition).copied());
        let at = copy.left_at.or_else(end).unwrap_or(copy.entered_at);
        changes.entry(at.max(copy.entered_at)).or_default().1 += gain / staked;
    }
    let began = closed.iter().map(|result| result.opened_at).chain(known.iter().map(|(copy, _)| copy.entered_at)).min();
    let mut point = CurvePoint { at: DateTime::UNIX_EPOCH, his: 0.0, ours: 0.0 };
    let mut points: Vec<CurvePoint> = began.map(|at| CurvePoint { at, ..point }).into_iter().collect();
    for (at, (his, ours)) in changes {
        point = CurvePoint { at, his: point.his + his, ours: point.ours + ours };
        points.push(point);
    }
    points
}

/// At most [`CURVE_POINTS`] of the points, evenly by number, the first and the last among them.
fn thin(points: &[CurvePoint]) -> Vec<CurvePoint> {
    let count = points.len();
    if count <= CURVE_POINTS {
        return points.to_vec();
    }
    (0..CURVE_POINTS).filter_map(|n| points.get(n * (count - 1) / (CURVE_POINTS - 1)).copied()).collect()
}

#[cfg(test)]
#[path = "curve_tests.rs"]
mod tests;
