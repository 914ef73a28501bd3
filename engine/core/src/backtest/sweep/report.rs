//! What all tries come to.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::axis::Axis;
use super::grid::Grid;
use super::guard::{Best, Guard, guard};
use super::map::{HeatMap, map};
use super::tried::{Ended, Tried, daily, deepest_fall, returns, sharpe};
use super::walk::{WalkForward, choose, walk};
use super::windows::{TooLittle, Window};
use crate::scoring::ReturnScore;

/// What the figures are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// All bets: nothing was trained.
    All,
    /// Bets on events the model cannot have learned from.
    Unseen {
        /// Bets that were left out, over all tries.
        left_out: u64,
    },
    /// Bets on events the model may have learned from, since there are no others: no result.
    TrainedOn,
}

/// One threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AxisReport {
    /// Which.
    pub axis: Axis,
    /// What was tried.
    pub values: Vec<f64>,
    /// What is in use.
    pub in_use: f64,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TryReport {
    /// A value an axis.
    pub values: Vec<f64>,
    /// Place of the first try that made the very same bets, when that is another.
    pub same_as: Option<usize>,
    /// Ended bets.
    pub bets: u64,
    /// Events they belong to.
    pub events: u64,
    /// Bets open at the end of the record.
    pub open: u64,
    /// Bets with a profit after fees.
    pub wins: u64,
    /// Dollars staked.
    pub staked: f64,
    /// Profit after fees, in dollars.
    pub pnl: f64,
    /// `pnl / staked`; `None` without bets.
    pub roi: Option<f64>,
    /// Mean profit of an event over its standard error: what is chosen by.
    pub ratio: f64,
    /// Mean daily profit over its standard deviation, not annualised; `None` when nothing was won or lost.
    pub sharpe: Option<f64>,
    /// Deepest fall of bankroll and profits from their highest, 0–1.
    pub max_drawdown: f64,
}

/// A sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepReport {
    /// What was varied.
    pub axes: Vec<AxisReport>,
    /// The tries; the first is what is in use.
    pub tries: Vec<TryReport>,
    /// Place of the try with the highest ratio; that of the settings in use when no try bet.
    pub best: usize,
    /// Return of the best on all bets it was chosen by: no result.
    pub of_best: Option<ReturnScore>,
    /// Return of the settings in use on the same.
    pub of_in_use: Option<ReturnScore>,
    /// What the figures are of.
    pub basis: Basis,
    /// Walk-forward; `None` when there is too little.
    pub walk_forward: Option<WalkForward>,
    /// Why there is none.
    pub too_little: Option<TooLittle>,
    /// The guard.
    pub guard: Guard,
    /// Two thresholds against each other; `None` when none has two values.
    pub map: Option<HeatMap>,
}

/// What a report is made of.
pub struct SweepTask<'a> {
    /// What was tried.
    pub grid: &'a Grid,
    /// What came of it, the settings in use first.
    pub tried: Vec<Tried>,
    /// What came of it when every stretch of the windows begins with the bankroll anew; the tries in the same order.
    pub anew: Vec<Tried>,
    /// The windows, or why there are none.
    pub windows: Result<Vec<Window>, TooLittle>,
    /// First and last scan, unix seconds.
    pub span: (u32, u32),
    /// Dollars each try began with.
    pub bankroll: f64,
    /// Events the model may have learned from; `None` when nothing was trained.
    pub trained_on: Option<&'a dyn Fn(u32) -> bool>,
    /// The axes of the heat map; `None` for those that matter most.
    pub map: Option<(Axis, Axis)>,
    /// Whether the tries were drawn from the grid.
    pub drawn: bool,
    /// Seed of the intervals and tests.
    pub seed: u64,
}

/// What the tries of a task come to. The same task gives the same report.
#[must_use]
pub fn report(task: SweepTask<'_>) -> SweepReport {
    let SweepTask { grid, mut tried, mut anew, windows, span, bankroll, trained_on, map: asked, drawn, seed } = task;
    let basis = trained_on.map_or(Basis::All, |seen| {
        keep_unseen(&mut anew, seen);
        keep_unseen(&mut tried, seen)
    });
    let last = tried.iter().flat_map(|own| &own.ended).map(|bet| bet.closed_at).fold(span.1, u32::max);
    let days: Vec<Vec<f64>> = tried.iter().map(|own| daily(&own.ended, (span.0, last), bankroll)).collect();
    let (chosen, panel) = choose(tried.iter().map(|own| own.ended.iter().collect::<Vec<&Ended>>()));
    let best = chosen.unwrap_or(0);
    let all = tried.iter().zip(&days).zip(panel.ratios().into_iter().zip(same(&tried)));
    let tries: Vec<TryReport> = all.map(|((own, days), (ratio, same_as))| one(own, days, ratio, same_as)).collect();
    let best_try = Best {
        events: tries.get(best).map_or(0, |one| one.events),
        pnl: tries.get(best).map_or(0.0, |one| one.pnl),
        daily: days.get(best).map(Vec::as_slice).unwrap_or_default(),
    };
    let of = |place: usize| tried.get(place).and_then(|own| returns(&own.ended, seed));
    let (walk_forward, too_little) = match windows {
        Ok(windows) => (Some(walk(&anew, &windows, seed)), None),
        Err(too_little) => (None, Some(too_little)),
    };
    let now = tried.first().map(|own| own.values.clone()).unwrap_or_default();
    let axis =
        |((axis, values), in_use): (&(Axis, Vec<f64>), f64)| AxisReport { axis: *axis, values: values.clone(), in_use };
    SweepReport {
        axes: grid.axes().iter().zip(now).map(axis).collect(),
        best,
        of_best: of(best),
        of_in_use: of(0),
        basis,
        walk_forward,
        too_little,
        guard: guard(&panel, &best_try, &tries, basis == Basis::TrainedOn, seed),
        map: map(grid, &tries, best, asked, drawn),
        tries,
    }
}

/// Leaves out bets on events a model may have learned from, unless there are no others.
fn keep_unseen(tried: &mut [Tried], seen: &dyn Fn(u32) -> bool) -> Basis {
    let bets = || tried.iter().flat_map(|own| &own.ended);
    let left_out = bets().filter(|bet| seen(bet.event)).count() as u64;
    if left_out > 0 && left_out == bets().count() as u64 {
        return Basis::TrainedOn;
    }
    tried.iter_mut().for_each(|own| own.ended.retain(|bet| !seen(bet.event)));
    Basis::Unseen { left_out }
}

/// For each try the first one with the same bets, when that is another.
fn same(tried: &[Tried]) -> Vec<Option<usize>> {
    let mut firsts: BTreeMap<(usize, u64), Vec<usize>> = BTreeMap::new();
    let mut place_of = |(place, own): (usize, &Tried)| {
        let pnl = own.ended.iter().fold(0.0, |sum, bet| sum + bet.pnl);
        let alike = firsts.entry((own.ended.len(), f64::to_bits(pnl))).or_default();
        let is_same =
            |first: &&usize| tried.get(**first).is_some_and(|first| first.ended == own.ended && first.open == own.open);
        let first = alike.iter().find(is_same).copied();
        if first.is_none() {
            alike.push(place);
        }
        first
    };
    tried.iter().enumerate().map(&mut place_of).collect()
}

fn one(own: &Tried, days: &[f64], ratio: f64, same_as: Option<usize>) -> TryReport {
    let sum = |value: fn(&Ended) -> f64| own.ended.iter().fold(0.0, |sum, bet| sum + value(bet));
    let (staked, pnl) = (sum(|bet| bet.stake), sum(|bet| bet.pnl));
    let events: BTreeSet<u32> = own.ended.iter().map(|bet| bet.event).collect();
    TryReport {
        values: own.values.clone(),
        same_as,
        bets: own.ended.len() as u64,
        events: events.len() as u64,
        open: own.open,
        wins: own.ended.iter().filter(|bet| bet.pnl > 0.0).count() as u64,
        staked,
        pnl,
        roi: (staked > 0.0).then(|| pnl / staked),
        ratio,
        sharpe: sharpe(days),
        max_drawdown: deepest_fall(days),
    }
}
