//! The trader report: what he made, how, whether it lasted, and what a follower would have made of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::activity::Wallet;
use super::behaviour::{Behaviour, behaviour};
use super::edge::{EdgePrior, MeasuredEdge, ShrunkEdge, measure};
use super::follower::{DELAYS, FollowerResult, FollowerTrade, Tape, event_edges, follow, follower_result};
use super::order::Action;
use super::payouts::Payouts;
use super::results::{Closing, MarketResult, market_results};
use super::statistics::wilson95;
use crate::features::{is_crypto, is_sports};
use crate::fee::FeeModel;
use crate::time::days_between;

const SECONDS_PER_DAY: f64 = 86_400.0;

/// Everything a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct TraderRecord<'a> {
    /// Whose it is.
    pub wallet: &'a Wallet,
    /// His actions, in order.
    pub actions: &'a [Action],
    /// How markets ended.
    pub payouts: &'a Payouts,
    /// Prices seen.
    pub tape: &'a Tape,
    /// What a follower is charged.
    pub fee: &'a FeeModel,
}

/// Results of some of his events.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Half {
    /// Markets closed.
    pub markets: u64,
    /// Profit realised, in dollars.
    pub pnl: f64,
    /// Profit for a dollar spent.
    pub roi: f64,
    /// Mean profit a share of a follower, over events, at the slowest delay.
    pub follower_edge: f64,
}

/// Where his dollars went.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct CategoryMix {
    /// Share in sports and esports, 0–1.
    pub sports: f64,
    /// Share in crypto.
    pub crypto: f64,
    /// The rest.
    pub other: f64,
}

/// How much of the gains came from how few events.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Concentration {
    /// The largest event's share of all gains, 0–1.
    pub largest_share: f64,
    /// Herfindahl–Hirschman index of the gains by event: 1 for a single one, 1/n for n equal ones.
    pub hhi: f64,
}

/// What is known of a trader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraderReport {
    /// Whose it is.
    pub wallet: Wallet,
    /// Markets he bought in.
    pub markets: u64,
    /// Of those, closed with a known profit.
    pub closed: u64,
    /// Events of the closed ones.
    pub events: u64,
    /// Share of the dollars spent whose result is known; open markets apart, 0–1.
    pub coverage: f64,
    /// Profit of closed markets after fees, in dollars.
    pub realized_pnl: f64,
    /// Dollars spent on them.
    pub spent: f64,
    /// Profit for a dollar spent.
    pub roi: f64,
    /// Closed markets with a profit.
    pub wins: u64,
    /// 95 % interval of the win rate (Wilson); `None` without closed markets.
    pub win_rate_ci95: Option<[f64; 2]>,
    /// The earlier and the later half of his closed markets.
    pub halves: [Half; 2],
    /// Median days from first to last action of a closed market, weighed by dollars.
    pub holding_days: f64,
    /// How he trades.
    pub behaviour: Behaviour,
    /// Where.
    pub mix: CategoryMix,
    /// From how few events.
    pub concentration: Concentration,
    /// A follower at each of [`DELAYS`]; `None` when no copy's end is known.
    pub followers: [Option<FollowerResult>; 3],
    /// Share of a follower's copies that had to be left within five minutes of being entered.
    pub quick_exit_share: f64,
    /// Measured edge of the copies at the slowest delay against the prices he himself paid: our ask and fee come off when a
    /// copy is judged.
    pub measured: Option<MeasuredEdge>,
}

impl TraderReport {
    /// A follower at the slowest delay: what verdicts go by.
    #[must_use]
    pub const fn slowest(&self) -> Option<&FollowerResult> {
        let [_, _, slowest] = &self.followers;
        slowest.as_ref()
    }

    /// His edge at his own prices, shrunk; none when it could not be measured.
    #[must_use]
    pub fn shrunk_edge(&self, prior: &EdgePrior) -> ShrunkEdge {
        self.measured.as_ref().map_or(ShrunkEdge::NONE, |measured| prior.shrink(measured))
    }
}

/// Makes the report.
#[must_use]
pub fn trader_report(record: &TraderRecord<'_>) -> TraderReport {
    let results = market_results(record.actions, record.payouts);
    let closed: Vec<&MarketResult> = results.iter().filter(|result| result.closing == Closing::Closed).collect();
    let runs = DELAYS.map(|delay| follow(record.actions, record.payouts, record.tape, record.fee, delay));
    let [soon, _, slow] = &runs;
    let (realized_pnl, spent, roi) = totals(&closed);
    let wins = closed.iter().filter(|result| result.pnl > 0.0).count() as u64;
    let by_event = by_event(&closed);
    TraderReport {
        wallet: record.wallet.clone(),
        markets: results.len() as u64,
        closed: closed.len() as u64,
        events: by_event.len() as u64,
        coverage: coverage(&results),
        realized_pnl,
        spent,
        roi,
        wins,
        win_rate_ci95: wilson95(wins, closed.len() as u64),
        halves: halves(&closed, slow),
        holding_days: holding_days(&closed),
        behaviour: behaviour(record.actions),
        mix: mix(&results),
        concentration: concentration(&by_event),
        followers: [0, 1, 2].map(|place| follower_result(runs.get(place)?, *DELAYS.get(place)?)),
        quick_exit_share: quick_exits(soon),
        measured: measured_edge(slow),
    }
}

/// The edge of copies at the slowest delay against the prices the trader himself paid; `None` with too few events.
#[must_use]
pub fn measured_edge(slow: &[FollowerTrade]) -> Option<MeasuredEdge> {
    measure(&event_edges(&at_his_price(slow)))
}

/// The same copies at the price the trader himself paid: an edge that our ask and our fee are held against later.
fn at_his_price(slow: &[FollowerTrade]) -> Vec<FollowerTrade> {
    let penalty = DELAYS.last().map_or(0.0, |delay| delay.penalty);
    let back = |trade: &FollowerTrade| {
        let price = trade.leader_price;
        // Of what a sale brought, the penalty is given back as well; the fee of a sale stays: we pay it too.
        let value = trade.value.map(|value| if trade.left_at.is_some() { value + penalty } else { value });
        FollowerTrade { price, cost: price, value, ..trade.clone() }
    };
    slow.iter().map(back).collect()
}

fn totals(closed: &[&MarketResult]) -> (f64, f64, f64) {
    let pnl: f64 = closed.iter().map(|result| result.pnl).sum();
    let spent: f64 = closed.iter().map(|result| result.bought).sum();
    (pnl, spent, if spent > 0.0 { pnl / spent } else { 0.0 })
}

/// What is untold began before our window: it is neither for nor against him, and not counted. What is unknown may be
/// losers that nobody redeemed.
fn coverage(results: &[MarketResult]) -> f64 {
    let spent = |wanted: &[Closing]| -> f64 {
        results.iter().filter(|result| wanted.contains(&result.closing)).map(|result| result.bought).sum()
    };
    let (known, unknown) = (spent(&[Closing::Closed]), spent(&[Closing::Unknown]));
    if known > 0.0 { known / (known + unknown) } else { 0.0 }
}

fn by_event(closed: &[&MarketResult]) -> BTreeMap<String, f64> {
    let mut events: BTreeMap<String, f64> = BTreeMap::new();
    for result in closed {
        *events.entry(result.event.clone()).or_default() += result.pnl;
    }
    events
}

fn halves(closed: &[&MarketResult], copies: &[FollowerTrade]) -> [Half; 2] {
    let (early, late) = closed.split_at(closed.len() / 2);
    let turn = late.first().map(|result| result.opened_at);
    let half = |markets: &[&MarketResult], second: bool| {
        let (pnl, _, roi) = totals(markets);
        let own: Vec<FollowerTrade> = copies
            .iter()
            .filter(|copy| turn.is_some_and(|turn| (copy.entered_at >= turn) == second))
            .cloned()
            .collect();
        let follower_edge = DELAYS.last().and_then(|delay| follower_result(&own, *delay)).map_or(0.0, |r| r.edge);
        Half { markets: markets.len() as u64, pnl, roi, follower_edge }
    };
    [half(early, false), half(late, true)]
}

fn holding_days(closed: &[&MarketResult]) -> f64 {
    let mut held: Vec<(f64, f64)> = closed.iter().map(|r| (days_between(r.opened_at, r.closed_at), r.bought)).collect();
    held.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = held.iter().map(|(_, dollars)| dollars).sum::<f64>() / 2.0;
    let mut passed = 0.0;
    let middle = held.iter().find(|(_, dollars)| {
        passed += dollars;
        passed >= half
    });
    middle.map_or(0.0, |(days, _)| *days)
}

fn mix(results: &[MarketResult]) -> CategoryMix {
    let mut mix = CategoryMix::default();
    let total: f64 = results.iter().map(|result| result.bought).sum();
    for result in results {
        let share = result.bought / total;
        let place = if is_sports(&result.title, None, &[]) {
            &mut mix.sports
        } else if is_crypto(&result.title, None, &[]) {
            &mut mix.crypto
        } else {
            &mut mix.other
        };
        *place += share;
    }
    mix
}

fn concentration(events: &BTreeMap<String, f64>) -> Concentration {
    let gains: Vec<f64> = events.values().copied().filter(|pnl| *pnl > 0.0).collect();
    let total: f64 = gains.iter().sum();
    if total <= 0.0 {
        return Concentration::default();
    }
    let largest_share = gains.iter().copied().fold(0.0, f64::max) / total;
    Concentration { largest_share, hhi: gains.iter().map(|gain| (gain / total).powi(2)).sum() }
}

#[allow(clippy::cast_precision_loss)] // counts of trades
fn quick_exits(copies: &[FollowerTrade]) -> f64 {
    let limit = crate::pipeline::copied::MAX_STALENESS_SECONDS as f64 / SECONDS_PER_DAY;
    let quick = |copy: &&FollowerTrade| copy.left_at.is_some_and(|left| days_between(copy.entered_at, left) <= limit);
    if copies.is_empty() { 0.0 } else { copies.iter().filter(quick).count() as f64 / copies.len() as f64 }
}
