//! The first difference between what was recorded and what came of it now.

use std::fmt;

use serde::Serialize;

use super::effect::{Buys, Effect};
use super::frame::{BetMade, Raised, RecheckedFrame, ScanFrame, SettledFrame, SoldFrame};
use super::rerun::Rerun;
use crate::fill::Fill;
use crate::gate::Gate;
use crate::market::Outcome;
use crate::paper::sell_into;
use crate::pipeline::EdgeCheck;
use crate::settlement;
use crate::signal::BookPlan;
use crate::strategy::BookId;

/// One number or gate that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Gamma's id of the market it concerns; its condition where only that is known.
    pub market: String,
    /// What differs: `gate`, `edge`, `stake of balanced`, …
    pub what: String,
    /// As it was recorded.
    pub recorded: String,
    /// As it is now.
    pub now: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { market, what, recorded, now } = self;
        write!(f, "market {market}: {what} was {recorded} and is {now}")
    }
}

/// A named value, as it is shown.
type Named = (String, String);

/// The first difference between a recorded scan and its rerun; `None` when they are the same to the last digit. Markets come
/// first, in the order of the frame, then the candidates in theirs.
#[must_use]
pub fn compare(frame: &ScanFrame, again: &Rerun) -> Option<Difference> {
    let markets = frame.seen.iter().zip(&again.effects).find_map(|(seen, (market, effect))| {
        if seen.effect == *effect { None } else { first_of(market.as_str(), &numbers(&seen.effect), &numbers(effect)) }
    });
    markets.or_else(|| {
        let most = frame.raised.len().max(again.raised.len());
        (0..most).find_map(|turn| candidate(frame.raised.get(turn), again.raised.get(turn)))
    })
}

/// What differs when a signal is judged again as at its approval; `None` when it comes to what it came to.
#[must_use]
pub fn compare_recheck(frame: &RecheckedFrame) -> Option<Difference> {
    let again = frame.recheck();
    let facts = |edge: EdgeCheck, effect: &Effect, plans: &[BookPlan]| -> Vec<Named> {
        let left = named("what is left of the edge", edge);
        std::iter::once(left).chain(numbers(effect)).chain(plans.iter().flat_map(plan)).collect()
    };
    let recorded = facts(frame.edge, &frame.effect, &frame.plans);
    let now = facts(again.edge, &Effect::of(&again.decision), &again.decision.plans);
    first_of(frame.market.id.as_str(), &recorded, &now)
}

/// What differs when the reports on a market are judged again; `None` when it resolves as it did.
#[must_use]
pub fn compare_settlement(frame: &SettledFrame) -> Option<Difference> {
    let resolution = settlement::decide(&frame.evidence);
    let now = match resolution {
        settlement::Resolution::Final { payouts, .. } if payouts == frame.payouts => return None,
        settlement::Resolution::Final { payouts, .. } => format!("{} a share of Yes", payouts.of(Outcome::Yes)),
        settlement::Resolution::Pending(reason) => reason.to_string(),
    };
    let recorded = format!("{} a share of Yes", frame.payouts.of(Outcome::Yes));
    let market = frame.condition.to_string();
    Some(Difference { market, what: "payout".to_owned(), recorded, now })
}

/// What differs when a sale is walked again; `None` when it fills as it did.
#[must_use]
pub fn compare_sale(frame: &SoldFrame) -> Option<Difference> {
    let SoldFrame { position, book, fee, slippage, fill, .. } = frame;
    let market = &position.market_id;
    match sell_into(book, position.shares, *slippage, fee, fill.decided_at, fill.filled_at) {
        Ok(again) => first_of(market.as_str(), &of_fill(&position.book, fill), &of_fill(&position.book, &again)),
        Err(reason) => {
            let (recorded, now) = (fill.notional.to_string(), format!("{reason:?}").to_lowercase());
            Some(Difference { market: market.to_string(), what: "sale".to_owned(), recorded, now })
        }
    }
}

fn candidate(recorded: Option<&Raised>, now: Option<&Raised>) -> Option<Difference> {
    let market = recorded.or(now)?.market.to_string();
    let name = |raised: Option<&Raised>| raised.map_or("nobody".to_owned(), |raised| raised.market.to_string());
    if recorded.map(|raised| &raised.market) != now.map(|raised| &raised.market) {
        let what = "candidate in its turn".to_owned();
        return Some(Difference { market, what, recorded: name(recorded), now: name(now) });
    }
    let (recorded, now) = recorded.zip(now)?;
    let facts = |raised: &Raised| -> Vec<Named> {
        raised.plans.iter().flat_map(plan).chain(raised.bets.iter().flat_map(bet)).collect()
    };
    first_of(&market, &facts(recorded), &facts(now))
}

/// The first value that differs. A name only one side has differs from nothing.
fn first_of(market: &str, recorded: &[Named], now: &[Named]) -> Option<Difference> {
    let nothing = || "nothing".to_owned();
    (0..recorded.len().max(now.len())).find_map(|place| {
        let (recorded, now) = (recorded.get(place), now.get(place));
        if recorded == now {
            return None;
        }
        let (what, was) = recorded.or(now)?.clone();
        let is = match now {
            Some((name, value)) if *name == what => value.clone(),
            Some((name, value)) => format!("{name} {value}"),
            None => nothing(),
        };
        let was = if recorded.is_some() { was } else { nothing() };
        Some(Difference { market: market.to_owned(), what, recorded: was, now: is })
    })
}

fn named(name: &str, value: impl fmt::Debug) -> Named {
    (name.to_owned(), format!("{value:?}"))
}

fn gate_name(gate: Option<Gate>) -> String {
    gate.map_or_else(|| "passed".to_owned(), |gate| gate.to_string())
}

fn optional(name: &str, value: Option<f64>) -> Named {
    (name.to_owned(), value.map_or_else(|| "unknown".to_owned(), |value| format!("{value:?}")))
}

fn numbers(effect: &Effect) -> Vec<Named> {
    let mut all = vec![
        ("gate".to_owned(), gate_name(effect.stopped_at)),
        optional("posterior", effect.posterior),
        optional("calibrated probability", effect.calibrated),
    ];
    if let Some(Buys { outcome, cost, depth }) = &effect.buys {
        all.extend([named("outcome to buy", outcome), named("cost", cost), ("depth".to_owned(), depth.to_string())]);
    }
    all
}

fn plan(plan: &BookPlan) -> Vec<Named> {
    let BookPlan { book, stake, shares, vwap, fee, levels, edge, trace: _, stopped_at } = plan;
    let of = |what: &str, value: String| (format!("{what} of {book}"), value);
    vec![
        of("gate", gate_name(*stopped_at)),
        of("stake", stake.to_string()),
        of("shares", shares.to_string()),
        of("price", vwap.to_string()),
        of("fee", fee.to_string()),
        of("edge", format!("{edge:?}")),
        of("levels", format!("{levels:?}")),
    ]
}

fn bet(bet: &BetMade) -> Vec<Named> {
    of_fill(&bet.book, &bet.fill)
}

fn of_fill(book: &BookId, fill: &Fill) -> Vec<Named> {
    let of = |what: &str, value: String| (format!("{what} of {book}'s fill"), value);
    vec![
        of("token", fill.token.to_string()),
        of("shares", fill.shares.to_string()),
        of("price", fill.vwap.to_string()),
        of("notional", fill.notional.to_string()),
        of("fee", fill.fee.to_string()),
        of("fee rule", fill.fee_formula.clone()),
        of("book", format!("{:?} {:?}", fill.book_hash, fill.book_at)),
        of("levels", format!("{:?}", fill.levels)),
        of("time", format!("{:?} {:?}", fill.decided_at, fill.filled_at)),
    ]
}
