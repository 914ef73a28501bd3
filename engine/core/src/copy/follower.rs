//! What a follower would have made: the same tokens, later, at a worse price, with fees.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::edge::EventEdge;
use super::leader_position::{Change, LeaderHoldings};
use super::order::{Action, LeaderOrder};
use super::payouts::Payouts;
use super::statistics::{mean_above_zero, normal_tail};
use crate::fee::FeeModel;
use crate::market::{ConditionId, OutcomeToken, Side};
use crate::pipeline::copied::MAX_DRIFT;
use crate::pipeline::settings::{MAX_YES_PRICE, MIN_YES_PRICE};

/// A delay from the trader's fill to ours, with what the ask has firmed by then.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Delay {
    /// Seconds.
    pub seconds: i64,
    /// Dollars a share paid above the last known price, and given up below it when selling.
    pub penalty: f64,
}

/// The delays a report simulates. The ask firms by 1.5 to 2 cents within five seconds of a sharp's buy and was not seen to
/// come back within a minute.
pub const DELAYS: [Delay; 3] =
    [Delay { seconds: 5, penalty: 0.015 }, Delay { seconds: 15, penalty: 0.02 }, Delay { seconds: 60, penalty: 0.02 }];

/// Trades of a token by time: what price was seen when.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tape(BTreeMap<OutcomeToken, Vec<(DateTime<Utc>, f64)>>);

impl Tape {
    /// All orders of all traders at hand.
    #[must_use]
    pub fn new<'a>(actions: impl IntoIterator<Item = &'a Action>) -> Self {
        let mut tape = Self::default();
        for action in actions {
            if let Action::Order(order) = action
                && let Some(price) = order.vwap()
            {
                tape.0.entry(order.token.clone()).or_default().push((order.last_at, price.to_f64()));
            }
        }
        tape.0.values_mut().for_each(|prices| prices.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))));
        tape
    }

    /// The last price after `from`, up to `until`.
    #[must_use]
    pub fn last_within(&self, token: &OutcomeToken, from: DateTime<Utc>, until: DateTime<Utc>) -> Option<f64> {
        let prices = self.0.get(token)?;
        let end = prices.partition_point(|(at, _)| *at <= until);
        let (at, price) = prices.get(end.checked_sub(1)?)?;
        (*at > from).then_some(*price)
    }
}

/// One copy a follower would have made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FollowerTrade {
    /// The market.
    pub condition: ConditionId,
    /// The event.
    pub event: String,
    /// When it was entered.
    pub entered_at: DateTime<Utc>,
    /// When it was left, by selling all of it; `None` when it was held to the end.
    pub left_at: Option<DateTime<Utc>>,
    /// What the trader paid for a share, without fees.
    pub leader_price: f64,
    /// Price a share, without the fee.
    pub price: f64,
    /// Dollars a share, fee in.
    pub cost: f64,
    /// What a share was worth at the end, fees off; `None` when not known.
    pub value: Option<f64>,
}

/// What a follower would have made at one delay.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FollowerResult {
    /// The delay.
    pub delay: Delay,
    /// Copies whose end is known.
    pub trades: u64,
    /// Events they belong to.
    pub events: u64,
    /// Profit of a dollar staked on each copy, fees off, in dollars.
    pub pnl: f64,
    /// Profit for a dollar staked.
    pub roi: f64,
    /// Mean profit a share over events, in dollars.
    pub edge: f64,
    /// One-sided p-value of "this follower has no edge".
    pub p_value: f64,
    /// One-sided p-value of "this follower does not lose".
    pub p_loss: f64,
}

struct Copy {
    trade: FollowerTrade,
    left: f64,
    taken: f64,
}

/// What a follower would have bought: the first buy of each token he does not hold yet, unless its price has moved by more
/// than the drift allows or lies where no gate lets it through. His exits are the trader's, at the same fraction.
#[must_use]
pub fn follow(actions: &[Action], payouts: &Payouts, tape: &Tape, fee: &FeeModel, delay: Delay) -> Vec<FollowerTrade> {
    let mut holdings = LeaderHoldings::from_start();
    let mut open: BTreeMap<(ConditionId, OutcomeToken), Copy> = BTreeMap::new();
    let mut done: Vec<FollowerTrade> = Vec::new();
    for action in actions {
        let change = holdings.apply(action);
        let Some(condition) = action.condition() else { continue };
        match (action, change) {
            (Action::Order(order), Change::Opened(_) | Change::Added(_)) => {
                let key = (order.condition.clone(), order.token.clone());
                if !open.contains_key(&key)
                    && let Some(trade) = enter(order, tape, fee, delay)
                {
                    open.insert(key, Copy { trade, left: 1.0, taken: 0.0 });
                }
            }
            (Action::Order(order), Change::Reduced(parts)) if order.side == Side::Sell => {
                for part in parts {
                    let key = (condition.clone(), part.token.clone());
                    let Some(copy) = open.get_mut(&key) else { continue };
                    let price = bid_after(order, tape, delay);
                    copy.taken += copy.left * part.fraction() * (price - fee.per_share(price));
                    copy.left *= 1.0 - part.fraction();
                    if part.is_exit()
                        && let Some(mut copy) = open.remove(&key)
                    {
                        copy.trade.value = Some(copy.taken);
                        copy.trade.left_at = Some(order.last_at + TimeDelta::seconds(delay.seconds));
                        done.push(copy.trade);
                    }
                }
            }
            // Who merges both outcomes closes a pair; a follower with one of them holds on to it.
            (_, _) => {}
        }
    }
    done.extend(open.into_iter().map(|((_, token), copy)| {
        let value = payouts.of(&token).map(|payout| copy.taken + copy.left * payout);
        FollowerTrade { value, ..copy.trade }
    }));
    done.sort_by(|a, b| (a.entered_at, &a.event).cmp(&(b.entered_at, &b.event)));
    done
}

/// What a share costs a follower after the delay, fees apart: the last price seen since, or the trader's where that is
/// higher, and the penalty. `None` for an order without a price.
#[must_use]
pub fn ask_after(order: &LeaderOrder, tape: &Tape, delay: Delay) -> Option<f64> {
    let his = order.vwap()?.to_f64();
    Some(seen_after(order, tape, delay).unwrap_or(his).max(his) + delay.penalty)
}

/// What a share brings a follower after the delay, fees apart: the last price seen since, or the trader's where that is
/// lower, less the penalty; never below 0.
#[must_use]
pub fn bid_after(order: &LeaderOrder, tape: &Tape, delay: Delay) -> f64 {
    let his = order.vwap().map_or(0.0, crate::money::Price::to_f64);
    (seen_after(order, tape, delay).unwrap_or(his).min(his) - delay.penalty).max(0.0)
}

fn seen_after(order: &LeaderOrder, tape: &Tape, delay: Delay) -> Option<f64> {
    tape.last_within(&order.token, order.last_at, order.last_at + TimeDelta::seconds(delay.seconds))
}

fn enter(order: &LeaderOrder, tape: &Tape, fee: &FeeModel, delay: Delay) -> Option<FollowerTrade> {
    let his = order.vwap()?.to_f64();
    let entered_at = order.last_at + TimeDelta::seconds(delay.seconds);
    let price = ask_after(order, tape, delay)?;
    let in_range = price > MIN_YES_PRICE && price < MAX_YES_PRICE;
    (in_range && (price - his).abs() <= MAX_DRIFT.to_f64() + 1e-9).then(|| FollowerTrade {
        condition: order.condition.clone(),
        event: order.group.clone().unwrap_or_else(|| order.condition.as_str().to_owned()),
        entered_at,
        left_at: None,
        leader_price: his,
        price,
        cost: price + fee.per_share(price),
        value: None,
    })
}

/// One event of a follower, for the tests.
struct EventReturn {
    edge: f64,
    /// Standard deviation of the edge if the price paid were fair: copies of one event may win and lose together.
    fair_sd: f64,
    price_variance: f64,
}

fn by_event(trades: &[FollowerTrade]) -> Vec<EventReturn> {
    let mut events: BTreeMap<&str, (f64, EventReturn)> = BTreeMap::new();
    for trade in trades {
        let Some(value) = trade.value else { continue };
        let fresh = || (0.0, EventReturn { edge: 0.0, fair_sd: 0.0, price_variance: 0.0 });
        let (count, sum) = events.entry(&trade.event).or_insert_with(fresh);
        *count += 1.0;
        sum.edge += value - trade.cost;
        let variance = (trade.cost * (1.0 - trade.cost)).max(0.0);
        sum.fair_sd += variance.sqrt();
        sum.price_variance += trade.price * (1.0 - trade.price);
    }
    let mean = |(count, sum): (f64, EventReturn)| EventReturn {
        edge: sum.edge / count,
        fair_sd: sum.fair_sd / count,
        price_variance: sum.price_variance / count,
    };
    events.into_values().map(mean).collect()
}

/// The edge of each event, for [`measure`](super::edge::measure).
#[must_use]
pub fn event_edges(trades: &[FollowerTrade]) -> Vec<EventEdge> {
    by_event(trades).iter().map(|e| EventEdge { edge: e.edge, price_variance: e.price_variance }).collect()
}

/// One-sided p-value of "no edge" by events: the larger of Student's on the edges and of the normal test with the variance
/// the prices themselves imply. The second is what a run of wins at 98 cents fails, which has next to no variance of its
/// own until it loses.
fn p_above(events: &[EventReturn], sign: f64) -> f64 {
    if events.len() < 2 {
        return 1.0;
    }
    let edges: Vec<f64> = events.iter().map(|event| sign * event.edge).collect();
    let spread = events.iter().map(|event| event.fair_sd.powi(2)).sum::<f64>().sqrt();
    let fair = if spread > 0.0 { normal_tail(edges.iter().sum::<f64>() / spread) } else { 1.0 };
    mean_above_zero(&edges).max(fair)
}

/// Sums up the copies whose end is known; `None` without any.
#[must_use]
#[allow(clippy::cast_precision_loss)] // counts of trades
pub fn follower_result(trades: &[FollowerTrade], delay: Delay) -> Option<FollowerResult> {
    let returns: Vec<f64> =
        trades.iter().filter_map(|trade| Some(trade.value? / trade.cost - 1.0)).filter(|r| r.is_finite()).collect();
    let events = by_event(trades);
    if returns.is_empty() || events.is_empty() {
        return None;
    }
    let pnl: f64 = returns.iter().sum();
    Some(FollowerResult {
        delay,
        trades: returns.len() as u64,
        events: events.len() as u64,
        pnl,
        roi: pnl / returns.len() as f64,
        edge: events.iter().map(|event| event.edge).sum::<f64>() / events.len() as f64,
        p_value: p_above(&events, 1.0),
        p_loss: p_above(&events, -1.0),
    })
}
