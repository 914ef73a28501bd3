//! One strategy gone over a window by the functions the live bot bets with.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::window::{Seen, Window};
use crate::backtest::desk::Hope;
use crate::backtest::metrics::drawdown;
use crate::backtest::{BacktestSettings, Bet, Desk};
use crate::market::{ConditionId, Outcome};
use crate::money::Usd;
use crate::pipeline::{Evidence, GateSettings};
use crate::position::PositionStatus;
use crate::scoring::{BetReturn, MIN_RETURN_EVENTS, ReturnScore, return_score};
use crate::settlement::Payouts;
use crate::strategy::StrategyProfile;
use crate::time::days_between;

/// What a strategy begins with and is bound by.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// Limits of the gates; only slippage and caps count here.
    pub gates: GateSettings,
    /// Dollars at the start of the window.
    pub bankroll: Usd,
}

/// Last midpoints of Yes of markets that have not resolved, by condition.
pub type Marks = BTreeMap<ConditionId, f64>;

/// What a strategy would have come to over a window. Every bet is placed at once: nobody is there to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// Distinct markets that met its edge and confidence at least once.
    pub signals: u32,
    /// Bets placed, the open ones too.
    pub bets: u32,
    /// Of these, bets still open at the end.
    pub open: u32,
    /// Dollars staked on all bets, fees apart.
    pub staked: Usd,
    /// Profit of ended bets after fees.
    pub settled_pnl: Usd,
    /// Profit of open bets at the last midpoints, after fees; at cost where there is none.
    pub open_pnl: Usd,
    /// Deepest fall of cash and positions at cost from their height, as a share of it, 0–1.
    pub drawdown: f64,
    /// Events of ended bets.
    pub events: u32,
    /// Return of ended bets, its interval by resampling events; `None` without any, no interval below
    /// [`MIN_RETURN_EVENTS`].
    pub returns: Option<ReturnScore>,
}

/// A strategy's course over a window.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    /// What it comes to.
    pub figures: Figures,
    /// Cash and positions at cost after each change, oldest first, from the start of the window on; the last value counts
    /// open bets at the last midpoints.
    pub equity: Vec<(DateTime<Utc>, f64)>,
    /// Profit of ended bets by event, in dollars.
    pub(super) by_event: BTreeMap<u32, f64>,
}

/// Goes over a window with one strategy. The same seed gives the same interval.
#[must_use]
pub fn simulate(window: &Window, profile: &StrategyProfile, terms: &Terms, marks: &Marks, seed: u64) -> Simulation {
    let settings = BacktestSettings::new(terms.gates.clone(), vec![profile.clone()], terms.bankroll);
    let start = window.since().unwrap_or(window.until);
    let mut run = Run {
        profile,
        gates: &terms.gates,
        desk: Desk::new(&settings, start),
        met: vec![false; window.markets.len()],
        equity: vec![(start, terms.bankroll.to_f64())],
    };
    let mut resolutions = window.resolutions.iter().peekable();
    for (at, candidates) in &window.scans {
        while let Some(known) = resolutions.next_if(|known| known.at <= *at) {
            run.settle(&known.condition_id, known.payouts, known.at);
        }
        for seen in candidates {
            run.take(seen, *at);
        }
    }
    for known in resolutions {
        run.settle(&known.condition_id, known.payouts, known.at);
    }
    run.finish(window, terms, marks, seed)
}

struct Run<'a> {
    profile: &'a StrategyProfile,
    gates: &'a GateSettings,
    desk: Desk,
    met: Vec<bool>,
    equity: Vec<(DateTime<Utc>, f64)>,
}

impl Run<'_> {
    fn take(&mut self, seen: &Seen, at: DateTime<Utc>) {
        let candidate = &seen.candidate;
        let meets = candidate.edge() >= self.profile.min_edge && candidate.confidence >= self.profile.min_confidence;
        if meets {
            self.meet(seen.market);
        }
        let hope = Hope {
            win: candidate.win_probability.get(),
            cost: candidate.cost,
            confidence: candidate.confidence,
            days: candidate.end_at().map_or(f64::NAN, |end| days_between(at, end)),
        };
        // Most candidates are the ones of the scan before: told apart by arithmetic, they cost next to nothing.
        if self.desk.hopeless(Some(&candidate.group_id), &hope, at).is_some() {
            return;
        }
        let Some(mut decision) = candidate.decision(at, self.gates) else { return };
        let (market, book) = (candidate.market(), candidate.own_book(at));
        let own = |outcome| (candidate.outcome == outcome).then_some(&book);
        let evidence = Evidence {
            market: &market,
            yes_book: own(Outcome::Yes),
            no_book: own(Outcome::No),
            source: candidate.source,
            model_version: None,
            prediction: decision.prediction.clone(),
            curves: None,
            only: Some(candidate.outcome),
            copied: None,
            at,
        };
        if self.desk.raise(&mut decision, &evidence, (seen.market, seen.event), self.gates) > 0 {
            self.meet(seen.market);
            self.note(at);
        }
    }

    fn meet(&mut self, market: u32) {
        if let Some(met) = self.met.get_mut(market as usize) {
            *met = true;
        }
    }

    fn settle(&mut self, condition: &ConditionId, payouts: Payouts, at: DateTime<Utc>) {
        self.desk.settle(condition, payouts, at);
        self.note(at);
    }

    /// Keeps the equity when it changed.
    fn note(&mut self, at: DateTime<Utc>) {
        let equity = self.worth(&|_| None);
        if self.equity.last().is_none_or(|(_, last)| *last != equity) {
            self.equity.push((at, equity));
        }
    }

    fn worth(&self, mark: &dyn Fn(u32) -> Option<f64>) -> f64 {
        self.desk.equity(mark).iter().map(|(equity, _)| equity).sum()
    }

    fn finish(mut self, window: &Window, terms: &Terms, marks: &Marks, seed: u64) -> Simulation {
        let mark = |market: u32| marks.get(window.markets.get(market as usize)?).copied();
        let at_mark = self.worth(&mark);
        let values: Vec<f64> = self.equity.iter().map(|(_, equity)| *equity).collect();
        let (drawdown, _) = drawdown(terms.bankroll.to_f64(), &values);
        self.equity.push((window.until, at_mark));
        let bets = self.desk.into_bets();
        let ended = |bet: &&Bet| bet.status != PositionStatus::Open;
        let settled_pnl: Usd = bets.iter().filter(ended).map(|bet| bet.pnl).sum();
        let mut by_event: BTreeMap<u32, f64> = BTreeMap::new();
        for bet in bets.iter().filter(ended) {
            *by_event.entry(bet.event).or_default() += bet.pnl.to_f64();
        }
        let returns: Vec<BetReturn> = bets.iter().filter(ended).map(returned).collect();
        let returns = return_score(&returns, seed).map(|score| ReturnScore {
            roi_ci95: score.roi_ci95.filter(|_| score.events >= MIN_RETURN_EVENTS),
            ..score
        });
        let total = Usd::from_f64(at_mark).unwrap_or(terms.bankroll) - terms.bankroll;
        let figures = Figures {
            signals: count(self.met.iter().filter(|met| **met).count()),
            bets: count(bets.len()),
            open: count(bets.iter().filter(|bet| !ended(bet)).count()),
            staked: bets.iter().map(|bet| bet.stake).sum(),
            settled_pnl,
            open_pnl: total - settled_pnl,
            drawdown,
            events: count(by_event.len()),
            returns,
        };
        Simulation { figures, equity: self.equity, by_event }
    }
}

impl Figures {
    /// Profit of all bets after fees, open ones at the last midpoints.
    #[must_use]
    pub fn pnl(&self) -> Usd {
        self.settled_pnl + self.open_pnl
    }
}

fn returned(bet: &Bet) -> BetReturn {
    BetReturn { cluster: format!("{:010}", bet.event), stake: bet.stake.to_f64(), pnl: bet.pnl.to_f64() }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
