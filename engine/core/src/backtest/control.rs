//! Markets without an edge: prices that are martingales and pay with the probability they last showed. Whatever a source
//! says of them, its bets must earn nothing before costs; if they do, the measuring is at fault.

use chrono::{DateTime, TimeDelta, Utc};

use super::market::{BacktestMarket, Fate};
use super::quote::{Quote, Tick};
use crate::chance::SplitMix64;
use crate::fee::FeeRule;
use crate::market::{ConditionId, Market, MarketGroupId, MarketId, OutcomeToken, Protocol};
use crate::money::Usd;
use crate::settlement::Payouts;

/// Seconds from price to price.
const STEP_S: u32 = 3_600;
/// Days a control market trades.
const DAYS: u32 = 6;
/// Log odds of a first price lie within this of even.
const SPREAD: f64 = 1.5;
/// An hour moves the probability by this times `p (1 − p)` either way: up and down are equally likely and equally far.
const MOVE: f64 = 0.12;
/// Markets start so far apart, so that the books are never without money or bets of the day for long.
const STAGGER_S: u32 = 1_800;

/// `count` markets from `start` (unix seconds) on, each an event of its own, and their prices. The same seed gives the
/// same.
#[must_use]
pub fn martingales(count: u32, start: u32, seed: u64) -> (Vec<BacktestMarket>, Vec<Tick>) {
    walks(count, DAYS, start, STAGGER_S, seed)
}

/// `count` such markets of `days` days, one starting every `apart_s` seconds.
#[must_use]
pub fn walks(count: u32, days: u32, start: u32, apart_s: u32, seed: u64) -> (Vec<BacktestMarket>, Vec<Tick>) {
    let mut chance = SplitMix64::new(seed);
    let mut ticks = Vec::new();
    let markets = (0..count).map(|number| {
        let from = start + number * apart_s;
        let end = from + days * 86_400;
        let mut p = 1.0 / (1.0 + (SPREAD * (1.0 - 2.0 * chance.unit())).exp());
        for ts in (from..end).step_by(STEP_S as usize) {
            ticks.extend(Quote::new(p, None, None).map(|quote| Tick::new(ts, number, quote)));
            let up = if chance.unit() < 0.5 { MOVE } else { -MOVE };
            p = (p + up * p * (1.0 - p)).clamp(0.0, 1.0);
        }
        let payouts = if chance.unit() < p { Payouts::YES } else { Payouts::NO };
        let fate = Fate { over_at: Some(end), resolved: Some((end, payouts)) };
        BacktestMarket { listed: listed(number, from, end), fate }
    });
    (markets.collect(), ticks)
}

fn listed(number: u32, from: u32, end: u32) -> Market {
    let moment = |ts: u32| DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(i64::from(ts));
    let name = format!("control-{number}");
    Market {
        id: MarketId::new(format!("{number:08}")),
        condition_id: ConditionId::new(name.clone()),
        question: format!("Will control market {number} resolve Yes?"),
        slug: name.clone(),
        group_slug: None,
        group_id: Some(MarketGroupId::new(name.clone())),
        group_title: None,
        category: Some("control".to_owned()),
        tags: Vec::new(),
        outcome_labels: vec!["Yes".to_owned(), "No".to_owned()],
        tokens: ["yes", "no"].map(|side| OutcomeToken::new(format!("{name}-{side}"))).to_vec(),
        yes_price_hint: None,
        best_bid_hint: None,
        best_ask_hint: None,
        volume: Some(Usd::from_micros(i64::MAX)),
        created_at: Some(moment(from)),
        end_at: Some(moment(end)),
        protocol: Protocol::V1,
        active: true,
        closed: false,
        accepting_orders: true,
        order_book_enabled: true,
        neg_risk: false,
        tick_size: None,
        fee: FeeRule::Undocumented,
        resolution_status: None,
    }
}
