//! What came of a try, in as little room as a report needs.

use std::collections::BTreeMap;

use crate::backtest::metrics::drawdown;
use crate::backtest::record::Record;
use crate::copy::statistics::moments;
use crate::scoring::{BetReturn, ReturnScore, return_score};

const DAY_S: u32 = 86_400;

/// A bet that ended: 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ended {
    /// When it was placed, unix seconds.
    pub opened_at: u32,
    /// When it was sold or paid, unix seconds.
    pub closed_at: u32,
    /// Number of its event, the same in all tries.
    pub event: u32,
    /// Dollars staked.
    pub stake: f64,
    /// Profit after fees, in dollars.
    pub pnl: f64,
}

/// One try.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// A value an axis.
    pub values: Vec<f64>,
    /// Its bets that ended, in the order they were placed.
    pub ended: Vec<Ended>,
    /// Its bets that were open at the end of the record.
    pub open: u64,
}

impl Tried {
    /// Takes the bets of one book out of a record; `event_of` numbers the event of a market.
    #[must_use]
    pub fn new(values: Vec<f64>, record: &Record, book: usize, event_of: &dyn Fn(u32) -> u32) -> Self {
        let own = || record.bets.iter().filter(|bet| bet.book == book);
        let ended = own().filter(|bet| bet.is_ended()).filter_map(|bet| {
            Some(Ended {
                opened_at: bet.opened_at,
                closed_at: bet.closed_at?,
                event: event_of(bet.market),
                stake: bet.stake.to_f64(),
                pnl: bet.pnl.to_f64(),
            })
        });
        Self { values, ended: ended.collect(), open: own().filter(|bet| !bet.is_ended()).count() as u64 }
    }

    /// Adds the bets of a later run of the same try.
    pub fn append(&mut self, later: Self) {
        self.ended.extend(later.ended);
        self.open += later.open;
    }
}

/// Event and profit of each bet.
pub(super) fn by_event<'a>(bets: impl IntoIterator<Item = &'a Ended>) -> impl Iterator<Item = (u32, f64)> {
    bets.into_iter().map(|bet| (bet.event, bet.pnl))
}

/// Return on the stakes of these bets, with its interval; `None` without any.
pub(super) fn returns<'a>(bets: impl IntoIterator<Item = &'a Ended>, seed: u64) -> Option<ReturnScore> {
    let one = |bet: &Ended| BetReturn { cluster: format!("{:010}", bet.event), stake: bet.stake, pnl: bet.pnl };
    let all: Vec<BetReturn> = bets.into_iter().map(one).collect();
    return_score(&all, seed)
}

/// Profit of the bets that ended on each UTC day of a span (unix seconds, both ends included), as a share of the bankroll.
pub(super) fn daily<'a>(bets: impl IntoIterator<Item = &'a Ended>, span: (u32, u32), bankroll: f64) -> Vec<f64> {
    let mut profits: BTreeMap<u32, f64> = BTreeMap::new();
    bets.into_iter().for_each(|bet| *profits.entry(bet.closed_at / DAY_S).or_insert(0.0) += bet.pnl / bankroll);
    (span.0 / DAY_S..=span.1 / DAY_S).map(|day| profits.get(&day).copied().unwrap_or(0.0)).collect()
}

/// Mean over standard deviation, not annualised; `None` when nothing moved.
pub(super) fn sharpe(returns: &[f64]) -> Option<f64> {
    moments(returns).filter(|found| found.n > 1 && found.sd > 0.0).map(|found| found.mean / found.sd)
}

/// Deepest fall of what was earned from its highest, as a share of bankroll and profit then, 0–1.
pub(super) fn deepest_fall(returns: &[f64]) -> f64 {
    let curve: Vec<f64> = returns
        .iter()
        .scan(1.0, |sum, profit| {
            *sum += profit;
            Some(*sum)
        })
        .collect();
    drawdown(1.0, &curve).0
}
